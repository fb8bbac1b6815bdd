# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks are told by names and shapes: architectures_test.py PROBE.

The architectures are built here as they were published, as modules of PyTorch with torchvision's names.
"""
import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import torch
    from torch import nn
except ImportError as missing:
    print(f"SKIPPED: {missing} (install python3-torch)")
    sys.exit(77)

PROBE = sys.argv.pop(1)


def vgg(convolutions, batch_norm):
    """`convolutions`: of each block."""
    layers, channels = [], 3
    for count, out in zip(convolutions, (64, 128, 256, 512, 512)):
        for _ in range(count):
            layers += [nn.Conv2d(channels, out, 3, padding=1), *([nn.BatchNorm2d(out)] if batch_norm else []), nn.ReLU()]
            channels = out
        layers.append(nn.MaxPool2d(2))
    return nn.ModuleDict({"features": nn.Sequential(*layers), "classifier": nn.Sequential(nn.Linear(25088, 4096))})


def block(into, inner, stride, bottleneck, groups=1, base=64):
    out = inner * 4 if bottleneck else inner
    width = inner * base // 64 * groups
    parts = {}
    shapes = [(into, width, 1), (width, width, 3), (width, out, 1)] if bottleneck else [(into, inner, 3), (inner, inner, 3)]
    for i, (a, b, size) in enumerate(shapes, 1):
        parts[f"conv{i}"] = nn.Conv2d(a, b, size, bias=False, groups=groups if size == 3 else 1)
        parts[f"bn{i}"] = nn.BatchNorm2d(b)
    if stride != 1 or into != out:
        parts["downsample"] = nn.Sequential(nn.Conv2d(into, out, 1, bias=False), nn.BatchNorm2d(out))
    return nn.ModuleDict(parts), out


def resnet(blocks, bottleneck, **width):
    parts, channels = {"conv1": nn.Conv2d(3, 64, 7, bias=False), "bn1": nn.BatchNorm2d(64)}, 64
    for layer, count in enumerate(blocks, 1):
        inside = []
        for i in range(count):
            one, channels = block(channels, 32 << layer, 2 if i == 0 and layer > 1 else 1, bottleneck, **width)
            inside.append(one)
        parts[f"layer{layer}"] = nn.Sequential(*inside)
    return nn.ModuleDict(parts | {"fc": nn.Linear(channels, 1000)})


def with_norm(into, out, size, groups=1):
    return nn.Sequential(nn.Conv2d(into, out, size, groups=groups, bias=False), nn.BatchNorm2d(out), nn.ReLU6())


class Inverted(nn.Module):
    def __init__(self, into, out, expansion):
        super().__init__()
        inner = into * expansion
        self.conv = nn.Sequential(*([with_norm(into, inner, 1)] if expansion != 1 else []), with_norm(inner, inner, 3, inner),
                                  nn.Conv2d(inner, out, 1, bias=False), nn.BatchNorm2d(out))


MOBILE = ((1, 16, 1), (6, 24, 2), (6, 32, 3), (6, 64, 4), (6, 96, 3), (6, 160, 3), (6, 320, 1))


def mobilenet_v2():
    layers, channels = [with_norm(3, 32, 3)], 32
    for expansion, out, count in MOBILE:
        for _ in range(count):
            layers.append(Inverted(channels, out, expansion))
            channels = out
    return nn.ModuleDict({"features": nn.Sequential(*layers, with_norm(320, 1280, 1)), "classifier": nn.Sequential(nn.Dropout(), nn.Linear(1280, 1000))})


class Fire(nn.Module):
    def __init__(self, into, squeezed, expanded):
        super().__init__()
        self.squeeze = nn.Conv2d(into, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, expanded, 1)
        self.expand3x3 = nn.Conv2d(squeezed, expanded, 3)


def squeezenet(version):
    pool, relu = nn.MaxPool2d(3, 2, ceil_mode=True), nn.ReLU()
    if version == "1_0":
        layers = [nn.Conv2d(3, 96, 7), relu, pool, Fire(96, 16, 64), Fire(128, 16, 64), Fire(128, 32, 128), pool, Fire(256, 32, 128),
                  Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), pool, Fire(512, 64, 256)]
    else:
        layers = [nn.Conv2d(3, 64, 3), relu, pool, Fire(64, 16, 64), Fire(128, 16, 64), pool, Fire(128, 32, 128), Fire(256, 32, 128), pool,
                  Fire(256, 48, 192), Fire(384, 48, 192), Fire(384, 64, 256), Fire(512, 64, 256)]
    return nn.ModuleDict({"features": nn.Sequential(*layers), "classifier": nn.Sequential(nn.Dropout(), nn.Conv2d(512, 1000, 1))})


VGGS = {"vgg11": (1, 1, 2, 2, 2), "vgg13": (2, 2, 2, 2, 2), "vgg16": (2, 2, 3, 3, 3), "vgg19": (2, 2, 4, 4, 4)}
RESNETS = {"resnet18": ((2, 2, 2, 2), False), "resnet34": ((3, 4, 6, 3), False), "resnet50": ((3, 4, 6, 3), True), "resnet101": ((3, 4, 23, 3), True)}


def published():
    """{torchvision's name: state dict without numbers}"""
    with torch.device("meta"):
        networks = {name + "_bn" * norm: vgg(blocks, norm) for name, blocks in VGGS.items() for norm in (False, True)}
        networks |= {name: resnet(*of) for name, of in RESNETS.items()}
        networks |= {"mobilenet_v2": mobilenet_v2(), "squeezenet1_0": squeezenet("1_0"), "squeezenet1_1": squeezenet("1_1")}
        return {name: network.state_dict() for name, network in networks.items()}


def named_by_timm(state):
    """MobileNetV2's tensors under timm's names, in the order of the layers."""
    names = ["conv_stem", "bn1"]
    for group, (expansion, _, count) in enumerate(MOBILE):
        for i in range(count):
            steps = ["conv_dw", "bn1", "conv_pw", "bn2"] if expansion == 1 else ["conv_pw", "bn1", "conv_dw", "bn2", "conv_pwl", "bn3"]
            names += [f"blocks.{group}.{i}.{step}" for step in steps]
    names += ["conv_head", "bn2", "classifier"]
    layers = list(dict.fromkeys(name.rpartition(".")[0] for name in state))
    renamed = dict(zip(layers, names, strict=True))
    return {f"{renamed[name.rpartition('.')[0]]}.{name.rpartition('.')[2]}": tensor for name, tensor in state.items()}


class Architectures(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def ask(self, state):
        file = self.folder / "weights.pth"
        # One number, expanded: the shapes are what counts, and the file stays small.
        torch.save({name: torch.zeros(1, device="cpu").expand(tensor.shape) if tensor.ndim else torch.tensor(0, device="cpu")
                    for name, tensor in state.items()}, file)
        return subprocess.run([PROBE, file, "architecture"], capture_output=True, text=True, timeout=60)

    def told(self, state):
        run = self.ask(state)
        self.assertEqual(run.returncode, 0, run.stdout)
        return json.loads(run.stdout)

    def refused(self, state, *words):
        run = self.ask(state)
        self.assertEqual(run.returncode, 1, run.stdout)
        for word in words:
            self.assertIn(word, run.stdout)

    def test_each_is_told_from_all_others(self):
        for name, state in published().items():
            with self.subTest(name=name):
                told = self.told(state)
                self.assertEqual(told["architecture"], name)
                backbone = [key for key in state if not key.startswith(("classifier", "fc")) and not key.endswith("num_batches_tracked")]
                self.assertEqual(told["tensors"], {key: key for key in backbone})

    def test_prefixes(self):
        for name, state in published().items():
            if name not in ("vgg16", "vgg19_bn", "resnet50", "mobilenet_v2", "squeezenet1_1"):
                continue
            for prefix in ("module.", "backbone.", "features.", "model.module.encoder."):
                with self.subTest(name=name, prefix=prefix):
                    told = self.told({prefix + key: tensor for key, tensor in state.items()})
                    self.assertEqual(told["architecture"], name)
            bare = {key.removeprefix("features."): tensor for key, tensor in state.items() if key.startswith("features.")}
            if bare:
                with self.subTest(name=name, prefix=None):
                    told = self.told(bare)
                    self.assertEqual(told["architecture"], name)
                    self.assertTrue(all(key.startswith("features.") for key in told["tensors"]))

    def test_timm_s_names(self):
        told = self.told(named_by_timm(published()["mobilenet_v2"]))
        self.assertEqual((told["architecture"], told["naming"]), ("mobilenet_v2", 1))
        self.assertEqual(told["tensors"]["features.2.conv.1.0.weight"], "blocks.1.0.conv_dw.weight")
        self.assertEqual(told["tensors"]["features.1.conv.1.weight"], "blocks.0.0.conv_pw.weight")

    def test_caffe_s_names(self):
        state = published()["vgg19"]
        convolutions = [key for key in state if key.startswith("features") and key.endswith("weight")]
        names = [f"conv{block}_{i}" for block, count in enumerate(VGGS["vgg19"], 1) for i in range(1, count + 1)]
        told = self.told({f"{new}.{part}": state[old.replace("weight", part)] for old, new in zip(convolutions, names, strict=True)
                          for part in ("weight", "bias")})
        self.assertEqual((told["architecture"], told["naming"]), ("vgg19", 2))
        self.assertEqual(told["tensors"]["features.10.weight"], "conv3_1.weight")

    def test_one_that_is_nearly_one_is_told_what_differs(self):
        state = published()["vgg19"]
        with torch.device("meta"):
            self.refused(state | {"features.5.weight": torch.empty(128, 64, 5, 5)}, "nearly VGG-19",
                         'its "features.5.weight" is 128 x 64 x 5 x 5 instead of 128 x 64 x 3 x 3')
            self.refused({key: value for key, value in state.items() if key != "features.19.bias"}, "nearly VGG-19",
                         'it has no "features.19.bias"')
            self.refused(resnet((3, 8, 36, 3), True).state_dict(), "nearly ResNet-101", 'also has "layer2.4.')
            self.refused(resnet((3, 4, 6, 3), True, groups=32, base=4).state_dict(), "nearly ResNet-50", '"layer1.0.conv1.weight" is 128 x 64 x 1 x 1')

    def test_a_classifier_of_another_family(self):
        with torch.device("meta"):
            alexnet = nn.ModuleDict({"features": nn.Sequential(nn.Conv2d(3, 64, 11), nn.ReLU(), nn.MaxPool2d(2), nn.Conv2d(64, 192, 5))})
            self.refused(alexnet.state_dict(), "no network that is known", "VGG-19", "MobileNetV2")


if __name__ == "__main__":
    unittest.main()
