# SPDX-License-Identifier: GPL-3.0-or-later
"""Losses, gradients and optimiser steps agree with an independent float64 computation by PyTorch's autograd.

reference_test.py PROBE: PROBE is the engine's part (probe.cpp). Tolerances are relative to the largest value and only
allow for float32. Every style loss is tested with one style, with two styles of different shares, and with two
styles in separate regions, as guided sums (Gatys et al. 2017, equation 6). Distances of matched features are tested
with random matches.
"""
import dataclasses
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

try:
    import numpy
    import torch
    import torch.nn.functional as F
except ImportError as missing:
    print(f"SKIPPED: {missing} (install python3-torch)")
    sys.exit(77)

LOSS_TOLERANCE = 1e-6
GRADIENT_TOLERANCE = 1e-5
SMOOTHED = 10  # times as much where features are smoothed: an exponential is as inexact, relatively, as its exponent is absolutely
STEPS_TOLERANCE = 2e-4  # of 99 % of the samples
# Of all: at a ReLU's kink float32 may take the other side, which L-BFGS mistakes for curvature.
KINKS_TOLERANCE = {"adam": 1e-4, "lbfgs": 1e-2}

LEAST_VARIANCE = 1e-4
LEAST_GRAM = 1e-4
CONVOLUTIONS = [("1_1", 3, 8), ("1_2", 8, 8), None, ("2_1", 8, 12), ("2_2", 12, 12), None, ("3_1", 12, 16)]


@dataclasses.dataclass
class Input:
    """The network's input for red, green and blue of 0..1."""
    mean: list
    deviation: list
    top: float = 1
    channels: str = "RGB"


PLAIN = Input([0.4, 0.5, 0.6], [0.2, 0.25, 0.3])
# As in networks before 2016: bytes, blue first, minus a mean colour.
BYTES = Input([123.68, 116.779, 103.939], [1, 1, 1], 255, "BGR")


class Network:
    """The same graph in float64, with autograd, and as a safetensors file."""

    def __init__(self, seed, padding, pool, input=PLAIN):
        generator = torch.Generator().manual_seed(seed)
        self.padding, self.pool, self.input = padding, pool, input
        self.weights = {}
        for step in filter(None, CONVOLUTIONS):
            name, into, out = step
            self.weights[f"conv{name}.weight"] = torch.randn(out, into, 3, 3, generator=generator) * (2 / (9 * into)) ** 0.5
            self.weights[f"conv{name}.bias"] = torch.randn(out, generator=generator) * 0.1

    def write(self, file):
        graph = [{"pool": self.pool, "size": 2} if step is None else
                 {"conv": "conv" + step[0], "padding": self.padding, "relu": "relu" + step[0]} for step in CONVOLUTIONS]
        header = {"__metadata__": {"format": "neural-style-backbone/1", "graph": json.dumps(graph),
                                   "input": json.dumps({"mean": self.input.mean, "std": self.input.deviation,
                                                        "range": [0, self.input.top], "channels": self.input.channels}),
                                   "style_taps": "relu1_1 relu2_1 relu3_1", "content_tap": "relu2_2"}}
        data = b""
        for name, tensor in self.weights.items():
            raw = tensor.numpy().astype("<f4").tobytes()
            header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
            data += raw
        head = json.dumps(header).encode()
        file.write_bytes(struct.pack("<Q", len(head)) + head + data)

    def features(self, picture):
        mean, deviation = (torch.tensor(v, dtype=torch.float64).view(1, 3, 1, 1)
                           for v in (self.input.mean, self.input.deviation))
        x, taps = (picture * self.input.top - mean) / deviation, {}
        if self.input.channels == "BGR":
            x = x.flip(1)
        for step in CONVOLUTIONS:
            if step is None:
                x = F.avg_pool2d(x, 2) if self.pool == "average" else F.max_pool2d(x, 2)
                continue
            mode = {"reflect": "reflect", "replicate": "replicate", "zeros": "constant"}[self.padding]
            x = F.relu(F.conv2d(F.pad(x, (1, 1, 1, 1), mode=mode), self.weights[f"conv{step[0]}.weight"].double(),
                                self.weights[f"conv{step[0]}.bias"].double()))
            taps["relu" + step[0]] = x
        return taps


@dataclasses.dataclass
class Guided:
    """Features [channels, positions] and the weight of each position."""
    values: torch.Tensor
    weights: torch.Tensor

    def __init__(self, features, region=None):
        self.values = features.flatten(2)[0]
        if region is None:
            self.weights = torch.ones(self.values.shape[1], dtype=torch.float64)
        else:
            stride = region.shape[0] // features.shape[2]
            self.weights = F.avg_pool2d(region[None, None], stride).flatten()

    def channels(self):
        return self.values.shape[0]

    def positions(self):
        return self.weights.sum()

    def gram(self):
        """Per position."""
        return (self.values * self.weights) @ self.values.T / self.positions()

    def mean(self):
        return self.values @ self.weights / self.positions()

    def covariance(self):
        centred = self.values - self.mean()[:, None]
        return ((centred * self.weights) @ centred.T / self.positions()
                + LEAST_VARIANCE * torch.eye(self.channels(), dtype=torch.float64))

    def deviation(self):
        return self.covariance().diagonal().sqrt()


def formula_style(here, style):
    positions = here.positions()
    difference = positions * here.gram() - positions * style.gram()
    return (difference ** 2).sum() / (4 * here.channels() ** 2 * positions ** 2)


def classic_style(here, style):
    return ((here.positions() * (here.gram() - style.gram())) ** 2).mean()


def gram_style(here, style):
    target = style.gram()
    return ((here.gram() - target) ** 2).sum() / (target ** 2).sum().clamp_min(LEAST_GRAM)


def moments_style(here, style):
    return ((here.mean() - style.mean()) ** 2 + (here.deviation() - style.deviation()) ** 2).mean()


def root(matrix):
    values, vectors = torch.linalg.eigh(matrix)
    return vectors @ torch.diag(values.clamp_min(LEAST_VARIANCE ** 2).sqrt()) @ vectors.T


def gaussian_style(here, style):
    covariance, covariance_there = here.covariance(), style.covariance()
    half = root(covariance_there)
    distance = (((here.mean() - style.mean()) ** 2).sum()
                + torch.trace(covariance + covariance_there - 2 * root(half @ covariance @ half)))
    return distance / here.channels()


STYLE_LOSSES = {"formula": formula_style, "classic": classic_style, "gram": gram_style, "moments": moments_style,
                "gaussian": gaussian_style}


COLUMN_LAYERS = ("relu1_1", "relu2_1", "relu3_1")
COLUMN_STRIDE = 4


def columns(features):
    """Of all layers, [channels, height, width], on a grid with a quarter of the picture's resolution."""
    return torch.cat([F.avg_pool2d(features[name], COLUMN_STRIDE // stride)[0] / features[name].shape[1] ** 0.5
                      for name, stride in zip(COLUMN_LAYERS, (1, 2, 4))])


@dataclasses.dataclass
class Neighbors:
    """The match of each position."""
    rows: torch.Tensor  # [rows, channels]
    means: torch.Tensor  # [styles, channels]
    style_of_row: torch.Tensor
    match: torch.Tensor  # [height, width]
    weights: torch.Tensor  # [height, width]

    def __init__(self, network, styles, picture, generator):
        rows = []
        means = []
        for style in styles:
            all = columns(network.features(style.double())).flatten(1).T
            means.append(all.mean(0))
            rows.append(F.normalize(all[torch.randperm(len(all), generator=generator)[:20]] - means[-1], dim=1))
        self.rows, self.means = torch.cat(rows).float(), torch.stack(means).float()
        self.style_of_row = torch.arange(len(styles)).repeat_interleave(20).int()
        shape = [side // COLUMN_STRIDE for side in picture.shape[2:]]
        self.match = torch.randint(len(self.rows), shape, generator=generator).int()
        self.weights = torch.rand(shape, generator=generator)

    def loss(self, features):
        match = self.match.flatten().long()
        here = columns(features).flatten(1).T - self.means.double()[self.style_of_row[match].long()]
        cosine = (F.normalize(here, dim=1) * self.rows.double()[match]).sum(1)
        return (self.weights.double().flatten() * (1 - cosine)).mean()

    def write(self, folder):
        for name, tensor in (("rows", self.rows), ("means", self.means), ("weights", self.weights)):
            (folder / f"neighbor_{name}.f32").write_bytes(tensor.numpy().astype("<f4").tobytes())
        return {"rows": list(self.rows.shape), "means": list(self.means.shape), "grid": list(self.match.shape),
                "match": self.match.flatten().tolist(), "style_of_row": self.style_of_row.tolist(),
                "layers": list(COLUMN_LAYERS)}


def smoothed(features, region=None):
    """The softmax over all positions and channels of each layer (Wang et al. 2021, SWAG), times their number; in a region over its positions."""
    results = {}
    for name, layer in features.items():
        if region is None:
            results[name] = torch.softmax(layer.flatten(), 0).view(layer.shape) * layer.numel()
            continue
        weights = F.avg_pool2d(region[None, None], region.shape[0] // layer.shape[2])
        each = (layer - layer.max()).exp()
        results[name] = each * (weights.sum() * layer.shape[1] / (weights * each).sum())
    return results


def losses(network, picture, content, styles, spec, neighbors=None):
    """Each by its name; `styles` is a list of (picture, share, region or None)."""
    kind = spec["loss"]
    look = (lambda seen: smoothed(network.features(seen))) if spec["smoothed"] else network.features
    here, there = look(picture), look(content)
    content_loss = sum(w * (0.5 * ((here[n] - there[n]) ** 2).sum() if kind == "formula" else ((here[n] - there[n]) ** 2).mean())
                       for n, w in spec["content_layers"])
    style_loss = 0
    for manner, share, region in styles:
        features = look(manner)
        if spec["smoothed"] and region is not None:
            here = smoothed(network.features(picture), region)
        for name, weight in spec["style_layers"]:
            ours = Guided(here[name], region)
            # A mean over a part of the picture is weighted by the part's share of it; sums need no weight.
            part = 1 if kind in ("formula", "classic") else ours.positions() / ours.values.shape[1]
            style_loss = style_loss + weight * share * part * STYLE_LOSSES[kind](ours, Guided(features[name]))
    squares, height, width = 0, *picture.shape[2:]
    beyond = F.pad(picture, (1, 1, 1, 1), mode="replicate")
    axes, diagonals = (1, 0) if kind == "formula" else (2 / 3, 1 / 6)
    for down, across, weight in ((0, 1, axes), (1, 0, axes), (1, 1, diagonals), (1, -1, diagonals)):
        for sign in (1, -1):  # each pair of pixels occurs twice
            step = picture - beyond[..., 1 + sign * down:1 + sign * down + height, 1 + sign * across:1 + sign * across + width]
            squares = squares + weight / 2 * ((step ** 2).sum() +
                                              spec["color_tv"] * ((step - step.mean(1, keepdim=True)) ** 2).sum())
    sixth = torch.tensor([1, -6, 15, -20, 15, -6, 1], dtype=torch.float64)
    woven = sum((F.conv2d(picture.transpose(0, 1), sixth.view(shape)) ** 2).sum() for shape in ((1, 1, 7, 1), (1, 1, 1, 7)))
    calming = spec["tv_weight"] * squares + spec["weave"] * woven
    style_loss = spec["style_weight"] * style_loss
    return {"content": spec["content_weight"] * content_loss, "style": style_loss,
            "tv": calming if kind == "formula" else calming / picture.numel(),
            "neighbors": 0 if neighbors is None else spec["neighbors_weight"] * neighbors.loss(here)}


def stepped(network, picture, content, styles, spec, neighbors):
    leaf = picture.clone().requires_grad_(True)
    if spec["optimizer"] == "adam":
        optimizer = torch.optim.Adam([leaf], lr=spec["learning_rate"], betas=(spec["beta1"], 0.999), eps=spec["epsilon"])
    else:
        optimizer = torch.optim.LBFGS([leaf], lr=spec["learning_rate"], max_iter=1, history_size=10,
                                      tolerance_grad=0, tolerance_change=0)

    def closure():
        optimizer.zero_grad()
        loss = sum(losses(network, leaf, content, styles, spec, neighbors).values())
        loss.backward()
        return loss
    for _ in range(spec["steps"]):
        optimizer.step(closure)
    return leaf.detach()


def difference(ours, theirs, share=1.0):
    """The largest of the smallest `share` of all differences, relative to the largest value."""
    return float((ours.double() - theirs).abs().flatten().quantile(share) / theirs.abs().max())


@dataclasses.dataclass
class Case:
    loss: str
    padding: str = "reflect"
    pool: str = "average"
    optimizer: str = "adam"
    steps: int = 10
    input: Input = dataclasses.field(default_factory=lambda: PLAIN)
    shares: tuple = (1.0,)
    regions: bool = False
    # Of content, style, total variation and its factor for colour: each large enough for a mistake in it to show.
    weights: tuple = (1.5, 40.0, 0.7, 0)
    weave: float = 0
    learning_rate: float = 0.02  # of Adam, as are the next
    beta1: float = 0.9
    epsilon: float = 1e-8
    neighbors: float = 0  # weight of the distances of matched features
    smoothed: bool = False

    def __str__(self):
        matched = (", matched" if self.neighbors else "") + (", smoothed" if self.smoothed else "")
        styles = "" if len(self.shares) == 1 else f", styles {self.shares}" + (" in regions" if self.regions else "")
        return (f"{self.loss} {self.optimizer} x{self.steps}, {self.padding}, {self.pool}, "
                f"{self.input.channels} 0..{self.input.top}{styles}{matched}")


def feathered(height, width):
    """Two regions that overlap at their border, and leave a part of the picture uncovered."""
    across = torch.linspace(-2, 3, width, dtype=torch.float64).clamp(0, 1).expand(height, width)
    down = torch.linspace(4, -0.5, height, dtype=torch.float64).clamp(0, 1)[:, None]
    return [(down * across).float(), (down * (1 - across)).float()]


def compared(probe, case):
    spec = {"loss": case.loss, "optimizer": case.optimizer, "steps": case.steps,
            "learning_rate": case.learning_rate if case.optimizer == "adam" else 1.0,
            "beta1": case.beta1, "epsilon": case.epsilon, "smoothed": case.smoothed,
            # Regions are averaged over whole blocks of pixels, so their sizes are multiples of a stride of 4.
            "shape": [1, 3, 36, 44] if case.regions else [1, 3, 37, 42],
            "content_weight": case.weights[0], "style_weight": case.weights[1], "tv_weight": case.weights[2],
            "color_tv": case.weights[3], "weave": case.weave,
            "content_layers": [["relu2_2", 1.0]], "style_layers": [["relu1_1", 0.5], ["relu2_1", 0.3], ["relu3_1", 0.2]]}
    spec["styles"] = [{"shape": [1, 3, 30 + 8 * i, 51 - 4 * i], "share": share, "region": case.regions}
                      for i, share in enumerate(case.shares)]
    network = Network(3, case.padding, case.pool, case.input)
    generator = torch.Generator().manual_seed(5)
    files = {name: torch.rand(spec["shape"], generator=generator) for name in ("content", "picture")}
    regions = feathered(*spec["shape"][2:]) if case.regions else [None] * len(case.shares)
    for i, (style, region) in enumerate(zip(spec["styles"], regions)):
        files[f"style{i}"] = torch.rand(style["shape"], generator=generator) ** (2 - i)
        if region is not None:
            files[f"region{i}"] = region
    neighbors = None
    if case.neighbors:
        spec["neighbors_weight"] = case.neighbors
        neighbors = Neighbors(network, [files[f"style{i}"] for i in range(len(case.shares))], files["picture"], generator)
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if neighbors is not None:
            spec["neighbors"] = neighbors.write(folder)
        network.write(folder / "network.safetensors")
        for label, tensor in files.items():
            (folder / f"{label}.f32").write_bytes(tensor.numpy().astype("<f4").tobytes())
        (folder / "spec.json").write_text(json.dumps(spec))
        ours = json.loads(subprocess.run([probe, folder], check=True, capture_output=True, text=True).stdout)
        gradient, result = (torch.from_numpy(numpy.fromfile(folder / f"{n}.f32", "<f4").reshape(spec["shape"]))
                            for n in ("gradient", "result"))
    content, picture = files["content"].double(), files["picture"].double()
    styles = [(files[f"style{i}"].double(), share, None if region is None else region.double())
              for i, (share, region) in enumerate(zip(case.shares, regions))]
    leaf = picture.clone().requires_grad_(True)
    theirs = losses(network, leaf, content, styles, spec, neighbors)
    sum(theirs.values()).backward()
    figures = {name: abs(ours[name] - float(value)) / float(value) if value else abs(ours[name])
               for name, value in theirs.items()}
    exactness = SMOOTHED if case.smoothed else 1
    ok = all(value < LOSS_TOLERANCE * exactness for value in figures.values())
    figures["gradient"] = difference(gradient, leaf.grad)
    ok &= figures["gradient"] < GRADIENT_TOLERANCE * exactness
    there = stepped(network, picture, content, styles, spec, neighbors)
    figures["steps"] = difference(result, there)
    ok &= figures["steps"] < KINKS_TOLERANCE[case.optimizer]
    figures["99 % of steps"] = difference(result, there, 0.99)
    ok &= figures["99 % of steps"] < STEPS_TOLERANCE
    print("ok  " if ok else "FAIL", f"{case}:", ", ".join(f"{key} {value:.1e}" for key, value in figures.items()))
    return ok


def main():
    torch.set_num_threads(1)
    cases = [Case(loss, padding, pool, optimizer, steps)
             for padding, pool in (("reflect", "average"), ("zeros", "max"), ("replicate", "average"))
             for loss in ("formula", "gaussian")
             for optimizer, steps in (("lbfgs", 3), ("adam", 10))]
    cases += [Case(loss, padding, pool) for padding, pool in (("reflect", "average"), ("zeros", "max"))
              for loss in ("gram", "moments")]
    cases += [Case(loss, optimizer="lbfgs", steps=1, weights=(1.5, 40.0, 0.7, 15.0), weave=0.02) for loss in ("gram", "moments", "gaussian")]
    # The textbook program: its weights, input and optimiser, whose rate and epsilon are in units of bytes. With
    # random network weights its style loss hides its content loss, which is therefore also tested alone.
    cases += [Case("classic", "zeros", "max", input=BYTES, weights=(1e4, style_weight, 0, 0),
                   learning_rate=5 / 255, beta1=0.99, epsilon=0.1 * 255) for style_weight in (1e-2, 0)]
    # Adam's first steps do not shrink with a gradient near 0, and rounding then decides their direction; hence L-BFGS.
    cases += [Case(loss, optimizer="lbfgs", steps=3, shares=(0.7, 0.3), regions=regions)
              for loss in STYLE_LOSSES for regions in (False, True)]
    cases += [Case("gaussian", padding, pool, "lbfgs", 3, shares=shares, neighbors=20.0)
              for padding, pool in (("reflect", "average"), ("zeros", "max")) for shares in ((1.0,), (0.7, 0.3))]
    cases += [Case(loss, padding, pool, "lbfgs", 3, shares=shares, regions=regions, smoothed=True)
              for loss, padding, pool in (("formula", "zeros", "max"), ("gaussian", "reflect", "average"), ("moments", "zeros", "max"))
              for shares, regions in (((1.0,), False), ((0.7, 0.3), True))]
    cases += [Case("gram", optimizer="lbfgs", steps=1, weights=weights, smoothed=True) for weights in ((1.5, 0, 0.7, 0), (0, 40.0, 0.7, 0))]
    sys.exit(0 if all([compared(sys.argv[1], case) for case in cases]) else 1)


main()
