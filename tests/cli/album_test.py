# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints several tiny photos with one call of neural-style.

Usage: album_test.py PROGRAM STYLE
"""
import json
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
from PIL import Image

STYLE = str(Path(sys.argv.pop(2)).resolve())
PROGRAM = str(Path(sys.argv.pop(1)).resolve())


def run(*words, **options):
    return subprocess.run([PROGRAM, "paint", *map(str, words)], capture_output=True, text=True, timeout=300, **options)


def picture(width=48, height=32, seed=0):
    noise = numpy.random.default_rng(seed).integers(0, 255, (height // 4, width // 4, 3), numpy.uint8)
    return Image.fromarray(noise).resize((width, height), Image.Resampling.BICUBIC)


class Album(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def photos(self, *names, **options):
        for i, name in enumerate(names):
            path = self.folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            picture(seed=i, **options).save(path)

    def paint(self, *words, **options):
        """With real strokes."""
        return run(*words, "-s", STYLE, "--quality", "instant", cwd=self.folder, **options)

    def copy(self, *words, **options):
        """With strength 0: quick, where only the files matter."""
        return self.paint(*words, "--strength", 0, **options)

    def lines(self, result, *types):
        return [line for line in map(json.loads, result.stdout.splitlines()) if line["type"] in types]

    def files(self, folder="painted"):
        root = self.folder / folder
        return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())

    def bytes(self, folder="painted"):
        return {name: (self.folder / folder / name).read_bytes() for name in self.files(folder)}

    def check_refused(self, result, *parts):
        self.assertEqual(result.returncode, 2, result.stderr + result.stdout)
        for part in parts:
            self.assertIn(part, result.stderr)
        self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)

    def test_each_painting_is_the_one_that_its_photo_gets_alone_and_shards_are_the_whole(self):
        self.photos("a.png", "b.jpg")
        self.photos("c.tiff", width=64, height=40)
        photos = ["a.png", "b.jpg", "c.tiff"]
        done = self.paint(*photos, "-o", "painted")
        self.assertEqual(done.returncode, 0, done.stderr)
        alone = self.paint("c.tiff", "-o", "alone.tiff")
        self.assertEqual(alone.returncode, 0, alone.stderr)
        self.assertEqual(self.files(), photos)
        self.assertEqual((self.folder / "alone.tiff").read_bytes(), self.bytes()["c.tiff"])
        for shard in ["1/2", "2/2", "1/9"]:  # more parts than photos: some have nothing to do
            done = self.paint(*photos, "-o", "shards", "--shard", shard, "--memory-limit", "4G")
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.bytes("shards"), self.bytes())

    def test_a_bad_photo_is_told_and_the_others_are_painted(self):
        self.photos("a.png", "it's \"c\" d.JPG")
        (self.folder / "b.png").write_bytes(b"dear diary")
        (self.folder / "notes.txt").write_text("no picture")
        done = self.copy(".", "missing.png", "-o", "painted/")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.files(), ["a.png", "it's \"c\" d.JPG"])
        table = done.stdout.splitlines()
        self.assertRegex(table[1], r"a\.png +48 x 32 +\d+\.\d$")
        self.assertIn("b.png", table[2])
        self.assertRegex(table[4], r"missing\.png .*does not exist")
        self.assertRegex(table[-1], r"^Of 4 photos 2 were painted .* 0 were there already, 2 failed\.$")
        for told in ["1 of 4, ./a.png", "4 of 4, missing.png", "neural-style: missing.png does not exist"]:
            self.assertIn(told, done.stderr)

        quiet = self.copy(".", "-o", "painted", "--quiet")
        self.assertEqual((quiet.returncode, quiet.stdout, len(quiet.stderr.splitlines())), (1, "", 1))

    def test_what_is_there_is_left_unless_it_is_wanted_again(self):
        self.photos("in/a.png", "in/x/b.png", "in/x/c.heic.png")
        words = ["in", "--recursive", "-o", "in/painted", "--json"]
        first = self.copy(*words)
        self.assertEqual(first.returncode, 0, first.stderr)
        self.assertEqual(self.files("in/painted"), ["a.png", "x/b.png", "x/c.heic.png"])
        began = self.lines(first, "photo")
        self.assertEqual([(line["number"], line["of"], line["file"]) for line in began],
                         [(1, 3, "in/a.png"), (2, 3, "in/x/b.png"), (3, 3, "in/x/c.heic.png")])
        self.assertEqual([line["output"] for line in self.lines(first, "result")],
                         ["in/painted/a.png", "in/painted/x/b.png", "in/painted/x/c.heic.png"])

        (self.folder / "in/painted/x/b.png").unlink()
        (self.folder / "in/painted/a.png").write_bytes(b"mine")
        second = self.copy(*words)
        self.assertEqual([line["file"] for line in self.lines(second, "skipped")], ["in/a.png", "in/x/c.heic.png"])
        total, = self.lines(second, "album")
        self.assertEqual([total[key] for key in ("photos", "painted", "skipped", "failed")], [3, 1, 2, 0])
        self.assertEqual((self.folder / "in/painted/a.png").read_bytes(), b"mine")

        third = self.copy(*words, "--again")
        self.assertEqual(self.lines(third, "album")[0]["painted"], 3)
        self.assertNotEqual((self.folder / "in/painted/a.png").read_bytes(), b"mine")

    def test_paintings_beside_their_photos_are_not_painted_again(self):
        self.photos("a.png", "b.png")
        for _ in range(2):
            done = self.copy(".", "-o", ".", "--name", "{name}-{style}.{ending}")
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.files("."), ["a-great-wave.png", "a.png", "b-great-wave.png", "b.png"])

    def test_a_list_comes_from_find(self):
        self.photos("in/a b.png", "in/c\nd.png")
        names = subprocess.run(["find", "in", "-name", "*.png", "-print0"], cwd=self.folder, capture_output=True, check=True).stdout
        done = self.copy("--list", "-", "-o", "painted", "--format", "jpg", input=names.decode())
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.files(), ["a b.jpg", "c\nd.jpg"])

    def test_what_makes_no_sense_is_refused_before_the_work(self):
        self.photos("a.png", "in/a.png", "b.png")
        two = ["a.png", "b.png"]
        for option in (["--region", "a.png"], ["--protect", "a.png"], ["--refine", "a.png"], ["--snapshots", "steps"],
                       ["--losses", "losses.tsv"]):
            self.check_refused(self.copy(*two, *option, "-o", "painted"), option[0])
        self.check_refused(self.copy(*two, "-o", "-"), "folder")
        self.check_refused(self.copy(*two, "-o", "out.png"), "out.png", "folder")
        self.check_refused(self.copy(*two), "-o")
        self.check_refused(self.copy("-", "-o", "painted/"), "Standard input")
        self.check_refused(self.copy(*two, "-o", "painted", "--name", "{nam}.png"), "{name}")
        self.check_refused(self.copy(*two, "-o", "painted", "--shard", "9/8"), "3/8")
        self.check_refused(self.copy("a.png", "in", "-o", "painted"), "a.png", "in/a.png", "{number}")
        self.check_refused(self.copy(".", "-o", "."), "replace")
        (self.folder / "file").write_text("x")
        done = self.copy(*two, "-o", "file")
        self.assertEqual((done.returncode, "folder" in done.stderr), (1, True))
        self.assertEqual(self.files("."), ["a.png", "b.png", "file", "in/a.png"])

    def test_an_estimate_is_of_all(self):
        self.photos("a.png", "b.png", "c.png")
        one = json.loads(self.paint("a.png", "--estimate", "--json").stdout)
        done = self.paint("a.png", "b.png", "c.png", "missing.png", "--estimate", "--json")
        self.assertEqual(done.returncode, 1)
        whole, = self.lines(done, "estimate")
        self.assertEqual(whole["photos"], 3)
        self.assertLess(abs(whole["memory-needed"] / one["memory-needed"] - 1), 0.01)
        self.assertGreater(whole["time-needed"], one["time-needed"] / 5)
        self.assertRegex(self.paint("a.png", "b.png", "--estimate").stdout, r"^2 photos take at most \d+ MiB")
        self.assertEqual(self.files("."), ["a.png", "b.png", "c.png"])

    def test_matched_strokes_are_as_large_on_every_photo(self):
        """A crop is painted with strokes that are larger than its own by the ratio of the sides."""
        self.photos("a.png", "b.png", width=64, height=64)
        self.photos("crop.png", width=32, height=32)
        look = ["-s", STYLE, "--quality", "draft", "--iterations", 2]
        for words in (["a.png", "b.png", "crop.png", "-o", "painted", "--match-album"], ["crop.png", "-o", "alone.png", "--stroke-size", 200],
                      ["a.png", "-o", "plain.png"]):
            done = run(*words, *look, cwd=self.folder)
            self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.bytes()["crop.png"], (self.folder / "alone.png").read_bytes())
        self.assertEqual(self.bytes()["a.png"], (self.folder / "plain.png").read_bytes())

    def test_a_matched_album_keeps_its_dark_photos_dark(self):
        """In one pass, each photo alone gets all of the style's brightness; a matched album shares it."""
        photo = Image.open(Path(os.environ["NEURAL_STYLE_DATA"]) / "photos/boats.jpg").resize((320, 213))
        photo.save(self.folder / "bright.png")
        photo.point(lambda value: value // 4).save(self.folder / "dark.png")
        light = {}
        for folder, options in ("alone", []), ("matched", ["--match-album"]):
            done = run("bright.png", "dark.png", "-s", "starry-night", "--quality", "instant", "-o", folder, *options, cwd=self.folder)
            self.assertEqual(done.returncode, 0, done.stderr)
            light[folder] = [numpy.asarray(Image.open(self.folder / folder / name), float).mean() for name in ("bright.png", "dark.png")]
        alone, matched = (bright - dark for bright, dark in light.values())
        self.assertGreater(matched, 3 * abs(alone) + 5, light)

    def test_photos_painted_at_the_same_time_are_the_same_paintings(self):
        names = [f"{i}.png" for i in range(5)]
        self.photos(*names)
        (self.folder / "bad.png").write_bytes(b"no picture")
        one = self.paint(*names, "-o", "one")
        self.assertEqual(one.returncode, 0, one.stderr)
        three = self.paint(*names, "bad.png", "-o", "three", "--jobs", 3, "--json")
        self.assertEqual(three.returncode, 1, three.stderr)
        self.assertEqual(self.bytes("three"), self.bytes("one"))
        self.assertEqual(sorted(Path(line["file"]).name for line in self.lines(three, "result")), names)
        self.assertEqual([Path(line["file"]).name for line in self.lines(three, "error")], ["bad.png"])
        (album,) = self.lines(three, "album")
        self.assertEqual((album["painted"], album["failed"]), (5, 1))

    def test_a_broken_style_is_told_once_whatever_the_jobs(self):
        self.photos("a.png", "b.png", "c.png")
        (self.folder / "style.png").write_bytes(b"no picture")
        done = run("a.png", "b.png", "c.png", "-s", "./style.png", "-q", "-o", "painted", "--jobs", 3, cwd=self.folder)
        self.assertEqual(done.returncode, 1)
        self.assertEqual(done.stderr.count("style.png"), 1, done.stderr)

    def test_ctrl_c_leaves_whole_files_and_says_how_many(self):
        self.photos(*[f"{i:02}.png" for i in range(12)], width=640, height=480)
        process = subprocess.Popen([PROGRAM, "paint", ".", "-o", "painted", "-s", STYLE, "--quality", "instant", "--json"],
                                   cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for line in process.stdout:
            if json.loads(line)["type"] == "result":
                break
        process.send_signal(signal.SIGINT)
        asked = time.monotonic()
        rest, errors = process.communicate(timeout=60)
        self.assertLess(time.monotonic() - asked, 30)  # a file that is begun reaches the disk
        self.assertEqual(process.returncode, 130, errors)
        last = json.loads(rest.splitlines()[-1])
        painted = self.files()
        self.assertEqual(last["code"], "cancelled")
        self.assertIn(f"Of 12 photos {len(painted)} were painted", last["message"])
        self.assertTrue(1 <= len(painted) < 12, painted)
        for name in painted:
            with Image.open(self.folder / "painted" / name) as done:
                done.load()


if __name__ == "__main__":
    unittest.main()
