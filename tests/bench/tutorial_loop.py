# SPDX-License-Identifier: GPL-3.0-or-later
"""One closure of the loop described in "Neural Transfer Using PyTorch": losses as modules within the network, autograd.

    closure = TutorialClosure(FeatureNetwork.read(file), 512, channels_last=True, bfloat16=False)
    closure.run()
"""
import contextlib

import torch
import torch.nn.functional as F

STYLE_WEIGHT = 1e6  # the tutorial's


def gram(features):
    """Divided by the number of terms and channels."""
    matrix = features.flatten(2)[0]
    return matrix @ matrix.T / features.numel()


class Compared(torch.nn.Module):
    """Passes features through and records the distance of their statistic from the target's."""

    def __init__(self, statistic):
        super().__init__()
        self.statistic, self.target, self.loss = statistic, None, None

    def forward(self, features):
        value = self.statistic(features)
        if self.target is None:
            self.target = value.detach()
        self.loss = F.mse_loss(value, self.target)
        return features


class TutorialClosure:
    def __init__(self, network, side, channels_last=False, bfloat16=False, device="cpu"):
        self.content, self.style, layers = [], [], []
        for name, module in network.modules():
            layers.append(module)
            for taps, found, statistic in ((network.content_taps, self.content, lambda features: features),
                                           (network.style_taps, self.style, gram)):
                if name in taps:
                    found.append(Compared(statistic))
                    layers.append(found[-1])
        self.model = torch.nn.Sequential(*layers).eval().to(device)
        self.autocast = (lambda: torch.autocast(torch.device(device).type, torch.bfloat16)) if bfloat16 else contextlib.nullcontext
        random = torch.Generator().manual_seed(1)
        picture, style, content = (torch.rand(1, 3, side, side, generator=random).to(device) for _ in range(3))
        if channels_last:
            self.model = self.model.to(memory_format=torch.channels_last)
            picture, style, content = (p.contiguous(memory_format=torch.channels_last) for p in (picture, style, content))
        with torch.no_grad(), self.autocast():
            for source, losses in ((style, self.style), (content, self.content)):
                for loss in self.style + self.content:
                    loss.target = None if loss in losses else loss.target
                self.model(source)
        self.picture = picture.requires_grad_(True)

    def run(self):
        with torch.no_grad():
            self.picture.clamp_(0, 1)
        self.picture.grad = None
        with self.autocast():
            self.model(self.picture)
            loss = STYLE_WEIGHT * sum(tap.loss for tap in self.style) + sum(tap.loss for tap in self.content)
        loss.backward()
        return loss
