# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers for what a painting must not show: small pictures painted quickly, with options for neural-style paint.

Usage: painting_numbers_test.py PROGRAM STYLE PAINT_NUMBERS [OPTION...]
"""
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM, STYLE, NUMBERS, *OPTIONS = sys.argv[1:]
sys.argv[1:] = []
sys.path.insert(0, str(Path(NUMBERS).parent))

from paint_numbers import border, directional_energy, finest_chroma, laid_out_size, luma, picture, size  # noqa: E402

SIDE = 320
# Only the letters have edges along the axes.
PHOTOS = {
    "noise": ["-seed", "1", "xc:gray50", "+noise", "random", "-blur", "0x1", "-normalize"],
    "gradient": ["radial-gradient:#f0e0a0-#203060"],
    "flat": ["xc:#7090b0"],
    "text": ["xc:white", "-fill", "black", "-pointsize", "22", "-interline-spacing", "4", "-annotate", "+12+34", "\n".join([
        "Whoever paints a page of text", "wants to read it afterwards,", "letter by letter: the quick", "brown fox jumps over the",
        "lazy dog, and 0123456789", "are the figures that count,", "here and in the next line.", "Pack my box with five dozen",
        "liquor jugs (or 7 x 6 = 42)."])]}


class PaintingNumbers(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.style = picture(STYLE, laid_out_size(size(STYLE), (SIDE, SIDE)))
        cls.photos, cls.paintings = {}, {}
        for name, words in PHOTOS.items():
            photo, painting = cls.folder / f"{name}.png", cls.folder / f"{name}-painting.png"
            subprocess.run(["convert", "-size", f"{SIDE}x{SIDE}", *words, "-depth", "8", f"PNG24:{photo}"], check=True, timeout=60)
            done = subprocess.run([PROGRAM, "paint", photo, "--style", STYLE, "-o", painting, "--quality", "draft", "--quiet", *OPTIONS],
                                  capture_output=True, text=True, timeout=300)
            if done.returncode:
                raise RuntimeError(done.stderr)
            cls.photos[name], cls.paintings[name] = picture(photo), picture(painting)

    def check(self, name, what, value, least, most):
        print(f"{name}: {what} {value:.2f}, allowed {least:.2f} to {most:.2f}", file=sys.stderr)
        with self.subTest(name, what=what):
            self.assertGreaterEqual(value, least)
            self.assertLessEqual(value, most)

    def check_mesh(self, what, energy):
        """Upright letters have edges along the axes: there the painting may exceed the photo by a quarter."""
        for name, painting in self.paintings.items():
            allowed = 1.25 * energy(luma(self.photos[name])) if name == "text" else 1.6
            self.check(name, what, energy(luma(painting)), 0, allowed)

    def test_no_mesh_along_the_axes_above_1_6(self):
        self.check_mesh("directional energy", directional_energy)

    def test_still_parts_have_no_mesh_above_1_6(self):
        """The quietest quarter, where a mesh shows first."""
        self.check_mesh("directional energy of the quietest quarter", lambda plane: directional_energy(plane, quietest=0.25))

    def test_colour_changes_from_pixel_to_pixel_by_1_3_of_the_style_at_most(self):
        for name, painting in self.paintings.items():
            self.check(name, "finest chroma of the style's", finest_chroma(painting) / finest_chroma(self.style), 0, 1.3)

    def test_the_border_is_as_what_lies_inside(self):
        """For uniform photos. The rings are small: strokes alone make them differ by a quarter."""
        for name in ("noise", "flat"):
            ring = border(luma(self.paintings[name]))
            self.check(name, "gradient energy at the border", ring["energy"], 1 / 1.5, 1.5)
            self.check(name, "deviation at the border", ring["spread"], 1 / 1.4, 1.4)
            self.check(name, "shift of the mean at the border", ring["shift"], 0, 0.4)


if __name__ == "__main__":
    unittest.main()
