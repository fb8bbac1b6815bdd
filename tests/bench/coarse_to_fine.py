# SPDX-License-Identifier: GPL-3.0-or-later
"""A coarse-to-fine painter in PyTorch, written from the published description of crowsonkb/style-transfer-pytorch.

Scales a factor of sqrt(2) apart; 1000 steps at the first and 500 at each other one; Adam with rate 0.02 and betas 0.9 and
0.99, whose state is enlarged for the next scale; the painting is the average of the steps with a decay of 0.99.
Style is the squared 2-Wasserstein distance of Gaussians. The weights are the engine's, so that both minimise the same loss.

    painter = CoarseToFine(network, plan, photo, style, Way(channels_last=True))
    for seconds, picture in painter.paint(iterations=500, every=10): ...
"""
import contextlib
import dataclasses
import time

import torch
import torch.nn.functional as F

RATE, BETAS, AVERAGING = 0.02, (0.9, 0.99), 0.99
LEAST_VARIANCE = 1e-4  # as in the engine


@dataclasses.dataclass
class Way:
    """How PyTorch computes."""
    channels_last: bool = False
    bfloat16: bool = False

    def __str__(self):
        return ("channels_last" if self.channels_last else "contiguous") + (", bfloat16 autocast" if self.bfloat16 else "")


def resized(picture, height, width):
    if picture.shape[-2:] == (height, width):
        return picture
    return F.interpolate(picture, (height, width), mode="bicubic", antialias=True).clamp(0, 1)


def root(matrix):
    values, vectors = torch.linalg.eigh(matrix)
    return (vectors * values.clamp_min(LEAST_VARIANCE ** 2).sqrt()) @ vectors.T


def statistics(features):
    """Mean and covariance: sums in float32, everything else in float64, which costs nothing for so few numbers."""
    values = features.float().flatten(2)[0]
    mean = values.mean(1).double()
    products = (values @ values.T / values.shape[1]).double()
    return mean, products - torch.outer(mean, mean) + LEAST_VARIANCE * torch.eye(len(mean), dtype=torch.float64)


class Objective:
    """The engine's default objective at one scale."""

    def __init__(self, painter, photo, style):
        self.painter = painter
        with torch.no_grad():
            features = painter.features(photo)
            self.content = {name: features[name] for name in painter.content_layers}
            features = painter.features(style)
            self.style = {}
            for name in painter.style_layers:
                mean, covariance = statistics(features[name])
                self.style[name] = (mean, covariance, root(covariance))

    def loss(self, picture):
        features = self.painter.features(picture)
        plan = self.painter.plan
        content = sum(weight * F.mse_loss(features[name].float(), self.content[name].float())
                      for name, weight in self.painter.content_layers.items())
        style = 0
        for name, weight in self.painter.style_layers.items():
            mean_there, covariance_there, half = self.style[name]
            mean, covariance = statistics(features[name])
            roots = torch.linalg.eigvalsh(half @ covariance @ half).clamp_min(LEAST_VARIANCE ** 2).sqrt()
            distance = ((mean - mean_there) ** 2).sum() + covariance.trace() + covariance_there.trace() - 2 * roots.sum()
            style = style + weight * distance / len(mean)
        squares = (picture.diff(dim=-1) ** 2).sum() + (picture.diff(dim=-2) ** 2).sum()
        return plan["content"] * content + plan["style"] * style + plan["tv"] * squares / picture.numel()


class CoarseToFine:
    def __init__(self, network, plan, photo, style, way):
        """`photo` and `style` are [1, 3, height, width]; `plan` is the engine's, for scales, layers and weights."""
        self.plan, self.photo, self.style, self.way = plan, photo, style, way
        self.style_layers, self.content_layers = dict(plan["style_layers"]), dict(plan["content_layers"])
        self.chain = network.modules()
        if way.channels_last:
            for _, module in self.chain:
                module.to(memory_format=torch.channels_last)
        self.autocast = (lambda: torch.autocast("cpu", torch.bfloat16)) if way.bfloat16 else contextlib.nullcontext

    def features(self, picture):
        wanted, found = set(self.style_layers) | set(self.content_layers), {}
        if self.way.channels_last:
            picture = picture.contiguous(memory_format=torch.channels_last)
        with self.autocast():
            for name, module in self.chain:
                picture = module(picture)
                if name in wanted:
                    found[name] = picture
        return found

    def measured_step(self, steps=3):
        """Seconds and gradient of one step at the last scale, the first not counted."""
        objective = Objective(self, self.photo, self.style)
        leaf, times = self.photo.clone().requires_grad_(True), []
        for _ in range(steps + 1):
            begin = time.perf_counter()
            leaf.grad = None
            objective.loss(leaf).backward()
            times.append(time.perf_counter() - begin)
        return min(times[1:]), leaf.grad

    def paint(self, iterations, every):
        """Yields (seconds so far, the average) after each `every` steps of the last scale; time spent by the caller is not counted.
        The first scale has twice as many steps."""
        spent, begin = 0.0, time.perf_counter()
        average = memory = None
        for number, scale in enumerate(self.plan["scales"]):
            size = (scale["height"], scale["width"])
            objective = Objective(self, resized(self.photo, *size),
                                  resized(self.style, scale["style_height"], scale["style_width"]))
            start = resized(self.photo if average is None else average, *size)
            leaf = start.clone(memory_format=torch.contiguous_format).requires_grad_(True)
            adam = torch.optim.Adam([leaf], lr=RATE, betas=BETAS, foreach=True)
            if memory is not None:
                adam.state[leaf] = {
                    "step": memory["step"],
                    "exp_avg": F.interpolate(memory["exp_avg"], size, mode="bicubic"),
                    "exp_avg_sq": F.interpolate(memory["exp_avg_sq"], size, mode="bilinear").relu_()}
            sum_, weight = torch.zeros_like(start), 0.0
            for step in range(1, (2 if number == 0 else 1) * iterations + 1):
                adam.zero_grad()
                objective.loss(leaf).backward()
                adam.step()
                with torch.no_grad():
                    leaf.clamp_(0, 1)
                    sum_.lerp_(leaf, 1 - AVERAGING)
                weight = AVERAGING * weight + 1 - AVERAGING
                if number + 1 == len(self.plan["scales"]) and step % every == 0:
                    spent += time.perf_counter() - begin
                    yield spent, sum_ / weight
                    begin = time.perf_counter()
            average, memory = sum_ / weight, adam.state[leaf]
