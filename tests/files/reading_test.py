# SPDX-License-Identifier: GPL-3.0-or-later
"""Every common kind of picture file is read as what it shows; whatever is no picture gets an error sentence.

Usage: reading_test.py SEEN-PICTURES. Files are made here, with the right pixels known by construction; a case is a row:
a name, a file, and what has to be seen. NEURAL_STYLE_REPORTS names a folder of further files, which are compared in pairs.
"""
import contextlib
import io
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import warnings
import zlib
from pathlib import Path

import numpy
import tifffile
from PIL import Image, ImageCms

from made_files import (ADOBE, BT2020, P3, SRGB, Tiff, exr, exr_of_parts, exr_of_tiles, grey_profile, in_srgb, light, png, png_chunk, profile, srgb)

SEEN = sys.argv[1]
warnings.simplefilter("ignore")
folder = Path(tempfile.mkdtemp(prefix="neural-style-files-"))
cases = []  # (file, check(seen, pixels) -> complaint or None)

EXACT, LOSSY, PROFILED = 0.01, 6, 1.5  # mean difference in steps of 8 bits


def case(name, content, check):
    path = folder / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        content(path)
    cases.append((path, check))


def rgba(pixels):
    """Rows of grey, grey and alpha, RGB or RGBA, 0..1, as RGBA."""
    pixels = numpy.asarray(pixels, float)
    if pixels.ndim == 2:
        pixels = pixels[..., None]
    channels = pixels.shape[2]
    color = pixels[..., :3] if channels > 2 else numpy.repeat(pixels[..., :1], 3, axis=2)
    alpha = pixels[..., -1:] if channels % 2 == 0 else numpy.ones(pixels.shape[:2] + (1,))
    return numpy.concatenate([color, alpha], axis=2)


def shows(pixels, tolerance=EXACT, type=None, channels=None, note=None, profile=None):
    """The expected picture; `note`: a word of the one note allowed, None: no note."""
    wanted = rgba(pixels)

    def check(seen, found):
        if "error" in seen:
            return "refused: " + seen["error"]
        if (seen["height"], seen["width"]) != wanted.shape[:2]:
            return f"{seen['width']} x {seen['height']} instead of {wanted.shape[1]} x {wanted.shape[0]}"
        # Outside sRGB's gamut, values below 0 depend on how the curve is extended.
        least = 0 if tolerance > EXACT else -numpy.inf
        apart = numpy.abs(numpy.maximum(found, least) - numpy.maximum(wanted, least))
        visible = numpy.where(wanted[..., 3:] > 0, apart, 0)
        visible[..., 3] = apart[..., 3]
        if not numpy.isfinite(found).all():
            return "numbers that are none"
        if visible.mean() * 255 > tolerance or visible.max() * 255 > 20 * tolerance + 0.6:
            return f"differs by {visible.mean() * 255:.2f} (at most {visible.max() * 255:.1f}) of 255"
        if type and seen["type"] != type:
            return f"{seen['type']} instead of {type}"
        if channels and seen["channels"] != channels:
            return f"{seen['channels']} channels instead of {channels}"
        if profile is not None and bool(seen["profile"]) != profile:
            return f"a profile of {seen['profile']} bytes"
        if note is None and seen["notes"]:
            return f"note: {seen['notes']}"
        if note and not any(note in text for text in seen["notes"]):
            return f"no note about {note}: {seen['notes']}"
        return None
    return check


def refused(*words):
    """A sentence that names the file and contains one of these words."""
    def check(seen, found):
        if "error" not in seen:
            return "was read"
        if not any(word in seen["error"] for word in words):
            return "other words: " + seen["error"]
        return None
    return check


def read_or_refused(seen, found):
    return None


# The picture: smooth, with three different channels and no symmetry.
H, W = 24, 36
y, x = numpy.mgrid[0:H, 0:W]
COLOR = numpy.stack([x / (W - 1), y / (H - 1), (x + 2 * y) / (W - 1 + 2 * (H - 1))], axis=2)
COLOR8 = (COLOR * 255).round().astype("u1")
COLOR16 = (COLOR * 65535).round().astype("u2")
COLOR = COLOR8 / 255
DEEP = COLOR16 / 65535
GREY8, GREY16 = COLOR8[..., 2:], COLOR16[..., 2:]
ALPHA8 = ((x + y) / (W + H - 2) * 255).round().astype("u1")[..., None]
ALPHA16 = ((x + y) / (W + H - 2) * 65535).round().astype("u2")[..., None]
OTHER8 = (255 - ALPHA8 // 2)


def with_alpha(color, alpha):
    return numpy.concatenate([color, alpha], axis=2)


def saved(*words, **options):
    """Files written by Pillow."""
    image, kind = words

    def write(path):
        image.save(path, kind, **options)
    return write


def bytes_of(image, kind, **options):
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def by_vips(operation, source_name, *options):
    """Files written by libvips' tools from one made here."""
    def write(path):
        subprocess.run(["vips", operation, str(folder / source_name), str(path), *options], check=True, capture_output=True)
    return write


def turned(pixels, orientation):
    """The upright picture as stored in that orientation (CIPA DC-008, 4.6.4 A)."""
    return {1: lambda p: p, 2: lambda p: p[:, ::-1], 3: lambda p: p[::-1, ::-1], 4: lambda p: p[::-1],
            5: lambda p: p.swapaxes(0, 1), 6: lambda p: numpy.rot90(p, 1), 7: lambda p: p[::-1, ::-1].swapaxes(0, 1),
            8: lambda p: numpy.rot90(p, -1)}[orientation](pixels).copy()


RGB_IMAGE, GREY_IMAGE = Image.fromarray(COLOR8), Image.fromarray(GREY8[..., 0])
RGBA_IMAGE = Image.fromarray(with_alpha(COLOR8, ALPHA8))


def pngs():
    for bits in (1, 2, 4, 8, 16):
        most = 2 ** bits - 1
        grey = (GREY16.astype(float) / 65535 * most).round().astype(int)
        case(f"grey-{bits}.png", png(grey, bits), shows(grey / most, type="u16" if bits == 16 else "u8", channels=1))
    for bits, color, alpha in ((8, COLOR8, ALPHA8), (16, COLOR16, ALPHA16)):
        most = 2 ** bits - 1
        kind = f"u{bits}"
        case(f"rgb-{bits}.png", png(color, bits), shows(color / most, type=kind, channels=3))
        case(f"rgba-{bits}.png", png(with_alpha(color, alpha), bits), shows(with_alpha(color, alpha) / most, type=kind, channels=4))
        pair = with_alpha(color[..., 2:], alpha)
        case(f"grey-alpha-{bits}.png", png(pair, bits), shows(pair / most, type=kind, channels=2))
    for bits in (1, 2, 4, 8):
        count = 2 ** bits
        palette = numpy.random.default_rng(bits).integers(0, 256, (count, 3))
        index = (x * 3 + y * 5)[..., None] % count
        case(f"palette-{bits}.png", png(index, bits, color=3, palette=palette), shows(palette[index[..., 0]] / 255))
        alpha = numpy.arange(count) * 255 // (count - 1)
        case(f"palette-alpha-{bits}.png", png(index, bits, color=3, palette=palette, transparent=alpha.astype("u1").tobytes()),
             shows(with_alpha(palette[index[..., 0]], alpha[index]) / 255))
    key = COLOR8[5, 7]
    case("transparent-color.png", png(COLOR8, transparent=struct.pack(">3H", *map(int, key))),
         shows(with_alpha(COLOR, (COLOR8 != key).any(axis=2)[..., None].astype(float))))
    case("interlaced.png", lambda path: subprocess.run(["convert", folder / "rgb-8.png", "-interlace", "PNG", path], check=True), shows(COLOR))
    case("without-ending", png(COLOR8), shows(COLOR))
    case("wrong-ending.jpg", png(COLOR8), shows(COLOR))


def png_colors():
    def chromaticities(primaries):
        points = [primaries[name] for name in ("white", "red", "green", "blue")]
        return b"cHRM", struct.pack(">8I", *(round(v * 100000) for point in points for v in point))

    def gamma(value):
        return b"gAMA", struct.pack(">I", round(value * 100000))

    def coding(primaries, transfer):
        return b"cICP", bytes([primaries, transfer, 0, 1])
    colors = {"cicp-p3": ([coding(12, 13)], in_srgb(light(COLOR), P3)), "cicp-srgb": ([coding(1, 13)], COLOR),
              "cicp-linear": ([coding(1, 8)], srgb(COLOR)), "cicp-2020": ([coding(9, 13)], in_srgb(light(COLOR), BT2020)),
              "chrm-p3": ([gamma(1 / 2.2), chromaticities(P3)], in_srgb(COLOR ** 2.2, P3)),
              "gama-linear": ([gamma(1.0)], srgb(COLOR)), "gama-1.8": ([gamma(1 / 1.8)], srgb(COLOR ** 1.8)),
              "gama-usual": ([gamma(0.45455)], COLOR), "srgb-before-gama": ([(b"sRGB", b"\0"), gamma(1.0)], COLOR),
              "gama-zero": ([gamma(0)], COLOR), "chrm-alone": ([chromaticities(P3)], COLOR),
              "cicp-before-gama": ([coding(12, 13), gamma(1.0)], in_srgb(light(COLOR), P3)),
              "chrm-nonsense": ([gamma(0.5), (b"cHRM", bytes(32))], None)}
    for name, (chunks, wanted) in colors.items():
        for bits, samples in ((8, COLOR8), (16, COLOR16)):
            case(f"{name}-{bits}.png", png(samples, bits, chunks=chunks), read_or_refused if wanted is None else shows(wanted, 0.5))
    case("grey-linear.png", png(GREY8, chunks=[gamma(1.0)]), shows(srgb(GREY8 / 255), 0.7))

    def pq(nits):
        power = (numpy.asarray(nits) / 10000) ** (2610 / 16384)
        return ((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32)
    dim = COLOR * 0.7  # below the shoulder
    from_srgb = light(dim)
    stored = pq(numpy.maximum(from_srgb, 0) * 203)
    case("cicp-pq.png", png((stored * 65535).round().astype(int), 16, chunks=[coding(1, 16)]), shows(dim, 0.5, note="high dynamic range"))
    case("cicp-hlg.png", png(COLOR16, 16, chunks=[coding(9, 18)]), read_or_refused)


def profiles():
    wide = {"mntr": profile(P3, 1.8), "scnr": profile(P3, 1.8, b"scnr"), "spac": profile(P3, 1.8, b"spac"),
            "space-in-name": profile(P3, 1.8, name="made by hand"), "trailing": profile(P3, 1.8) + b"\0\0\0"}
    right = in_srgb(COLOR ** 1.8, P3)
    tables = profile(SRGB, 2.2, b"scnr", tables=True)
    other = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    kinds = {"png": ("PNG", {}, EXACT), "jpg": ("JPEG", {"quality": 98, "subsampling": 0}, 0.6),
             "tif": ("TIFF", {}, EXACT), "webp": ("WEBP", {"lossless": True}, EXACT)}
    for ending, (kind, options, loss) in kinds.items():
        for name, data in wide.items():
            case(f"icc-{name}.{ending}", bytes_of(RGB_IMAGE, kind, icc_profile=data, **options),
                 shows(right, PROFILED + loss, type="u8", profile=True))
        case(f"icc-tables.{ending}", bytes_of(RGB_IMAGE, kind, icc_profile=tables, **options), shows(srgb(COLOR ** 2.2).clip(0, 1), PROFILED + loss))
        case(f"icc-srgb.{ending}", bytes_of(RGB_IMAGE, kind, icc_profile=other, **options), shows(COLOR, 0.3 + loss, profile=True))
        case(f"icc-cut.{ending}", bytes_of(RGB_IMAGE, kind, icc_profile=wide["mntr"][:200], **options), shows(COLOR, 0.1 + loss, note="profile"))
        case(f"icc-nonsense.{ending}", bytes_of(RGB_IMAGE, kind, icc_profile=b"dear diary" * 30, **options), shows(COLOR, 0.1 + loss, note="profile"))
        case(f"icc-of-grey.{ending}", bytes_of(RGB_IMAGE, kind, icc_profile=grey_profile(1.8), **options), shows(COLOR, 0.1 + loss, note="profile"))
    case("icc-adobe.tif", bytes_of(RGB_IMAGE, "TIFF", icc_profile=profile(ADOBE, 563 / 256)), shows(in_srgb(COLOR ** (563 / 256), ADOBE), 0.5))
    case("icc-grey.tif", bytes_of(GREY_IMAGE, "TIFF", icc_profile=grey_profile(1.8)), shows(srgb((GREY8 / 255) ** 1.8), PROFILED))
    case("icc-huge.tif", bytes_of(RGB_IMAGE, "TIFF", icc_profile=profile(P3, 1.8, padding=50 << 20)), read_or_refused)
    case("icc-huge.jpg", bytes_of(RGB_IMAGE, "JPEG", icc_profile=profile(P3, 1.8, padding=10 << 20)), read_or_refused)


def tiffs():
    for order, side in (("<", "le"), (">", "be")):
        for bits, grey, color in ((8, GREY8, COLOR8), (16, GREY16, COLOR16)):
            most = 2 ** bits - 1
            case(f"black-is-zero-{bits}-{side}.tif", Tiff(order).add(grey, 1).bytes(), shows(grey / most, type=f"u{bits}", channels=1))
            case(f"white-is-zero-{bits}-{side}.tif", Tiff(order).add(most - grey, 0).bytes(), shows(grey / most, type=f"u{bits}", channels=1))
            case(f"rgb-{bits}-{side}.tif", Tiff(order).add(color, 2).bytes(), shows(color / most, type=f"u{bits}", channels=3))
        case(f"float-{side}.tif", Tiff(order).add(COLOR.astype("f4") * 2 - 0.5, 2, "f").bytes(), shows(COLOR * 2 - 0.5, type="float"))
        case(f"float-grey-{side}.tif", Tiff(order).add(COLOR[..., :1].astype("f4"), 1, "f").bytes(), shows(COLOR[..., :1], type="float"))
    case("half.tif", Tiff().add(COLOR.astype("f2"), 2, "f").bytes(), shows(COLOR, 0.1, type="float"))
    case("float-p3.tif", Tiff().add(COLOR.astype("f4"), 2, "f", tags={34675: (7, profile(P3, 1.8))}).bytes(), shows(in_srgb(COLOR ** 1.8, P3), 0.5, type="float"))
    case("32-bits.tif", Tiff().add((COLOR * 4294967295).astype("u4"), 2).bytes(), shows(COLOR, type="float"))
    black = (GREY8 > 127).astype("u1")
    packed = numpy.packbits(black[..., 0], axis=1).tobytes()
    for photometric, wanted in ((1, black), (0, 1 - black)):
        tiff = Tiff()
        tiff.directories.append(tiff.directory(black, photometric, bits=1, data=packed))
        case(f"one-bit-{photometric}.tif", tiff.bytes(), shows(wanted))
    four = (GREY16.astype(float) / 65535 * 15).round().astype("u1")
    packed4 = (four[:, 0::2, 0] << 4 | four[:, 1::2, 0]).tobytes()
    for photometric, wanted in ((1, four), (0, 15 - four)):
        tiff = Tiff()
        tiff.directories.append(tiff.directory(four, photometric, bits=4, data=packed4))
        case(f"four-bits-{photometric}.tif", tiff.bytes(), shows(wanted / 15))
    # ExtraSamples: 0 unspecified, 1 associated, 2 straight
    for bits, color, grey, alpha, other in ((8, COLOR8, GREY8, ALPHA8, OTHER8), (16, COLOR16, GREY16, ALPHA16, OTHER8.astype("u2") * 257)):
        most = 2 ** bits - 1
        kind = alpha.dtype
        straight = with_alpha(color, alpha) / most
        under = (color.astype(float) * (alpha / most)).round().astype(kind)
        tables = {"straight": ([2], with_alpha(color, alpha), straight, None), "unspecified": ([0], with_alpha(color, other), color / most, "left out"),
                  "straight-unspecified": ([2, 0], with_alpha(with_alpha(color, alpha), other), straight, "left out"),
                  "unspecified-straight": ([0, 2], with_alpha(with_alpha(color, other), alpha), straight, "left out"),
                  "two-unspecified": ([0, 0], with_alpha(with_alpha(color, other), other), color / most, "left out")}
        for name, (extras, samples, wanted, note) in tables.items():
            case(f"{name}-{bits}.tif", Tiff().add(samples, 2, tags={338: (3, extras)}).bytes(), shows(wanted, note=note))
        case(f"untold-{bits}.tif", Tiff().add(with_alpha(color, other), 2).bytes(), shows(color / most, note="left out"))
        case(f"associated-{bits}.tif", Tiff().add(with_alpha(under, alpha), 2, tags={338: (3, [1])}).bytes(), shows(straight, 4 if bits == 8 else 0.1))
        case(f"grey-straight-{bits}.tif", Tiff().add(with_alpha(grey, alpha), 1, tags={338: (3, [2])}).bytes(), shows(with_alpha(grey, alpha) / most))
        case(f"grey-unspecified-{bits}.tif", Tiff().add(with_alpha(grey, other), 1, tags={338: (3, [0])}).bytes(), shows(grey / most, note="left out"))
        case(f"grey-three-{bits}.tif", Tiff().add(with_alpha(with_alpha(grey, other), other), 1, tags={338: (3, [0, 0])}).bytes(), shows(grey / most, note="left out"))
    palette = numpy.random.default_rng(4).integers(0, 256, (256, 3))
    index = ((x * 3 + y * 5) % 256).astype("u1")[..., None]
    table = (3, [int(v) * 257 for v in palette.T.reshape(-1)])
    for orientation in range(1, 9):
        mark = {274: (3, [orientation])}
        case(f"turned-{orientation}.tif", Tiff().add(turned(COLOR8, orientation), 2, tags=mark).bytes(), shows(COLOR, channels=3))
        case(f"turned-grey-{orientation}.tif", Tiff().add(turned(GREY8, orientation), 1, tags=mark).bytes(), shows(GREY8 / 255, channels=1))
        case(f"turned-palette-{orientation}.tif", Tiff().add(turned(index, orientation), 3, tags=mark | {320: table}).bytes(), shows(palette[index[..., 0]] / 255, channels=3))
        stored = turned(black, orientation)
        tiff = Tiff()
        tiff.directories.append(tiff.directory(stored, 1, tags=mark, bits=1, data=numpy.packbits(stored[..., 0], axis=1).tobytes()))
        case(f"turned-one-bit-{orientation}.tif", tiff.bytes(), shows(black))
        exif = Image.Exif()
        exif[0x0112] = orientation
        stored = Image.fromarray(turned(COLOR8, orientation))
        case(f"turned-{orientation}.jpg", saved(stored, "JPEG", quality=98, subsampling=0, exif=exif), shows(COLOR, 1.5))
        case(f"turned-{orientation}.webp", saved(stored, "WEBP", lossless=True, exif=exif), shows(COLOR))
        case(f"turned-{orientation}.png", saved(stored, "PNG", exif=exif), shows(COLOR))
    case("turned-9.tif", Tiff().add(COLOR8, 2, tags={274: (3, [9])}).bytes(), shows(COLOR))
    small = COLOR8[::4, ::4]
    full = Tiff()
    case("small-first.tif", Tiff().add(small, 2, tags={254: (4, [1])}).add(COLOR8, 2).bytes(), shows(COLOR))
    case("small-last.tif", Tiff().add(COLOR8, 2).add(small, 2, tags={254: (4, [1])}).bytes(), shows(COLOR))
    case("mask-first.tif", Tiff().add(GREY8, 1, tags={254: (4, [4])}).add(COLOR8, 2).bytes(), shows(COLOR))
    case("picture-below.tif", Tiff().add(small, 2, tags={254: (4, [1])}, subs=[full.directory(COLOR8, 2)]).bytes(), shows(COLOR))
    case("small-below.tif", Tiff().add(COLOR8, 2, subs=[full.directory(small, 2, tags={254: (4, [1])})]).bytes(), shows(COLOR))
    case("three-pages.tif", Tiff().add(COLOR8, 2).add(COLOR8[::-1], 2).add(small, 2).bytes(), shows(COLOR, note="3 pictures"))
    case("second-beyond-the-end.tif", Tiff().add(COLOR8, 2).bytes(last=10_000_000), shows(COLOR))
    case("second-is-first.tif", Tiff().add(COLOR8, 2).bytes(last=8), read_or_refused)
    case("photoshop-block.tif", Tiff().add(COLOR8, 2, tags={37724: (7, b"Adobe Photoshop Document Data Block\0" + bytes(999))}).bytes(), shows(COLOR))
    case("camera.dng", Tiff().add(small, 2, tags={254: (4, [1]), 50706: (1, [1, 4, 0, 0])}, subs=[full.directory(GREY16, 32803)]).bytes(), refused("raw"))
    case("camera.nef", Tiff().add(small, 2, tags={254: (4, [1])}, subs=[full.directory(GREY16, 32803)]).bytes(), refused("raw"))
    for compression in ("zlib", "lzw", "packbits", "zstd", "lzma"):
        for name, samples, most in (("8", COLOR8, 255), ("16", COLOR16, 65535)):
            def write(path, samples=samples, compression=compression):
                tifffile.imwrite(path, samples, photometric="rgb", compression=compression)
            with contextlib.suppress(Exception):
                case(f"{compression}-{name}.tif", write, shows(samples / most))
    for name, options in {"tiled": {"tile": (16, 16)}, "planes": {"planarconfig": "separate"}, "big": {"bigtiff": True}, "strips": {"rowsperstrip": 5},
                          "big-endian-big": {"bigtiff": True, "byteorder": ">"}}.items():
        samples = numpy.moveaxis(COLOR16, 2, 0) if name == "planes" else COLOR16
        case(f"{name}.tif", lambda path, samples=samples, options=options: tifffile.imwrite(path, samples, photometric="rgb", **options), shows(DEEP, type="u16"))
    case("jpeg-inside.tif", saved(RGB_IMAGE, "TIFF", compression="jpeg", quality=95), shows(COLOR, LOSSY))
    lab = ImageCms.applyTransform(RGB_IMAGE, ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB"))
    case("lab.tif", bytes_of(lab, "TIFF"), shows(COLOR, 3))
    case("cmyk.tif", bytes_of(RGB_IMAGE.convert("CMYK"), "TIFF"), shows(COLOR, 40, note="CMYK"))


def jpegs():
    for quality, sampling in ((98, 0), (95, 1), (95, 2)):
        case(f"color-{quality}-{sampling}.jpg", saved(RGB_IMAGE, "JPEG", quality=quality, subsampling=sampling), shows(COLOR, LOSSY, type="u8", channels=3))
    case("progressive.jpg", saved(RGB_IMAGE, "JPEG", quality=98, progressive=True), shows(COLOR, LOSSY))
    case("grey.jpg", saved(GREY_IMAGE, "JPEG", quality=98), shows(GREY8 / 255, 2, channels=1))
    case("cmyk.jpg", saved(RGB_IMAGE.convert("CMYK"), "JPEG", quality=98), shows(COLOR, 40, note="CMYK"))
    plain = bytes_of(RGB_IMAGE, "JPEG", quality=98, subsampling=0)
    scan = plain.index(b"\xff\xda")
    at = scan + 2 + struct.unpack(">H", plain[scan + 2:scan + 4])[0] - 3
    case("zeroed-scan.jpg", plain[:at] + b"\0\0\0" + plain[at + 3:], shows(COLOR, 1.5))
    case("more-behind.jpg", plain + bytes(5000), shows(COLOR, 1.5))
    case("film-behind.jpg", plain + b"\0\0\0\x18ftypmp42" + bytes(9000), shows(COLOR, 1.5))
    # CIPA DC-007: a second picture behind the first, with an index in the first's APP2.
    several = bytes_of(RGB_IMAGE, "MPO", save_all=True, append_images=[Image.fromarray(COLOR8[::-1, ::-1])], quality=98, subsampling=0)
    case("several-pictures.jpg", several, shows(COLOR, 1.5))
    case("several-pictures-cut.jpg", several[:several.index(b"\xff\xd9") + 2], shows(COLOR, 1.5))
    case("fill-bytes.jpg", plain[:2] + b"\xff\xff\xff" + plain[2:], shows(COLOR, 1.5))
    def told(*tags):
        def write(path):
            path.write_bytes(plain)
            subprocess.run(["exiftool", "-q", "-overwrite_original", "-n", *tags, path], check=True)
        return write
    case("adobe-by-exif.jpg", told("-InteropIndex=R03", "-ColorSpace=65535"), shows(in_srgb(COLOR ** (563 / 256), ADOBE), 2))
    case("srgb-by-exif.jpg", told("-InteropIndex=R98", "-ColorSpace=1"), shows(COLOR, 1.5))


def others():
    case("lossless.webp", saved(RGB_IMAGE, "WEBP", lossless=True), shows(COLOR))
    case("lossy.webp", saved(RGB_IMAGE, "WEBP", quality=95), shows(COLOR, LOSSY))
    case("alpha.webp", saved(RGBA_IMAGE, "WEBP", lossless=True, exact=True), shows(with_alpha(COLOR8, ALPHA8) / 255))
    frames = [Image.fromarray(COLOR8[::-1]), Image.fromarray(COLOR8[:, ::-1])]
    case("film.webp", saved(RGB_IMAGE, "WEBP", save_all=True, append_images=frames, lossless=True), shows(COLOR, note="3 pictures"))
    case("film.png", saved(RGB_IMAGE, "PNG", save_all=True, append_images=frames), shows(COLOR, note="3 pictures"))
    flat = Image.fromarray(COLOR8).quantize(64)
    case("one.gif", saved(flat, "GIF"), shows(numpy.asarray(flat.convert("RGB")) / 255))
    case("film.gif", saved(flat, "GIF", save_all=True, append_images=[f.quantize(64) for f in frames]), shows(numpy.asarray(flat.convert("RGB")) / 255, note="3 pictures"))
    case("rgb.ppm", saved(RGB_IMAGE, "PPM"), shows(COLOR))
    case("grey.pgm", saved(GREY_IMAGE, "PPM"), shows(GREY8 / 255))
    case("deep.ppm", b"P6 %d %d 65535\n" % (W, H) + COLOR16.astype(">u2").tobytes(), shows(DEEP, type="u16"))
    case("plain.ppm", (f"P3 {W} {H} 255\n" + " ".join(map(str, COLOR8.reshape(-1)))).encode(), shows(COLOR))
    case("float.pfm", b"PF\n%d %d\n-1.0\n" % (W, H) + COLOR[::-1].astype("<f4").tobytes(), shows(srgb(COLOR), type="float"))
    case("plain.bmp", saved(RGB_IMAGE, "BMP"), shows(COLOR))
    case("palette.bmp", saved(flat, "BMP"), shows(numpy.asarray(flat.convert("RGB")) / 255))
    case("plain.tga", saved(RGB_IMAGE, "TGA"), shows(COLOR))
    case("packed.tga", saved(RGB_IMAGE, "TGA", compression="tga_rle"), shows(COLOR))
    case("alpha.tga", saved(RGBA_IMAGE, "TGA"), shows(with_alpha(COLOR8, ALPHA8) / 255))
    case("plain.jp2", saved(RGB_IMAGE, "JPEG2000"), shows(COLOR, 1))
    case("stream.j2k", saved(RGB_IMAGE, "JPEG2000", no_jp2=True), shows(COLOR, 1))
    case("plain.psd", lambda path: subprocess.run(["convert", folder / "rgb-8.png", path], check=True), shows(COLOR))
    case("lossless.jxl", by_vips("jxlsave", "rgb-8.png", "--lossless"), shows(COLOR, 0.3))
    case("deep.jxl", by_vips("jxlsave", "rgb-16.png", "--lossless"), shows(DEEP, 0.3, type="u16"))
    case("alpha.jxl", by_vips("jxlsave", "rgba-8.png", "--lossless"), shows(with_alpha(COLOR8, ALPHA8) / 255, 0.3))
    case("plain.avif", by_vips("heifsave", "rgb-8.png", "--compression", "av1", "--lossless"), shows(COLOR, 2))
    case("alpha.avif", by_vips("heifsave", "rgba-8.png", "--compression", "av1", "--lossless"), shows(with_alpha(COLOR8, ALPHA8) / 255, 2))
    case("plain.heic", by_vips("heifsave", "rgb-8.png", "--compression", "hevc", "--Q", "95"), shows(COLOR, LOSSY))
    bright = COLOR * 3
    case("bright.hdr", by_vips("radsave", "float-le.tif"), read_or_refused)
    del bright
    case("drawn.svg", f'<svg xmlns="http://www.w3.org/2000/svg" width="{W}" height="{H}"><rect width="100%" height="100%" fill="#ff0000"/></svg>'.encode(),
         shows(numpy.broadcast_to([1.0, 0, 0], (H, W, 3)), 1))


def exrs():
    red, green, blue = (COLOR[..., i] * 2 for i in range(3))
    alpha = (ALPHA8[..., 0] / 255)
    window = (0, 0, W - 1, H - 1)

    def channels(names, values, kind="float32"):
        return {name: numpy.asarray(value).astype(kind) for name, value in zip(names, values)}
    rgb = [red, green, blue]
    right = srgb(COLOR * 2)
    for kind in ("float16", "float32"):
        for packed in (False, True):
            case(f"plain-{kind}-{'zip' if packed else 'raw'}.exr", exr(channels("RGB", rgb, kind), window, packed=packed), shows(right, 0.2, type="float", channels=3))
    case("premultiplied.exr", exr(channels("RGBA", [c * alpha for c in rgb] + [alpha]), window), shows(with_alpha(right, alpha[..., None]), 0.1, channels=4))
    case("with-depth.exr", exr(channels(["R", "G", "B", "Z"], rgb + [red * 100]), window), shows(right))
    case("anamorphic.exr", exr(channels("RGB", rgb), window, aspect=2), shows(right, note="2 times as wide"))
    case("aspect-of-nothing.exr", exr(channels("RGB", rgb), window, aspect=0), read_or_refused)
    case("layer.exr", exr(channels(["beauty.R", "beauty.G", "beauty.B"], rgb), window), shows(right, note="beauty"))
    case("small-letters.exr", exr(channels(["view.r", "view.g", "view.b"], rgb), window), shows(right, note="view"))
    case("blender.exr", exr(channels(["ViewLayer.Combined.R", "ViewLayer.Combined.G", "ViewLayer.Combined.B", "ViewLayer.Combined.A", "ViewLayer.Depth.Z",
                                      "ViewLayer.DiffCol.R", "ViewLayer.DiffCol.G", "ViewLayer.DiffCol.B"],
                                     rgb + [numpy.ones_like(red), red * 99, green, green, green]), window), shows(right, note="Combined"))
    case("two-layers.exr", exr(channels(["a.R", "a.G", "a.B", "b.R", "b.G", "b.B"], rgb * 2), window), refused("a, b"))
    case("layer-and-picture.exr", exr(channels(["R", "G", "B", "spec.R", "spec.G", "spec.B"], rgb + [blue] * 3), window), shows(right))
    case("brightness.exr", exr(channels("Y", [red]), window), shows(srgb(COLOR[..., :1] * 2), channels=1))
    case("depth-alone.exr", exr(channels("Z", [red]), window), shows(srgb(COLOR[..., :1] * 2), channels=1))
    case("whole-numbers.exr", exr(channels("RGB", [numpy.round(c) for c in rgb], "uint32"), window), shows(srgb(numpy.round(COLOR * 2))))
    case("no-colors.exr", exr(channels(["u", "v"], [red, green]), window), refused("u, v"))
    case("no-channels.exr", exr({}, window), refused("damaged", "channels"))
    larger = exr(channels("RGB", rgb), (5, 3, W - 7, H - 5), data=window)
    case("larger-than-shown.exr", larger, shows(right[3:H - 4, 5:W - 6]))
    shown = numpy.zeros((H + 6, W + 9, 3))
    shown[2:2 + H, 4:4 + W] = right
    case("smaller-than-shown.exr", exr(channels("RGB", rgb), (-4, -2, W + 4, H + 3), data=window), shows(shown))
    case("elsewhere.exr", exr(channels("RGB", rgb), (10, 20, W + 9, H + 19)), shows(right))
    case("never-shown.exr", exr(channels("RGB", rgb), (1000, 1000, 999 + W, 999 + H), data=window), shows(numpy.zeros((H, W, 3))))
    points = [v for name in ("red", "green", "blue", "white") for v in P3[name]]
    case("p3.exr", exr(channels("RGB", rgb), window, attributes=[("chromaticities", "chromaticities", struct.pack("<8f", *points))]), shows(in_srgb(COLOR * 2, P3), 0.5))
    case("window-of-nothing.exr", exr(channels("RGB", rgb), (0, 0, -1, -1), data=window), refused("damaged"))
    case("window-of-everything.exr", exr(channels("RGB", rgb), (0, 0, 2 ** 30, 2 ** 30), data=window), refused("pixels", "damaged"))


def by_magick(source_name, *options):
    """Files written by ImageMagick from one made here."""
    def write(path):
        subprocess.run(["convert", folder / source_name, *options, path], check=True, capture_output=True)
    return write


def packed_bits(values, bits):
    """Rows of integers as bits, each row in whole bytes."""
    rows = []
    for row in numpy.asarray(values).reshape(len(values), -1):
        text = "".join(f"{value:0{bits}b}" for value in row)
        text += "0" * (-len(text) % 8)
        rows.append(int(text, 2).to_bytes(len(text) // 8, "big"))
    return b"".join(rows)


def scanners_and_film():
    """What scanners, fax machines, Photoshop and film tools write, by the other makers' own ways."""
    black = (GREY8 > 127).astype("u1")
    (folder / "black.png").write_bytes(png(black, 1))
    (folder / "small-alpha.png").write_bytes(png(with_alpha(COLOR8, ALPHA8)))
    for name, options in {"fax": ["--compression", "ccittfax4"], "fax-white": ["--compression", "ccittfax4", "--miniswhite"]}.items():
        case(f"{name}.tif", by_vips("tiffsave", "black.png", "--bitdepth", "1", *options), shows(black))
    for name, options, source, wanted, loss in (
            ("lzw-steps", ["--compression", "lzw", "--predictor", "horizontal"], "rgb-16.png", DEEP, EXACT),
            ("deflate-float-steps", ["--compression", "deflate", "--predictor", "float"], "float-le.tif", COLOR * 2 - 0.5, EXACT),
            ("tiles-pyramid", ["--tile", "--tile-width", "16", "--tile-height", "16", "--pyramid", "--compression", "deflate"], "rgb-8.png", COLOR, EXACT),
            ("pyramid-below", ["--tile", "--tile-width", "16", "--tile-height", "16", "--pyramid", "--subifd"], "rgb-8.png", COLOR, EXACT),
            ("jpeg-tiles", ["--tile", "--tile-width", "16", "--tile-height", "16", "--compression", "jpeg", "--Q", "95"], "rgb-8.png", COLOR, LOSSY),
            ("big-webp", ["--bigtiff", "--compression", "webp", "--lossless"], "rgb-8.png", COLOR, EXACT)):
        case(f"{name}.tif", by_vips("tiffsave", source, *options), shows(wanted, loss))
    planes = numpy.moveaxis(COLOR16, 2, 0)
    case("planes-tiles.tif", lambda path: tifffile.imwrite(path, planes, photometric="rgb", planarconfig="separate", tile=(16, 16)), shows(DEEP, type="u16"))
    case("double.tif", Tiff().add(COLOR.astype("f8"), 2, "f").bytes(), shows(COLOR, type="float"))
    signed = Tiff().add((GREY16.astype(int) // 2).astype("i2"), 1, tags={339: (3, [2])})
    case("signed.tif", signed.bytes(), read_or_refused)
    twelve = (GREY16 >> 4).astype("u2")
    tiff = Tiff()
    tiff.directories.append(tiff.directory(twelve, 1, bits=12, data=packed_bits(twelve, 12)))
    case("twelve-bits.tif", tiff.bytes(), shows(twelve / 4095, 0.1))
    tiff = Tiff()
    entries, data, subs = tiff.directory(COLOR8, 2)
    tiff.directories.append(({tag: value for tag, value in entries.items() if tag != 278}, data, subs))
    case("one-strip-untold.tif", tiff.bytes(), shows(COLOR))
    tiff = Tiff()
    reversed_bits = bytes(int(f"{byte:08b}"[::-1], 2) for byte in packed_bits(black, 1))
    tiff.directories.append(tiff.directory(black, 1, tags={266: (3, [2])}, bits=1, data=reversed_bits))
    case("last-bit-first.tif", tiff.bytes(), shows(black))
    case("inks.tif", by_vips("icc_export", "rgb-8.png", "--output-profile", "cmyk"), shows(COLOR, 25))
    case("inks.jpg", by_vips("icc_export", "rgb-8.png", "--output-profile", "cmyk"), shows(COLOR, 25))

    luma = numpy.array([[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]])
    inks = numpy.asarray(RGB_IMAGE.convert("CMYK")).astype(float)
    ycc = inks[..., :3] @ luma.T + [0, 128, 128]
    # Pillow inverts what it writes as CMYK, as Adobe's marker promises; so are luma and chroma of YCCK.
    stored = numpy.concatenate([255 - ycc, inks[..., 3:]], axis=2).clip(0, 255).round().astype("u1")
    ycck = bytearray(bytes_of(Image.fromarray(stored, "CMYK"), "JPEG", quality=98))
    ycck[ycck.index(b"Adobe") + 11] = 2
    case("ycck.jpg", bytes(ycck), shows(COLOR, 40, note="CMYK"))
    case("rgb-inside.jpg", saved(RGB_IMAGE, "JPEG", quality=98, keep_rgb=True), shows(COLOR, 2))
    case("progressive-411.jpg", by_magick("rgb-8.png", "-sampling-factor", "4x1", "-interlace", "JPEG", "-quality", "95"), shows(COLOR, LOSSY))
    case("440.jpg", by_magick("rgb-8.png", "-sampling-factor", "1x2", "-quality", "95"), shows(COLOR, LOSSY))
    case("arithmetic.jpg", by_magick("rgb-8.png", "-define", "jpeg:arithmetic-coding=on", "-quality", "98"), shows(COLOR, LOSSY))
    case("restarts.jpg", saved(RGB_IMAGE, "JPEG", quality=98, subsampling=0, restart_marker_blocks=2), shows(COLOR, 1.5))
    thumbnail = folder / "thumbnail"
    thumbnail.write_bytes(bytes_of(Image.new("RGB", (16, 12), "red"), "JPEG"))
    for orientation in range(5, 9):
        def write(path, orientation=orientation):
            exif = Image.Exif()
            exif[0x0112] = orientation
            Image.fromarray(turned(COLOR8, orientation)).save(path, "JPEG", quality=98, subsampling=0, exif=exif)
            subprocess.run(["exiftool", "-q", "-overwrite_original", f"-ThumbnailImage<={thumbnail}", path], check=True)
        case(f"turned-thumbnail-{orientation}.jpg", write, shows(COLOR, 1.5))

    key = int(GREY16[3, 4, 0])
    case("transparent-grey-16.png", png(GREY16, 16, transparent=struct.pack(">H", key)),
         shows(with_alpha(GREY16 / 65535, (GREY16 != key).astype(float)), type="u16"))
    # The picture itself is no frame of the film.
    control = struct.pack(">IIIIIHHBB", 0, W, H, 0, 0, 1, 10, 0, 0)
    film = png(COLOR8, chunks=[(b"acTL", struct.pack(">II", 1, 0))])
    rows = zlib.compress(b"".join(b"\0" + row.tobytes() for row in COLOR8[::-1]))
    film = film[:-12] + png_chunk(b"fcTL", control) + png_chunk(b"fdAT", struct.pack(">I", 1) + rows) + film[-12:]
    case("poster.png", film, shows(COLOR, note=None))
    case("depth-mark.png", png(COLOR8, chunks=[(b"sBIT", bytes([5, 6, 5]))]), shows(COLOR))

    flat = Image.fromarray(COLOR8).quantize(64)
    flat_rgb = numpy.asarray(flat.convert("RGB")) / 255
    index = numpy.asarray(flat)
    clear = bytes_of(flat, "GIF", transparency=int(index[2, 2]))
    case("transparent.gif", clear, shows(with_alpha(flat_rgb, (index != index[2, 2])[..., None].astype(float))))
    # The first frame covers a part of the screen.
    wide = bytearray(bytes_of(flat, "GIF"))
    wide[6:10] = struct.pack("<HH", W + 8, H + 6)
    at = wide.index(b"\x2c" + struct.pack("<HHHH", 0, 0, W, H))
    wide[at + 1:at + 5] = struct.pack("<HH", 5, 4)
    inside = numpy.zeros((H + 6, W + 8, 4))
    inside[4:4 + H, 5:5 + W] = rgba(flat_rgb)
    case("frame-in-screen.gif", bytes(wide), shows(inside))
    case("interlaced.gif", saved(flat, "GIF", interlace=1), shows(flat_rgb))

    case("lossy-alpha.webp", saved(RGBA_IMAGE, "WEBP", quality=95, exact=True), shows(with_alpha(COLOR8, ALPHA8) / 255, LOSSY))
    for bits in (10, 12):
        for name, codec in (("avif", "av1"), ("heic", "hevc")):
            case(f"{bits}-bits.{name}", by_vips("heifsave", "rgb-16.png", "--compression", codec, "--bitdepth", str(bits), "--Q", "98"), shows(DEEP, LOSSY, type="u16"))
    case("lossy.jxl", by_vips("jxlsave", "rgb-8.png", "--Q", "95"), shows(COLOR, LOSSY))
    case("float.jxl", by_vips("jxlsave", "float-le.tif", "--lossless"), read_or_refused)
    case("grey.jxl", by_vips("jxlsave", "grey-8.png", "--lossless"), shows(GREY8 / 255, 0.3))
    case("alpha.jp2", saved(RGBA_IMAGE, "JPEG2000"), shows(with_alpha(COLOR8, ALPHA8) / 255, 1))
    case("deep.jp2", by_vips("jp2ksave", "rgb-16.png", "--lossless"), shows(DEEP, 0.1, type="u16"))
    case("grey.jp2", saved(GREY_IMAGE, "JPEG2000"), shows(GREY8 / 255, 1))
    case("fractions.jp2", by_vips("jp2ksave", "rgb-8.png", "--Q", "80", "--subsample-mode", "on"), shows(COLOR, LOSSY))

    case("deep.psd", by_magick("rgb-16.png", "-depth", "16"), shows(DEEP, 0.1, type="u16"))
    case("grey.psd", by_magick("grey-8.png"), shows(GREY8 / 255))
    case("large-document.psb", by_magick("rgb-8.png"), shows(COLOR))
    case("layers.psd", by_magick("rgb-8.png", str(folder / "rgb-8.png"), str(folder / "small-alpha.png")), shows(COLOR))

    rows = COLOR8[::-1, :, ::-1]
    masks = struct.pack("<4I", 0xff0000, 0xff00, 0xff, 0xff000000)
    four = numpy.concatenate([COLOR8[..., ::-1], ALPHA8], axis=2)
    info = struct.pack("<IiiHHIIiiII", 108, W, -H, 1, 32, 3, W * H * 4, 2835, 2835, 0, 0) + masks + b"BGRs" + bytes(48)
    case("masks-upside-down.bmp", b"BM" + struct.pack("<IHHI", 122 + W * H * 4, 0, 0, 122) + info + four.tobytes(), shows(with_alpha(COLOR8, ALPHA8) / 255))
    five = ((COLOR8[..., 0].astype(int) >> 3) << 11 | (COLOR8[..., 1].astype(int) >> 2) << 5 | COLOR8[..., 2] >> 3).astype("<u2")
    info = struct.pack("<IiiHHIIiiII", 40, W, H, 1, 16, 3, W * H * 2, 0, 0, 0, 0) + struct.pack("<3I", 0xf800, 0x7e0, 0x1f)
    case("16-bits.bmp", b"BM" + struct.pack("<IHHI", 66 + W * H * 2, 0, 0, 66) + info + five[::-1].tobytes(), refused("known kind"))
    info = struct.pack("<IiiHHIIiiII", 40, W, H, 1, 24, 0, 0, 0, 0, 0, 0)
    case("os-2.bmp", b"BM" + struct.pack("<IHHI", 54 + W * H * 3, 0, 0, 54) + info + rows.tobytes(), shows(COLOR))
    case("one-bit.bmp", saved(Image.fromarray(black[..., 0] * 255).convert("1"), "BMP"), shows(black))
    case("from-the-top.tga", struct.pack("<BBBHHBHHHHBB", 0, 0, 2, 0, 0, 0, 0, 0, W, H, 24, 0x20) + COLOR8[..., ::-1].tobytes(), shows(COLOR))
    case("grey.tga", saved(GREY_IMAGE, "TGA"), shows(GREY8 / 255))
    case("palette.tga", saved(flat, "TGA"), shows(flat_rgb))
    case("deep.pgm", b"P5\n# a scanner\n%d %d\n65535\n" % (W, H) + GREY16.astype(">u2").tobytes(), shows(GREY16 / 65535, type="u16"))
    case("ten-bits.ppm", b"P6 %d %d 1023\n" % (W, H) + (COLOR16 >> 6).astype(">u2").tobytes(), shows((COLOR16 >> 6) / 1023, 0.1))
    case("hundred-steps.pgm", b"P5 %d %d # white\n 100\n" % (W, H) + (GREY8.astype(int) * 100 // 255).astype("u1").tobytes(), shows((GREY8.astype(int) * 100 // 255) / 100, 0.5))
    case("black.pbm", b"P4 %d %d\n" % (W, H) + packed_bits(1 - black, 1), shows(black))
    case("alpha.pam", b"P7\nWIDTH %d\nHEIGHT %d\nDEPTH 4\nMAXVAL 255\nTUPLTYPE RGB_ALPHA\nENDHDR\n" % (W, H) + with_alpha(COLOR8, ALPHA8).tobytes(), read_or_refused)
    case("grey.pfm", b"Pf\n%d %d\n1.0\n" % (W, H) + COLOR[::-1, :, :1].astype(">f4").tobytes(), shows(srgb(COLOR[..., :1]), type="float"))
    case("radiance.hdr", by_magick("rgb-16.png"), shows(DEEP, 1, type="float"))
    case("sky.fits", by_magick("grey-16.png"), read_or_refused)
    case("icon.ico", saved(RGBA_IMAGE, "ICO", sizes=[(W, H)]), read_or_refused)
    for ending in ("dpx", "sgi", "pcx", "qoi", "xpm"):
        case(f"film.{ending}", by_magick("rgb-8.png"), read_or_refused)
    for compression in ("Piz", "ZIP", "ZIPS", "RLE", "Pxr24", "B44", "DWAA"):
        # ImageMagick stores the numbers as they are.
        case(f"magick-{compression.lower()}.exr", by_magick("rgb-16.png", "-compress", compression), shows(srgb(DEEP), LOSSY, type="float"))
    window = (0, 0, W - 1, H - 1)
    values = {name: (COLOR[..., i] * 2).astype("f2") for i, name in enumerate("RGB")}
    right = srgb(COLOR * 2)
    for levels in (1, 3):
        case(f"tiles-{levels}.exr", exr_of_tiles(values, window, 16, levels), shows(right, 0.2, channels=3))
    case("parts.exr", exr_of_parts([("depth", {"Z": values["R"]}), ("beauty", values)], window), shows(right, 0.2))
    case("parts-beauty-first.exr", exr_of_parts([("beauty", values), ("depth", {"Z": values["R"]})], window), shows(right, 0.2))
    swapped = {"R": values["B"], "G": values["G"], "B": values["R"]}
    case("parts-of-colors.exr", exr_of_parts([("left", values), ("right", swapped)], window), shows(right, 0.2, note="2 pictures"))
    luma = numpy.array([0.2126, 0.7152, 0.0722])
    bright = COLOR * 0 + 0.25 * numpy.array([2.0, 1.0, 0.5])  # of one colour, so that halved chroma loses nothing
    y_of = bright @ luma
    chroma = {"Y": y_of, "RY": ((bright[..., 0] - y_of) / y_of)[::2, ::2], "BY": ((bright[..., 2] - y_of) / y_of)[::2, ::2]}
    case("luminance-chroma.exr", exr({name: rows.astype("f4") for name, rows in chroma.items()}, window, halved=("RY", "BY")), shows(srgb(bright), 0.5, channels=3))


def cut_off():
    """Cut at every tenth of the file; its last tenth may not be needed."""
    noise = numpy.random.default_rng(1).integers(0, 256, (60, 80, 3), "u1")
    image = Image.fromarray(noise)
    (folder / "noise.png").write_bytes(png(noise))
    wholes = {"png": png(noise), "jpg": bytes_of(image, "JPEG", quality=90), "progressive.jpg": bytes_of(image, "JPEG", quality=90, progressive=True),
              "tif": Tiff().add(noise, 2).bytes(), "webp": bytes_of(image, "WEBP", quality=90), "lossless.webp": bytes_of(image, "WEBP", lossless=True),
              "gif": bytes_of(image.quantize(256), "GIF"), "jp2": bytes_of(image, "JPEG2000"), "bmp": bytes_of(image, "BMP"), "ppm": bytes_of(image, "PPM"),
              "exr": exr({name: (noise[..., i] / 255).astype("f4") for i, name in enumerate("RGB")}, (0, 0, 79, 59))}
    for kind, operation in (("jxl", ["jxlsave", "--lossless"]), ("avif", ["heifsave", "--compression", "av1"])):
        by_vips(operation[0], "noise.png", *operation[1:])(folder / f"noise.{kind}")
        wholes[kind] = (folder / f"noise.{kind}").read_bytes()
    for kind, whole in wholes.items():
        for tenth in range(0, 10):
            part = whole[:len(whole) * tenth // 10]
            words = ["empty"] if tenth == 0 else ["damaged", "known kind"]
            case(f"cut-{tenth}.{kind}", part, refused(*words))


def hostile():
    case("diary.jpg", b"dear diary, today I painted a picture of a boat", refused("known kind"))
    case("mark-alone.png", b"\x89PNG\r\n\x1a\n", refused("damaged"))
    case("mark-alone.jpg", b"\xff\xd8\xff\xe0", refused("damaged"))
    case("mark-alone.exr", b"v/1\x01", refused("damaged"))
    head = b"\x89PNG\r\n\x1a\n"

    def empty_png(width, height):
        return head + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + png_chunk(b"IDAT", b"x") + png_chunk(b"IEND", b"")
    case("wide.png", empty_png(2 ** 31 - 1, 1), refused("pixels", "damaged"))
    case("too-wide.png", empty_png(2 ** 31, 1), refused("damaged"))
    case("bomb.png", empty_png(30000, 30000), refused("30000 x 30000"))
    case("nothing.png", empty_png(0, 0), refused("damaged"))
    case("no-tiles.tif", Tiff().add(COLOR8, 2, tags={322: (4, [0]), 323: (4, [0]), 324: (4, [8]), 325: (4, [0])}).bytes(), read_or_refused)
    many = Tiff()
    for _ in range(65535 // 16):
        many.add(COLOR8[:1, :1], 2)
    case("thousands.tif", many.bytes(), shows(COLOR[:1, :1], note="pictures"))
    case("huge.tif", Tiff().add(COLOR8, 2, tags={256: (4, [400000]), 257: (4, [400000])}).bytes(), refused("400000 x 400000"))
    case("wide.gif", b"GIF89a" + struct.pack("<HH", 65535, 65535) + b"\x80\0\0" + bytes(6) + b"\x2c" + bytes(9) + b"\x02\x01\x44\0\x3b", read_or_refused)
    case("folder.png", lambda path: path.mkdir(), refused("is a folder"))
    cases.append((Path("/dev/null"), refused("is a device")))
    cases.append((Path("/dev/zero"), refused("is a device")))
    cases.append((folder / "missing.png", refused("does not exist")))
    cases.append((folder / "rgb-8.png" / "below.png", refused("does not exist")))
    case("secret.png", png(COLOR8), refused("permissions") if os.geteuid() else shows(COLOR))
    os.chmod(folder / "secret.png", 0)
    random = numpy.random.default_rng(7)
    for ending, whole in (("png", png(COLOR8)), ("jpg", bytes_of(RGB_IMAGE, "JPEG")), ("tif", Tiff().add(COLOR8, 2).bytes()), ("webp", bytes_of(RGB_IMAGE, "WEBP")),
                          ("exr", exr({"R": COLOR[..., 0].astype("f4")}, (0, 0, W - 1, H - 1)))):
        for turn in range(6):
            bytes_now = bytearray(whole)
            for at in random.integers(8, len(whole), 5):
                bytes_now[at] = random.integers(0, 256)
            case(f"flipped-{turn}.{ending}", bytes(bytes_now), read_or_refused)


def reports(place):
    """Files made elsewhere: both of each pair show the same."""
    pairs = [("01-miniswhite8.tif", "01-minisblack8.tif"), ("01-miniswhite16.tif", "01-minisblack8.tif"), ("01-mask-miniswhite8.tif", "01-mask.png"),
             ("02-rgb-unass-unspec.tif", "02-rgb-unass.tif"), ("02-rgb-unspec.tif", "base.png"), ("03-thumb-first.tif", "base.png"),
             ("04-palette-o3.tif", "04-palette-o1.tif"), ("04-palette-o6.tif", "04-palette-o1.tif"), ("06-p3-cicp.png", "06-p3-chrm.png"),
             ("10-sos-zero.jpg", "10-good.jpg"), ("11-adobe-spac.jpg", "11-adobe.jpg"), ("11-adobe-spac.png", "11-adobe.png"), ("11-lut.webp", "11-lut.tif"),
             ("11-lut.jpg", "11-lut.tif"), ("12-one.gif", "base.png"), ("12-one.jp2", "base.png"), ("12-one.ppm", "base.png"), ("12-one.psd", "base.png"),
             ("12-one.tga", "base.png"), ("12-anim.png", "base.png"), ("12-multipage.tif", "base.png"), ("13-layer.exr", "13-plain.exr"),
             ("14-second-bad.tif", "base.png"), ("17-dpi.tif", "base.png"), ("17-dpi.png", "base.png"), ("18-ps.tif", "base.png"), ("18-subifd.tif", "base.png")]
    names = sorted({name for pair in pairs for name in pair})
    results = dict(zip(names, look([place / name for name in names])))
    failed = 0
    for one, other in pairs:
        (a, first), (b, second) = results[one], results[other]
        if one.startswith("04-palette-o") and second is not None:  # the same rows, lying otherwise
            second = numpy.rot90(second, {"3": 2, "6": -1}[one[12]])
        told = a.get("error") or b.get("error")
        if not told and first.shape != second.shape:
            told = f"{first.shape} and {second.shape}"
        if not told and numpy.abs(first - second)[..., :3].mean() * 255 > 8:
            told = f"differs by {numpy.abs(first - second)[..., :3].mean() * 255:.1f}"
        if told:
            failed += 1
            print(f"FAILED reports {one} like {other}: {told}")
    print(f"{len(pairs) - failed} of {len(pairs)} pairs of {place} agree")
    return failed


def look(paths):
    out = folder / "seen"
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir()
    told = subprocess.run([SEEN, out], input="".join(f"{path}\n" for path in paths), capture_output=True, text=True, timeout=500)
    lines = told.stdout.splitlines()
    if told.returncode != 0 or len(lines) != len(paths):
        raise SystemExit(f"seen-pictures ended with {told.returncode} after {len(lines)} of {len(paths)} files: {told.stderr}")
    for i, line in enumerate(lines):
        seen = json.loads(line)
        pixels = None
        if "error" not in seen:
            pixels = numpy.fromfile(out / str(i), "f4").reshape(seen["height"], seen["width"], 4)
        yield seen, pixels


def main():
    for table in (pngs, png_colors, profiles, tiffs, jpegs, others, exrs, scanners_and_film, cut_off, hostile):
        table()
    failed = 0
    for (path, check), (seen, pixels) in zip(cases, look([path for path, _ in cases])):
        complaint = check(seen, pixels)
        if not complaint and "error" in seen and path.name not in seen["error"]:
            complaint = "the sentence does not name the file: " + seen["error"]
        if complaint:
            failed += 1
            print(f"FAILED {path.name}: {complaint}")
    print(f"{len(cases) - failed} of {len(cases)} files are read as what they are")
    place = os.environ.get("NEURAL_STYLE_REPORTS")
    if place:
        failed += reports(Path(place))
    else:
        print("NEURAL_STYLE_REPORTS names no folder of further files: those are not tried")
    return failed


try:
    status = 1 if main() else 0
finally:
    shutil.rmtree(folder, ignore_errors=True)
sys.exit(status)
