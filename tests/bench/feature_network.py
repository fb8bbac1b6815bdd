# SPDX-License-Identifier: GPL-3.0-or-later
"""Feature networks as files, and as modules of PyTorch for the peers.

    write_random_vgg19(file)
    chain = FeatureNetwork.read(file).modules()   # [(name, torch.nn.Module), ...]
"""
import json
import pathlib
import struct

import numpy
import torch

# VGG-19 up to conv5_1 (Simonyan and Zisserman 2015, table 1, column E); None: a pooling.
VGG19 = [("1_1", 64), ("1_2", 64), None, ("2_1", 128), ("2_2", 128), None,
         ("3_1", 256), ("3_2", 256), ("3_3", 256), ("3_4", 256), None,
         ("4_1", 512), ("4_2", 512), ("4_3", 512), ("4_4", 512), None, ("5_1", 512)]


def write_safetensors(file, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, values in tensors.items():
        raw = values.astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(values.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    head = json.dumps(header).encode()
    pathlib.Path(file).write_bytes(struct.pack("<Q", len(head)) + head + data)


def write_random_vgg19(file):
    """VGG-19's shape with seeded weights that keep the features' variance (He et al. 2015); speed does not depend on weights."""
    random = numpy.random.default_rng(19)
    graph, tensors, channels = [], {}, 3
    for step in VGG19:
        if step is None:
            graph.append({"pool": "max", "size": 2})
            continue
        name, out = step
        graph.append({"conv": "conv" + name, "padding": "zeros", "relu": "relu" + name})
        tensors[f"conv{name}.weight"] = random.standard_normal((out, channels, 3, 3)) * (2 / (9 * channels)) ** 0.5
        tensors[f"conv{name}.bias"] = numpy.zeros(out)
        channels = out
    write_safetensors(file, tensors, {
        "format": "neural-style-backbone/1", "graph": json.dumps(graph),
        "input": json.dumps({"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]}),
        "style_taps": "relu1_1 relu2_1 relu3_1 relu4_1 relu5_1", "content_tap": "relu4_2"})


def write_random_published_style(file):
    """A trained style in the layout of fast_neural_style in pytorch/examples, with its widths and seeded weights."""
    random = numpy.random.default_rng(20)
    tensors = {}

    def layer(name, norm, out, into, size=3):
        tensors[f"{name}.conv2d.weight"] = random.standard_normal((out, into, size, size)) / (size * into ** 0.5)
        tensors[f"{name}.conv2d.bias"] = numpy.zeros(out)
        if norm:
            tensors[f"{norm}.weight"], tensors[f"{norm}.bias"] = numpy.ones(out), numpy.zeros(out)

    layer("conv1", "in1", 32, 3, 9)
    layer("conv2", "in2", 64, 32)
    layer("conv3", "in3", 128, 64)
    for i in range(1, 6):
        layer(f"res{i}.conv1", f"res{i}.in1", 128, 128)
        layer(f"res{i}.conv2", f"res{i}.in2", 128, 128)
    layer("deconv1", "in4", 64, 128)
    layer("deconv2", "in5", 32, 64)
    layer("deconv3", None, 3, 32, 9)
    write_safetensors(file, tensors, {})


class Normalization(torch.nn.Module):
    def __init__(self, mean, deviation):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))
        self.register_buffer("deviation", torch.tensor(deviation).view(1, 3, 1, 1))

    def forward(self, picture):
        return (picture - self.mean) / self.deviation


class FeatureNetwork:
    def __init__(self, metadata, tensors):
        self.metadata, self.tensors = metadata, tensors
        self.graph = json.loads(metadata["graph"])
        self.style_taps = metadata["style_taps"].split()
        self.content_taps = metadata["content_tap"].split()

    @classmethod
    def read(cls, file):
        data = pathlib.Path(file).read_bytes()
        length = struct.unpack("<Q", data[:8])[0]
        header = json.loads(data[8:8 + length])
        metadata = header.pop("__metadata__")
        types = {"F32": "<f4", "F16": "<f2"}
        tensors = {}
        for name, entry in header.items():
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            tensors[name] = numpy.frombuffer(data[begin:end], types[entry["dtype"]]).astype("f4").reshape(entry["shape"])
        return cls(metadata, tensors)

    def write_unpadded(self, file):
        """The same with zero padding, which convolutions do themselves."""
        graph = [step | {"padding": "zeros"} if "conv" in step else step for step in self.graph]
        write_safetensors(file, self.tensors, self.metadata | {"graph": json.dumps(graph)})

    def write_poolings(self, folder):
        """For each pooling a network of one convolution with as many channels as the pooling's input, and the pooling."""
        files, channels = [], 3
        for step in self.graph:
            if "conv" in step:
                channels = self.tensors[step["conv"] + ".weight"].shape[0]
                continue
            files.append(folder / f"pooling{len(files)}.safetensors")
            weights = numpy.random.default_rng(len(files)).standard_normal((channels, 3, 3, 3)) * (2 / 27) ** 0.5
            graph = [{"conv": "conv1_1", "padding": "zeros", "relu": "relu1_1"}, step]
            write_safetensors(files[-1], {"conv1_1.weight": weights, "conv1_1.bias": numpy.zeros(channels)},
                              self.metadata | {"graph": json.dumps(graph), "style_taps": "relu1_1", "content_tap": "relu1_1"})
        return files

    def modules(self):
        """Up to the deepest tap; ReLUs are named by their taps."""
        values = json.loads(self.metadata["input"])
        chain = [("", Normalization(values["mean"], values["std"]))]
        left = set(self.style_taps + self.content_taps)
        for step in self.graph:
            if not left:
                break
            if "pool" in step:
                chain.append(("", torch.nn.AvgPool2d(2) if step["pool"] == "average" else torch.nn.MaxPool2d(2)))
                continue
            weight, bias = (torch.from_numpy(self.tensors[f"{step['conv']}.{part}"]) for part in ("weight", "bias"))
            layer = torch.nn.Conv2d(weight.shape[1], weight.shape[0], 3, padding=1, padding_mode=step["padding"])
            with torch.no_grad():
                layer.weight.copy_(weight)
                layer.bias.copy_(bias)
            chain += [("", layer), (step["relu"], torch.nn.ReLU())]
            left.discard(step["relu"])
        for _, module in chain:
            module.requires_grad_(False)
        return chain
