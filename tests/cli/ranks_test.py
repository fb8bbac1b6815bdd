# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints one small picture with several processes: ranks_test.py PROGRAM STYLE."""
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import numpy
import tifffile

PROGRAM, STYLE = (str(Path(argument).resolve()) for argument in sys.argv[1:3])
del sys.argv[1:3]
# So many processes on few cores; between them shared memory alone.
MPIRUN = ["mpirun", "--allow-run-as-root", "--oversubscribe", "--mca", "btl", "self,sm"]


class Ranks(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.temporary = tempfile.mkdtemp(prefix="nst-", dir="/tmp")
        self.addCleanup(shutil.rmtree, self.temporary)
        rows, columns = numpy.mgrid[0:1000, 0:80]
        waves = [numpy.sin(0.05 * (columns + (c + 1) * rows) + c) for c in range(3)]
        tifffile.imwrite(self.folder / "wall.tif", ((numpy.stack(waves, -1) * 0.4 + 0.5) * 65535).astype(numpy.uint16),
                         photometric="rgb")

    def words(self, *more, photo="wall.tif", output="out.tif"):
        """Few steps; Adam, since that paints what is shared."""
        return [PROGRAM, "paint", photo, "-s", STYLE, "--optimizer", "adam", "--iterations", "2", "--precision", "float32",
                "-o", output, *more]

    def start(self, count, words, patience=60):
        # mpirun's own files are named after its number, which another may have had that was killed.
        return subprocess.Popen([*MPIRUN, "-n", str(count), *words], cwd=self.folder, stdout=subprocess.PIPE,
                                stderr=subprocess.STDOUT, text=True,
                                env={**os.environ, "NEURAL_STYLE_PATIENCE": str(patience), "TMPDIR": self.temporary})

    def together(self, count, words):
        with self.start(count, words) as running:
            told = running.communicate(timeout=200)[0]
            return running.returncode, told

    def painted(self, output="out.tif"):
        return tifffile.imread(self.folder / output) / 65535

    def part_kept(self, running, part):
        """Waits until a process has kept what it has painted of the scale before the last."""
        kept = self.folder / "out.tif.scales" / part
        for _ in range(1000):
            if kept.exists():
                return
            self.assertIsNone(running.poll(), "it has ended already")
            time.sleep(0.05)
        self.fail(f"{kept} does not come")

    def process(self, running, number):
        """That of those that mpirun has started."""
        found = subprocess.run(["pgrep", "-P", str(running.pid)], capture_output=True, text=True).stdout.split()
        return int(found[number])

    def test_the_painting_is_that_of_one_process(self):
        # One step a scale: Adam divides by the gradient's size, so what is rounded otherwise grows with each.
        words = ["--iterations", "1"]
        done = subprocess.run(self.words(*words, output="alone.tif"), cwd=self.folder, capture_output=True, text=True, timeout=200)
        self.assertEqual(done.returncode, 0, done.stderr)
        for count in (2, 4):
            status, told = self.together(count, self.words(*words))
            self.assertEqual(status, 0, told)
            self.assertEqual(told.count("Painted out.tif (80 x 1000)"), 1, told)
            difference = numpy.abs(self.painted() - self.painted("alone.tif"))
            self.assertLess(difference.mean(), 1e-4)
            self.assertLess(numpy.quantile(difference, 0.9), 1e-4)
            self.assertEqual(sorted(os.listdir(self.folder)), ["alone.tif", "out.tif", "wall.tif"])

    def test_what_cannot_be_shared_is_refused_by_one_sentence(self):
        for words, sentence in ((self.words("--seamless"), "cannot do seamless pictures"),
                                (self.words("--quality", "instant"), "cannot do paintings in one pass"),
                                (self.words("--optimizer", "lbfgs"), "too small for 2 processes"),
                                (self.words(photo="missing.tif"), "missing.tif"),
                                (self.words("wall.tif", output="painted/"), "--shard")):
            status, told = self.together(2, words)
            self.assertIn(status, (1, 2), told)
            self.assertEqual(told.count(sentence), 1, told)
        self.assertEqual(os.listdir(self.folder), ["wall.tif"])

    def test_one_that_fails_ends_all(self):
        of_second = ["sh", "-c", 'if [ "$OMPI_COMM_WORLD_RANK" = 1 ]; then set -- "$@" --memory-limit 1M; fi; exec "$@"', "sh"]
        status, told = self.together(2, of_second + self.words())
        self.assertEqual(status, 1, told)
        self.assertEqual(told.count("may be used"), 1, told)
        self.assertFalse((self.folder / "out.tif").exists())

    def test_one_that_dies_or_does_not_answer_ends_all(self):
        words = self.words("--iterations", "30")
        for sent, sentence in ((signal.SIGKILL, "signal 9|Killed"), (signal.SIGSTOP, "does not answer")):
            with self.start(2, words, patience=5) as running:
                self.part_kept(running, "part-2-of-2-scale-1")
                os.kill(self.process(running, 1), sent)
                began = time.monotonic()
                told = running.communicate(timeout=60)[0]
                self.assertNotEqual(running.returncode, 0)
                self.assertRegex(told, sentence)
                self.assertLess(time.monotonic() - began, 30)
            self.assertFalse((self.folder / "out.tif").exists())
            shutil.rmtree(self.folder / "out.tif.scales")

    def test_after_an_end_it_goes_on_at_the_last_scale_and_paints_the_same(self):
        words = self.words("--iterations", "20")
        status, told = self.together(2, words)
        self.assertEqual(status, 0, told)
        expected = self.painted()
        os.remove(self.folder / "out.tif")
        with self.start(2, words) as running:
            self.part_kept(running, "part-2-of-2-scale-2")
            os.kill(self.process(running, 0), signal.SIGKILL)
            running.communicate(timeout=60)
        self.assertFalse((self.folder / "out.tif").exists())
        # Of another painting nothing is of use.
        for more, sentence in ((["--stroke-size", "80"], None), ([], "goes on at scale")):
            kept = shutil.copytree(self.folder / "out.tif.scales", self.folder / "copy")
            status, told = self.together(2, words + more)
            self.assertEqual(status, 0, told)
            self.assertEqual(told.count("goes on at scale"), 1 if sentence else 0, told)
            self.assertFalse((self.folder / "out.tif.scales").exists())
            os.rename(kept, self.folder / "out.tif.scales")
        self.assertTrue(numpy.array_equal(self.painted(), expected))

    def test_where_nothing_can_be_kept_a_sentence_says_so(self):
        (self.folder / "out.tif.scales").write_text("a file")
        status, told = self.together(2, self.words())
        self.assertEqual(status, 1, told)
        self.assertIn("cannot be kept in out.tif.scales", told)


unittest.main()
