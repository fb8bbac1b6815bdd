# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes what the fuzzers begin with, seeds/ and words/: make_seeds.py, in the build environment with the tests' packages.

Everything is small and sound. The results are committed, so that every machine fuzzes from the same.
"""
import collections
import io
import json
import re
import shutil
import struct
import subprocess
import tempfile
import zipfile
from pathlib import Path

import numpy
import tifffile
import torch
from PIL import Image

here = Path(__file__).parent
seeds, words, project = here / "seeds", here / "words", here.parent


def put(target, name, data):
    file = seeds / target / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data if isinstance(data, bytes) else data.encode())


# --- weights of others

def torch_bytes(value, **options):
    out = io.BytesIO()
    torch.save(value, out, **options)
    return out.getvalue()


def without_checksums(data):
    """As torch.save writes when it is told to compute none: changed bytes are looked at, then."""
    data = bytearray(data)
    for mark, place in ((b"PK\3\4", 14), (b"PK\1\2", 16), (b"PK\7\x08", 4)):
        at = data.find(mark)
        while at >= 0:
            data[at + place:at + place + 4] = bytes(4)
            at = data.find(mark, at + 4)
    return bytes(data)


def weights():
    torch.manual_seed(1)
    large = torch.randn(4, 6)
    plain = {"a.weight": torch.randn(2, 3), "a.bias": torch.randn(2).double(), "steps": torch.tensor(7)}
    views = collections.OrderedDict([("v", large[1:3, ::2]), ("t", large.t()), ("h", large.half()), ("b", large.bfloat16())])
    views._metadata = collections.OrderedDict([("", {"version": 1})])
    wrapped = {"state_dict": {"module.w": torch.nn.Parameter(torch.randn(2, 2))}, "epoch": 3, "best": 0.5, "arch": "vgg"}
    empty = {"none": torch.zeros(0, 3), "half": torch.zeros(2, 0).half()}
    for name, value in {"plain": plain, "views": views, "wrapped": wrapped, "empty": empty}.items():
        archive = torch_bytes(value)
        put("torch_file", f"{name}.pth", without_checksums(archive))
        put("torch_file", f"{name}-old.pth", torch_bytes(value, _use_new_zipfile_serialization=False))
        with zipfile.ZipFile(io.BytesIO(archive)) as opened:
            pickled = next(n for n in opened.namelist() if n.endswith("data.pkl"))
            put("torch_pickle", f"{name}.pkl", opened.read(pickled))
    put("torch_file", "checked.pth", torch_bytes(plain))
    put("torch_pickle", "protocol4.pkl", zipfile.ZipFile(io.BytesIO(torch_bytes(plain, pickle_protocol=4))).read("archive/data.pkl"))


def safetensors(tensors, metadata=None):
    """`tensors`: name, type and array."""
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, (kind, array) in tensors.items():
        bytes_ = array.tobytes()
        header[name] = {"dtype": kind, "shape": list(array.shape), "data_offsets": [len(data), len(data) + len(bytes_)]}
        data += bytes_
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    return struct.pack("<Q", len(text)) + text + data


def numbers(*shape, kind=numpy.float32):
    return numpy.random.default_rng(sum(shape)).uniform(-0.3, 0.3, shape).astype(kind)


def other_networks():
    put("safetensors", "plain.safetensors", safetensors({"a": ("F32", numbers(2, 3)), "n": ("I64", numpy.arange(3)), "empty": ("F32", numbers(0, 4))}))
    put("safetensors", "kinds.safetensors", safetensors(
        {"h": ("F16", numbers(3, kind=numpy.float16)), "b": ("BF16", numpy.arange(4, dtype=numpy.uint16)), "d": ("F64", numbers(2, kind=numpy.float64))},
        {"format": "pt", "title": "a title"}))
    fire = "features.3"
    put("safetensors", "begins-as-squeezenet.safetensors", safetensors({
        "features.0.weight": ("F16", numbers(64, 3, 3, 3, kind=numpy.float16)), "features.0.bias": ("F16", numbers(64, kind=numpy.float16)),
        f"{fire}.squeeze.weight": ("F16", numbers(16, 64, 1, 1, kind=numpy.float16)), f"{fire}.squeeze.bias": ("F16", numbers(16, kind=numpy.float16))}))


def convolution(name, inputs, outputs, size=3, kind=numpy.float16):
    return {f"{name}.weight": ("F16", numbers(outputs, inputs, size, size, kind=kind)), f"{name}.bias": ("F16", numbers(outputs, kind=kind))}


def norm(name, channels):
    return {f"{name}.weight": ("F16", numbers(channels, kind=numpy.float16)), f"{name}.bias": ("F16", numbers(channels, kind=numpy.float16))}


def own_networks():
    scale = json.dumps({"mean": [0.45, 0.45, 0.45], "std": [0.25, 0.25, 0.25]})
    chain = [{"conv": "c1", "size": 3, "padding": "reflect", "relu": "relu1_1"}, {"pool": "max", "size": 2},
             {"conv": "c2", "size": 3, "padding": "zeros", "relu": "relu2_1", "before": "conv2_1"}]
    put("network_file", "chain.safetensors", safetensors(
        convolution("c1", 3, 4) | convolution("c2", 4, 4),
        {"format": "neural-style-backbone/1", "name": "chain", "graph": json.dumps(chain), "input": scale, "taps": "relu1_1 relu2_1",
         "style_taps": "relu1_1 relu2_1", "content_tap": "relu2_1", "names": json.dumps({"features.0": "relu1_1"})}))
    rich = [{"conv": "c1", "size": 3, "stride": 2, "relu": True, "limit": 6, "tap": "stem"}, {"pool": "max", "size": 3, "padding": 1},
            {"residual": [{"conv": "c2", "size": 1, "relu": True}, {"conv": "c3", "size": 3, "groups": 4, "padding": "replicate"}],
             "shortcut": [{"conv": "c4", "size": 1}], "relu": "block"},
            {"branches": [[{"conv": "c5", "size": 1, "relu": True}], [{"conv": "c6", "size": 3, "relu": True}]], "tap": "both"},
            {"pool": "average", "size": 2, "ceil": True}, {"relu": "last"}]
    put("network_file", "rich.safetensors", safetensors(
        convolution("c1", 3, 4) | convolution("c2", 4, 4, 1) | convolution("c3", 1, 4) | convolution("c4", 4, 4, 1)
        | convolution("c5", 4, 2, 1) | convolution("c6", 4, 2),
        {"format": "neural-style-backbone/1", "name": "rich", "graph": json.dumps(rich),
         "input": json.dumps({"mean": [103.9, 116.8, 123.7], "std": [1, 1, 1], "range": [0, 255], "channels": "BGR"}), "taps": "stem block both last",
         "style_taps": "stem block", "content_tap": "both", "smoothing": "softmax"}))
    trained = [{"conv": "in", "size": 3, "padding": "reflect"}, {"norm": "n1"}, {"relu": True}, {"conv": "down", "size": 3, "stride": 2, "padding": "reflect"},
               {"residual": [{"conv": "r", "size": 3, "padding": "reflect"}, {"norm": "n2"}]}, {"up": "nearest", "size": 2},
               {"conv": "out", "size": 3, "padding": "reflect"}]
    put("network_file", "trained.safetensors", safetensors(
        convolution("in", 3, 4) | norm("n1", 4) | convolution("down", 4, 4) | convolution("r", 4, 4) | norm("n2", 4) | convolution("out", 4, 3),
        {"format": "neural-style-feed-forward/1", "name": "trained", "title": "Trained", "style_scale": "512", "graph": json.dumps(trained)}))


# --- conversations

def frame(kind, head, payload=b""):
    text = json.dumps(head, separators=(",", ":")).encode()
    return b"NSE1" + struct.pack("<IIQ", kind, len(text), len(payload)) + text + payload


def picture_hash(data):
    value = 0xcbf29ce484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001b3 % 2 ** 64
    return f"{value:016x}"


def conversations():
    """The examples in WIRE.md, with the pictures that they name."""
    examples = [(int(kind), json.loads(text)) for kind, text in
                re.findall(r"^    (\d+) (\{.*\})$", (project / "engine/protocol/WIRE.md").read_text(), re.MULTILINE)]
    data = bytes(range(6))
    photo, mask = f"u8-2x1x3-{picture_hash(data)}", f"u8-2x1x1-{picture_hash(data[:2])}"
    pictures = (frame(1, {"channels": 3, "height": 1, "name": photo, "offset": 0, "sample": "u8", "width": 2}, data)
                + frame(1, {"channels": 1, "height": 1, "name": mask, "offset": 0, "sample": "u8", "width": 2}, data[:2]))
    for i, (kind, head) in enumerate(examples):
        named = json.loads(re.sub(r"u8-2x1x3-[0-9a-f]{16}", photo, re.sub(r"u8-2x1x1-[0-9a-f]{16}", mask, json.dumps(head))))
        if 1 < kind < 16:
            put("engine_input", f"{i:02}-{kind}.frames", pictures + frame(kind, named))
    job = {"content": photo, "estimate-only": False, "id": 1, "memory-limit": 0, "sample": "u8", "settings": {}, "snapshot-every": 0,
           "steadiness": 1.0, "styles": [{"picture": photo}]}
    put("engine_input", "two-jobs.frames", pictures + frame(2, job) + frame(2, job | {"id": 2, "estimate-only": True}) + frame(3, {"id": 1}) + frame(5, {"id": 2}))
    hello = next(head for kind, head in examples if kind == 16)
    painting = {"channels": 3, "height": 1, "id": 1, "offset": 0, "sample": "u8", "width": 2}
    done = next(head for kind, head in examples if kind not in (16, 17, 18) and "seconds" in head)
    done_kind = next(kind for kind, head in examples if head == done)
    painting_kind = next(kind for kind, head in examples if kind > 16 and "offset" in head and "number" not in head)
    for i, (kind, head) in enumerate(examples):
        if kind > 16:
            payload = data if kind == painting_kind or "number" in head else b""
            put("engine_output", f"{i:02}-{kind}.frames", b"neural-style-engine is starting\n" + frame(16, hello) + frame(kind, head | {"id": 1}, payload))
    put("engine_output", "whole.frames", frame(16, hello) + frame(painting_kind, painting, data) + frame(done_kind, done | {"id": 1}))


# --- texts

def texts():
    presets = json.loads((project / "data/presets/catalog.json").read_text())
    styles = json.loads((project / "data/styles/catalog.json").read_text())
    put("catalogs", "styles", "s" + json.dumps(styles[:2]))
    put("catalogs", "presets", "p" + json.dumps(presets[:2]))
    for i, preset in enumerate(presets):
        put("settings", f"{i}.json", json.dumps(preset["settings"]))
        put("catalogs", f"mine-{i}", "m" + json.dumps(preset["settings"]))
    rich = {"quality": "print", "strength": 1.5, "blend": [1, 2.5], "style-layers": ["relu1_1", "relu2_1"], "layer-weights": [1, 0.5], "seed": 7,
            "network": "vgg19", "pooling": "max", "iterations": 30, "seamless": True, "colors": "harmony", "content-layers": ["relu4_2"]}
    put("settings", "rich.json", json.dumps(rich))
    head = {"kind": "PNG", "width": 5, "height": 4, "channels": 3, "sample": 0, "linear": False, "color-code": [9, 16, 0, 1], "notes": [{"note": 0, "words": "3"}],
            "stored": "RGB, 8 bits", "color": "sRGB", "orientation": 6, "pages": 2, "dots-per-inch": 300.0, "left": 0, "top": -2, "pixel-aspect": 1.5}
    put("reader_answers", "picture", "p" + json.dumps(head))
    put("reader_answers", "refusal", "r" + json.dumps({"reason": 4, "words": "40000 40000"}))
    film = {"kind": "mov,mp4", "width": 16, "height": 16, "channels": 3, "sample": 0, "tick": [1, 25], "pixel": [1, 1], "start": 0,
            "frames": [[0, 1], [1, 1]], "notes": [{"note": 2, "words": ""}]}
    put("reader_answers", "film", "f" + json.dumps(film))
    put("reader_answers", "order", "o" + json.dumps({"kind": "mp4", "lossless": False, "film": film, "copies": True, "end": 2}))
    put("reader_answers", "remarks", "m" + json.dumps([{"note": 2, "words": "7"}]))
    for i, line in enumerate(("paint photo.jpg --style waves -o out.png", "paint a.png b.png --style x.jpg=region.png --style y.png --blend 1,2 -o out/ --shard 1/3",
                              "paint --texture --size 512x512 --style waves -o t.png --seed 7 --json", "paint a.tif --preset poster --strength 1.5 --memory-limit 2.5G -o -",
                              "networks add vgg19.pth --name v --float16", "networks get vgg19 --yes", "devices --json", "info a.png -",
                              "video in.mp4 --style waves -o out.mkv --lossless --frames 10-20 --shard 1/3", "video frames/%04d.png --style waves -o out/%04d.png --fps 25 --again",
                              "train style --style waves.jpg --photos Pictures -o w.safetensors --style-size 256 --steps 10")):
        put("arguments", f"{i:02}", line.replace(" ", "\n"))


# --- pictures and films

def pictures():
    ramp = numpy.add.outer(numpy.arange(6) * 20, numpy.arange(8) * 10).astype(numpy.uint8)
    color = numpy.stack([ramp, ramp[::-1], ramp[:, ::-1]], axis=2)
    image = Image.fromarray(color)
    folder = Path(tempfile.mkdtemp())
    for ending in ("png", "jpg", "gif", "webp", "bmp", "ppm", "tga", "jp2", "pcx"):
        image.save(folder / f"color.{ending}")
    image.convert("P").save(folder / "palette.png")
    Image.fromarray(ramp).save(folder / "grey.pgm")
    Image.fromarray(numpy.dstack([color, ramp])).save(folder / "alpha.png")
    image.save(folder / "frames.gif", save_all=True, append_images=[image.rotate(90)], duration=40)
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a title"
    image.save(folder / "turned.jpg", exif=exif, dpi=(300, 300))
    tifffile.imwrite(folder / "color.tif", color, photometric="rgb")
    tifffile.imwrite(folder / "tiles16.tif", color.astype(numpy.uint16) * 257, photometric="rgb", tile=(16, 16), bigtiff=True)
    tifffile.imwrite(folder / "planes.tif", numpy.moveaxis(color, 2, 0).astype(numpy.float32) / 255, photometric="rgb", planarconfig="separate")
    with tifffile.TiffWriter(folder / "pages.tif") as pages:
        pages.write(ramp, subifds=1)
        pages.write(ramp[::2, ::2], subfiletype=1)
        pages.write(color, photometric="rgb")
    for name in ("color.hdr", "color.jxl", "color.avif", "color.heic", "color.pfm", "color.fits"):
        subprocess.run(["vips", "copy", folder / "color.png", folder / name], capture_output=True)
    for name in ("color.exr", "color.psd", "color.xpm", "color.svg"):
        subprocess.run(["convert", folder / "color.png", folder / name], capture_output=True)
    for file in folder.iterdir():
        if 0 < file.stat().st_size < 8192:
            put("picture_file", file.name, file.read_bytes())
    shutil.rmtree(folder)


def films():
    folder = Path(tempfile.mkdtemp())
    source = ["-f", "lavfi", "-i", "testsrc=size=32x32:rate=5:duration=0.6"]
    kinds = {"h264.mp4": ["-c:v", "libx264", "-pix_fmt", "yuv420p"], "vp9.webm": ["-c:v", "libvpx-vp9"], "ffv1.mkv": ["-c:v", "ffv1"],
             "mjpeg.avi": ["-c:v", "mjpeg"], "mpeg4.mov": ["-c:v", "mpeg4"], "frames.gif": [], "frames.webp": ["-loop", "0"], "frames.apng": ["-f", "apng"]}
    for name, options in kinds.items():
        subprocess.run(["ffmpeg", "-v", "error", *source, *options, "-fflags", "+bitexact", folder / name], check=True)
    for file in folder.iterdir():
        if file.stat().st_size < 16384:
            put("film_file", file.name, file.read_bytes())
    shutil.rmtree(folder)


# --- words

def dictionaries():
    words.mkdir(exist_ok=True)

    def write(target, texts):
        lines = "".join('"' + "".join(c if c.isalnum() or c in "-_./ :{}[]," else f"\\x{ord(c):02x}" for c in text) + '"\n' for text in sorted(set(texts)))
        (words / f"{target}.txt").write_text("# SPDX-License-Identifier: GPL-3.0-or-later\n" + lines)

    wire = (project / "engine/protocol/WIRE.md").read_text()
    settings = re.findall(r"^\| `([a-z-]+)` \|", wire, re.MULTILINE)
    values = re.findall(r"`([a-z0-9-]+)`", wire.split("<!-- settings -->")[1])
    numbers_ = ["0", "-1", "1e308", "-0.0", "4294967296", "9223372036854775807", "18446744073709551615", "null", "true", "[]", "{}"]
    write("settings", settings + values + numbers_)
    write("catalogs", settings + values + numbers_ + ["name", "title", "file", "artist", "year", "settings", "style", "../x", "/etc"])
    keys = re.findall(r'"([a-z-]+)":', wire)
    write("engine_input", keys + settings + numbers_ + ["u8", "u16", "f32", "NSE1"])
    write("engine_output", keys + numbers_ + ["u8", "u16", "f32", "NSE1", "preparing", "painting", "finishing", "waiting", "out-of-memory", "cancelled"])
    graph = re.findall(r'"([a-z_]+)"', "".join((project / "engine/networks" / name).read_text() for name in ("graph.cpp", "feature_network.cpp", "decoder.cpp")))
    kinds = ["F16", "BF16", "F32", "F64", "I64", "dtype", "shape", "data_offsets", "__metadata__"]
    write("network_file", graph + kinds + numbers_ + ["neural-style-backbone/1", "neural-style-decoder/1", "neural-style-feed-forward/1"])
    write("safetensors", kinds + numbers_ + ["features.0.weight", "layer1.0.conv1.weight", "running_mean", "module."])
    opcodes = ["ctorch._utils\n_rebuild_tensor_v2\n", "ctorch._utils\n_rebuild_parameter\n", "ccollections\nOrderedDict\n", "ctorch\nFloatStorage\n",
               "ctorch\nHalfStorage\n", "ctorch\nBFloat16Storage\n", "storage", "state_dict", "model"]
    write("torch_pickle", opcodes)
    write("torch_file", opcodes + ["PK", "data.pkl", "byteorder", "little", "big"])
    write("reader_answers", re.findall(r'"([a-z-]+)"', (project / "reader/answer.cpp").read_text() + (project / "film_files/film_answer.cpp").read_text()) + numbers_)
    commands = "".join((project / "engine/cli" / f"{name}.cpp").read_text() for name in
                       ("arguments", "networks_arguments", "train_arguments", "video_arguments"))
    write("arguments", ["--" + option for option in re.findall(r'\{"([a-z-]{3,})",', commands)] + settings + ["nan", "inf", "-1", "1e400", "2.5G", "1/3", "512x512"])


for folder in (seeds, words):
    shutil.rmtree(folder, ignore_errors=True)
weights()
other_networks()
own_networks()
conversations()
texts()
pictures()
films()
dictionaries()
