# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints with strength 0, which gives the photo back, and lets other programs read what was written.

Usage: writing_test.py PROGRAM STYLE CRASHING_METADATA
"""
import base64
import io
import json
import os
import pty
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zlib
from pathlib import Path

import numpy
import tifffile
from PIL import Image, ImageCms, JpegImagePlugin

CRASHING_METADATA = str(Path(sys.argv.pop(3)).resolve())
STYLE = str(Path(sys.argv.pop(2)).resolve())
PROGRAM = str(Path(sys.argv.pop(1)).resolve())
ENDINGS = ["png", "jpg", "tiff", "webp", "jxl", "avif"]
# Largest mean difference of 8-bit samples: AVIF, JPEG and WebP are lossy.
TOLERANCE = {"png": 0, "tiff": 0, "jxl": 0, "jpg": 2.5, "webp": 2.5, "avif": 2.5}
# What must not be found in a painting's file.
SECRET = b"the photo as it was before"


def run(*words, **options):
    return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, timeout=300, **options)


def exiftool(*words):
    return subprocess.run(["exiftool", *map(str, words)], check=True, capture_output=True, timeout=60).stdout


def tags_of(paths):
    """Exiftool's values by file, as "Group:Name". One call for many files: it takes a third of a second to start."""
    found = json.loads(exiftool("-json", "-n", "-a", "-G1", *paths))
    return {path: values for path, values in zip(paths, found, strict=True)}


def tags(path):
    return tags_of([path])[path]


def profiles_of(paths):
    """The ICC profiles by file, byte by byte."""
    by_exiftool = [path for path in paths if path.suffix != ".jxl"]
    found = json.loads(exiftool("-json", "-b", "-icc_profile", *by_exiftool)) if by_exiftool else []
    texts = [values.get("ICC_Profile", "").removeprefix("base64:") for values in found]
    profiles = {path: base64.b64decode(text) for path, text in zip(by_exiftool, texts, strict=True)}
    return profiles | {path: profile_in_pixels(path) for path in paths if path.suffix == ".jxl"}


def profile_of(path):
    return profiles_of([path])[path]


def profile_in_pixels(path):
    """A JPEG XL has it in its pixels' stream, where exiftool does not look."""
    text = subprocess.run(["vipsheader", "-f", "icc-profile-data", path], check=True, capture_output=True, timeout=60).stdout
    return base64.b64decode(text)


def chunks(path):
    """Names and contents of a PNG's chunks."""
    data, at, found = path.read_bytes(), 8, []
    while at < len(data):
        length, = struct.unpack_from(">I", data, at)
        found.append((data[at + 4:at + 8].decode(), data[at + 8:at + 8 + length]))
        at += 12 + length
    return found


def pixels(path):
    """The samples as they are, by Pillow or tifffile; the kinds that they do not read by libvips."""
    if path.suffix in (".tif", ".tiff"):
        return tifffile.imread(path)
    if path.suffix in (".jxl", ".avif") or path.suffix == ".png" and chunks(path)[0][1][8] == 16:
        plain = path.with_name(path.name + ".plain.tif")
        subprocess.run(["vips", "copy", path, f"{plain}[strip]"], check=True, timeout=60)
        return tifffile.imread(plain)
    return numpy.asarray(Image.open(path))


def soft_picture(channels=3, depth=8):
    """Colours that change slowly, which lossy kinds keep."""
    most = 2**depth - 1
    y, x = numpy.mgrid[0:48, 0:64] / 64
    planes = [x, y, 1 - x * 0.6, 0.4 + y * 0.6][:channels]
    return numpy.round(numpy.stack(planes, axis=2) * most).astype(numpy.uint8 if depth == 8 else numpy.uint16)


def small_jpeg():
    """A JPEG that is easily found again."""
    out = io.BytesIO()
    Image.new("RGB", (16, 12), "red").save(out, "JPEG", comment=SECRET)
    return out.getvalue()


def write_exr(path, picture, left, top, aspect=1):
    """OpenEXR with windows that begin there, whose pixels are `aspect` times as wide as high."""
    height, width, _ = picture.shape
    window = struct.pack("<4i", left, top, left + width - 1, top + height - 1)
    channels = b"".join(name + b"\0" + struct.pack("<iB3xii", 2, 0, 1, 1) for name in (b"B", b"G", b"R")) + b"\0"
    attributes = [("channels", "chlist", channels), ("compression", "compression", b"\0"), ("dataWindow", "box2i", window),
                  ("displayWindow", "box2i", window), ("lineOrder", "lineOrder", b"\0"),
                  ("pixelAspectRatio", "float", struct.pack("<f", aspect)), ("screenWindowCenter", "v2f", bytes(8)),
                  ("screenWindowWidth", "float", struct.pack("<f", 1))]
    head = b"\x76\x2f\x31\x01\x02\0\0\0"
    for name, kind, value in attributes:
        head += name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<i", len(value)) + value
    head += b"\0"
    row_size = 8 + width * 12
    offsets = b"".join(struct.pack("<Q", len(head) + height * 8 + row * row_size) for row in range(height))
    rows = b"".join(struct.pack("<ii", top + y, width * 12) + picture[y, :, ::-1].T.astype("<f4").tobytes() for y in range(height))
    path.write_bytes(head + offsets + rows)


XMP = """<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" {spaces} dc:source="boat" {attributes}>{elements}
</rdf:Description></rdf:RDF></x:xmpmeta>"""


class Writing(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def paint(self, photo, out, *more):
        """Returns the notes."""
        done = run("paint", photo, "-s", STYLE, "--quality", "instant", "--strength", 0, "-o", out, "--json", *more)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        return json.loads(done.stdout.splitlines()[-1])["notes"]

    def paint_all(self, photos, endings):
        """Paints every photo as every kind; returns outputs by photo and ending, and all notes."""
        outputs, notes = {}, []
        for ending in endings:
            done = run("paint", *photos, "-s", STYLE, "--quality", "instant", "--strength", 0, "-o", self.folder / "painted", "--again",
                       "--name", "{number}.{ending}", "--format", ending, "--json")
            self.assertEqual(done.returncode, 0, done.stderr.decode())
            results = [line for line in map(json.loads, done.stdout.splitlines()) if line["type"] == "result"]
            outputs |= {(Path(line["file"]), ending): Path(line["output"]) for line in results}
            notes += [note for line in results for note in line["notes"]]
        self.assertEqual(len(outputs), len(photos) * len(endings))
        return outputs, notes

    def plain_photo(self, ending="png", name="photo", **options):
        photo = self.folder / f"{name}.{ending}"
        Image.fromarray(soft_picture()).save(photo, **options)
        return photo

    def photos_with_everything(self, endings):
        """Turned, with a profile, and with metadata of every sort."""
        wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        photos = [self.plain_photo(ending, icc_profile=wide, **({} if ending == "webp" else {"dpi": (300, 300)})) for ending in endings]
        words = ["-EXIF:Artist=Ada", "-EXIF:ExposureTime=1/125", "-EXIF:GPSLatitude=43.5", "-EXIF:GPSLatitudeRef=N",
                 "-EXIF:Orientation#=6", "-XMP-dc:Source=boat", "-XMP-tiff:Orientation#=6", "-EXIF:ExifImageWidth=64",
                 "-EXIF:ExifImageHeight=48", "-XMP-exif:ExifImageWidth=64", "-XMP-exif:ExifImageHeight=48"]
        words += ["-EXIF:XResolution=300", "-EXIF:YResolution=300", "-EXIF:ResolutionUnit=inches"]
        exiftool("-q", "-overwrite_original", *words, *photos)
        with_iptc = [photo for photo in photos if photo.suffix in (".jpg", ".tiff")]
        if with_iptc:
            exiftool("-q", "-overwrite_original", "-IPTC:City=Arles", *with_iptc)
        return photos, wide

    def photo_with_everything(self, ending):
        (photo,), wide = self.photos_with_everything([ending])
        return photo, wide

    def test_metadata_that_passes_the_limit_of_file_sizes_leaves_nothing(self):
        photo = self.plain_photo("jpg", exif=self.long_exif())
        out = self.folder / "out.jpg"
        words = [PROGRAM, "paint", photo, "--style", STYLE, "-o", out, "--strength", "0"]
        painted = subprocess.run(words, capture_output=True, text=True, timeout=300)
        self.assertEqual(painted.returncode, 0, painted.stderr)
        limit = out.stat().st_size - 2000  # the pixels alone are smaller
        self.assertIn(b"a long description", exiftool("-s3", "-EXIF:ImageDescription", out))
        self.assertGreater(limit, 15000)
        out.unlink()
        told = subprocess.run(words, capture_output=True, text=True, timeout=300,
                              preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY)))
        self.assertEqual(told.returncode, 1, told.stderr)
        self.assertIn("raise the limit of file sizes", told.stderr)
        self.assertFalse(out.exists())

    def test_jpegs_keep_the_strokes(self):
        painted, _ = self.paint_all([self.plain_photo("png")], ["jpg"])
        picture = Image.open(next(iter(painted.values())))
        self.assertEqual(JpegImagePlugin.get_sampling(picture), 0)  # 4:4:4
        self.assertTrue(picture.info.get("progressive"))
        self.assertLessEqual(max(picture.quantization[0]), 12)  # of quality 95: a tenth of the standard's 121

    def long_exif(self):
        exif = Image.Exif()
        exif[0x010e] = "a long description " * 1000
        return exif.tobytes()

    def test_what_is_told_of_the_photo_is_told_of_the_painting(self):
        expected_pixels = numpy.rot90(soft_picture(), -1)
        photos, profile = self.photos_with_everything(["jpg", "png", "tiff", "webp"])
        painted, notes = self.paint_all(photos, ENDINGS)
        self.assertEqual(notes, [])
        all_tags, profiles = tags_of(list(painted.values())), profiles_of(list(painted.values()))
        for (photo, ending), out in painted.items():
            source = photo.suffix[1:]
            with self.subTest(photo=source, painting=ending):
                found = all_tags[out]
                expected = {"IFD0:Artist": "Ada", "ExifIFD:ExposureTime": 0.008, "GPS:GPSLatitude": 43.5, "XMP-dc:Source": "boat",
                            "IFD0:Orientation": 1, "XMP-tiff:Orientation": 1, "IFD0:XResolution": 300,
                            "IFD0:YResolution": 300, "ExifIFD:ExifImageWidth": 48, "ExifIFD:ExifImageHeight": 64,
                            "XMP-exif:ExifImageWidth": 48, "XMP-exif:ExifImageHeight": 64}
                if source in ("jpg", "tiff") and ending in ("jpg", "png", "tiff"):
                    expected["IPTC:City"] = "Arles"
                self.assertEqual({name: found.get(name) for name in expected}, expected)
                self.assertEqual(profiles[out], profile)
                got = pixels(out)
                self.assertEqual(got.shape, expected_pixels.shape)
                difference = numpy.abs(got.astype(float) - expected_pixels).mean()
                self.assertLessEqual(difference, TOLERANCE[ending] + (2.5 if source in ("jpg", "webp") else 0))

    def test_the_resolution_alone_is_kept(self):
        """As scanners write it: without EXIF."""
        photos = [self.plain_photo(source, dpi=(300, 300)) for source in ["jpg", "png", "tiff"]]
        painted, _ = self.paint_all(photos, ENDINGS)
        all_tags = tags_of(list(painted.values()))
        for (photo, ending), out in painted.items():
            with self.subTest(photo=photo.name, painting=ending):
                if ending in ("jpg", "png"):
                    with Image.open(out) as picture:
                        self.assertAlmostEqual(picture.info["dpi"][0], 300, delta=0.02)
                else:
                    self.assertAlmostEqual(all_tags[out]["IFD0:XResolution"], 300, delta=0.02)
                    self.assertEqual(all_tags[out]["IFD0:ResolutionUnit"], 2)

    def test_no_resolution_is_made_up(self):
        painted, _ = self.paint_all([self.plain_photo("png")], ["png", "webp", "jxl", "avif"])
        for out, found in tags_of(list(painted.values())).items():
            self.assertFalse([name for name in found if "Resolution" in name or "PixelsPerUnit" in name], out.name)

    def test_samples_keep_their_depth(self):
        pictures = {}
        for source, depth, channels in [("png", 16, 3), ("tiff", 16, 4), ("png", 8, 4)]:
            picture = soft_picture(channels, depth)
            photo = self.folder / f"photo-{depth}-{channels}.{source}"
            plain = self.folder / "plain.tif"
            extra = {"extrasamples": ["unassalpha"]} if channels == 4 else {}
            tifffile.imwrite(plain, picture, photometric="rgb", **extra)
            if source == "png":
                subprocess.run(["vips", "copy", plain, photo], check=True)
            else:
                shutil.copy(plain, photo)
            pictures[photo] = picture
        painted, _ = self.paint_all(list(pictures), ["png", "tiff", "jxl"])
        for (photo, ending), out in painted.items():
            with self.subTest(photo=photo.name, painting=ending):
                got = pixels(out)
                self.assertEqual(got.dtype, pictures[photo].dtype)
                self.assertTrue(numpy.array_equal(got, pictures[photo]))

    def test_floating_samples_stay(self):
        picture = soft_picture().astype(numpy.float32) / 200  # brighter than white, too
        photo = self.folder / "photo.tiff"
        tifffile.imwrite(photo, picture, photometric="rgb")
        for ending in ["tiff", "jxl"]:
            out = self.folder / f"out.{ending}"
            self.paint(photo, out)
            if ending == "tiff":
                self.assertEqual(tifffile.imread(out).dtype, numpy.float32)
                self.assertTrue(numpy.array_equal(tifffile.imread(out), picture))
            else:
                header = subprocess.run(["vipsheader", "-f", "format", out], check=True, capture_output=True, text=True).stdout
                self.assertIn("FLOAT", header.upper())

    def test_avif_has_the_most_bits_that_it_can(self):
        photo = self.folder / "photo.tiff"
        picture = soft_picture(4, 16)
        tifffile.imwrite(photo, picture, photometric="rgb", extrasamples=["unassalpha"])
        out = self.folder / "out.avif"
        self.paint(photo, out)
        self.assertEqual(tags(out)["QuickTime:ImagePixelDepth"], "12 12 12")
        self.assertLess(numpy.abs(pixels(out).astype(float) - picture).mean() / 257, 2.5)

    def test_an_openexr_keeps_its_display_window(self):
        picture = soft_picture().astype(numpy.float32) / 200
        for left, top in [(0, 0), (100, -20)]:
            photo, out = self.folder / "photo.exr", self.folder / "out.exr"
            write_exr(photo, picture, left, top)
            self.assertEqual(self.paint(photo, out), [])
            found = tags(out)
            expected = f"{left} {top} {left + 63} {top + 47}"
            self.assertEqual((found["OpenEXR:DisplayWindow"], found["OpenEXR:DataWindow"]), (expected, expected))
            plain = self.folder / "plain.tif"
            subprocess.run(["vips", "extract_band", out, plain, "0", "--n", "3"], check=True, timeout=60)
            self.assertLess(numpy.abs(tifffile.imread(plain) - picture).max(), 1e-3)

    def test_an_openexr_keeps_the_shape_of_its_pixels(self):
        photo, out = self.folder / "wide.exr", self.folder / "out.exr"
        write_exr(photo, soft_picture() / 255, 0, 0, aspect=2)
        told = json.loads(run("info", "--json", photo).stdout)
        self.assertEqual((told["width"], told["height"], told["pixel-aspect"]), (64, 48, 2))
        self.assertIn("2 times as wide as high", run("info", photo).stdout.decode())
        self.assertTrue(any("2 times as wide" in note for note in self.paint(photo, out)))
        self.assertEqual(json.loads(run("info", "--json", out).stdout)["pixel-aspect"], 2)
        self.assertIn(b"\0float\0" + struct.pack("<if", 4, 2), out.read_bytes())

    def test_of_several_pictures_in_a_jpeg_the_first_is_painted_alone(self):
        photo = self.folder / "photo.jpg"
        second = Image.fromarray(255 - soft_picture())
        Image.fromarray(soft_picture()).save(photo, "MPO", save_all=True, append_images=[second], quality=95)
        self.assertIn(b"MPF\0", photo.read_bytes())
        for ending in ENDINGS:
            out = self.folder / f"out.{ending}"
            self.paint(photo, out)
            self.assertNotIn(b"MPF\0", out.read_bytes())
            self.assertFalse([name for name in tags(out) if name.startswith("MPF")], ending)
            if ending == "jpg":
                self.assertEqual(out.read_bytes().count(b"\xff\xd8\xff"), 1)
            difference = numpy.abs(pixels(out)[..., :3].astype(float) - soft_picture()).mean()
            self.assertLess(difference, TOLERANCE[ending] + 3, ending)

    def test_a_png_makes_one_statement_on_colours(self):
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        p3, pq = bytes([12, 13, 0, 1]), bytes([9, 16, 0, 1])
        cases = [("none", {}, None, ["sRGB"]),
                 ("profile", {"icc_profile": profile}, None, ["iCCP"]),
                 ("cICP", {}, p3, ["cICP", "iCCP"]),
                 ("cICP of a bright picture", {}, pq, None)]
        photos = {}
        for name, options, code, expected in cases:
            photo = self.plain_photo("png", name, **options)
            if code:
                data = photo.read_bytes()
                body = b"cICP" + code
                chunk = struct.pack(">I", 4) + body + struct.pack(">I", zlib.crc32(body))
                photo.write_bytes(data[:33] + chunk + data[33:])
            photos[photo] = code, expected
        painted, _ = self.paint_all(list(photos), ["png"])
        for photo, (code, expected) in photos.items():
            with self.subTest(photo.name):
                out = painted[photo, "png"]
                told = sorted(kind for kind, _ in chunks(out) if kind in ("sRGB", "gAMA", "cHRM", "iCCP", "cICP"))
                if expected:
                    self.assertEqual(told, expected)
                else:
                    self.assertNotIn("cICP", told)
                if code == p3:
                    self.assertEqual(dict(chunks(out))["cICP"], code)

    def hidden_photos(self):
        """Photos whose files hold the photo once more, each in another place."""
        thumbnail = self.folder / "thumbnail.jpg"
        thumbnail.write_bytes(small_jpeg())
        picture = soft_picture()

        photo = self.plain_photo("jpg", "thumbnail-exif")
        exiftool("-q", "-overwrite_original", "-EXIF:Artist=Ada", f"-IFD1:ThumbnailImage<={thumbnail}", photo)
        yield "EXIF thumbnail", photo
        photo = self.plain_photo("jpg", "thumbnail-photoshop")
        exiftool("-q", "-overwrite_original", "-IPTC:City=Arles", f"-Photoshop:PhotoshopThumbnail<={thumbnail}", photo)
        yield "Photoshop's thumbnail", photo
        exif = Image.Exif()
        exif[315] = "Ada"
        exif.get_ifd(0x8769)[0x927c] = b"NOBODY\0\0" + bytes(100) + small_jpeg()
        yield "a camera's own notes", self.plain_photo("jpg", "notes", exif=exif.tobytes())

        photo = self.folder / "layers.tiff"
        tifffile.imwrite(photo, picture, photometric="rgb", extratags=[
            (37724, 7, None, b"Adobe Photoshop Document Data Block\0" + SECRET, True),
            (34377, 7, None, b"8BIM\x04\x0c\0\0" + struct.pack(">I", len(SECRET)) + SECRET, True),
            (50341, 7, None, b"PrintIM\0" + SECRET, True), (65000, 7, None, SECRET, True)])
        yield "Photoshop's layers", photo
        photo = self.folder / "directories.tiff"
        with tifffile.TiffWriter(photo) as writer:
            writer.write(picture, photometric="rgb", subifds=2)
            for _ in range(2):
                hidden = numpy.resize(numpy.frombuffer(SECRET, numpy.uint8), (24, 32, 3))
                writer.write(hidden, photometric="rgb", subfiletype=1)
        yield "other directories", photo

        encoded = base64.b64encode(small_jpeg()).decode()
        google, adobe = "http://ns.google.com/photos/1.0", "http://ns.adobe.com/xap/1.0"
        packets = {
            "a promised video": (f'xmlns:GCamera="{google}/camera/"', 'GCamera:MotionPhoto="1" GCamera:MicroVideoOffset="77"', ""),
            "a promised gain map": ('xmlns:hdrgm="http://ns.adobe.com/hdr-gain-map/1.0/"', 'hdrgm:Version="1.0"', ""),
            "a promised depth map": (f'xmlns:GDepth="{google}/depthmap/" xmlns:GImage="{google}/image/"',
                                     f'GDepth:Format="RangeInverse" GImage:Mime="image/jpeg" GImage:Data="{encoded}"', ""),
            "promised pictures behind this one": (
                f'xmlns:Container="{google}/container/" xmlns:Item="{google}/container/item/"', "",
                '<Container:Directory><rdf:Seq><rdf:li rdf:parseType="Resource"><Container:Item Item:Semantic="GainMap"'
                ' Item:Mime="image/jpeg" Item:Length="77"/></rdf:li></rdf:Seq></Container:Directory>'),
            "XMP's thumbnails": (
                f'xmlns:xmp="{adobe}/" xmlns:xmpGImg="{adobe}/g/img/"', "",
                '<xmp:Thumbnails><rdf:Alt><rdf:li rdf:parseType="Resource"><xmpGImg:format>JPEG</xmpGImg:format>'
                f'<xmpGImg:image>{encoded}</xmpGImg:image></rdf:li></rdf:Alt></xmp:Thumbnails>'),
        }
        for name, (spaces, attributes, elements) in packets.items():
            packet = self.folder / "packet.xmp"
            packet.write_text(XMP.format(spaces=spaces, attributes=attributes, elements=elements))
            photo = self.plain_photo("jpg", name)
            exiftool("-q", "-overwrite_original", f"-XMP<={packet}", photo)
            yield name, photo

    def test_nothing_of_the_old_picture_is_left(self):
        unwanted = ["GCamera", "hdrgm", "GDepth", "GImage", "Container", "ThumbnailImage", "PhotoshopThumbnail", "SubIFD",
                    "ImageSourceData", "MakerNote", "XMP-xmp:Thumbnail", "PrintIM", "GainMap", "MotionPhoto"]
        names = {photo: name for name, photo in self.hidden_photos()}
        before = tags_of(list(names))
        painted, _ = self.paint_all(list(names), ["jpg", "tiff", "jxl"])
        after = tags_of(list(painted.values()))
        for (photo, ending), out in painted.items():
            with self.subTest(names[photo], painting=ending):
                found = after[out]
                self.assertEqual([tag for tag in found if any(word in tag for word in unwanted)], [])
                self.check_no_secret(out.read_bytes())
                for kept in ("IFD0:Artist", "XMP-dc:Source"):
                    self.assertEqual(found.get(kept), before[photo].get(kept))
                if ending == "tiff":
                    with tifffile.TiffFile(out) as file:
                        self.assertEqual(len(file.pages), 1)
                        self.assertFalse({37724, 34377, 330, 50341, 65000} & set(file.pages[0].tags.keys()))
        self.check_no_secret(exiftool("-b", "-a", "-u", "-U", "-all", *painted.values()))

    def check_no_secret(self, data):
        self.assertNotIn(SECRET, data)
        self.assertNotIn(base64.b64encode(small_jpeg())[:60], data)

    def test_the_colour_space_in_exif_is_the_paintings(self):
        photo = self.plain_photo("jpg")
        exiftool("-q", "-overwrite_original", "-EXIF:ColorSpace#=1", photo)
        self.paint(photo, self.folder / "out.png")
        self.assertEqual(tags(self.folder / "out.png")["ExifIFD:ColorSpace"], 1)
        exiftool("-q", "-overwrite_original", "-EXIF:ColorSpace#=65535", "-InteropIFD:InteropIndex=R03", photo)
        self.paint(photo, self.folder / "out.png")
        found = tags(self.folder / "out.png")
        self.assertEqual((found["ExifIFD:ColorSpace"], found["InteropIFD:InteropIndex"]), (65535, "R03"))
        self.assertIn("iCCP", dict(chunks(self.folder / "out.png")))

    def test_standard_output_has_the_painting_alone(self):
        photo = self.plain_photo("png")
        words = ["paint", photo, "-s", STYLE, "--quality", "instant", "--strength", 0, "-o", "-"]
        for options, kind in [([], "PNG"), (["--format", "jpg"], "JPEG"), (["--format", "TIFF"], "TIFF"), (["--quiet"], "PNG")]:
            with self.subTest(options=options):
                done = run(*words, *options, cwd=self.folder)
                self.assertEqual(done.returncode, 0, done.stderr)
                picture = Image.open(io.BytesIO(done.stdout))
                self.assertEqual((picture.format, picture.size), (kind, (64, 48)))
                self.assertEqual(b"standard output" in done.stderr, not options or options[0] == "--format")
                if kind == "PNG":
                    self.assertTrue(done.stdout.endswith(b"IEND\xaeB`\x82"))
        self.assertEqual([path.name for path in self.folder.iterdir()], ["photo.png"])

    def test_a_photo_comes_from_standard_input(self):
        photo = self.plain_photo("png")
        done = run("paint", "-", "-s", STYLE, "--quality", "instant", "--strength", 0, "-o", "-", input=photo.read_bytes())
        self.assertEqual(done.returncode, 0, done.stderr)
        painted = numpy.asarray(Image.open(io.BytesIO(done.stdout)).convert("RGB"))
        self.assertTrue((painted == numpy.asarray(Image.open(photo).convert("RGB"))).all())
        done = run("paint", "-", "-s", STYLE, "-o", "-", input=b"")
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"standard input is empty", done.stderr)

    def test_a_photo_that_comes_through_a_pipe_keeps_what_is_told_of_it(self):
        for source in ["jpg", "png", "tiff", "webp"]:
            photo, profile = self.photo_with_everything(source)
            out = self.folder / "out.jpg"
            done = run("paint", "-", "-s", STYLE, "--quality", "instant", "--strength", 0, "-o", out, input=photo.read_bytes())
            self.assertEqual(done.returncode, 0, done.stderr)
            found = tags(out)
            expected = {"IFD0:Artist": "Ada", "GPS:GPSLatitude": 43.5, "XMP-dc:Source": "boat", "IFD0:Orientation": 1}
            if source in ("jpg", "tiff"):
                expected["IPTC:City"] = "Arles"
            self.assertEqual({name: found.get(name) for name in expected}, expected, source)
            self.assertEqual(profile_of(out), profile)

    def test_metadata_that_crash_their_reader_cost_a_sentence(self):
        photo, profile = self.photo_with_everything("jpg")
        reader = self.folder / "reader"
        options = os.environ.get("ASAN_OPTIONS", "") + ":verify_asan_link_order=0"
        reader.write_text(f"#!/bin/sh\nASAN_OPTIONS={options} LD_PRELOAD={CRASHING_METADATA} exec {os.environ['NEURAL_STYLE_READER']}\n")
        reader.chmod(0o755)
        out = self.folder / "out.jpg"
        done = run("paint", photo, "-s", STYLE, "--quality", "instant", "--strength", 0, "-o", out,
                   env={**os.environ, "NEURAL_STYLE_READER": str(reader)})
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"EXIF, XMP and IPTC of", done.stderr)
        self.assertNotIn("IFD0:Artist", tags(out))
        self.assertEqual(profile_of(out), profile)

    def test_standard_output_is_refused_where_it_cannot_be_a_picture(self):
        photo = self.plain_photo("png")
        done = run("paint", photo, "-s", STYLE, "-o", "-", "--json")
        self.assertEqual((done.returncode, done.stdout), (2, b""))
        ours, theirs = pty.openpty()
        try:
            done = subprocess.run([PROGRAM, "paint", photo, "-s", STYLE, "-o", "-"], stdout=theirs, stderr=subprocess.PIPE, timeout=60)
        finally:
            os.close(theirs)
            os.close(ours)
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"> painted.png", done.stderr)
        done = run("paint", photo, "-s", STYLE, "-o", "-", "--format", "bmp")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"bmp", done.stderr)

    def test_the_format_wins_over_the_name(self):
        photo = self.plain_photo("png")
        for name in ["painting", "painting.png"]:
            self.paint(photo, self.folder / name, "--format", "tiff")
            self.assertEqual((self.folder / name).read_bytes()[:2], b"II")

    def test_info_tells_what_is_understood(self):
        photo, _ = self.photo_with_everything("jpg")
        pages = self.folder / "pages.tiff"
        tifffile.imwrite(pages, numpy.stack([soft_picture(4, 16)] * 3), photometric="rgb", extrasamples=["unassalpha"])
        done = run("info", "--json", photo, pages)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        first, second = map(json.loads, done.stdout.splitlines())
        expected = {"type": "picture", "file": str(photo), "kind": "JPEG", "width": 48, "height": 64, "bits-per-sample": 8, "float": False,
                    "alpha": False, "orientation": 6, "dots-per-inch": 300, "pages": 1, "notes": []}
        self.assertEqual({key: first.get(key) for key in expected}, expected)
        self.assertIn("sRGB", first["color"])
        self.assertGreater(first["profile-bytes"], 100)
        expected = {"kind": "TIFF", "width": 64, "height": 48, "bits-per-sample": 16, "alpha": True, "orientation": 1, "pages": 3,
                    "profile-bytes": 0}
        self.assertEqual({key: second.get(key) for key in expected}, expected)
        self.assertEqual(len(second["notes"]), 1)

        text = run("info", photo).stdout.decode()
        for words in [str(photo), "JPEG", "48 x 64", "RGB, 8 bits", "sRGB", "6, is turned upright", "300 dpi"]:
            self.assertIn(words, text)

    def test_info_tells_the_resolution_of_exif(self):
        painted, _ = self.paint_all([self.plain_photo("png", dpi=(300, 300))], ENDINGS)
        for line in run("info", "--json", *painted.values()).stdout.splitlines():
            told = json.loads(line)
            self.assertAlmostEqual(told["dots-per-inch"], 300, delta=0.02, msg=told["file"])
        silent = self.folder / "silent.avif"
        self.paint(self.plain_photo("png"), silent)
        exiftool("-q", "-overwrite_original", "-EXIF:Artist=Ada", silent)
        self.assertEqual(json.loads(run("info", "--json", silent).stdout)["dots-per-inch"], 0)

    def test_info_goes_on_after_a_file_that_cannot_be_read(self):
        photo = self.plain_photo("png")
        done = run("info", "--json", self.folder / "missing.png", __file__, photo)
        self.assertEqual(done.returncode, 1)
        self.assertEqual([json.loads(line)["type"] for line in done.stdout.splitlines()], ["error", "error", "picture"])
        self.assertIn(b"missing.png does not exist", done.stderr)
        self.assertEqual(run("info").returncode, 2)

    def test_info_reads_standard_input(self):
        photo = self.plain_photo("png")
        with photo.open("rb") as stream:
            done = run("info", "--json", "-", stdin=stream)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout)["width"], 64)


if __name__ == "__main__":
    unittest.main()
