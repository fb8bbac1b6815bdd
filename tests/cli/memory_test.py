# SPDX-License-Identifier: GPL-3.0-or-later
"""A large painting stays within the memory that is counted for it.

memory_test.py PROGRAM PHOTO STYLE
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM, PHOTO, STYLE = sys.argv[1:]
sys.argv[1:] = []

SIZE = (1800, 1200)  # with its margin beyond 2 megapixels, where Adam goes on, in tiles
PIXELS = SIZE[0] * SIZE[1]
HEADROOM = 17 / 16  # of every estimate


class Memory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)

    def photo(self, kind):
        file = self.folder / f"{kind}.png"
        subprocess.run(["convert", PHOTO, "-resize", f"{SIZE[0]}x{SIZE[1]}!", f"{kind}:{file}"], check=True, timeout=60)
        return file

    def command(self, photo, *options):
        return [PROGRAM, "paint", photo, "--style", STYLE, "--quality", "draft", "--iterations", "1", "--precision", "float32", *options]

    def least(self, photo):
        """Bytes in the smallest tiles."""
        told = subprocess.run(self.command(photo, "--estimate", "--json", "--memory-limit", "1M"), check=True, timeout=120,
                              stdout=subprocess.PIPE).stdout
        return json.loads(told)["memory-needed"]

    def test_a_photo_counts_in_its_own_samples(self):
        in_bytes, in_words = self.least(self.photo("PNG24")), self.least(self.photo("PNG48"))
        self.assertAlmostEqual(in_words - in_bytes, 3 * PIXELS * HEADROOM, delta=10)

    def test_the_least_that_is_allowed_is_enough(self):
        photo = self.photo("PNG24")
        limit = self.least(photo)
        painting = subprocess.Popen(self.command(photo, "--quiet", "--memory-limit", str(limit), "-o", self.folder / "painting.png"))
        _, status, used = os.wait4(painting.pid, 0)
        print(f"peak {used.ru_maxrss / 1024:.0f} MiB of {limit / 2**20:.0f}", file=sys.stderr)
        painting.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(painting.returncode, 0)
        self.assertLessEqual(used.ru_maxrss * 1024, limit)

    def peak_instantly(self, width, height):
        photo = self.folder / f"{width}.jpg"
        subprocess.run(["convert", PHOTO, "-resize", f"{width}x{height}!", photo], check=True, timeout=120)
        painting = subprocess.Popen([PROGRAM, "paint", photo, "--style", STYLE, "--quality", "instant", "--quiet", "-o", self.folder / f"{width}.png"])
        _, status, used = os.wait4(painting.pid, 0)
        print(f"peak {used.ru_maxrss / 1024:.0f} MiB", file=sys.stderr)
        painting.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(painting.returncode, 0)
        return used.ru_maxrss * 1024

    def test_an_instant_painting_is_the_only_large_picture_in_floats(self):
        width, height = 4800, 3200
        more = self.peak_instantly(width, height) - self.peak_instantly(512, 341)
        # The painting, the photo's bytes, and three pictures of the stage before, which has a third of the sides.
        pictures = (12 + 3 + 3 * 12 / 9) * width * height
        layer = 16 * 4 * 1024 * 1024  # of a tile with its surroundings
        self.assertLess(more, pictures + 5 * layer)

    def test_a_huge_style_is_made_smaller_while_it_is_read(self):
        grey, style = self.folder / "style.v", self.folder / "style.jpg"
        subprocess.run(["vips", "grey", grey, "12000", "9000", "--uchar"], check=True, timeout=120)
        subprocess.run(["vips", "copy", grey, style], check=True, timeout=120)
        words = [PROGRAM, "paint", PHOTO, "--style", style, "--quality", "instant", "--size-limit", "256", "--quiet"]
        painting = subprocess.Popen([*words, "-o", self.folder / "small.png"])
        _, status, used = os.wait4(painting.pid, 0)
        print(f"peak {used.ru_maxrss / 1024:.0f} MiB", file=sys.stderr)
        painting.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(painting.returncode, 0)
        self.assertLess(used.ru_maxrss * 1024, 12000 * 9000 * 8)  # less than a float for each of its values


if __name__ == "__main__":
    unittest.main()
