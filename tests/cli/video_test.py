# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints tiny films with neural-style video; FFmpeg's programs and Pillow make and read the films.

Usage: video_test.py PROGRAM STYLE
"""
import json
import os
import random
import re
import resource
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
# What is asked of colours that have been Y'CbCr of 8 bits on the way, in steps of 8 bits.
YCBCR_TOLERANCE = 4
PATCHES = [(230, 30, 40), (40, 200, 60), (30, 60, 220), (200, 200, 200), (40, 40, 40), (220, 180, 40)]


def ffmpeg(*words):
    subprocess.run(["ffmpeg", "-hide_banner", "-loglevel", "error", "-y", *map(str, words)], check=True, timeout=60)


def probe(path, entries, *words):
    out = subprocess.run(["ffprobe", "-loglevel", "error", "-show_entries", entries, *words, "-of", "json", str(path)],
                         check=True, capture_output=True, text=True, timeout=60)
    return json.loads(out.stdout)


def stream(path, kind="v"):
    return probe(path, "stream", "-select_streams", kind)["streams"][0]


def times(path):
    return [float(frame["pts_time"]) for frame in probe(path, "frame=pts_time", "-select_streams", "v")["frames"]]


def packets(path, kind):
    """What is in them, without their times."""
    data = probe(path, "packet=size,data_hash", "-select_streams", kind, "-show_data_hash", "md5")["packets"]
    return [(packet["size"], packet["data_hash"]) for packet in data]


def patches(width=96, height=64):
    """Six plain patches."""
    picture = Image.new("RGB", (width, height))
    for i, color in enumerate(PATCHES):
        picture.paste(color, (i % 3 * width // 3, i // 3 * height // 2, (i % 3 + 1) * width // 3, (i // 3 + 1) * height // 2))
    return picture


def patches_in(picture):
    pixels = numpy.asarray(picture.convert("RGB"), float)
    height, width = pixels.shape[:2]
    return [pixels[(2 * (i // 3) + 1) * height // 4, (2 * (i % 3) + 1) * width // 6] for i in range(6)]


class Video(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def at(self, name):
        return self.folder / name

    def run_video(self, *words, **options):
        return subprocess.run([PROGRAM, "video", *map(str, words), "-s", STYLE, "--quality", "instant"], cwd=self.folder,
                              capture_output=True, text=True, timeout=300, **options)

    def paint(self, *words, **options):
        result = self.run_video(*words, **options)
        self.assertEqual(result.returncode, 0, result.stderr)
        return result

    def copy(self, *words, **options):
        """With strength 0: where only the files matter."""
        return self.paint(*words, "--strength", 0, **options)

    def refused(self, words, *fragments, **options):
        result = self.run_video(*words, "--strength", 0, **options)
        self.assertIn(result.returncode, (1, 2), result.stdout + result.stderr)
        last = result.stderr.strip().splitlines()[-1]
        for fragment in fragments:
            self.assertIn(fragment, last)
        self.assertRegex(last, r"[.:] ?.*\.$|\w$")
        return last

    def film(self, name, *options, frames=6, size="48x32", sound=False):
        inputs = ["-f", "lavfi", "-i", f"testsrc2=size={size}:rate=25"]
        if sound:
            inputs += ["-f", "lavfi", "-i", "sine=440"]
        ffmpeg(*inputs, "-t", frames / 25, *options, self.at(name))
        return name

    def frames(self, count=6, pattern="in/img_{:04}.png", first=1, picture=None):
        for i in range(count):
            path = self.at(pattern.format(first + i))
            path.parent.mkdir(exist_ok=True)
            one = picture(i) if picture else Image.fromarray(
                numpy.random.default_rng(i).integers(0, 255, (8, 12, 3), numpy.uint8)).resize((48, 32))
            one.save(path)

    def kept(self, folder):
        return {path.name: path.read_bytes() for path in sorted(self.at(folder).glob("frame-*.png"))}


class Reading(Video):
    def check_colors(self, name, tolerance):
        self.copy(name, "-o", "out/", "--frames", 1)
        with Image.open(self.at("out/000001.png")) as picture:
            for found, meant in zip(patches_in(picture), PATCHES):
                self.assertLessEqual(abs(found - numpy.array(meant)).max(), tolerance, name)
        shutil.rmtree(self.at("out"))

    def test_colors_are_those_of_the_tagged_matrix_and_range(self):
        patches().save(self.at("patches.png"))
        for matrix, space in (("bt709", "bt709"), ("bt601", "smpte170m"), ("bt2020", "bt2020nc")):
            for span, tag in (("tv", "tv"), ("pc", "pc")):
                ffmpeg("-loop", 1, "-i", self.at("patches.png"), "-frames:v", 2, "-vf",
                       f"scale=out_color_matrix={matrix}:out_range={span},format=yuv444p", "-c:v", "ffv1",
                       "-colorspace", space, "-color_range", tag, self.at("tagged.mkv"))
                self.check_colors("tagged.mkv", YCBCR_TOLERANCE)

    def test_untagged_colors_are_bt601_in_small_films_and_bt709_in_large_ones(self):
        for width, height, matrix in ((96, 64, "bt601"), (1280, 64, "bt709"), (96, 720, "bt709")):
            patches(width, height).save(self.at("patches.png"))
            raw = self.at("plain.yuv")  # has no tags
            ffmpeg("-loop", 1, "-i", self.at("patches.png"), "-frames:v", 2, "-vf",
                   f"scale=out_color_matrix={matrix},format=yuv444p", "-f", "rawvideo", raw)
            ffmpeg("-f", "rawvideo", "-pix_fmt", "yuv444p", "-s", f"{width}x{height}", "-i", raw, "-c:v", "ffv1", self.at("plain.mkv"))
            self.assertNotIn("color_space", stream(self.at("plain.mkv")))
            self.check_colors("plain.mkv", YCBCR_TOLERANCE)

    def test_codecs_that_people_have_are_read(self):
        for name, options in (("h264.mp4", ["-c:v", "libx264", "-pix_fmt", "yuv420p", "-bf", 2]),
                              ("hevc.mp4", ["-c:v", "libx265", "-x265-params", "log-level=none"]),
                              ("vp8.webm", ["-c:v", "libvpx"]), ("vp9.webm", ["-c:v", "libvpx-vp9"]),
                              ("av1.mkv", ["-c:v", "libsvtav1"]), ("prores.mov", ["-c:v", "prores_ks"]),
                              ("mjpeg.avi", ["-c:v", "mjpeg"]), ("mpeg2.ts", ["-c:v", "mpeg2video"])):
            size = "64x64"
            with self.subTest(name):
                self.film(name, *options, frames=3, size=size)
                line = json.loads(self.copy(name, "--estimate", "--json").stdout.splitlines()[-1])
                self.assertEqual((line["frames"], line["width"], line["height"]), (3, 64, 64))

    def test_deep_colors_stay_deep(self):
        self.film("deep.mkv", "-c:v", "ffv1", "-pix_fmt", "yuv444p10le", frames=2)
        self.copy("deep.mkv", "-o", "out/%d.png")
        head = self.at("out/1.png").read_bytes()[:26]
        self.assertEqual(head[24], 16)

    def test_rgb_without_loss_is_read_as_it_is(self):
        self.frames(2)
        for name, options in (("rgb.mkv", ["-c:v", "ffv1", "-pix_fmt", "bgr0"]), ("planes.mkv", ["-c:v", "ffv1", "-pix_fmt", "gbrp10le"])):
            ffmpeg("-i", self.at("in/img_%04d.png"), *options, self.at(name))
            self.copy(name, "-o", "out/")
            seen = numpy.asarray(Image.open(self.at("out/000001.png")).convert("RGB"), int)
            meant = numpy.asarray(Image.open(self.at("in/img_0001.png")), int)
            self.assertLessEqual(abs(seen - meant).max(), 0 if name == "rgb.mkv" else 1, name)
            shutil.rmtree(self.at("out"))

    def test_high_dynamic_range_is_mapped_and_told(self):
        self.film("hdr.mkv", "-vf", "format=yuv420p10le,setparams=color_primaries=bt2020:color_trc=smpte2084:colorspace=bt2020nc",
                  "-c:v", "ffv1", frames=1)
        self.assertIn("high dynamic range (PQ)", self.copy("hdr.mkv", "-o", "out/").stderr)

    def test_frames_of_a_pattern_and_a_folder_are_taken_in_order(self):
        def grey(i):
            return Image.new("RGB", (48, 32), (10 + 20 * i,) * 3)
        self.frames(11, "in/img{}.png", picture=grey)  # img10 comes after img9
        for source in ("in", "in/img%d.png"):
            self.copy(source, "-o", "out/")
            values = [Image.open(path).getpixel((20, 20))[0] for path in sorted(self.at("out").iterdir())]
            self.assertEqual(values, [10 + 20 * i for i in range(11)], source)
            shutil.rmtree(self.at("out"))

    def test_a_gap_is_told(self):
        self.frames(5)
        self.at("in/img_0003.png").unlink()
        self.refused(["in/img_%04d.png", "-o", "out.mp4"], "in/img_0003.png", "is missing", "4")
        self.assertIn("missing before img_0004.png", self.copy("in", "-o", "out.mkv").stderr)

    def test_turned_films_are_painted_upright(self):
        patches().save(self.at("patches.png"))
        ffmpeg("-loop", 1, "-i", self.at("patches.png"), "-frames:v", 2, "-c:v", "libx264", "-crf", 5, "-pix_fmt", "yuv444p",
               self.at("plain.mp4"))
        for turn in (90, 180, 270):
            ffmpeg("-display_rotation", turn, "-i", self.at("plain.mp4"), "-c", "copy", self.at("turned.mp4"))
            ffmpeg("-i", self.at("turned.mp4"), "-frames:v", 1, self.at("shown.png"))  # FFmpeg turns it, too
            self.copy("turned.mp4", "-o", "out/", "--frames", 1)
            shown = numpy.asarray(Image.open(self.at("shown.png")).convert("RGB"), float)
            ours = numpy.asarray(Image.open(self.at("out/000001.png")), float)
            self.assertEqual(shown.shape, ours.shape)
            self.assertLess(abs(shown - ours).mean(), 2, turn)
            shutil.rmtree(self.at("out"))

    def test_animations_keep_delays_and_transparency(self):
        pictures = []
        for i in range(3):
            picture = Image.new("RGBA", (40, 30), (200, 40, 30, 255))
            picture.paste((0, 0, 0, 0), (i * 10, 0, i * 10 + 10, 10))
            pictures.append(picture)
        delays = [40, 120, 500]
        for name in ("in.gif", "in.webp", "in.apng"):
            options = {"disposal": 2} if name != "in.webp" else {"lossless": True}
            pictures[0].save(self.at(name), save_all=True, append_images=pictures[1:], duration=delays, loop=0,
                             **(options if name != "in.apng" else {"disposal": 1, "format": "PNG"}))
            out = name.replace("in.", "out.")
            self.copy(name, "-o", out)
            with Image.open(self.at(out)) as animation:
                self.assertEqual(animation.n_frames, 3, name)
                self.assertEqual(animation.info.get("loop", 0), 0)
                for i, delay in enumerate(delays):
                    animation.seek(i)
                    animation.load()
                    self.assertAlmostEqual(animation.info["duration"], delay, delta=1, msg=name)
                    frame = animation.convert("RGBA")
                    self.assertEqual(frame.getpixel((i * 10 + 5, 5))[3], 0, name)
                    self.assertEqual(frame.getpixel((35, 25))[3], 255, name)
                    self.assertLess(abs(numpy.array(frame.getpixel((35, 25))[:3]) - (200, 40, 30)).max(), 8, name)


class Writing(Video):
    def test_colors_are_bt709_in_numbers_and_tags(self):
        self.frames(3, picture=lambda i: patches())
        for name in ("out.mp4", "out.mov", "out.mkv", "out.webm"):
            self.copy("in", "-o", name)
            tags = stream(self.at(name))
            self.assertEqual((tags["pix_fmt"], tags["color_range"], tags["color_space"], tags["color_primaries"], tags["color_transfer"]),
                             ("yuv420p", "tv", "bt709", "bt709", "bt709"), name)
            ffmpeg("-i", self.at(name), "-frames:v", 1, "-vf", "scale=in_color_matrix=bt709:in_range=tv,format=rgb24", self.at("seen.png"))
            with Image.open(self.at("seen.png")) as picture:
                for found, meant in zip(patches_in(picture), PATCHES):
                    self.assertLessEqual(abs(found - numpy.array(meant)).max(), YCBCR_TOLERANCE + 3, name)
        self.assertIn(b"colr", self.at("out.mp4").read_bytes())

    def test_without_loss_every_number_is_kept(self):
        self.frames(3)
        self.copy("in", "-o", "out.mkv", "--lossless", "--keep-frames")
        ffmpeg("-i", self.at("out.mkv"), self.at("seen-%d.png"))
        for i in range(3):
            kept = numpy.asarray(Image.open(self.at(f"out.mkv.frames/frame-{i + 1:06}.png")))
            self.assertTrue((numpy.asarray(Image.open(self.at(f"seen-{i + 1}.png")).convert("RGB")) == kept).all())

    def test_times_and_the_last_duration_are_kept(self):
        # 0, 0.04, 0.24, 0.32 s
        self.film("uneven.mkv", "-vf", "setpts='if(eq(N,0),0,if(eq(N,1),0.04,if(eq(N,2),0.24,0.32)))/TB'", "-fps_mode", "vfr",
                  "-enc_time_base", "1/1000", "-c:v", "libx264", "-bf", 2, "-pix_fmt", "yuv420p", "-frames:v", 4, frames=50)
        self.copy("uneven.mkv", "-o", "out.mp4")
        self.assertEqual(len(times(self.at("out.mp4"))), 4)
        self.assertEqual(times(self.at("uneven.mkv")), times(self.at("out.mp4")))
        pictures = [Image.new("RGB", (48, 32), (60 * i,) * 3) for i in range(4)]
        pictures[0].save(self.at("in.gif"), save_all=True, append_images=pictures[1:], duration=[40, 200, 80, 400])
        self.copy("in.gif", "-o", "out.mp4")
        self.assertEqual(times(self.at("out.mp4")), [0, 0.04, 0.24, 0.32])
        self.assertEqual(float(stream(self.at("out.mp4"))["duration"]), 0.72)

    def test_sound_is_copied_packet_by_packet(self):
        self.film("in.mp4", "-c:v", "libx264", "-pix_fmt", "yuv420p", "-c:a", "aac", sound=True)
        for name in ("out.mp4", "out.mkv"):
            self.copy("in.mp4", "-o", name)
            self.assertEqual(packets(self.at("in.mp4"), "a"), packets(self.at(name), "a"), name)
        self.assertIn("cannot hold the sound or subtitles stored as aac", self.copy("in.mp4", "-o", "out.webm").stderr)

    def test_subtitles_are_copied(self):
        self.at("words.srt").write_text("1\n00:00:00,040 --> 00:00:00,200\nThe boats\n")
        self.film("plain.mkv", "-c:v", "ffv1")
        ffmpeg("-i", self.at("plain.mkv"), "-i", self.at("words.srt"), "-c", "copy", "-c:s", "srt", self.at("in.mkv"))
        self.copy("in.mkv", "-o", "out.mkv")
        self.assertEqual(packets(self.at("in.mkv"), "s"), packets(self.at("out.mkv"), "s"))

    def test_a_part_begins_at_0_with_its_own_sound(self):
        self.film("in.mkv", "-c:v", "ffv1", "-c:a", "pcm_s16le", frames=10, sound=True)
        self.copy("in.mkv", "-o", "out.mkv", "--frames", "4-6")
        self.assertEqual(times(self.at("out.mkv")), [0, 0.04, 0.08])
        sound = probe(self.at("out.mkv"), "packet=pts_time", "-select_streams", "a")["packets"]
        self.assertLess(float(sound[-1]["pts_time"]), 0.12)

    def test_the_shape_of_pixels_is_kept(self):
        self.film("in.mp4", "-vf", "setsar=4/3", "-c:v", "libx264", "-pix_fmt", "yuv420p", frames=2)
        self.copy("in.mp4", "-o", "out.mp4")
        self.assertEqual(stream(self.at("out.mp4"))["sample_aspect_ratio"], "4:3")

    def test_odd_sizes_are_padded_and_told(self):
        self.frames(2, picture=lambda i: patches(95, 63))
        result = self.copy("in", "-o", "out.mp4")
        self.assertIn("even sizes only", result.stderr)
        self.assertEqual((stream(self.at("out.mp4"))["width"], stream(self.at("out.mp4"))["height"]), (96, 64))

    def test_frames_a_second_of_pictures_can_be_chosen(self):
        self.frames(3)
        self.copy("in", "-o", "out.mp4", "--fps", "29.97")
        self.assertEqual(stream(self.at("out.mp4"))["r_frame_rate"], "30000/1001")

    def test_a_size_limit_makes_the_film_smaller(self):
        self.film("in.mkv", "-c:v", "ffv1", frames=2)
        self.copy("in.mkv", "-o", "out.mp4", "--size-limit", 32)
        self.assertEqual((stream(self.at("out.mp4"))["width"], stream(self.at("out.mp4"))["height"]), (32, 22))

    def test_a_preview_is_one_picture(self):
        self.film("in.mkv", "-c:v", "ffv1", frames=5)
        self.paint("--preview=2", "in.mkv", "-o", "sheet.png")
        with Image.open(self.at("sheet.png")) as sheet:
            self.assertEqual(sheet.size, (2 * 56 + 8, 2 * 40 + 8))


class GoingOn(Video):
    def whole(self, *words):
        """The frames of an uninterrupted film."""
        self.paint("in.mkv", "-o", "whole.mkv", "--keep-frames", *words)
        return self.kept("whole.mkv.frames")

    def test_after_a_kill_the_film_is_the_same(self):
        self.film("in.mkv", "-c:v", "ffv1", frames=8)
        whole = self.whole()
        self.assertEqual(len(whole), 8)
        chance = random.Random(19)
        for _ in range(3):
            process = subprocess.Popen([PROGRAM, "video", "in.mkv", "-s", STYLE, "--quality", "instant", "-o", "cut.mkv", "--keep-frames"],
                                       cwd=self.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wanted, end = len(self.kept("cut.mkv.frames")) + chance.randint(1, 2), time.time() + 60
            while len(self.kept("cut.mkv.frames")) < wanted and process.poll() is None and time.time() < end:
                time.sleep(0.005)
            time.sleep(chance.random() * 0.05)
            process.kill()
            process.wait()
        self.paint("in.mkv", "-o", "cut.mkv", "--keep-frames")
        self.assertEqual(self.kept("cut.mkv.frames"), whole)
        self.assertEqual(self.at("cut.mkv").read_bytes(), self.at("whole.mkv").read_bytes())
        self.assertEqual([path.name for path in self.folder.iterdir() if path.name.startswith(".")], [])

    def test_ctrl_c_keeps_frames_and_says_how_to_go_on(self):
        self.film("in.mkv", "-c:v", "ffv1", frames=50)
        process = subprocess.Popen([PROGRAM, "video", "in.mkv", "-s", STYLE, "--quality", "instant", "-o", "cut.mkv"],
                                   cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True)
        end = time.time() + 60
        while len(self.kept("cut.mkv.frames")) < 2 and time.time() < end:
            time.sleep(0.01)
        os.killpg(process.pid, signal.SIGINT)  # as a terminal does
        _, errors = process.communicate(timeout=60)
        self.assertEqual(process.returncode, 130)
        self.assertRegex(errors, r"Stopped\. \d+ of 50 frames are kept in cut\.mkv\.frames; the same command goes on")
        self.assertFalse(self.at("cut.mkv").exists())

    def test_shards_are_the_same_film(self):
        # Three shots.
        colors = [(200, 30, 30), (30, 180, 40), (40, 60, 210)]
        def shot(i):
            picture = Image.new("RGB", (48, 32), colors[i // 3])
            picture.paste((250, 250, 250), (5 * (i % 3), 5, 5 * (i % 3) + 20, 25))
            return picture
        self.frames(9, picture=shot)
        self.paint("in", "-o", "whole.mkv", "--keep-frames")
        for part in (2, 3, 1):
            result = self.paint("in", "-o", "parts.mkv", "--keep-frames", "--shard", f"{part}/3")
            self.assertIn(f"Part {part} of 3 is painted", result.stdout)
            self.assertFalse(self.at("parts.mkv").exists())
        lines = [json.loads(line) for line in self.paint("in", "-o", "parts.mkv", "--keep-frames", "--json").stdout.splitlines()]
        self.assertEqual([line for line in lines if line["type"] == "frame"], [])  # all were there
        self.assertEqual(self.kept("parts.mkv.frames"), self.kept("whole.mkv.frames"))
        self.assertEqual(self.at("parts.mkv").read_bytes(), self.at("whole.mkv").read_bytes())

    def test_other_settings_and_other_films_do_not_mix(self):
        self.film("in.mkv", "-c:v", "ffv1", frames=2)
        self.copy("in.mkv", "-o", "out.mkv", "--keep-frames")
        words = ["in.mkv", "-o", "out.mkv", "--stroke-size", 80]
        self.refused(words, "out.mkv.frames", "--again")
        self.copy(*words, "--again")
        self.assertFalse(self.at("out.mkv.frames").exists())

    def test_progress_is_told_to_programs(self):
        self.film("in.mkv", "-c:v", "ffv1", frames=3)
        lines = [json.loads(line) for line in self.paint("in.mkv", "-o", "out.mkv", "--json").stdout.splitlines()]
        frames = [line for line in lines if line["type"] == "frame"]
        self.assertEqual([frame["number"] for frame in frames], [1, 2, 3])
        self.assertTrue(all(frame["frames-per-second"] > 0 and frame["of"] == 3 for frame in frames))
        self.assertEqual(frames[-1]["seconds-left"], 0)
        self.assertEqual((lines[-1]["type"], lines[-1]["frames"]), ("result", 3))


class BadInput(Video):
    def test_what_is_no_film_is_told(self):
        self.at("words.txt").write_text("No film at all. " * 100)
        self.refused(["words.txt", "-o", "out.mp4"], "words.txt", "not a film")
        self.at("empty.mp4").write_bytes(b"")
        self.refused(["empty.mp4", "-o", "out.mp4"], "empty.mp4")
        self.refused(["none.mp4", "-o", "out.mp4"], "no file named none.mp4")
        self.at("bare").mkdir()
        self.refused(["bare", "-o", "out.mp4"], "no pictures in bare")
        ffmpeg("-f", "lavfi", "-i", "sine=440:duration=0.2", self.at("sound.m4a"))
        self.refused(["sound.m4a", "-o", "out.mp4"], "only sound")
        for name in ("one.png", "one.jpg", "one.gif", "one.tif", "one.webp"):
            patches().save(self.at(name))
            self.refused([name, "-o", "out.mp4"], name, "neural-style paint")

    def test_paint_sends_films_to_video(self):
        for name in ("in.mp4", "in.mkv", "in.avi"):
            self.film(name, frames=1)
            result = subprocess.run([PROGRAM, "paint", name, "-s", STYLE, "-o", "out.png"], cwd=self.folder, capture_output=True, text=True, timeout=60)
            self.assertEqual(result.returncode, 1)
            self.assertIn("neural-style video", result.stderr)

    def test_a_broken_frame_does_not_end_the_film(self):
        self.film("in.avi", "-c:v", "mjpeg", frames=8)
        data = bytearray(self.at("in.avi").read_bytes())
        starts = [match.start() for match in re.finditer(rb"\xff\xd8\xff", bytes(data))]
        data[starts[4]:starts[4] + 400] = bytes(400)
        self.at("in.avi").write_bytes(data)
        result = self.copy("in.avi", "-o", "out.mp4")
        self.assertRegex(result.stderr, "cannot be decoded|are damaged")
        self.assertGreaterEqual(len(times(self.at("out.mp4"))), 6)
        # A film that is cut off.
        self.film("whole.mkv", "-c:v", "ffv1", frames=8)
        data = self.at("whole.mkv").read_bytes()
        self.at("cut.mkv").write_bytes(data[:len(data) * 2 // 3])
        self.copy("cut.mkv", "-o", "out.mkv")
        self.assertIn(len(times(self.at("out.mkv"))), range(2, 8))

    def test_frames_of_another_size_are_told(self):
        self.frames(3)
        patches(30, 20).save(self.at("in/img_0003.png"))
        self.refused(["in", "-o", "out.mp4"], "img_0003.png", "30 x 20", "48 x 32")
        self.assertEqual(len(self.kept("out.mp4.frames")), 0)  # before anything is painted
        self.film("a.ts", "-c:v", "mpeg2video", frames=2)
        self.film("b.ts", "-c:v", "mpeg2video", frames=2, size="96x64")
        self.at("in.ts").write_bytes(self.at("a.ts").read_bytes() + self.at("b.ts").read_bytes())
        self.assertIn("have another size", self.copy("in.ts", "-o", "out.mkv").stderr)

    def test_a_full_disk_keeps_the_frames(self):
        self.film("in.mkv", "-c:v", "ffv1", frames=12, size="96x96")
        limit = 60_000  # a frame is smaller, the film larger
        def limited():
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
        words = ["in.mkv", "-o", "out.mkv", "--lossless"]
        self.refused(words, "out.mkv", preexec_fn=limited)
        self.assertEqual(len(self.kept("out.mkv.frames")), 12)
        self.assertFalse(self.at("out.mkv").exists())
        self.copy(*words)
        self.assertEqual(len(times(self.at("out.mkv"))), 12)

    def test_a_film_of_one_frame_is_a_film(self):
        self.film("in.mp4", "-c:v", "libx264", "-pix_fmt", "yuv420p", frames=1)
        self.copy("in.mp4", "-o", "out.mp4")
        self.assertEqual(times(self.at("out.mp4")), [0])
        self.assertEqual(stream(self.at("out.mp4"))["duration"], "0.040000")

    def test_wrong_calls_are_told(self):
        self.film("in.mkv", "-c:v", "ffv1", frames=2)
        out = ["-o", "out.mp4"]
        for words, fragment in ((["in.mkv", *out, "--fps", "0"], "--fps"), (["in.mkv", *out, "--frames", "5-3"], "--frames"),
                                (["in.mkv", *out, "--frames", "9"], "has 2 frames"), (["in.mkv", "-o", "out.doc"], ".webm"),
                                (["in.mkv", *out, "--lossless"], ".mkv"), (["in.mkv", *out, "--preview"], "sheet.png"),
                                (["in.mkv", "-o", "in.mkv"], "another name"), (["in.mkv"], "-o painted.mp4"),
                                (["in.mkv", *out, "--shard", "4/3"], "--shard"), (["in.mkv", *out, "--shard", "1/3", "--loop"], "--shard"),
                                (["in.mkv", *out, "--passes", "0"], "--passes"), (out, "Name one film"),
                                (["in.mkv", "-o", "nowhere/out.mp4"], "nowhere")):
            with self.subTest(words):
                self.refused(words, fragment)

    def test_a_decoder_that_dies_costs_a_sentence(self):
        self.film("in.mkv", "-c:v", "ffv1", frames=2)
        program = self.at("dies")
        program.write_text("#!/bin/sh\nkill -SEGV $$\n")
        program.chmod(0o755)
        self.refused(["in.mkv", "-o", "out.mp4"], "in.mkv", "crashes", env={**os.environ, "NEURAL_STYLE_FILM_FILES": str(program)})

    def test_a_film_refers_to_no_other_files(self):
        self.film("in.mkv", "-c:v", "ffv1", frames=2)
        self.at("list.ffconcat").write_text("ffconcat version 1.0\nfile in.mkv\n")
        self.refused(["list.ffconcat", "-o", "out.mp4"], "list.ffconcat")


class Loading(Video):
    def test_only_films_load_ffmpeg_and_never_into_the_program(self):
        self.film("in.mkv", "-c:v", "ffv1", frames=1)
        files = subprocess.run([PROGRAM, "video", "in.mkv", "-s", STYLE, "--quality", "instant", "--strength", "0", "-o", "out.mkv"],
                               cwd=self.folder, capture_output=True, text=True, timeout=60,
                               env={**os.environ, "LD_DEBUG": "files", "LD_DEBUG_OUTPUT": str(self.at("loaded"))})
        self.assertEqual(files.returncode, 0, files.stderr)
        loading = {}
        for log in self.folder.glob("loaded.*"):
            text = log.read_text(errors="replace")
            loading["libavcodec" in text] = loading.get("libavcodec" in text, 0) + 1
            self.assertFalse("libavcodec" in text and "libtorch" in text)
        self.assertEqual(loading.get(True), 2)  # to read, and to write


if __name__ == "__main__":
    unittest.main(verbosity=2)
