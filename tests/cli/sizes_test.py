# SPDX-License-Identifier: GPL-3.0-or-later
"""A large painting is the small one with finer detail: reduced, it looks like it.

sizes_test.py PROGRAM PHOTO STYLE PAINT_NUMBERS
"""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy

PROGRAM, PHOTO, STYLE, NUMBERS = sys.argv[1:]
sys.argv[1:] = []
sys.path.insert(0, str(Path(NUMBERS).parent))

from paint_numbers import luma, picture  # noqa: E402

SMALL = (512, 320)
LARGE = [(1788, 1118), (3096, 1935)]  # 2 and 6 megapixels


def octaves(plane):
    """Standard deviations of the differences between successive halvings, from the finest octave on."""
    found = []
    while min(plane.shape) >= 32:
        height, width = (side // 2 * 2 for side in plane.shape)
        halved = plane[:height, :width].reshape(height // 2, 2, width // 2, 2).mean((1, 3))
        found.append(float((plane[:height, :width] - halved.repeat(2, 0).repeat(2, 1)).std()))
        plane = halved
    return found


class Sizes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.small = cls.painting(SMALL)
        cls.large = {size: picture(cls.file(size), SMALL) for size in LARGE if cls.painting(size) is not None}

    @classmethod
    def file(cls, size):
        return cls.folder / f"{size[0]}.png"

    @classmethod
    def painting(cls, size):
        photo = cls.folder / f"photo-{size[0]}.png"
        subprocess.run(["convert", PHOTO, "-resize", f"{size[0]}x{size[1]}!", f"PNG24:{photo}"], check=True, timeout=60)
        subprocess.run([PROGRAM, "paint", photo, "--style", STYLE, "--quality", "draft", "--quiet", "-o", cls.file(size)], check=True,
                       timeout=500)
        return picture(cls.file(size))

    def test_coarse_shapes_and_colours_lie_where_they_lay_within_a_fifteenth(self):
        coarse = picture(self.file(SMALL), (64, 40))
        for size in LARGE:
            difference = numpy.abs(picture(self.file(size), (64, 40)) - coarse).mean()
            print(f"{size[0]} px: coarse pixels differ by {difference:.4f}", file=sys.stderr)
            with self.subTest(size):
                self.assertLess(difference, 1 / 15)

    def test_strokes_are_as_strong_in_every_octave_within_a_third(self):
        wanted = octaves(luma(self.small))
        for size, reduced in self.large.items():
            ratios = [here / there for here, there in zip(octaves(luma(reduced)), wanted)]
            print(f"{size[0]} px: octaves relative to the small painting {[f'{ratio:.2f}' for ratio in ratios]}", file=sys.stderr)
            with self.subTest(size):
                self.assertGreater(min(ratios), 2 / 3)
                self.assertLess(max(ratios), 3 / 2)

    def test_the_palette_is_the_same_within_a_sixth(self):
        for size, reduced in self.large.items():
            with self.subTest(size):
                self.assertLess(numpy.abs(reduced.mean((0, 1)) - self.small.mean((0, 1))).max(), 0.03)
                self.assertLess(numpy.abs(reduced.std((0, 1)) / self.small.std((0, 1)) - 1).max(), 1 / 6)

    def test_100_percent_is_no_blur(self):
        """The finest octave of the largest painting has at least a sixth of the energy of the small one's."""
        self.assertGreater(octaves(luma(picture(self.file(LARGE[-1]))))[0], octaves(luma(self.small))[0] / 6)


if __name__ == "__main__":
    unittest.main()
