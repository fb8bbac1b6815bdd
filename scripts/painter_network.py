# SPDX-License-Identifier: GPL-3.0-or-later
"""Writes data/models/painter.safetensors from the compressed VGG-19 of Wang et al. 2020 (MIT):

    ./run exec python3 scripts/painter_network.py vgg19-16x-teacher.safetensors data/models/painter.safetensors

Changes: the 1x1 convolution that prepares the picture is folded into conv1_1, exactly, since reflect padding commutes with it; every
layer that can be tapped is scaled to a mean activation of 1 on the bundled photo and paintings, and the next convolution compensates,
so that the layers' weights are comparable; the poolings are maxima; float16. Needs python3-torch (`./run test` installs it).
"""
import hashlib
import json
import pathlib
import struct
import subprocess
import sys

import numpy
import torch

PROJECT = pathlib.Path(__file__).resolve().parents[1]
LAYERS = ["1_1", "1_2", None, "2_1", "2_2", None, "3_1", "3_2", "3_3", "3_4", None, "4_1", "4_2", "4_3", "4_4", None, "5_1"]
# Chosen with a network that is not used for painting: with two layers per block instead of one the style comes nearer at the
# same content, and content at two depths keeps more of the photo at the same style.
STYLE_TAPS = ["relu1_1", "relu1_2", "relu2_1", "relu2_2", "relu3_1", "relu3_2", "relu3_4", "relu4_1", "relu4_3", "relu5_1"]
CONTENT_TAPS = ["relu3_3", "relu4_1"]
MEAN, DEVIATION = 0.45, 0.25  # centred values keep more of their digits in bfloat16
SIDE = 512  # of the pictures used to measure the scale, in pixels


def read(file):
    """{name: float64 tensor} of a safetensors file of float32."""
    data = pathlib.Path(file).read_bytes()
    length, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    header.pop("__metadata__", None)
    found = {}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        values = numpy.frombuffer(data[8 + length + begin:8 + length + end], "<f4").reshape(entry["shape"])
        found[name] = torch.from_numpy(values.astype("f8"))
    return found


def with_input_folded(tensors):
    """conv1_1 for pictures with the values (sRGB - MEAN) / DEVIATION."""
    mix, offset = tensors["input.weight"][:, :, 0, 0], tensors["input.bias"]
    weight, bias = tensors["conv1_1.weight"], tensors["conv1_1.bias"]
    at_mean = mix.sum(1) * MEAN + offset
    folded = torch.einsum("oixy,ij->ojxy", weight, mix * DEVIATION)
    return folded, bias + torch.einsum("oixy,i->o", weight, at_mean)


def picture(file):
    raw = subprocess.run(["convert", file, "-resize", f"{SIDE * SIDE}@", "-depth", "16", "rgb:-"], check=True, capture_output=True).stdout
    size = subprocess.run(["convert", file, "-resize", f"{SIDE * SIDE}@", "-format", "%w %h", "info:"], check=True, capture_output=True).stdout
    width, height = map(int, size.split())
    values = torch.from_numpy(numpy.frombuffer(raw, "<u2").reshape(height, width, 3) / 65535)
    return ((values - MEAN) / DEVIATION).permute(2, 0, 1)[None]


def activations(network, features):
    """Mean of every ReLU's output."""
    for layer in LAYERS:
        if layer is None:
            features = torch.nn.functional.max_pool2d(features, 2)
            continue
        padded = torch.nn.functional.pad(features, (1, 1, 1, 1), "reflect")
        features = torch.conv2d(padded, network[f"conv{layer}.weight"], network[f"conv{layer}.bias"]).relu()
        yield layer, float(features.mean())


def rescaled(network):
    """The same network with a mean activation of 1 after every ReLU."""
    files = sorted((PROJECT / "data/photos").glob("*.jpg")) + sorted((PROJECT / "data/styles").glob("*.jpg"))
    means = {}
    for file in files:
        for layer, mean in activations(network, picture(file)):
            means[layer] = means.get(layer, 0) + mean / len(files)
    result, before = {}, 1.0
    for layer in filter(None, LAYERS):
        result[f"conv{layer}.weight"] = network[f"conv{layer}.weight"] * (before / means[layer])
        result[f"conv{layer}.bias"] = network[f"conv{layer}.bias"] / means[layer]
        before = means[layer]
    return result


def main(teacher, target):
    tensors = read(teacher)
    network = {f"conv{layer}.{part}": tensors[f"conv{layer}.{part}"] for layer in filter(None, LAYERS) for part in ("weight", "bias")}
    network["conv1_1.weight"], network["conv1_1.bias"] = with_input_folded(tensors)
    network = rescaled(network)
    graph = [{"pool": "max", "size": 2} if layer is None else
             {"conv": f"conv{layer}", "size": 3, "stride": 1, "padding": "reflect", "relu": f"relu{layer}"} for layer in LAYERS]
    layers = [f"relu{layer}" for layer in LAYERS if layer]
    hashed = hashlib.sha256(pathlib.Path(teacher).read_bytes()).hexdigest()
    card = (f"Feature network that paintings are optimised with: 3x3 convolutions with ReLU and max pooling, "
            f"{round(sum(t.numel() for t in network.values()) / 1000)} thousand weights.\n"
            "The 16 times compressed VGG-19 of Wang et al., Collaborative distillation for ultra-resolution universal style transfer (CVPR 2020), "
            "MIT licence, copyright (c) 2020 Huan Wang, up to relu5_1.\n"
            f"Command: scripts/painter_network.py {pathlib.Path(teacher).name} {pathlib.Path(target).name} "
            f"(SHA-256 of the former: {hashed}).\n"
            "Changed: the input layer is part of conv1_1, every layer has a mean activation of 1 on the bundled photo and paintings, float16.")
    header = {"__metadata__": {
        "format": "neural-style-backbone/1", "name": "painter", "graph": json.dumps(graph, separators=(",", ":")),
        "input": json.dumps({"space": "sRGB", "range": [0, 1], "mean": [MEAN] * 3, "std": [DEVIATION] * 3}),
        "taps": " ".join(layers), "style_taps": " ".join(STYLE_TAPS), "content_tap": " ".join(CONTENT_TAPS),
        "scale": "every layer has mean activation about 1", "license": "MIT, copyright (c) 2020 Huan Wang", "card": card}}
    data = b""
    for name, values in sorted(network.items()):
        raw = values.numpy().astype("<f2").tobytes()
        header[name] = {"dtype": "F16", "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    head = json.dumps(header).encode()
    head += b" " * (-len(head) % 8)
    pathlib.Path(target).write_bytes(struct.pack("<Q", len(head)) + head + data)


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(*sys.argv[1:])
