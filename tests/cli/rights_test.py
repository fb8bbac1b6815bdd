# SPDX-License-Identifier: GPL-3.0-or-later
"""What neural-style can no longer do once its arguments are known, and that it still does all it should.

Usage: rights_test.py PROGRAM STYLE ENCODER INTRUDER OLD_KERNEL
"""
import ctypes
import errno
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

import numpy
from PIL import Image

OLD_KERNEL = str(Path(sys.argv.pop(5)).resolve())
INTRUDER = str(Path(sys.argv.pop(4)).resolve())
ENCODER = str(Path(sys.argv.pop(3)).resolve())
STYLE = str(Path(sys.argv.pop(2)).resolve())
PROGRAM = str(Path(sys.argv.pop(1)).resolve())

SYS_LANDLOCK_CREATE_RULESET, LANDLOCK_CREATE_RULESET_VERSION = 444, 1
HAS_LANDLOCK = ctypes.CDLL(None).syscall(SYS_LANDLOCK_CREATE_RULESET, None, ctypes.c_size_t(0), LANDLOCK_CREATE_RULESET_VERSION) >= 1
HAS_SECCOMP = os.uname().machine in ("x86_64", "aarch64")
QUICK = ["--style", STYLE, "--quality", "draft", "--iterations", "1"]
COPY = ["--style", STYLE, "--quality", "instant", "--strength", "0"]
REPELLED = dict.fromkeys(["write", "empty", "make", "link", "folder", "rename", "remove"], errno.EACCES)


class Rights(unittest.TestCase):
    def setUp(self):
        # The folder for passing files is open to all commands, so that the test's own is elsewhere.
        self.folder = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.env = {**os.environ, "HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "tmp")}
        for name in list(self.env):
            if name.startswith("XDG_"):
                del self.env[name]
        for name in ["home", "tmp", "here", "elsewhere"]:
            (self.folder / name).mkdir()
        self.here, self.elsewhere = self.folder / "here", self.folder / "elsewhere"
        self.photo = self.folder / "photo.png"
        self.make_photo(self.photo)

    def make_photo(self, path, width=48, height=32):
        noise = numpy.random.default_rng(len(path.name)).integers(0, 255, (height, width, 3), numpy.uint8)
        Image.fromarray(noise).save(path)

    def run_it(self, *words, **options):
        options.setdefault("env", self.env)
        return subprocess.run([PROGRAM, *map(str, words)], cwd=self.here, capture_output=True, text=True, timeout=300, **options)

    def check_done(self, *words, **options):
        done = self.run_it(*words, **options)
        self.assertEqual(done.returncode, 0, done.stderr + done.stdout)
        return done

    def check_whole(self, path, size=(48, 32)):
        with Image.open(path) as picture:
            picture.load()
            self.assertEqual(picture.size, size)

    def preload(self, module, **variables):
        options = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        return {**self.env, "LD_PRELOAD": module, "ASAN_OPTIONS": options, **variables}

    def intrude(self, *words, when=b"%", status=0):
        """Somebody takes over a command as soon as it writes that to standard error; what he could do."""
        report, victim = self.folder / "report", self.elsewhere / "victim"
        victim.write_text("kept")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            process = subprocess.Popen([PROGRAM, *map(str, words)], cwd=self.here, stdin=subprocess.DEVNULL,
                                       stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                       env=self.preload(INTRUDER, INTRUDER_REPORT=str(report), INTRUDER_VICTIM=str(victim),
                                                        INTRUDER_PORT=str(listener.getsockname()[1])))
            said = b""
            while when not in said:
                piece = os.read(process.stderr.fileno(), 1000)
                self.assertTrue(piece, said)
                said += piece
            rest = []
            reader = threading.Thread(target=lambda: rest.append(process.stderr.read()))
            reader.start()
            process.send_signal(signal.SIGUSR2)
            until = time.monotonic() + 60
            while not report.read_text().endswith("end 0\n"):
                self.assertLess(time.monotonic(), until, "the intruder tells nothing")
                time.sleep(0.01)
            self.assertEqual(process.wait(timeout=300), status, said + b"".join(rest))
            reader.join()
            process.stderr.close()
        told = {attempt: int(reason) for attempt, reason in map(str.split, report.read_text().splitlines())}
        del told["end"]
        files = {attempt: told[attempt] for attempt in REPELLED}
        if HAS_LANDLOCK:
            self.assertEqual(files, REPELLED)
            self.assertEqual(victim.read_text(), "kept")
            self.assertEqual([path.name for path in self.elsewhere.iterdir()], ["victim"])
        return told

    def check_repelled(self, *words, **options):
        told = self.intrude(*words, **options)
        self.assertEqual(told["program"], 0)  # the reader is one
        if HAS_SECCOMP:
            self.assertEqual(told["connect"], errno.EPERM)

    # What it can no longer do

    @unittest.skipUnless(HAS_LANDLOCK, "this kernel has no Landlock")
    def test_whoever_takes_a_painting_over_changes_no_file_and_reaches_no_network(self):
        self.check_repelled("paint", self.photo, "-o", "out.png", *QUICK[:-1], 60)
        self.check_whole(self.here / "out.png")

    @unittest.skipUnless(HAS_LANDLOCK, "this kernel has no Landlock")
    def test_nor_who_takes_over_an_album(self):
        self.make_photo(self.folder / "other.png")
        self.check_repelled("paint", self.photo, self.folder / "other.png", "-o", "painted", *QUICK[:-1], 60, when=b"of 2")
        self.check_whole(self.here / "painted/photo.png")

    @unittest.skipUnless(HAS_LANDLOCK, "this kernel has no Landlock")
    def test_nor_who_takes_over_a_film(self):
        for number in range(2):
            self.make_photo(self.here / f"frame_{number}.png", 64, 48)
        self.check_repelled("video", "frame_%d.png", "-o", "out.gif", *QUICK[:-1], 60)

    @unittest.skipUnless(HAS_LANDLOCK, "this kernel has no Landlock")
    def test_nor_who_takes_over_a_training(self):
        (self.folder / "photos").mkdir()
        for number in range(12):
            self.make_photo(self.folder / f"photos/{number:0{number + 1}}.png", 96, 96)
        self.check_repelled("train", "style", "--style", STYLE, "--photos", self.folder / "photos", "--network", ENCODER, "-o",
                            "out.safetensors", "--steps", 12, "--batch", 2, "--crop", 64, "--style-size", 64, when=b"photos")

    # What it still does

    def test_files_are_written_wherever_links_lead(self):
        (self.here / "out.png").symlink_to(self.elsewhere / "painting.png")
        (self.here / "losses.csv").symlink_to("../elsewhere/table.csv")
        (self.here / "steps").symlink_to(self.elsewhere)
        self.check_done("paint", self.photo, "-o", "out.png", "--losses", "losses.csv", "--snapshots", "steps", "--snapshot-every", 1, *QUICK)
        self.check_whole(self.elsewhere / "painting.png")
        self.check_whole(self.elsewhere / "painting-0001.png")
        self.assertIn("total\n", (self.elsewhere / "table.csv").read_text())
        self.assertTrue((self.here / "out.png").is_symlink())

    def test_files_of_all_kinds_come_into_new_and_old_folders(self):
        for ending in ["png", "jpg", "tiff", "webp", "exr", "avif", "jxl"]:
            self.check_done("paint", self.photo, "-o", self.elsewhere / f"out.{ending}", *COPY)
            before = (self.elsewhere / f"out.{ending}").read_bytes()
            self.check_done("paint", self.photo, "-o", self.elsewhere / f"out.{ending}", *COPY)
            self.assertEqual((self.elsewhere / f"out.{ending}").read_bytes(), before)
        self.assertEqual(len(list(self.elsewhere.iterdir())), 7)
        self.check_done("paint", self.photo, "-o", "out.png", "--snapshots", "steps", "--snapshot-every", 1, *QUICK)
        self.check_whole(self.here / "steps/painting-0001.png")

    def test_pipes_and_descriptors_are_written(self):
        os.mkfifo(self.here / "pipe.png")
        with open(self.here / "from-pipe.png", "wb") as sink:
            reader = subprocess.Popen(["cat", self.here / "pipe.png"], stdout=sink)
            self.check_done("paint", self.photo, "-o", "pipe.png", *COPY)
            self.assertEqual(reader.wait(timeout=60), 0)
        self.check_whole(self.here / "from-pipe.png")
        for output in ["-", "/dev/stdout"]:
            with open(self.elsewhere / "out.png", "wb") as sink:
                done = subprocess.run([PROGRAM, "paint", self.photo, "-o", output, "--format", "png", *COPY], cwd=self.here, env=self.env,
                                      stdout=sink, stderr=subprocess.PIPE, timeout=300)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.check_whole(self.elsewhere / "out.png")
        self.check_done("paint", self.photo, "-o", "/dev/null", "--format", "png", *COPY)

    def test_an_album_comes_where_its_links_lead(self):
        (self.here / "photos/below").mkdir(parents=True)
        (self.here / "painted").mkdir()
        for name in ["a.png", "below/b.png"]:
            shutil.copy(self.photo, self.here / "photos" / name)
        (self.here / "painted/a.png").symlink_to(self.elsewhere / "a.png")
        (self.here / "painted/below").symlink_to(self.elsewhere)
        self.check_done("paint", "photos", "-o", "painted", "--again", *COPY)
        self.check_whole(self.elsewhere / "a.png")
        self.check_done("paint", "photos", "--recursive", "-o", "painted", *COPY)
        self.check_whole(self.elsewhere / "b.png")
        self.check_done("paint", "photos", "-o", "new/painted", *COPY)
        self.check_whole(self.here / "new/painted/a.png")

    def test_a_film_leaves_no_folder_of_frames(self):
        for number in range(2):
            self.make_photo(self.here / f"frame_{number}.png", 64, 48)
        (self.here / "out.gif").symlink_to(self.elsewhere / "film.gif")
        self.check_done("video", "frame_%d.png", "-o", "out.gif", *COPY)
        self.check_whole(self.elsewhere / "film.gif", (64, 48))
        self.assertFalse((self.here / "out.gif.frames").exists())
        self.check_done("video", "frame_%d.png", "-o", "painted/%03d.png", *COPY)
        self.check_whole(self.here / "painted/000.png", (64, 48))
        self.assertEqual(sorted(path.name for path in self.here.iterdir()),
                         ["frame_0.png", "frame_1.png", "out.gif", "painted"])

    def test_gegl_swaps_where_the_user_wants_it(self):
        swap = self.folder / "swap"
        swap.mkdir()
        os.utime(swap, (0, 0))
        self.make_photo(self.photo, 1200, 900)
        self.check_done("paint", self.photo, "-o", "out.png", *COPY, env=self.env | {"GEGL_SWAP": str(swap), "GEGL_CACHE_SIZE": "2"})
        self.assertGreater(swap.stat().st_mtime, 0)  # a file was in it
        self.assertEqual(list(swap.iterdir()), [])

    def test_a_network_comes_into_a_home_without_a_folder_for_it(self):
        self.check_done("networks", "add", ENCODER, "--name", "mine")
        self.assertEqual([json.loads(line)["name"] for line in self.check_done("networks", "list", "--json").stdout.splitlines()],
                         ["mine"])
        self.check_done("networks", "remove", "mine")
        self.assertFalse(list(self.folder.glob("home/**/mine*")))

    # What it says, and where the kernel has less

    def rights(self, **variables):
        lines = self.check_done("devices", "--json", **variables).stdout.splitlines()
        return next(line for line in map(json.loads, lines) if line["type"] == "rights")

    def test_devices_tell_what_is_in_force(self):
        self.assertEqual(self.rights(), {"type": "rights", "landlock": HAS_LANDLOCK, "seccomp": HAS_SECCOMP})

    def test_a_kernel_without_them_stops_nothing_and_is_told(self):
        for lacking in ["landlock", "seccomp", "landlock seccomp"]:
            env = self.preload(OLD_KERNEL, OLD_KERNEL_LACKS=lacking)
            self.assertEqual(self.rights(env=env), {"type": "rights", "landlock": HAS_LANDLOCK and "landlock" not in lacking,
                                                    "seccomp": HAS_SECCOMP and "seccomp" not in lacking})
            told = self.check_done("devices", env=env).stdout
            for word in lacking.split():
                self.assertIn(word.capitalize() if word == "landlock" else word, told.splitlines()[-1])
            self.assertIn("this kernel has n", told)
            self.check_done("paint", self.photo, "-o", "out.png", *COPY, env=env)
            self.check_whole(self.here / "out.png")


if __name__ == "__main__":
    unittest.main()
