# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts in docs/cluster.md run as printed, with Slurm and GNU Parallel: cluster_test.py PAGE PROGRAM STYLE.

A program named neural-style is in their way: see IN_THE_WAY.
"""
import hashlib
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

import numpy
from PIL import Image

from private_slurm import PrivateSlurm

PAGE, PROGRAM, STYLE = (pathlib.Path(argument).resolve() for argument in sys.argv[1:4])
del sys.argv[1:4]

# Kills the part that the file "kill" names, once, as soon as there is a painting.
IN_THE_WAY = """#!/bin/bash
cd {folder}
echo "$* " >> calls
echo "${{OMP_NUM_THREADS:-none}}" >> threads
if [[ -e kill && "$*" == *"--shard $(cat kill) "* ]] && rm kill; then
    {program} "$@" &
    until ls painted/*/* > /dev/null 2>&1; do sleep 0.02; done
    kill -9 $!
    kill -9 $$
fi
exec {program} "$@"
"""


def script(name):
    found = re.findall(rf"^```sh {re.escape(name)}\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if len(found) != 1:
        sys.exit(f"{PAGE} has {len(found)} scripts named {name} instead of one")
    return found[0]


class Cluster(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="nst-", dir="/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        for name in ("slurm.sh", "parallel.sh"):
            (cls.folder / name).write_text(script(name), encoding="utf-8")
        (cls.folder / "bin").mkdir()
        program = cls.folder / "bin/neural-style"
        program.write_text(IN_THE_WAY.format(folder=cls.folder, program=PROGRAM))
        program.chmod(0o755)
        random = numpy.random.default_rng(1)
        for name in ("in a/one.png", "in a/it's \"two\".jpg", "b/three.png", "b/four.jpg"):
            (cls.folder / "photos" / name).parent.mkdir(parents=True, exist_ok=True)
            small = Image.fromarray(random.integers(0, 255, (8, 12, 3), numpy.uint8))
            small.resize((96, 64), Image.Resampling.BICUBIC).save(cls.folder / "photos" / name)
        done = subprocess.run([PROGRAM, *cls.words("whole"), "--precision", "float32"], cwd=cls.folder,
                              env={**os.environ, "OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=120)
        if done.returncode != 0:
            raise RuntimeError(done.stderr)
        (cls.folder / "slurm").mkdir()
        cls.slurm = cls.enterClassContext(PrivateSlurm(cls.folder / "slurm"))

    @staticmethod
    def words(output="painted"):
        return ["paint", "photos", "--recursive", "-s", str(STYLE), "--quality", "instant", "-o", output,
                "--name", "{name}-{style}.{ending}"]

    def setUp(self):
        for name in ("painted", "photos/broken.jpg", "kill", "calls", "threads", *self.folder.glob("*.joblog")):
            path = self.folder / name
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)

    def run_script(self, *words, environment=os.environ, meanwhile=lambda: None):
        path = f"{self.folder}/bin:{environment['PATH']}"
        with subprocess.Popen(["bash", *map(str, words)], cwd=self.folder, env={**environment, "PATH": path}, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True) as script:
            for _ in range(240):
                try:
                    told = script.communicate(timeout=0.5)[0]
                    return script.returncode, told
                except subprocess.TimeoutExpired:
                    meanwhile()
            os.killpg(script.pid, signal.SIGKILL)
            self.fail(f"{words[0]} does not end:\n{script.communicate()[0]}\n{self.logs()}")

    def files(self, folder):
        root = self.folder / folder
        return {str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest() for path in root.rglob("*") if path.is_file()}

    def check_painted(self):
        self.assertEqual(len(self.files("whole")), 4)
        self.assertEqual(self.files("painted"), self.files("whole"))
        self.assertEqual(set((self.folder / "threads").read_text().split()), {"1"})

    def shards(self):
        """Of the calls so far, which are forgotten; those of the whole are empty."""
        calls = self.folder / "calls"
        lines = calls.read_text().splitlines() if calls.exists() else []
        calls.unlink(missing_ok=True)
        return sorted(part[1] if (part := re.search(r"--shard (\S+) ", line)) else "" for line in lines)

    def submit(self, *words):
        return self.run_script("slurm.sh", *words, environment=self.slurm.environment, meanwhile=self.slurm.hurry)

    def logs(self):
        return "".join(log.read_text() for log in self.folder.glob("part-*.log")) + self.slurm.told()

    def test_on_slurm_a_part_that_is_killed_begins_again_and_the_parts_are_the_whole(self):
        (self.folder / "kill").write_text("1/2")
        status, told = self.submit(2, *self.words())
        self.assertEqual(status, 0, told + self.logs())
        self.check_painted()
        self.assertEqual(self.shards(), ["", "1/2", "1/2", "2/2"], self.logs())

        # What cannot be painted makes the status.
        (self.folder / "photos/broken.jpg").write_bytes(b"no picture")
        status, told = self.submit(2, *self.words())
        self.assertEqual(status, 1, told + self.logs())
        table = (self.folder / "part-0.log").read_text().splitlines()
        self.assertRegex(table[-1], "Of 5 photos 0 were painted .* 4 were there already, 1 failed")
        self.check_painted()

    def test_on_slurm_more_parts_than_an_array_may_have_are_told_before(self):
        status, told = self.submit(1001, *self.words())
        self.assertEqual((status, told.count("\n")), (2, 1), told)
        self.assertIn("at most 1000", told)
        # Slurm's own limit, which that sentence tells: the numbers end below MaxArraySize.
        statuses = [self.slurm.ask("sbatch", "--hold", "--wrap=true", f"--array=1-{last}").returncode for last in (1000, 1001)]
        self.assertEqual(statuses, [0, 1])
        self.slurm.ask("scancel", f"--user={os.getuid()}")
        self.assertEqual(self.shards(), [])

    def share(self, *words):
        return self.run_script("parallel.sh", *words)

    def test_parallel_called_again_runs_the_parts_that_failed_and_the_parts_are_the_whole(self):
        (self.folder / "kill").write_text("2/2")
        status, told = self.share(2, 1, *self.words())
        self.assertEqual(status, 1, told)
        self.assertEqual(self.shards(), ["1/2", "2/2"])
        # Other parts are not taken for those in the log.
        status, told = self.share(3, 2, *self.words())
        self.assertEqual(status, 0, told)
        self.assertEqual(self.shards(), ["", "1/3", "2/3", "3/3"])
        self.assertEqual(self.files("painted"), self.files("whole"))

        status, told = self.share(2, 1, *self.words())
        self.assertEqual(status, 0, told)
        self.assertEqual(self.shards(), ["", "2/2"])
        self.check_painted()
        self.assertEqual(list(self.folder.glob("*.joblog")), [])


unittest.main()
