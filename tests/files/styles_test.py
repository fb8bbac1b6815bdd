# SPDX-License-Identifier: GPL-3.0-or-later
"""What is transparent in a style's file weighs nothing.

Usage: styles_test.py PROGRAM
"""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import numpy
from PIL import Image

PROGRAM = sys.argv.pop(1)
SIDE = 96
QUALITIES = {"instant": ["--quality", "instant"], "strokes": ["--iterations", "3"], "brush": ["--iterations", "3", "--manner", "brush"],
             "palette": ["--colors", "palette"]}


def waves(width, height, speed):
    y, x = numpy.mgrid[0:height, 0:width]
    return numpy.stack([127 + 120 * numpy.sin((x + (c + 1) * y) * speed + c) for c in range(3)], axis=2).astype("u1")


SEEN = waves(SIDE, SIDE, 0.4)
GARISH = numpy.zeros((SIDE, SIDE, 3), "u1")
GARISH[::2, :, 0] = GARISH[1::2, :, 1] = 255


def with_alpha(color, alpha):
    return numpy.concatenate([color, numpy.broadcast_to(alpha, color.shape[:2])[..., None].astype("u1")], axis=2)


class Styles(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="neural-style-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.photo = self.folder / "photo.png"
        Image.fromarray(waves(120, 100, 0.05)).save(self.photo)

    def painted(self, pixels, *options):
        style, out = self.folder / "style.png", self.folder / "out.png"
        Image.fromarray(pixels).save(style)
        done = subprocess.run([PROGRAM, "paint", self.photo, "--style", style, "-o", out, *options], capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 0, done.stderr)
        return numpy.asarray(Image.open(out)).astype(float)

    def test_transparent_surroundings_change_no_pixel(self):
        half = numpy.concatenate([with_alpha(SEEN, 255), with_alpha(GARISH, 0)], axis=1)
        around = numpy.pad(with_alpha(SEEN, 255), ((20, 3), (0, 50), (0, 0)))
        for name, options in QUALITIES.items():
            with self.subTest(name):
                alone = self.painted(SEEN, *options)
                numpy.testing.assert_array_equal(self.painted(half, *options), alone)
                numpy.testing.assert_array_equal(self.painted(around, *options), alone)

    def test_holes_weigh_nothing(self):
        """A hole as wide as the picture is filled with colours around it, which then are not counted."""
        hole = numpy.concatenate([with_alpha(SEEN, 255), with_alpha(GARISH, 0), with_alpha(SEEN, 255)], axis=1)
        half_seen = numpy.concatenate([with_alpha(SEEN, 255), with_alpha(GARISH, 128), with_alpha(SEEN, 255)], axis=1)
        opaque = hole[..., :3]
        without = numpy.concatenate([SEEN, SEEN, SEEN], axis=1)
        for name, options in QUALITIES.items():
            with self.subTest(name):
                alone = self.painted(without, *options)
                apart = [numpy.abs(self.painted(style, *options) - alone).mean() for style in (hole, half_seen, opaque)]
                self.assertLess(apart[0], 0.5 * apart[2])
                self.assertLess(apart[0], apart[1])
                self.assertLess(apart[1], apart[2])

    def test_nothing_to_be_seen_is_said(self):
        style = self.folder / "glass.png"
        Image.fromarray(with_alpha(SEEN, 0)).save(style)
        done = subprocess.run([PROGRAM, "paint", self.photo, "--style", style, "-o", self.folder / "out.png"], capture_output=True, text=True, timeout=300)
        self.assertEqual(done.returncode, 1)
        self.assertIn("nothing to be seen", done.stderr)
        self.assertIn("glass.png", done.stderr)


unittest.main()
