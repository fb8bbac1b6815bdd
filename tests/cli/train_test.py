# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs neural-style train like a user: tiny photos, a few steps.

Usage: train_test.py PROGRAM ENCODER
"""
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ENCODER = sys.argv.pop()
PROGRAM = sys.argv.pop()


def run(*words, **options):
    return subprocess.run([PROGRAM, "train", *map(str, words)], capture_output=True, text=True, timeout=300, **options)


def convert(*words):
    subprocess.run(["convert", *map(str, words)], check=True, timeout=60)


class Train(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.photos = self.folder / "photos"
        self.photos.mkdir()
        for i, colors in enumerate(["red-blue", "green-white", "black-yellow"]):
            convert("-size", "96x80", f"plasma:{colors}", "-seed", i, self.photos / f"{i}.jpg")
        self.style = self.folder / "style.png"
        convert("-size", "64x64", "plasma:orange-purple", self.style)
        self.output = self.folder / "style.safetensors"

    def words(self, *more):
        return ["style", "--network", ENCODER, "--style", self.style, "--photos", self.photos, "-o", self.output,
                "--batch", "1", "--crop", "32", "--style-size", "64", *more]

    def check_sentence(self, result, status, *parts):
        self.assertEqual(result.returncode, status, result.stderr)
        last = result.stderr.splitlines()[-1]
        self.assertTrue(last.startswith("neural-style: "), result.stderr)
        for part in parts:
            self.assertIn(part, last)

    def test_a_style_is_trained_and_told_about(self):
        result = run(*self.words("--steps", "3"))
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertTrue(self.output.exists())
        report = Path(f"{self.output}.report.md").read_text()
        self.assertIn("held-out", report)
        self.assertEqual(report, result.stdout)
        self.assertFalse(Path(f"{self.output}.training").exists())

    def test_broken_and_tiny_photos_are_skipped(self):
        (self.photos / "broken.jpg").write_bytes((self.photos / "0.jpg").read_bytes()[:600])
        convert("-size", "20x20", "xc:red", self.photos / "tiny.png")
        (self.photos / "notes.txt").write_text("no picture")
        result = run(*self.words("--steps", "1"))
        self.assertEqual(result.returncode, 0, result.stderr)
        skipped = [line for line in result.stderr.splitlines() if line.startswith("Skipped: ")]
        self.assertEqual(len(skipped), 2, result.stderr)
        self.assertIn("broken.jpg", skipped[0])
        self.assertIn("tiny.png", skipped[1])

    def test_without_usable_photos_there_is_a_sentence(self):
        empty = self.folder / "empty"
        empty.mkdir()
        self.check_sentence(run(*self.words("--photos", empty)[:6], empty, "-o", self.output), 1, str(empty))
        nowhere = self.folder / "nowhere"
        self.check_sentence(run("style", "--style", self.style, "-p", nowhere, "-o", self.output), 1, str(nowhere))

    def test_an_unwritable_output_is_refused_before_the_work(self):
        self.output = self.folder / "missing" / "style.safetensors"
        result = run(*self.words("--steps", "1000000"))
        self.check_sentence(result, 1, "missing")
        self.assertNotIn("photos to train on", result.stderr)

    def test_ctrl_c_keeps_a_checkpoint_that_goes_on(self):
        with subprocess.Popen([PROGRAM, "train", *map(str, self.words("--steps", "400", "--json"))],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            while '"update"' not in process.stdout.readline():
                self.assertIsNone(process.poll())
            process.send_signal(signal.SIGINT)
            rest, _ = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertIn("The same command goes on from there.", rest)
        self.assertTrue(self.output.exists())
        self.assertTrue(Path(f"{self.output}.training").exists())
        again = run(*self.words("--steps", "400"))
        self.assertEqual(again.returncode, 0, again.stderr)
        self.assertIn("after 400 of 400 steps", again.stdout)

    def test_a_cut_off_checkpoint_is_refused(self):
        checkpoint = Path(f"{self.output}.training")
        checkpoint.write_bytes(b"\x10\0\0\0\0\0\0\0{")
        self.check_sentence(run(*self.words("--steps", "2")), 1, str(checkpoint), "delete it")
        self.assertFalse(self.output.exists())

    def test_files_that_may_not_grow_end_in_a_sentence(self):
        def small_files():
            resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
        result = run(*self.words("--steps", "2"), preexec_fn=small_files)
        self.check_sentence(result, 1, "larger than files may be")
        self.assertFalse(self.output.exists())

    def test_wrong_words_are_told(self):
        for words, part in [(["dog"], "encoder, decoder or style"),
                            (["style", "-p", self.photos, "-o", self.output], "--style"),
                            (["style", "-s", self.style, "-o", self.output], "--photos"),
                            (["style", "-s", self.style, "-p", self.photos], "-o"),
                            (["encoder", "-p", self.photos, "-o", self.output], "--teacher"),
                            (self.words("--steps", "many"), "--steps"),
                            (self.words("--crop", "4"), "--crop"),
                            (self.words("extra"), "extra")]:
            self.check_sentence(run(*words), 2, part)

    def test_the_help_tells_what_can_be_trained(self):
        overview = run("--help")
        self.assertEqual(overview.returncode, 0)
        for word in ["encoder", "decoder", "style"]:
            self.assertIn(f"train {word}", overview.stdout)
            self.assertIn("--photos", run(word, "--help").stdout)


if __name__ == "__main__":
    unittest.main()
