# SPDX-License-Identifier: GPL-3.0-or-later
"""Losses, gradients and optimiser steps agree with an independent float64 computation by PyTorch's autograd.

reference_test.py PROBE: PROBE is the engine's side (probe.cpp). Tolerances are relative to the largest value and leave
room for float32 alone.
"""
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
STEPS_TOLERANCE = 1e-4

LEAST_VARIANCE = 1e-4
MEAN, DEVIATION = [0.4, 0.5, 0.6], [0.2, 0.25, 0.3]
CONVOLUTIONS = [("1_1", 3, 8), ("1_2", 8, 8), None, ("2_1", 8, 12), ("2_2", 12, 12), None, ("3_1", 12, 16)]


class Network:
    """The same graph in float64, with autograd, and as a safetensors file."""

    def __init__(self, seed, padding, pool):
        generator = torch.Generator().manual_seed(seed)
        self.padding, self.pool = padding, pool
        self.weights = {}
        for step in filter(None, CONVOLUTIONS):
            name, into, out = step
            self.weights[f"conv{name}.weight"] = torch.randn(out, into, 3, 3, generator=generator) * (2 / (9 * into)) ** 0.5
            self.weights[f"conv{name}.bias"] = torch.randn(out, generator=generator) * 0.1

    def write(self, file):
        graph = [{"pool": self.pool, "size": 2} if step is None else
                 {"conv": "conv" + step[0], "padding": self.padding, "relu": "relu" + step[0]} for step in CONVOLUTIONS]
        header = {"__metadata__": {"format": "neural-style-backbone/1", "graph": json.dumps(graph),
                                   "input": json.dumps({"mean": MEAN, "std": DEVIATION}),
                                   "style_taps": "relu1_1 relu2_1 relu3_1", "content_tap": "relu2_2"}}
        data = b""
        for name, tensor in self.weights.items():
            raw = tensor.numpy().astype("<f4").tobytes()
            header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
            data += raw
        head = json.dumps(header).encode()
        file.write_bytes(struct.pack("<Q", len(head)) + head + data)

    def features(self, picture):
        mean, deviation = (torch.tensor(v, dtype=torch.float64).view(1, 3, 1, 1) for v in (MEAN, DEVIATION))
        x, taps = (picture - mean) / deviation, {}
        for step in CONVOLUTIONS:
            if step is None:
                x = F.avg_pool2d(x, 2) if self.pool == "average" else F.max_pool2d(x, 2)
                continue
            mode = {"reflect": "reflect", "replicate": "replicate", "zeros": "constant"}[self.padding]
            x = F.relu(F.conv2d(F.pad(x, (1, 1, 1, 1), mode=mode), self.weights[f"conv{step[0]}.weight"].double(),
                                self.weights[f"conv{step[0]}.bias"].double()))
            taps["relu" + step[0]] = x
        return taps


def flat(features):
    return features.flatten(2)[0]


def formula_style(here, style):
    channels, positions = flat(here).shape
    gram, target = (flat(f) @ flat(f).T / flat(f).shape[1] * positions for f in (here, style))
    return ((gram - target) ** 2).sum() / (4 * channels ** 2 * positions ** 2)


def root(matrix):
    values, vectors = torch.linalg.eigh(matrix)
    return vectors @ torch.diag(values.clamp_min(LEAST_VARIANCE ** 2).sqrt()) @ vectors.T


def gaussian_style(here, style):
    def statistics(features):
        x = flat(features)
        centred = x - x.mean(1, keepdim=True)
        return x.mean(1), centred @ centred.T / x.shape[1] + LEAST_VARIANCE * torch.eye(x.shape[0], dtype=x.dtype)
    mean, covariance = statistics(here)
    mean_there, covariance_there = statistics(style)
    half = root(covariance_there)
    distance = ((mean - mean_there) ** 2).sum() + torch.trace(covariance + covariance_there - 2 * root(half @ covariance @ half))
    return distance / mean.numel()


def losses(network, picture, content, style, spec):
    formula = spec["loss"] == "formula"
    here, there, manner = (network.features(p) for p in (picture, content, style))
    mean = torch.sum if formula else torch.mean
    content_loss = sum(w * (0.5 if formula else 1) * mean((here[n] - there[n]) ** 2) for n, w in spec["content_layers"])
    compare = formula_style if formula else gaussian_style
    style_loss = sum(w * compare(here[n], manner[n]) for n, w in spec["style_layers"])
    squares = ((picture[..., 1:] - picture[..., :-1]) ** 2).sum() + ((picture[..., 1:, :] - picture[..., :-1, :]) ** 2).sum()
    tv_loss = squares if formula else squares / picture.numel()
    return spec["content_weight"] * content_loss, spec["style_weight"] * style_loss, spec["tv_weight"] * tv_loss


def stepped(network, picture, content, style, spec):
    leaf = picture.clone().requires_grad_(True)
    if spec["optimizer"] == "adam":
        optimizer = torch.optim.Adam([leaf], lr=spec["learning_rate"])
    else:
        optimizer = torch.optim.LBFGS([leaf], lr=spec["learning_rate"], max_iter=1, history_size=10,
                                      tolerance_grad=0, tolerance_change=0)

    def closure():
        optimizer.zero_grad()
        loss = sum(losses(network, leaf, content, style, spec))
        loss.backward()
        return loss
    for _ in range(spec["steps"]):
        optimizer.step(closure)
    return leaf.detach()


def difference(ours, theirs):
    return float((ours.double() - theirs).abs().max() / theirs.abs().max())


def compared(probe, padding, pool, loss, optimizer, steps):
    spec = {"loss": loss, "optimizer": optimizer, "steps": steps, "learning_rate": 0.02 if optimizer == "adam" else 1.0,
            "shape": [1, 3, 37, 42], "style_shape": [1, 3, 30, 51],
            "content_weight": 1.5, "style_weight": 40.0, "tv_weight": 0.7,
            "content_layers": [["relu2_2", 1.0]], "style_layers": [["relu1_1", 0.5], ["relu2_1", 0.3], ["relu3_1", 0.2]]}
    network = Network(3, padding, pool)
    generator = torch.Generator().manual_seed(5)
    content, picture = (torch.rand(spec["shape"], generator=generator) for _ in range(2))
    style = torch.rand(spec["style_shape"], generator=generator) ** 2
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        network.write(folder / "network.safetensors")
        for label, tensor in (("content", content), ("picture", picture), ("style", style)):
            (folder / f"{label}.f32").write_bytes(tensor.numpy().astype("<f4").tobytes())
        (folder / "spec.json").write_text(json.dumps(spec))
        ours = json.loads(subprocess.run([probe, folder], check=True, capture_output=True, text=True).stdout)
        gradient, result = (torch.from_numpy(numpy.fromfile(folder / f"{n}.f32", "<f4").reshape(spec["shape"]))
                            for n in ("gradient", "result"))
    content, picture, style = content.double(), picture.double(), style.double()
    leaf = picture.clone().requires_grad_(True)
    theirs = losses(network, leaf, content, style, spec)
    sum(theirs).backward()
    figures = {name: abs(ours[name] - float(value)) / float(value) for name, value in zip(("content", "style", "tv"), theirs)}
    ok = all(value < LOSS_TOLERANCE for value in figures.values())
    figures["gradient"] = difference(gradient, leaf.grad)
    ok &= figures["gradient"] < GRADIENT_TOLERANCE
    figures["steps"] = difference(result, stepped(network, picture, content, style, spec))
    ok &= figures["steps"] < STEPS_TOLERANCE
    print("ok  " if ok else "FAIL", f"{loss} {optimizer} x{steps}, {padding}, {pool}:",
          ", ".join(f"{key} {value:.1e}" for key, value in figures.items()))
    return ok


def main():
    torch.set_num_threads(1)
    results = [compared(sys.argv[1], padding, pool, loss, optimizer, steps)
               for padding, pool in (("reflect", "average"), ("zeros", "max"), ("replicate", "average"))
               for loss in ("formula", "gaussian")
               for optimizer, steps in (("lbfgs", 3), ("adam", 10))]
    sys.exit(0 if all(results) else 1)


main()
