# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks that were added compute what PyTorch computes: network_features_test.py PROBE.

The forward passes are written here as the papers and torchvision have them, with random weights and batch norms that have seen something.
"""
import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import numpy
    import torch
    import torch.nn.functional as F
except ImportError as missing:
    print(f"SKIPPED: {missing} (install python3-torch and python3-numpy)")
    sys.exit(77)

PROBE = sys.argv.pop(1)
torch.backends.mkldnn.set_flags(False)  # oneDNN 3.7 divides by zero in some of these convolutions, and ends the process
SIZES = ((96, 64), (95, 77), (97, 65))  # sides that strides divide, odd ones, and one pixel more
LARGE = (125, 191)  # large enough for Winograd's convolutions
MEAN, DEVIATION = (torch.tensor(values).view(1, 3, 1, 1) for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))


class Network:
    """Collects the weights that a forward pass asks for, at its first run, and the outputs of its nodes at each."""

    def __init__(self, type_):
        self.type, self.state, self.nodes, self.generator = type_, {}, {}, torch.Generator().manual_seed(5)

    def tensor(self, name, shape, scale=1.0, offset=0.0):
        if name not in self.state:
            self.state[name] = offset + scale * torch.randn(shape, generator=self.generator)
        return self.state[name].to(self.type)

    def conv(self, x, name, out, size, stride=1, groups=1, padding=None, bias=False):
        seen = x.shape[1] // groups
        weight = self.tensor(name + ".weight", (out, seen, size, size), (2 / (seen * size * size)) ** 0.5)
        return F.conv2d(x, weight, self.tensor(name + ".bias", (out,), 0.1) if bias else None, stride,
                        size // 2 if padding is None else padding, groups=groups)

    def norm(self, x, name):
        channels = (x.shape[1],)
        if name + ".running_var" not in self.state:
            self.state[name + ".running_var"] = 0.5 + torch.rand(channels, generator=self.generator)
        return F.batch_norm(x, self.tensor(name + ".running_mean", channels, 0.1), self.state[name + ".running_var"].to(self.type),
                            self.tensor(name + ".weight", channels, 0.1, 1), self.tensor(name + ".bias", channels, 0.1))

    def node(self, name, x):
        self.nodes[name] = x
        return x


def vgg_bn(network, x, layout=(64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512)):
    place, block, layer = 0, 1, 1
    for out in layout:
        if out == "M":
            x, place, block, layer = F.max_pool2d(x, 2), place + 1, block + 1, 1
            continue
        x = network.norm(network.conv(x, f"features.{place}", out, 3, bias=True), f"features.{place + 1}")
        network.node(f"features.{place + 1}", network.node(f"conv{block}_{layer}", x))
        x = network.node(f"features.{place + 2}", network.node(f"relu{block}_{layer}", x.relu()))
        place, layer = place + 3, layer + 1


def vgg(layout):
    def forward(network, x):
        place, block, layer = 0, 1, 1
        for out in layout:
            if out == "M":
                x, place, block, layer = F.max_pool2d(x, 2), place + 1, block + 1, 1
                continue
            x = network.conv(x, f"features.{place}", out, 3, bias=True)
            network.node(f"features.{place}", network.node(f"conv{block}_{layer}", x))
            x = network.node(f"features.{place + 1}", network.node(f"relu{block}_{layer}", x.relu()))
            place, layer = place + 2, layer + 1
    return forward


def resnet(blocks, bottleneck):
    def forward(network, x):
        x = network.node("bn1", network.norm(network.conv(x, "conv1", 64, 7, 2), "bn1"))
        x = network.node("relu", x.relu())
        x = F.max_pool2d(x, 3, 2, 1)
        for layer, count in enumerate(blocks, 1):
            for i in range(count):
                name, stride, inner = f"layer{layer}.{i}", 2 if i == 0 and layer > 1 else 1, 32 << layer
                out = inner * 4 if bottleneck else inner
                kinds = ((inner, 1, 1), (inner, 3, stride), (out, 1, 1)) if bottleneck else ((inner, 3, stride), (inner, 3, 1))
                y = x
                for j, (channels, size, step) in enumerate(kinds, 1):
                    y = network.norm(network.conv(y, f"{name}.conv{j}", channels, size, step), f"{name}.bn{j}")
                    y = y.relu() if j < len(kinds) else y
                if x.shape[1] != out or stride > 1:
                    x = network.norm(network.conv(x, f"{name}.downsample.0", out, 1, stride), f"{name}.downsample.1")
                x = network.node(name, (x + y).relu())
            network.node(f"layer{layer}", x)
    return forward


def mobilenet_v2(network, x):
    def unit(x, name, out, size, stride=1, groups=1):
        return F.relu6(network.norm(network.conv(x, name + ".0", out, size, stride, groups), name + ".1"))
    x, place = network.node("features.0", unit(x, "features.0", 32, 3, 2)), 1
    for expansion, out, count, stride in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
        for i in range(count):
            name, inner, y, step = f"features.{place}", x.shape[1] * expansion, x, 0
            if expansion > 1:
                y, step = unit(y, f"{name}.conv.0", inner, 1), 1
            y = unit(y, f"{name}.conv.{step}", inner, 3, stride if i == 0 else 1, inner)
            y = network.norm(network.conv(y, f"{name}.conv.{step + 1}", out, 1), f"{name}.conv.{step + 2}")
            x = network.node(name, x + y if i > 0 else y)
            place += 1
    network.node(f"features.{place}", unit(x, f"features.{place}", 1280, 1))


def squeezenet(first, size, layout):
    def forward(network, x):
        x = network.node("features.0", network.conv(x, "features.0", first, size, 2, padding=0, bias=True))
        x = network.node("features.1", x.relu())
        for place, word in enumerate(layout, 2):
            if word == "M":
                x = F.max_pool2d(x, 3, 2, ceil_mode=True)
                continue
            squeezed, expanded = word
            name = f"features.{place}"
            x = network.conv(x, name + ".squeeze", squeezed, 1, bias=True).relu()
            x = torch.cat([network.conv(x, f"{name}.expand{n}x{n}", expanded, n, bias=True).relu() for n in (1, 3)], 1)
            network.node(name, x)
    return forward


FORWARDS = {
    "vgg16": vgg((64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512)),
    "vgg11_bn": vgg_bn,
    "resnet18": resnet((2, 2, 2, 2), False),
    "resnet50": resnet((3, 4, 6, 3), True),
    "mobilenet_v2": mobilenet_v2,
    "squeezenet1_0": squeezenet(96, 7, ("M", (16, 64), (16, 64), (32, 128), "M", (32, 128), (48, 192), (48, 192), (64, 256), "M", (64, 256))),
    "squeezenet1_1": squeezenet(64, 3, ("M", (16, 64), (16, 64), "M", (32, 128), (32, 128), "M", (48, 192), (48, 192), (64, 256), (64, 256))),
}


class NetworkFeatures(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def compare(self, name, sides, kind, tolerance, of_gradient):
        network = Network(torch.float64 if kind == "float64" else torch.float32)
        picture = torch.rand(1, 3, *sides, generator=network.generator)
        seen = picture.to(network.type, copy=True).requires_grad_()
        FORWARDS[name](network, (seen - MEAN) / DEVIATION)
        torch.save(network.state, self.folder / "weights.pth")
        (self.folder / "picture.f32").write_bytes(picture.numpy().tobytes())
        (self.folder / "sides.json").write_text(json.dumps(sides))
        run = subprocess.run([PROBE, self.folder, kind], capture_output=True, text=True, timeout=300)
        self.assertEqual(run.returncode, 0, run.stderr)
        told = json.loads(run.stdout)

        def near(file, expected, tolerance):
            found = torch.from_numpy(numpy.fromfile(self.folder / f"{file}.f32", numpy.float32)).view(expected.shape)
            self.assertLess(float((found - expected).norm() / expected.norm()), tolerance, f"{name} {sides} {kind}: {file}")

        self.assertEqual(set(told["shapes"]), set(network.nodes))
        for node, expected in network.nodes.items():
            self.assertEqual(told["shapes"][node], list(expected.shape))
            near(node, expected.detach(), tolerance)
        sum(network.nodes[node].square().mean() / 2 for node in told["style"]).backward()
        near("gradient", seen.grad, of_gradient)

    # Batch norms that became part of convolutions are rounded to float32, which may switch a ReLU.
    def test_every_tap_and_the_gradient_of_every_size(self):
        for name in FORWARDS:
            for sides in SIZES:
                with self.subTest(name=name, sides=sides):
                    self.compare(name, sides, "float64", 1e-5, 5e-3)

    # There gradients differ by more than features do.
    def test_coarser_types(self):
        for name in FORWARDS:
            for kind, tolerance, of_gradient in (("float32", 1e-4, 2e-2), ("bfloat16", 3e-2, 0.25)):
                with self.subTest(name=name, kind=kind):
                    self.compare(name, SIZES[1], kind, tolerance, of_gradient)
        for name in ("vgg16", "resnet18"):
            with self.subTest(name=name, sides=LARGE):
                self.compare(name, LARGE, "float32", 1e-4, 2e-2)


if __name__ == "__main__":
    unittest.main()
