# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs neural-style like a user: tiny pictures, the real engine, exiftool and ImageMagick as witnesses.

Usage: command_line_test.py PROGRAM
"""
import json
import os
import pty
import re
import resource
import shutil
import signal
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zlib
from pathlib import Path

sys.path.append(str(Path(__file__).resolve().parents[1] / "files"))
from made_files import assembled, png_chunk

PROGRAM = sys.argv.pop(1)
SANITIZED = b"__asan_init" in Path(PROGRAM).read_bytes()
# The minimum of steps: these tests are about input and output.
QUICK = ["--quality", "draft", "--iterations", "1"]
# The photo itself: for what only concerns files.
COPY = ["--quality", "instant", "--strength", "0"]


def run(*words, **options):
    options.setdefault("timeout", 120)
    return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, **options)


def convert(*words):
    subprocess.run(["convert", *map(str, words)], check=True, timeout=60)


def tags_of(*paths):
    """Exiftool's values of each file, by name without groups."""
    text = subprocess.run(["exiftool", "-json", "-n", *paths], check=True, capture_output=True, text=True).stdout
    return json.loads(text)


def tags(path):
    return tags_of(path)[0]


def pixels(path):
    """RGBA as 16-bit values, by ImageMagick."""
    return subprocess.run(["convert", path, "-depth", "16", "rgba:-"], check=True, capture_output=True).stdout


def profile(path):
    """The embedded ICC profile, byte by byte."""
    return subprocess.run(["exiftool", "-b", "-icc_profile", path], check=True, capture_output=True).stdout


class CommandLine(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.photo = self.folder / "photo.png"
        convert("-size", "48x32", "gradient:red-blue", "-depth", "8", f"PNG24:{self.photo}")

    def names(self):
        return sorted(path.name for path in self.folder.iterdir())

    def paint(self, photo, output, *words, **options):
        return run("paint", photo, "--style", "waves", "-o", output, *QUICK, *words, **options)

    def check_sentence(self, result, status, *parts):
        """One sentence on standard error containing all parts, and no file written."""
        self.assertEqual(result.returncode, status, result.stderr)
        lines = [line for line in result.stderr.splitlines() if "%  " not in line]
        self.assertEqual(len(lines), 1, result.stderr)
        self.assertTrue(lines[0].startswith("neural-style: "), lines)
        self.assertRegex(lines[0], r"[.:?…a-z]$")
        for part in parts:
            self.assertIn(part, lines[0])

    # What is preserved

    def test_every_kind_becomes_every_kind(self):
        photos = [self.photo]
        for kind in ["jpg", "tiff", "webp"]:
            photos.append(self.folder / f"photo.{kind}")
            convert(self.photo, photos[-1])
        outputs = [self.folder / "own" / photo.name for photo in photos]
        result = run("paint", *photos, "--style", "waves", "-o", self.folder / "own", *QUICK)
        self.assertEqual(result.returncode, 0, result.stderr)
        for kind in ["jpg", "tiff", "webp", "exr"]:
            outputs.append(self.folder / f"out.{kind}")
            result = run("paint", self.photo, "--style", "waves", "-o", outputs[-1], *COPY)
            self.assertEqual(result.returncode, 0, result.stderr)
        for output, seen in zip(outputs, tags_of(*outputs), strict=True):
            self.assertEqual((seen["ImageWidth"], seen["ImageHeight"]), (48, 32), output)

    def test_sixteen_bits_profile_and_alpha_survive(self):
        reference = self.folder / "wide.icc"
        self.make_profile(reference)
        for kind in ["png", "tiff"]:
            photo = self.folder / f"deep.{kind}"
            convert("-size", "40x30", "gradient:#123456789abc-#fedcba987654", "-alpha", "set", "-channel", "A",
                    "-evaluate", "set", "50%", "+channel", "-depth", "16", "-profile", reference,
                    f"PNG64:{photo}" if kind == "png" else photo)
            output = self.folder / f"out.{kind}"
            result = run("paint", photo, "--style", "waves", "-o", output, *COPY)
            self.assertEqual(result.returncode, 0, result.stderr)
            depth, channels = subprocess.run(["identify", "-format", "%z %[channels]", output], check=True,
                                             capture_output=True, text=True).stdout.split()[:2]
            self.assertEqual(depth, "16")
            self.assertIn("a", channels)
            self.assertEqual(profile(photo), reference.read_bytes())
            self.assertEqual(profile(output), reference.read_bytes())
            alpha = struct.unpack("<4H", pixels(output)[:8])[3]
            self.assertAlmostEqual(alpha, 32768, delta=1)

    def make_profile(self, path):
        """A matrix profile with wide primaries and a gamma of 1.8 (ICC.1:2001-04)."""
        def xyz(x, y, z):
            return b"XYZ " + struct.pack(">Iiii", 0, *(round(v * 65536) for v in (x, y, z)))
        text = b"desc" + struct.pack(">II", 0, 5) + b"wide\0" + struct.pack(">II", 0, 0) + bytes(70)
        copyright = b"text" + bytes(4) + b"public domain\0"
        data = {b"desc": text, b"cprt": copyright, b"wtpt": xyz(0.9642, 1.0, 0.8249), b"rXYZ": xyz(0.6097, 0.3111, 0.0195),
                b"gXYZ": xyz(0.2053, 0.6257, 0.0609), b"bXYZ": xyz(0.1492, 0.0632, 0.7446)}
        curve = b"curv" + struct.pack(">IIH", 0, 1, 0x01CD) + b"\0\0"  # gamma 1.8
        for name in [b"rTRC", b"gTRC", b"bTRC"]:
            data[name] = curve
        path.write_bytes(assembled(data, b"mntr", b"RGB ", b"XYZ "))

    def test_metadata_are_kept_and_the_photo_stands_upright(self):
        photo = self.folder / "photo.jpg"
        convert(self.photo, photo)
        subprocess.run(["exiftool", "-q", "-overwrite_original", "-n", "-Orientation=6", "-Artist=Ada", "-XMP:Source=boat",
                        "-IPTC:City=Arles", "-GPSLatitude=43.67", "-GPSLatitudeRef=N", photo], check=True)
        outputs = {kind: self.folder / f"out.{kind}" for kind in ["jpg", "png", "tiff", "webp"]}
        for output in outputs.values():
            result = run("paint", photo, "--style", "waves", "-o", output, *COPY)
            self.assertEqual(result.returncode, 0, result.stderr)
        for kind, seen in zip(outputs, tags_of(*outputs.values()), strict=True):
            self.assertEqual((seen["ImageWidth"], seen["ImageHeight"]), (32, 48), kind)
            self.assertEqual(seen["Orientation"], 1, kind)
            self.assertEqual(seen["Artist"], "Ada", kind)
            self.assertEqual(seen["Source"], "boat", kind)
            self.assertAlmostEqual(float(seen["GPSLatitude"]), 43.67, places=4)
        check = subprocess.run(["exiftool", "-validate", "-warning", "-error", "-a", *outputs.values()], capture_output=True,
                               text=True).stdout
        self.assertNotIn("Error", check)

    def test_strength_0_gives_the_photo_back_to_the_last_bit(self):
        photo = self.folder / "deep.png"
        convert("-size", "33x21", "plasma:fractal", "-seed", "1", "-depth", "16", f"PNG48:{photo}")
        output = self.folder / "out.png"
        result = self.paint(photo, output, "--strength", "0")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(pixels(output), pixels(photo))

    def test_jpeg_has_no_transparency_and_a_line_says_so(self):
        photo = self.folder / "alpha.png"
        convert("-size", "32x32", "xc:rgba(255,0,0,0)", f"PNG32:{photo}")
        result = self.paint(photo, self.folder / "out.jpg")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertIn("white", result.stderr)
        self.assertGreater(min(struct.unpack("<4H", pixels(self.folder / "out.jpg")[:8])), 65000)

    def test_a_size_limit_makes_the_painting_smaller(self):
        result = self.paint(self.photo, self.folder / "out.png", "--size-limit", "24")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertEqual(tags(self.folder / "out.png")["ImageWidth"], 24)

    def test_the_same_seed_gives_the_same_painting(self):
        for name in ["a.png", "b.png"]:
            self.assertEqual(self.paint(self.photo, self.folder / name, "--start", "noise", "--seed", "4").returncode, 0)
        self.assertEqual(self.paint(self.photo, self.folder / "c.png", "--start", "noise", "--seed", "5").returncode, 0)
        self.assertEqual(pixels(self.folder / "a.png"), pixels(self.folder / "b.png"))
        self.assertNotEqual(pixels(self.folder / "a.png"), pixels(self.folder / "c.png"))

    def test_a_style_may_be_a_file(self):
        result = run("paint", self.photo, "--style", self.photo, "-o", self.folder / "out.png", *QUICK)
        self.assertEqual(result.returncode, 0, result.stderr)

    # Styles, masks, and records of the painting in progress

    def mask(self, name, *drawing, size="48x32"):
        path = self.folder / name
        convert("-size", size, "xc:black", "-fill", "white", *drawing, "-depth", "8", f"PNG24:{path}")
        return path

    def left_half(self):
        return self.mask("left.png", "-draw", "rectangle 0,0 23,31")

    def difference(self, one, other, left=0, right=48):
        """Mean difference of those columns, 0..1."""
        a, b = (struct.unpack(f"<{48 * 32 * 4}H", pixels(path)) for path in (one, other))
        inside = [i for i in range(len(a)) if left <= i // 4 % 48 < right and i % 4 < 3]
        return sum(abs(a[i] - b[i]) for i in inside) / len(inside) / 65535

    def painted(self, name, *words):
        output = self.folder / name
        result = self.paint(self.photo, output, *words)
        self.assertEqual(result.returncode, 0, result.stderr)
        return output

    def test_a_texture_needs_no_photo(self):
        output = self.folder / "tile.png"
        result = run("paint", "--texture", "--seamless", "--size", "40x32", "-s", "waves", "-o", output, *QUICK)
        self.assertEqual(result.returncode, 0, result.stderr)
        seen = tags(output)
        self.assertEqual((seen["ImageWidth"], seen["ImageHeight"], seen["BitDepth"]), (40, 32, 8))

    def test_shares_of_two_styles_change_the_painting(self):
        two = ["--iterations", "8", "--style", "starry-night", "--blend"]
        first, second = self.painted("a.png", *two, "1,0"), self.painted("b.png", *two, "0,1")
        self.assertGreater(self.difference(first, second), 0.001)

    def test_a_region_changes_the_painting(self):
        two = ["--iterations", "8", "--style", "starry-night"]
        everywhere, region = self.painted("a.png", *two), self.painted("b.png", *two, "--region", self.left_half())
        self.assertGreater(self.difference(everywhere, region), 0.001)

    def test_what_is_protected_stays(self):
        output = self.painted("out.png", "--protect", self.left_half(), "--start", "noise")
        self.assertLess(self.difference(output, self.photo, 0, 22), 0.01)
        self.assertGreater(self.difference(output, self.photo, 26, 48), 0.05)

    def test_refine_goes_on_from_a_painting(self):
        painting = self.folder / "painting.png"
        convert("-size", "48x32", "plasma:fractal", "-depth", "8", f"PNG24:{painting}")
        anew, on = self.painted("a.png"), self.painted("b.png", "--refine", painting)
        self.assertLess(self.difference(on, painting), self.difference(anew, painting) / 2)

    def test_masks_have_the_size_of_the_photo_also_under_a_size_limit(self):
        output = self.painted("out.png", "--protect", self.left_half(), "--refine", self.photo, "--region",
                              self.left_half(), "--size-limit", "24")
        self.assertEqual(tags(output)["ImageWidth"], 24)

    def test_losses_have_a_line_for_each_step(self):
        table = self.folder / "losses.tsv"
        result = self.paint(self.photo, self.folder / "out.png", "--losses", table, "--iterations", "4", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        lines = [line.split("\t") for line in table.read_text().splitlines()]
        self.assertEqual(lines[0], ["width", "height", "iteration", "content", "style", "tv", "neighbors", "motion", "total"])
        updates = [json.loads(line) for line in result.stdout.splitlines()]
        steps = [[str(update[key]) for key in ("width", "height", "iteration")] for update in updates
                 if update["type"] == "update" and update["stage"] == "painting" and update["iteration"] > 0]
        self.assertEqual([line[:3] for line in lines[1:]], steps)
        self.assertEqual(steps[-1][2], "4")
        for line in lines[1:]:
            *losses, total = map(float, line[3:])
            self.assertAlmostEqual(sum(losses), total, delta=1e-6 * abs(total))

    def test_snapshots_are_numbered_pictures(self):
        steps = self.folder / "steps"
        result = self.paint(self.photo, self.folder / "out.png", "--snapshots", steps, "--snapshot-every", "2",
                            "--iterations", "4", "--quiet")
        self.assertEqual(result.returncode, 0, result.stderr)
        names = sorted(path.name for path in steps.iterdir())
        self.assertGreaterEqual(len(names), 2)
        self.assertEqual(names, [f"painting-{i:04}.png" for i in range(1, len(names) + 1)])
        self.assertGreaterEqual(tags(steps / names[-1])["ImageWidth"], 48)

    def test_an_estimate_counts_tiles(self):
        result = run("paint", self.photo, "--style", "waves", "--protect", self.left_half(), "--estimate", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertGreaterEqual(json.loads(result.stdout)["tiles"], 1)
        self.assertIn("tiles: ", run("paint", self.photo, "--style", "waves", "--estimate").stdout)

    def test_masks_and_paintings_of_another_size_are_refused_before_the_work(self):
        output, wide = self.folder / "out.png", self.mask("wide.png", size="49x32")
        before = self.names()
        for option in ["--region", "--protect", "--refine"]:
            self.check_sentence(self.paint(self.photo, output, option, wide), 1, "wide.png", "49 x 32", "48 x 32")
            self.check_sentence(self.paint(self.photo, output, option, self.folder / "none.png"), 1, "none.png")
        self.assertEqual(self.names(), before)

    def test_files_that_cannot_be_written_on_the_way_are_told_before_the_work(self):
        output = self.folder / "out.png"
        self.check_sentence(self.paint(self.photo, output, "--snapshots", self.photo), 1)
        self.check_sentence(self.paint(self.photo, output, "--snapshots", self.folder / "no" / "where"), 1, "no does not exist")
        self.check_sentence(self.paint(self.photo, output, "--losses", self.folder), 1, "folder")
        (self.folder / "steps").mkdir()
        (self.folder / "steps" / "painting-0007.png").write_bytes(b"x")
        self.check_sentence(self.paint(self.photo, output, "--snapshots", self.folder / "steps"), 1, "already")
        self.assertNotIn("out.png", self.names())

    # Messages

    def test_plain_lines_are_few(self):
        result = self.paint(self.photo, self.folder / "out.png")
        self.assertEqual(result.returncode, 0)
        self.assertLessEqual(len(result.stderr.splitlines()), 11)
        self.assertIn("100%", result.stderr)
        self.assertIn("48 x 32", result.stdout)

    def test_programs_read_json_lines(self):
        result = self.paint(self.photo, self.folder / "out.png", "--json")
        self.assertEqual(result.returncode, 0)
        self.assertEqual(result.stderr, "")
        lines = [json.loads(line) for line in result.stdout.splitlines()]
        updates = [line["fraction"] for line in lines if line["type"] == "update"]
        self.assertGreater(len(updates), 1)
        self.assertEqual(updates, sorted(updates))
        self.assertEqual(lines[-1]["type"], "result")
        self.assertEqual(lines[-1]["width"], 48)
        self.assertEqual(lines[-1]["settings"]["quality"], "draft")

    def test_errors_are_json_lines_too(self):
        result = run("paint", self.folder / "none.png", "--style", "waves", "-o", self.folder / "out.png", "--json")
        self.assertEqual(result.returncode, 1)
        self.assertEqual(json.loads(result.stdout)["code"], "bad-picture")

    def test_quiet_says_nothing(self):
        result = self.paint(self.photo, self.folder / "out.png", "--quiet")
        self.assertEqual((result.returncode, result.stdout, result.stderr), (0, "", ""))

    def test_a_terminal_gets_a_bar(self):
        master, slave = pty.openpty()
        process = subprocess.Popen([PROGRAM, "paint", self.photo, "--style", "waves", "-o", self.folder / "out.png", *QUICK],
                                   stdout=subprocess.DEVNULL, stderr=slave)
        os.close(slave)
        text = b""
        try:
            while chunk := os.read(master, 4096):
                text += chunk
        except OSError:  # the terminal vanishes with its last user
            pass
        self.assertEqual(process.wait(60), 0)
        os.close(master)
        self.assertIn(b"\r[", text)
        self.assertTrue(text.endswith(b"\r\x1b[K"), text[-20:])

    def test_an_estimate_paints_nothing(self):
        result = run("paint", self.photo, "--style", "waves", "--estimate")
        self.assertEqual(result.returncode, 0, result.stderr)
        self.assertRegex(result.stdout, r"\d+ MiB")
        result = run("paint", self.photo, "--style", "waves", "--estimate", "--json")
        self.assertGreater(json.loads(result.stdout)["memory-needed"], 1 << 20)
        self.assertEqual(self.names(), ["photo.png"])

    def test_styles_lists_what_style_takes(self):
        result = run("styles")
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"starry-night +The Starry Night, Vincent van Gogh")
        names = [json.loads(line)["name"] for line in run("styles", "--json").stdout.splitlines()]
        self.assertIn("waves", names)

    def test_presets_lists_what_preset_takes(self):
        result = run("presets")
        self.assertEqual(result.returncode, 0)
        self.assertRegex(result.stdout, r"poster +Poster: style waves, .*stroke-size 200")
        presets = {one["name"]: one for one in map(json.loads, run("presets", "--json").stdout.splitlines())}
        self.assertEqual(presets["subtle"]["settings"], {"strength": 0.3, "detail": 0.3})
        self.assertTrue(all(os.path.isfile(one["picture"]) for one in presets.values()))

    def test_devices_measures_the_processor(self):
        result = run("devices", "--device", "cpu", "--json")
        self.assertEqual(result.returncode, 0, result.stderr)
        device, rights = map(json.loads, result.stdout.splitlines())
        self.assertEqual(rights["type"], "rights")
        self.assertEqual(device["name"], "cpu")
        self.assertGreater(device["convolution-gflops"], 0)
        self.assertGreater(device["matrix-product-gflops"], 0)

    def test_all_cores_are_used_and_no_others(self):
        usable = sorted(os.sched_getaffinity(0))
        siblings = [Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list") for cpu in usable]
        cores = len({file.read_text() if file.exists() else file for file in siblings})
        environment = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}

        def told(**more):
            return subprocess.run([PROGRAM, "devices", "--device", "cpu"], capture_output=True, text=True, timeout=60, **more).stdout

        text = told(env=environment)
        self.assertIn(f"CPU, {cores} core", text)
        self.assertIn("GFLOP/s", text)
        self.assertIn("CPU, 1 core", told(env=environment, preexec_fn=lambda: os.sched_setaffinity(0, usable[:1])))
        self.assertIn("CPU, 1 core", told(env=environment | {"OMP_NUM_THREADS": "1"}))

    def test_large_pages_are_asked_for_where_the_kernel_waits_to_be_asked(self):
        kernel = Path("/sys/kernel/mm/transparent_hugepage/enabled")
        asks = kernel.exists() and "[madvise]" in kernel.read_text() and not SANITIZED
        photo = self.folder / "large.png"
        convert("-size", "800x600", "plasma:fractal", f"PNG24:{photo}")
        for tunables in [None, "glibc.malloc.arena_max=3", "glibc.malloc.hugetlb=0"]:
            environment = {name: value for name, value in os.environ.items() if name != "GLIBC_TUNABLES"}
            if tunables:
                environment["GLIBC_TUNABLES"] = tunables
            process = subprocess.Popen([PROGRAM, "paint", photo, "--style", "waves", "-o", self.folder / "out.png",
                                        "--iterations", "10000", "--json"], stdout=subprocess.PIPE, env=environment, text=True)
            try:
                while json.loads(process.stdout.readline())["fraction"] == 0:
                    pass
                # The same process; its environment is that of its last exec.
                told = dict(line.split("=", 1) for line in Path(f"/proc/{process.pid}/environ").read_text().split("\0") if line)
                name = Path(f"/proc/{process.pid}/comm").read_text().strip()
                huge = int(re.search(r"AnonHugePages:\s+(\d+)", Path(f"/proc/{process.pid}/smaps_rollup").read_text())[1])
            finally:
                process.kill()
                process.communicate()
            self.assertEqual(name, "neural-style")
            if tunables == "glibc.malloc.hugetlb=0" or not asks:
                self.assertEqual(told.get("GLIBC_TUNABLES"), tunables)
            else:
                self.assertEqual(told["GLIBC_TUNABLES"].split(":"), ["glibc.malloc.hugetlb=1", *([tunables] if tunables else [])])
                self.assertGreater(huge, 0)

    def test_what_only_writing_needs_is_loaded_when_a_painting_is_written(self):
        def loaded(*words):
            told = run(*words, env={**os.environ, "LD_DEBUG": "files", "LD_DEBUG_OUTPUT": str(self.folder / "loaded")})
            self.assertEqual(told.returncode, 0, told.stderr)
            text = "".join(file.read_text(errors="replace") for file in self.folder.glob("loaded.*"))
            return {name for name in ("libtorch_cpu", "libexiv2", "libjxl", "libheif", "libOpenEXR") if f"{name}." in text or f"{name}-" in text}

        self.assertEqual(loaded("--version"), {"libtorch_cpu"})

    def test_help_and_version(self):
        for words in [["--help"], ["help"], ["paint", "--help"], ["devices", "--help"], ["styles", "-h"], ["presets", "-h"]]:
            result = run(*words)
            self.assertEqual(result.returncode, 0)
            self.assertIn("neural-style", result.stdout)
        self.assertRegex(run("--version").stdout, r"^neural-style \d")

    # Errors

    def test_wrong_usage_is_status_2(self):
        output = self.folder / "out.png"
        self.check_sentence(self.paint(self.photo, output, "--strength", "7"), 2, "0 to 2")
        self.check_sentence(self.paint(self.photo, output, "--quality", "best"), 2, "instant, draft, fine, print")
        self.check_sentence(self.paint(self.photo, output, "--sharpness", "1"), 2, "--sharpness")
        self.check_sentence(self.paint(self.photo, self.folder / "out.xcf"), 2, ".png")
        self.check_sentence(self.paint(self.photo, self.photo), 2, "another name")
        self.check_sentence(self.paint(self.photo, output, "--style-layers", "nonsense"), 2, "nonsense")
        self.check_sentence(self.paint(self.photo, output, "--blend", "1,-1"), 2)
        self.check_sentence(self.paint(self.photo, output, "--blend", "-1"), 2, "share")
        self.check_sentence(self.paint(self.photo, output, "--layer-weights", "1"), 2, "layer weights")
        self.check_sentence(self.paint(self.photo, output, "--texture", "--size", "64x64"), 2, "--size")
        self.check_sentence(run("paint", self.photo, "-o", output), 2, "--style")
        self.check_sentence(run("draw"), 2, "draw", "paint")
        self.assertEqual(run().returncode, 2)
        self.assertEqual(self.names(), ["photo.png"])

    def test_pictures_that_cannot_be_read_are_status_1(self):
        output = self.folder / "out.png"
        good = self.photo.read_bytes()
        cases = {"missing.png": None, "empty.png": b"", "cut.png": good[:60], "text.jpg": b"dear diary" * 9,
                 "bomb.png": self.bomb()}
        for name, data in cases.items():
            path = self.folder / name
            if data is not None:
                path.write_bytes(data)
            self.check_sentence(run("paint", self.photo, "--style", path, "-o", output), 1, name)
        self.check_sentence(self.paint(self.folder / "cut.png", output), 1, "cut.png")
        self.assertNotIn("out.png", self.names())
        album = run("paint", *[self.folder / name for name in cases], "--style", "waves", "-o", self.folder / "painted", "--quiet")
        self.assertEqual(album.returncode, 1, album.stderr)
        for name, line in zip(sorted(cases), album.stderr.splitlines(), strict=True):
            self.assertRegex(line, rf"^neural-style: .*{name}.*[.:?…a-z]$")
        self.assertEqual(list((self.folder / "painted").iterdir()), [])

    def bomb(self):
        head = png_chunk(b"IHDR", struct.pack(">IIBBBBB", 40000, 40000, 8, 2, 0, 0, 0))
        return b"\x89PNG\r\n\x1a\n" + head + png_chunk(b"IDAT", zlib.compress(bytes(1000))) + png_chunk(b"IEND", b"")

    def test_a_picture_of_one_pixel_is_answered_with_a_sentence(self):
        dot = self.folder / "dot.png"
        convert("-size", "1x1", "xc:red", f"PNG24:{dot}")
        self.check_sentence(self.paint(dot, self.folder / "out.png"), 1)
        self.check_sentence(run("paint", self.photo, "--style", dot, "-o", self.folder / "out.png"), 1)
        self.assertNotIn("out.png", self.names())

    def test_other_failures_are_status_1(self):
        output = self.folder / "out.png"
        self.check_sentence(self.paint(self.photo, self.folder / "nowhere" / "out.png"), 1, "nowhere")
        self.check_sentence(run("paint", self.photo, "--style", "monet", "-o", output), 1, "starry-night")
        self.check_sentence(self.paint(self.photo, output, "--network", self.photo), 1)
        self.check_sentence(self.paint(self.photo, output, "--device", "cuda:77"), 1, "automatic")
        self.check_sentence(self.paint(self.photo, output, "--memory-limit", "10M"), 1)
        self.assertEqual(self.names(), ["photo.png"])

    def on_a_small_disk(self, *words, before="true"):
        """Runs the program with a file system of 16 KiB at `disk`, in a mount namespace of its own; what is left on it is printed."""
        disk = self.folder / "disk"
        disk.mkdir(exist_ok=True)
        script = f'mount -t tmpfs -o size=16k tmpfs "$1" && shift && ({before}) && "$@"; status=$?; ls -A "$0" | sed s/^/LEFT:/; exit $status'
        alone = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
        if subprocess.run([*alone, "mount", "-t", "tmpfs", "tmpfs", disk], capture_output=True).returncode != 0:
            self.skipTest("no mount namespaces here")
        return subprocess.run([*alone, "sh", "-c", script, disk, disk, PROGRAM, *words], capture_output=True, text=True, timeout=120)

    def test_a_full_disk_leaves_no_file(self):
        noise = self.folder / "noise.png"
        convert("-size", "96x96", "plasma:fractal", f"PNG24:{noise}")
        disk = self.folder / "disk"
        photos = []
        for kind in ["png", "tiff"]:
            photos.append(self.folder / f"big.{kind}")
            convert(noise, photos[-1])
        for words in [["-o", disk], ["-o", disk, "--format", "exr", "--name", "{number}.{ending}"]]:
            result = self.on_a_small_disk("paint", *photos, "--style", "waves", *words, *COPY, "--quiet")
            self.assertEqual(result.returncode, 1, result.stderr)
            self.assertEqual(len(result.stderr.splitlines()), 2, result.stderr)
            for line in result.stderr.splitlines():
                self.assertIn("room", line)
            self.assertNotIn("LEFT", result.stdout)

    def test_what_is_missing_beside_a_painting_on_a_full_disk_is_told(self):
        disk, output = self.folder / "disk", self.folder / "out.png"
        filled = 'echo old > "$0"/losses.tsv; head -c 12288 /dev/zero > "$0"/full'
        for words, left, told in [(["--losses", disk / "losses.tsv"], ["full", "losses.tsv"], "losses.tsv"),
                                  (["--snapshots", disk / "steps", "--snapshot-every", "1"], ["full", "losses.tsv"], "painting-0001.png")]:
            for talk in ["--quiet", "--json"]:
                with self.subTest(words=words, talk=talk):
                    output.unlink(missing_ok=True)
                    result = self.on_a_small_disk("paint", self.photo, "--style", "waves", "-o", output, *QUICK,
                                                  *words, talk, before=filled)
                    self.assertEqual(result.returncode, 1, result.stderr)
                    self.assertEqual(tags(output)["ImageWidth"], 48)
                    self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
                    self.assertIn("room", result.stderr)
                    self.assertIn(told, result.stderr)
                    self.assertEqual([line[5:] for line in result.stdout.splitlines() if line.startswith("LEFT:")], left)
                    if talk == "--json":
                        types = [json.loads(line)["type"] for line in result.stdout.splitlines() if not line.startswith("LEFT:")]
                        self.assertEqual(types[-2:], ["result", "error"])

    def test_a_painting_that_fails_leaves_the_old_table_and_no_folder(self):
        table = self.folder / "losses.tsv"
        table.write_text("old")
        result = self.paint(self.photo, self.folder / "out.png", "--losses", table, "--snapshots", self.folder / "steps",
                            "--snapshot-every", "1", "--memory-limit", "10M")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual(table.read_text(), "old")
        self.assertEqual(self.names(), ["losses.tsv", "photo.png"])

    def test_output_that_cannot_be_written_is_told(self):
        output = self.folder / "out.png"
        empty = {**os.environ, "XDG_DATA_HOME": str(self.folder)}
        painting = ["paint", self.photo, "--style", "waves", "-o", output, *COPY]
        for words in [["--version"], ["--help"], ["paint", "--help"], ["styles"], ["styles", "--json"], ["presets"], ["networks", "list"],
                      ["info", self.photo], ["info", "--json", self.photo], painting, [*painting, "--json"], [*painting, "--estimate"],
                      ["paint", self.photo, self.photo, "--style", "waves", "-o", self.folder / "all", *COPY]]:
            with self.subTest(words=words), open("/dev/full", "w") as full:
                output.unlink(missing_ok=True)
                result = subprocess.run([PROGRAM, *words], stdout=full, stderr=subprocess.PIPE, text=True, timeout=120, env=empty)
                self.assertEqual(result.returncode, 1, result.stderr)
                self.assertIn("Standard output", result.stderr.splitlines()[-1])
                self.assertEqual(output.exists(), words[0] == "paint" and output in words and "--estimate" not in words)

    def test_who_has_no_standard_output_may_paint_without(self):
        result = subprocess.run(["sh", "-c", 'exec "$@" >&-', "sh", PROGRAM, "paint", self.photo, "--style", "waves", "-o",
                                 self.folder / "out.png", *COPY, "--quiet"], stderr=subprocess.PIPE, text=True, timeout=120)
        self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_what_files_say_does_no_harm_to_a_terminal(self):
        evil = "\x1b[2J\x1b]0;title\x07\x9b31m\n\u202e" + "x" * 1_000_000
        data = self.folder / "data"
        for kind, entry in [("styles", {"file": "a.jpg"}), ("presets", {"settings": {"detail": evil[:99]}})]:
            (data / kind).mkdir(parents=True)
            entries = [{"name": name, "title": evil, "painter": evil, "year": evil, **entry} for name in ["good", "evil\x1b[2J"]]
            (data / kind / "catalog.json").write_text(json.dumps(entries))
        kept = self.folder / "neural-style" / "networks"
        kept.mkdir(parents=True)
        header = json.dumps({"__metadata__": {key: evil for key in ["name", "title", "architecture", "source", "card", "operations"]},
                             "a" + evil: {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}).encode()
        (kept / "net.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(4))
        named = self.folder / "photo\x1b[2J\n.png"
        shutil.copy(self.photo, named)
        environment = {**os.environ, "NEURAL_STYLE_DATA": str(data), "XDG_DATA_HOME": str(self.folder)}
        for words in [["styles"], ["presets"], ["networks", "list"], ["networks", "show", "net"], ["networks", "show", "no" + evil[:99]],
                      ["networks", "add", kept / "net.safetensors", "--name", "new"], ["info", named], ["info", f"{named}x"],
                      ["paint", named, "--style", "no", "-o", self.folder / "o.png"], ["paint", self.photo, "--network", kept / "net.safetensors",
                       "--style", self.photo, "-o", self.folder / "o.png"]]:
            for talk in [[], ["--json"]]:
                with self.subTest(words=[str(word)[:60] for word in words], talk=talk):
                    result = run(*words, *talk, env=environment)
                    self.assertNotRegex(result.stdout + result.stderr, "[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
                    self.assertLess(len(result.stdout) + len(result.stderr), 600_000)
                    if talk:
                        for line in result.stdout.splitlines():
                            json.loads(line)
        self.assertEqual(json.loads(run("info", "--json", named).stdout)["file"], str(named))

    def test_without_bundled_styles_a_sentence_says_what_to_do(self):
        for kind in ["styles", "presets"]:
            (self.folder / "data" / kind).mkdir(parents=True)
            (self.folder / "data" / kind / "catalog.json").write_text("[]")
        environment = {**os.environ, "NEURAL_STYLE_DATA": str(self.folder / "data")}
        output = self.folder / "out.png"
        for words in [["--style", "waves"], ["--style", self.photo, "--preset", "wild"]]:
            result = run("paint", self.photo, *words, "-o", output, env=environment)
            self.assertEqual(len(result.stderr.splitlines()), 1, result.stderr)
            self.assertIn("nor any other", result.stderr)

    def test_a_file_that_grows_too_large_leaves_nothing(self):
        noise = self.folder / "noise.png"
        convert("-size", "96x96", "plasma:fractal", f"PNG24:{noise}")
        photos = [noise]
        for kind in ["tiff", "webp", "jpg"]:
            photos.append(self.folder / f"noise.{kind}")
            convert(noise, photos[-1])
        before = self.names()
        def limit():
            resource.setrlimit(resource.RLIMIT_FSIZE, (1500, resource.RLIM_INFINITY))
        result = run("paint", noise, "--style", "waves", "-o", self.folder / "out.exr", *COPY, preexec_fn=limit)
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertEqual(self.names(), before)
        album = run("paint", *photos, "--style", "waves", "-o", self.folder / "painted", *COPY, "--json", preexec_fn=limit)
        self.assertEqual(album.returncode, 1, album.stderr)
        errors = [line for line in map(json.loads, album.stdout.splitlines()) if line["type"] == "error"]
        self.assertEqual([error["code"] for error in errors], ["not-written"] * len(photos))
        for error in errors:
            self.assertIn("raise the limit of file sizes", error["message"])
        self.assertEqual(list((self.folder / "painted").iterdir()), [])

    def test_ctrl_c_stops_soon_and_leaves_no_file(self):
        photo = self.folder / "large.png"
        convert("-size", "800x600", "plasma:fractal", f"PNG24:{photo}")
        before = self.names()
        for number in [signal.SIGINT, signal.SIGTERM]:
            process = subprocess.Popen([PROGRAM, "paint", photo, "--style", "waves", "-o", self.folder / "out.png",
                                        "--iterations", "10000", "--json"], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
            while json.loads(process.stdout.readline())["fraction"] == 0:
                pass
            process.send_signal(number)
            asked = time.monotonic()
            rest, errors = process.communicate(timeout=60)
            self.assertLess(time.monotonic() - asked, 10)
            self.assertEqual(process.returncode, 130, errors)
            self.assertEqual(json.loads(rest.splitlines()[-1])["code"], "cancelled")
            self.assertEqual(self.names(), before)

    def test_ctrl_c_stops_also_what_finishes_and_encodes(self):
        photo = self.folder / "noise.png"
        convert("-size", "4000x3000", "xc:gray", "+noise", "Random", "-define", "png:compression-level=1", f"PNG24:{photo}")
        before = self.names()
        for pause in [0, 0.3]:  # one during the engine's last work, the other during the encoder's
            process = subprocess.Popen([PROGRAM, "paint", photo, "--style", "waves", "-o", self.folder / "out.png",
                                        "--colors", "palette", "--json"], stdout=subprocess.PIPE,
                                       stderr=subprocess.PIPE, text=True)
            json.loads(process.stdout.readline())
            time.sleep(pause)
            process.send_signal(signal.SIGINT)
            rest, errors = process.communicate(timeout=60)
            self.assertEqual(process.returncode, 130, errors)
            self.assertEqual(json.loads(rest.splitlines()[-1])["code"], "cancelled")
            self.assertEqual(self.names(), before)

    @unittest.skipIf(SANITIZED, "the sanitizer takes all addresses")
    def test_too_little_memory_to_start_is_told(self):
        """Some libraries of LibTorch's end, others try for ever: OpenBLAS."""
        for megabytes in [300, 450]:
            with self.subTest(megabytes=megabytes):
                limit = megabytes << 20
                done = run("--version", timeout=300, preexec_fn=lambda: (resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
                                                                         resource.setrlimit(resource.RLIMIT_CORE, (0, 0))))
                self.assertEqual(done.returncode, 1, done.stderr)
                self.assertIn("memory", done.stderr.splitlines()[-1])

    @unittest.skipIf(SANITIZED, "the sanitizer takes all addresses")
    def test_too_little_memory_to_paint_is_not_waited_for(self):
        """OpenBLAS asks for its buffer, at the first product, until it gets it. Which statuses there are is not ours to say: with little
        memory oneDNN sometimes ends the program."""
        for megabytes in [750, 1110]:
            with self.subTest(megabytes=megabytes):
                limit = megabytes << 20
                done = self.paint(self.photo, self.folder / "out.png", timeout=60,
                                  preexec_fn=lambda: (resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
                                                      resource.setrlimit(resource.RLIMIT_CORE, (0, 0))))
                self.assertEqual(done.returncode == 0, (self.folder / "out.png").exists())
                (self.folder / "out.png").unlink(missing_ok=True)

    def test_an_incomplete_program_is_not_taken_for_a_lack_of_memory(self):
        launcher = self.folder / "neural-style"
        shutil.copy(PROGRAM, launcher)
        limit = 64 << 30
        for content in [b"", b"no module " * 1000]:
            (self.folder / "neural-style.so").write_bytes(content)
            done = subprocess.run([launcher, "--version"], capture_output=True, text=True, timeout=60,
                                  preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit)))
            self.assertEqual(done.returncode, 127, done.stderr)
            self.assertIn("is incomplete", done.stderr)
            self.assertIn(str(self.folder), done.stderr)  # the file, in the loader's own words

    def test_a_stop_while_the_program_is_loaded_has_the_same_status(self):
        """Its module is a pipe here, from which it never comes."""
        launcher = self.folder / "neural-style"
        shutil.copy(PROGRAM, launcher)
        os.mkfifo(self.folder / "neural-style.so")
        for number in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]:
            # Whoever runs the tests may ignore it, and then so would the program.
            process = subprocess.Popen([launcher, "paint"], stderr=subprocess.PIPE,
                                       preexec_fn=lambda: signal.signal(number, signal.SIG_DFL))
            self.addCleanup(process.stderr.close)
            self.addCleanup(process.kill)
            until = time.monotonic() + 60
            while not self.waits_to_open(process.pid):
                self.assertLess(time.monotonic(), until)
            process.send_signal(number)
            self.assertEqual(process.wait(60), 130)
        ignoring = subprocess.Popen(["nohup", launcher, "paint"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not self.waits_to_open(ignoring.pid):
            pass
        ignoring.send_signal(signal.SIGHUP)
        with self.assertRaises(subprocess.TimeoutExpired):
            ignoring.wait(0.5)
        ignoring.kill()
        self.assertEqual(ignoring.wait(60), -signal.SIGKILL)

    def waits_to_open(self, process):
        try:
            return Path(f"/proc/{process}/wchan").read_text() in ("wait_for_partner", "fifo_open")
        except OSError:
            return False

    def test_a_stop_after_the_painting_is_whole_comes_too_late(self):
        """Standard output is full when the program tells that it is done."""
        output = self.folder / "out.png"
        for number in [signal.SIGINT, signal.SIGTERM, signal.SIGHUP]:
            output.unlink(missing_ok=True)
            ours, theirs = os.pipe()
            os.set_blocking(theirs, False)
            try:
                while os.write(theirs, b" " * 4096):
                    pass
            except BlockingIOError:
                pass
            os.set_blocking(theirs, True)
            process = subprocess.Popen([PROGRAM, "paint", self.photo, "--style", "waves", "-o", output, *COPY],
                                       stdout=theirs, stderr=subprocess.DEVNULL)
            os.close(theirs)
            until = time.monotonic() + 60
            while not output.exists() or not self.writes_to_a_pipe(process.pid):
                self.assertLess(time.monotonic(), until)
                self.assertIsNone(process.poll())
            for _ in range(3):
                process.send_signal(number)
                time.sleep(0.05)
            with open(ours, "rb") as pipe:
                told = pipe.read()
            self.assertEqual(process.wait(60), 0)
            self.assertIn(b"out.png", told)
            self.assertEqual(tags(output)["ImageWidth"], 48)

    def writes_to_a_pipe(self, process):
        return Path(f"/proc/{process}/wchan").read_text() in ("pipe_write", "anon_pipe_write")


if __name__ == "__main__":
    missing = [tool for tool in ["convert", "identify", "exiftool"] if not shutil.which(tool)]
    if missing:
        print("SKIPPED: needs", ", ".join(missing))
        sys.exit(77)
    unittest.main(verbosity=2)
