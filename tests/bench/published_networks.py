# SPDX-License-Identifier: GPL-3.0-or-later
"""Published networks as PyTorch modules, with random weights named as torchvision names them.

    network = PublishedNetwork("resnet50")
    torch.save(network.model.state_dict(), file)
    closure = TutorialClosure(network.tapped_like(FeatureNetwork.read(ours)), 512)
"""
import collections
import copy

import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from feature_network import Normalization

VGG = {
    "vgg16": (64, 64, "M", 128, 128, "M", 256, 256, 256, "M", 512, 512, 512, "M", 512, 512, 512),
    "vgg19": (64, 64, "M", 128, 128, "M", 256, 256, 256, 256, "M", 512, 512, 512, 512, "M", 512, 512, 512, 512),
}


class Bottleneck(nn.Module):
    def __init__(self, seen, inner, stride):
        super().__init__()
        out = 4 * inner
        self.conv1, self.bn1 = nn.Conv2d(seen, inner, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv2, self.bn2 = nn.Conv2d(inner, inner, 3, stride, 1, bias=False), nn.BatchNorm2d(inner)
        self.conv3, self.bn3 = nn.Conv2d(inner, out, 1, bias=False), nn.BatchNorm2d(out)
        self.relu = nn.ReLU()
        self.downsample = None
        if stride > 1 or seen != out:
            self.downsample = nn.Sequential(nn.Conv2d(seen, out, 1, stride, bias=False), nn.BatchNorm2d(out))

    def forward(self, x):
        y = self.relu(self.bn1(self.conv1(x)))
        y = self.relu(self.bn2(self.conv2(y)))
        return self.relu(self.bn3(self.conv3(y)) + (self.downsample(x) if self.downsample else x))


class Pointwise(nn.Module):
    """A convolution of 1 x 1 without oneDNN's, which version 3.7 ends the program at for some sizes: a product where channels come last."""

    def __init__(self, convolution):
        super().__init__()
        self.weight, self.bias, self.stride = convolution.weight, convolution.bias, convolution.stride[0]

    def forward(self, x):
        last = x.is_contiguous(memory_format=torch.channels_last)
        x = x[:, :, ::self.stride, ::self.stride]
        if last:
            return F.linear(x.permute(0, 2, 3, 1), self.weight.flatten(1), self.bias).permute(0, 3, 1, 2)
        return F.conv2d(x, self.weight, self.bias)


class Inverted(nn.Module):
    def __init__(self, seen, out, stride, expansion):
        super().__init__()
        inner = seen * expansion
        widened = [] if expansion == 1 else [unit(seen, inner, 1)]
        self.conv = nn.Sequential(*widened, unit(inner, inner, 3, stride, inner), nn.Conv2d(inner, out, 1, bias=False), nn.BatchNorm2d(out))
        self.adds = stride == 1 and seen == out

    def forward(self, x):
        return x + self.conv(x) if self.adds else self.conv(x)


def unit(seen, out, size, stride=1, groups=1):
    return nn.Sequential(nn.Conv2d(seen, out, size, stride, size // 2, groups=groups, bias=False), nn.BatchNorm2d(out), nn.ReLU6())


def vgg(layout):
    layers, seen = [], 3
    for out in layout:
        layers += [nn.MaxPool2d(2)] if out == "M" else [nn.Conv2d(seen, out, 3, padding=1), nn.ReLU()]
        seen = seen if out == "M" else out
    return nn.Sequential(collections.OrderedDict(features=nn.Sequential(*layers)))


def resnet50():
    layers = [("conv1", nn.Conv2d(3, 64, 7, 2, 3, bias=False)), ("bn1", nn.BatchNorm2d(64)), ("relu", nn.ReLU()), ("maxpool", nn.MaxPool2d(3, 2, 1))]
    seen = 64
    for number, (inner, count) in enumerate(((64, 3), (128, 4), (256, 6), (512, 3)), 1):
        blocks = []
        for i in range(count):
            blocks.append(Bottleneck(seen, inner, 2 if i == 0 and number > 1 else 1))
            seen = 4 * inner
        layers.append((f"layer{number}", nn.Sequential(*blocks)))
    return nn.Sequential(collections.OrderedDict(layers))


def mobilenet_v2():
    layers, seen = [unit(3, 32, 3, 2)], 32
    for expansion, out, count, stride in ((1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)):
        for i in range(count):
            layers.append(Inverted(seen, out, stride if i == 0 else 1, expansion))
            seen = out
    return nn.Sequential(collections.OrderedDict(features=nn.Sequential(*layers, unit(seen, 1280, 1))))


MODELS = {name: lambda layout=layout: vgg(layout) for name, layout in VGG.items()} | {"resnet50": resnet50, "mobilenet_v2": mobilenet_v2}


def fold_batch_norms(module):
    """Into the convolutions before them, as their authors recommend for networks that are not trained."""
    children = list(module.named_children())
    for (name, child), (following, norm) in zip(children, children[1:]):
        if isinstance(child, nn.Conv2d) and isinstance(norm, nn.BatchNorm2d):
            folded = fuse_conv_bn_eval(child, norm)
            setattr(module, name, Pointwise(folded) if folded.kernel_size == (1, 1) else folded)
            setattr(module, following, nn.Identity())
    for _, child in children:
        fold_batch_norms(child)


class PublishedNetwork:
    def __init__(self, name):
        torch.manual_seed(1)
        self.model = MODELS[name]().eval()
        for module in self.model.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")

    def tapped_like(self, network):
        """For TutorialClosure: the same with the taps of `network`, which was read from this one's weights."""
        tapped = copy.copy(self)
        tapped.style_taps, tapped.content_taps = network.style_taps, network.content_taps
        return tapped

    def modules(self):
        """Up to the deepest tap."""
        model = copy.deepcopy(self.model)
        fold_batch_norms(model)
        model.requires_grad_(False)
        chain, left = [("", Normalization((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))], set(self.style_taps + self.content_taps)
        block, layer = 1, 0
        for part, module in model.named_children():
            inside = module.named_children() if isinstance(module, nn.Sequential) else [(None, module)]
            for number, child in inside:
                name = part if number is None else f"{part}.{number}"
                if part == "features" and isinstance(child, nn.MaxPool2d):
                    block, layer = block + 1, 0
                elif part == "features" and isinstance(child, nn.ReLU):
                    layer += 1
                    name = f"relu{block}_{layer}"
                if not left:
                    return chain
                chain.append((name, child))
                left.discard(name)
        assert not left, f"no layers {left}"
        return chain
