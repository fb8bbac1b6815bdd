# SPDX-License-Identifier: GPL-3.0-or-later
"""Picture files byte by byte, so that every number in them is known: PNG, TIFF, OpenEXR and ICC profiles."""
import struct
import zlib

import numpy


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(samples, bits=8, color=None, chunks=(), palette=None, transparent=None):
    """`samples`: integers, as rows of pixels of channels. `chunks`: placed before the pixels."""
    samples = numpy.asarray(samples)
    height, width, channels = samples.shape
    color = {1: 0, 2: 4, 3: 2, 4: 6}[channels] if color is None else color
    rows = b""
    for row in samples:
        flat = row.reshape(-1)
        if bits == 16:
            data = flat.astype(">u2").tobytes()
        elif bits == 8:
            data = flat.astype("u1").tobytes()
        else:
            text = "".join(f"{value:0{bits}b}" for value in flat)
            text += "0" * (-len(text) % 8)
            data = bytes(int(text[i:i + 8], 2) for i in range(0, len(text), 8))
        rows += b"\0" + data
    out = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, color, 0, 0, 0))
    for kind, data in chunks:
        out += png_chunk(kind, data)
    if palette is not None:
        out += png_chunk(b"PLTE", numpy.asarray(palette, "u1").tobytes())
    if transparent is not None:
        out += png_chunk(b"tRNS", transparent)
    return out + png_chunk(b"IDAT", zlib.compress(rows)) + png_chunk(b"IEND", b"")


TYPES = {1: "B", 2: "B", 3: "H", 4: "I", 7: "B", 11: "f", 12: "d"}


class Tiff:
    """Consecutive directories; each a dictionary {tag: (type, values)} and the bytes of its only strip."""

    def __init__(self, order="<"):
        self.order = order
        self.directories = []

    def add(self, samples, photometric, kind="", tags=(), subs=()):
        """`samples`: rows, pixels, channels. `kind`: "" integers, "f" floats. `subs`: directories below, as made here."""
        self.directories.append(self.directory(samples, photometric, kind, tags, subs))
        return self

    def directory(self, samples, photometric, kind="", tags=(), subs=(), bits=None, data=None):
        samples = numpy.asarray(samples)
        height, width, channels = samples.shape
        sample = samples.dtype.newbyteorder(self.order)
        entries = {256: (4, [width]), 257: (4, [height]), 258: (3, [bits or 8 * sample.itemsize] * channels), 259: (3, [1]),
                   262: (3, [photometric]), 277: (3, [channels]), 278: (4, [height])}
        if kind == "f":
            entries[339] = (3, [3] * channels)
        entries.update(dict(tags))
        return entries, samples.astype(sample).tobytes() if data is None else data, list(subs)

    def bytes(self, last=0):
        """`last`: the last directory's offset of the next one."""
        out = bytearray((b"II" if self.order == "<" else b"MM") + struct.pack(self.order + "HI", 42, 0))

        def put(directory):
            entries, data, subs = directory
            entries = dict(entries)
            if subs:
                entries[330] = (4, [put(sub) for sub in subs])
            out.extend(bytes(len(out) % 2))
            entries[273], entries[279] = (4, [len(out)]), (4, [len(data)])
            out.extend(data)
            table = b""
            for tag, (kind, values) in sorted(entries.items()):
                packed = values if isinstance(values, bytes) else struct.pack(self.order + TYPES[kind] * len(values), *values)
                if len(packed) > 4:
                    out.extend(bytes(len(out) % 2))
                    place = struct.pack(self.order + "I", len(out))
                    out.extend(packed)
                else:
                    place = packed.ljust(4, b"\0")
                table += struct.pack(self.order + "HHI", tag, kind, len(values)) + place
            out.extend(bytes(len(out) % 2))
            at = len(out)
            out.extend(struct.pack(self.order + "H", len(entries)) + table + struct.pack(self.order + "I", 0))
            return at

        link = 4
        for directory in self.directories:
            at = put(directory)
            out[link:link + 4] = struct.pack(self.order + "I", at)
            link = at + 2 + 12 * struct.unpack_from(self.order + "H", out, at)[0]
        out[link:link + 4] = struct.pack(self.order + "I", last)
        return bytes(out)


KINDS = {"float16": 1, "float32": 2, "uint32": 0}


def exr_attribute(name, kind, value):
    return name.encode() + b"\0" + kind.encode() + b"\0" + struct.pack("<I", len(value)) + value


def exr_head(channels, display, data=None, packed=False, attributes=(), aspect=1, halved=()):
    """An OpenEXR's attributes without the zero at their end. `halved`: channels of every second pixel and row."""
    table = b"".join(name.encode() + b"\0" + struct.pack("<IIII", KINDS[str(channels[name].dtype)], 0, *([2, 2] if name in halved else [1, 1]))
                     for name in sorted(channels))
    head = exr_attribute("channels", "chlist", table + b"\0")
    head += exr_attribute("compression", "compression", bytes([2 if packed else 0]))
    head += exr_attribute("dataWindow", "box2i", struct.pack("<4i", *(data or display))) + exr_attribute("displayWindow", "box2i", struct.pack("<4i", *display))
    head += exr_attribute("lineOrder", "lineOrder", b"\0") + exr_attribute("pixelAspectRatio", "float", struct.pack("<f", aspect))
    head += exr_attribute("screenWindowCenter", "v2f", struct.pack("<2f", 0, 0)) + exr_attribute("screenWindowWidth", "float", struct.pack("<f", 1))
    for name, kind, value in attributes:
        head += exr_attribute(name, kind, value)
    return head


def little(values):
    return values.astype(values.dtype.newbyteorder("<")).tobytes()


def exr(channels, display, data=None, packed=False, attributes=(), aspect=1, halved=()):
    """`channels`: {name: rows of numbers of the data window}, as float16, float32 or uint32; windows: (x0, y0, x1, y1).
    `aspect`: a pixel's width in units of its height. `halved`: channels of every second pixel and row."""
    data = data or display
    names = sorted(channels)
    head = b"v/1\x01" + struct.pack("<I", 2) + exr_head(channels, display, data, packed, attributes, aspect, halved) + b"\0"
    height = data[3] - data[1] + 1
    blocks, offsets, at = b"", b"", len(head) + 8 * height
    for y in range(height):
        row = b"".join(little(channels[name][y // 2 if name in halved else y]) for name in names if name not in halved or y % 2 == 0)
        if packed:  # compression 2: ZIP of single rows
            apart = row[0::2] + row[1::2]
            steps = bytearray(apart)
            for i in range(len(apart) - 1, 0, -1):
                steps[i] = (apart[i] - apart[i - 1] + 128) & 255
            small = zlib.compress(bytes(steps))
            row = small if len(small) < len(row) else row
        block = struct.pack("<iI", data[1] + y, len(row)) + row
        offsets += struct.pack("<Q", at)
        at += len(block)
        blocks += block
    return head + offsets + blocks


def exr_of_tiles(channels, display, side, levels=1):
    """In tiles; with several levels each is half of the one before, rounded down: a mipmap down to one pixel."""
    names = sorted(channels)
    mode = 0 if levels == 1 else 1
    head = b"v/1\x01" + struct.pack("<I", 2 | 0x200)
    head += exr_head(channels, display, attributes=[("tiles", "tiledesc", struct.pack("<IIB", side, side, mode))]) + b"\0"
    level, tiles = {name: channels[name] for name in names}, []
    for number in range(1 if mode == 0 else 99):
        height, width = level[names[0]].shape
        for ty in range(-(-height // side)):
            for tx in range(-(-width // side)):
                rows = slice(ty * side, min(height, ty * side + side))
                columns = slice(tx * side, min(width, tx * side + side))
                values = b"".join(little(level[name][y, columns]) for y in range(rows.start, rows.stop) for name in names)
                tiles.append(struct.pack("<5i", tx, ty, number, number, len(values)) + values)
        if width == height == 1:
            break
        level = {name: values[:max(1, height // 2), :max(1, width // 2)] for name, values in level.items()}
    offsets, at = b"", len(head) + 8 * len(tiles)
    for tile in tiles:
        offsets += struct.pack("<Q", at)
        at += len(tile)
    return head + offsets + b"".join(tiles)


def exr_of_parts(parts, display):
    """Several pictures: `parts` are names and channels."""
    height = display[3] - display[1] + 1
    head = b"v/1\x01" + struct.pack("<I", 2 | 0x1000)
    for name, channels in parts:
        more = [("name", "string", name.encode()), ("type", "string", b"scanlineimage"), ("chunkCount", "int", struct.pack("<i", height))]
        head += exr_head(channels, display, attributes=more) + b"\0"
    head += b"\0"
    chunks = []
    for number, (_, channels) in enumerate(parts):
        for y in range(height):
            row = b"".join(little(channels[name][y]) for name in sorted(channels))
            chunks.append(struct.pack("<iiI", number, display[1] + y, len(row)) + row)
    offsets, at = b"", len(head) + 8 * len(chunks)
    for chunk in chunks:
        offsets += struct.pack("<Q", at)
        at += len(chunk)
    return head + offsets + b"".join(chunks)


SRGB = {"red": (0.64, 0.33), "green": (0.30, 0.60), "blue": (0.15, 0.06), "white": (0.3127, 0.3290)}
P3 = dict(SRGB, red=(0.680, 0.320), green=(0.265, 0.690), blue=(0.150, 0.060))
ADOBE = dict(SRGB, green=(0.21, 0.71))
BT2020 = dict(SRGB, red=(0.708, 0.292), green=(0.170, 0.797), blue=(0.131, 0.046))


def xyz_matrix(primaries):
    def column(point):
        x, y = point
        return numpy.array([x / y, 1, (1 - x - y) / y])
    matrix = numpy.stack([column(primaries[name]) for name in ("red", "green", "blue")], axis=1)
    return matrix * numpy.linalg.solve(matrix, column(primaries["white"]))


BRADFORD = numpy.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])
D50 = numpy.array([0.9642, 1.0, 0.8249])


def to_d50(matrix):
    white = matrix.sum(axis=1)
    scale = numpy.diag((BRADFORD @ D50) / (BRADFORD @ white))
    return numpy.linalg.inv(BRADFORD) @ scale @ BRADFORD @ matrix


def light(encoded):
    encoded = numpy.asarray(encoded, float)
    size = numpy.abs(encoded)
    return numpy.sign(encoded) * numpy.where(size <= 0.04045, size / 12.92, ((size + 0.055) / 1.055) ** 2.4)


def srgb(linear):
    linear = numpy.asarray(linear, float)
    size = numpy.abs(linear)
    return numpy.sign(linear) * numpy.where(size <= 0.0031308, size * 12.92, 1.055 * size ** (1 / 2.4) - 0.055)


def in_srgb(linear, primaries):
    """Linear light of those primaries as sRGB numbers, also beyond 0 and 1."""
    return srgb(linear @ (numpy.linalg.inv(to_d50(xyz_matrix(SRGB))) @ to_d50(xyz_matrix(primaries))).T)


def profile(primaries, gamma, kind=b"mntr", name="made", padding=0, tables=False):
    """Primaries and a gamma; with `tables`, the same as a grid from RGB to Lab only."""
    def xyz(values):
        return b"XYZ " + struct.pack(">Iiii", 0, *(round(v * 65536) for v in values))
    text = name.encode() + b"\0"
    data = {b"desc": b"desc" + struct.pack(">II", 0, len(text)) + text + struct.pack(">II", 0, 0) + bytes(70),
            b"cprt": b"text" + bytes(4) + b"public domain\0", b"wtpt": xyz(D50)}
    matrix = to_d50(xyz_matrix(primaries))
    if tables:
        steps = numpy.linspace(0, 1, 17)
        grid = numpy.stack(numpy.meshgrid(steps, steps, steps, indexing="ij"), axis=-1).reshape(-1, 3)
        ratio = ((grid ** gamma) @ matrix.T) / D50
        f = numpy.where(ratio > 216 / 24389, numpy.cbrt(ratio), (24389 / 27 * ratio + 16) / 116)
        lab = numpy.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=-1)
        stored = numpy.stack([lab[:, 0] * 652.8, (lab[:, 1] + 128) * 256, (lab[:, 2] + 128) * 256], axis=-1)
        line = numpy.array([0, 65535], ">u2").tobytes()
        data[b"A2B0"] = (b"mft2" + bytes(4) + bytes([3, 3, 17, 0]) + struct.pack(">9i", *(65536 if i % 4 == 0 else 0 for i in range(9))) +
                         struct.pack(">HH", 2, 2) + line * 3 + numpy.clip(stored.round(), 0, 65535).astype(">u2").tobytes() + line * 3)
    else:
        for i, tag in enumerate((b"rXYZ", b"gXYZ", b"bXYZ")):
            data[tag] = xyz(matrix[:, i])
        for tag in (b"rTRC", b"gTRC", b"bTRC"):
            data[tag] = b"curv" + struct.pack(">IIH", 0, 1, round(gamma * 256)) + b"\0\0"
    if padding:
        data[b"pad "] = b"data" + bytes(padding)
    return assembled(data, kind, b"RGB ", b"Lab " if tables else b"XYZ ")


def grey_profile(gamma):
    text = b"grey\0"
    data = {b"desc": b"desc" + struct.pack(">II", 0, len(text)) + text + struct.pack(">II", 0, 0) + bytes(70),
            b"cprt": b"text" + bytes(4) + b"public domain\0", b"wtpt": b"XYZ " + struct.pack(">Iiii", 0, *(round(v * 65536) for v in D50)),
            b"kTRC": b"curv" + struct.pack(">IIH", 0, 1, round(gamma * 256)) + b"\0\0"}
    return assembled(data, b"mntr", b"GRAY", b"XYZ ")


def assembled(data, kind, model, connection):
    offset = 128 + 4 + 12 * len(data)
    table, body = struct.pack(">I", len(data)), b""
    for name, value in data.items():
        value += bytes(-len(value) % 4)
        table += name + struct.pack(">II", offset + len(body), len(value))
        body += value
    size = 128 + len(table) + len(body)
    head = struct.pack(">I4sI4s4s4s", size, b"test", 0x02400000, kind, model, connection)
    head += struct.pack(">6H", 2020, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + struct.pack(">iii", 63190, 65536, 54061)
    return head.ljust(128, b"\0") + table + body
