# SPDX-License-Identifier: GPL-3.0-or-later
"""Every bundled painting is equally strong: the same share of the photo's distance from it remains. Equal steps of strength look equal.

equal_strength_test.py PROGRAM NETWORK PHOTO STYLES BENCH: the distance is computed by PyTorch in float64, with the squared 2-Wasserstein
distance of Gaussians (Dowson and Landau 1982) at the network's style taps.
"""
import json
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM, NETWORK, PHOTO, STYLES, BENCH = sys.argv[1:]
sys.argv[1:] = []
sys.path[:0] = [BENCH, str(Path(BENCH).parent / "support")]

try:
    import torch
    from feature_network import FeatureNetwork
    from paint_numbers import laid_out_size, picture, size
except ImportError as missing:
    print(f"SKIPPED: {missing} (install python3-torch)")
    sys.exit(77)

SIDE = 256
LEAST_VARIANCE = 1e-4
TOLERANCE = 0.15  # of the mean over all paintings
UNEVEN = 2  # the largest of four steps relative to the smallest


def root(matrix):
    values, vectors = torch.linalg.eigh(matrix)
    return vectors @ torch.diag(values.clamp_min(LEAST_VARIANCE ** 2).sqrt()) @ vectors.T


class Manner:
    """Means and covariances at the style taps."""

    def __init__(self, network, colors):
        values, self.taps = torch.from_numpy(colors).float().permute(2, 0, 1)[None], []
        with torch.no_grad():
            for name, module in network.modules():
                values = module(values)
                if name in network.style_taps:
                    features = values.flatten(2)[0].double()
                    mean = features.mean(1)
                    covariance = features @ features.T / features.shape[1] - torch.outer(mean, mean)
                    self.taps.append((mean, covariance + LEAST_VARIANCE * torch.eye(len(mean), dtype=torch.float64)))

    def distance(self, other, weights):
        """Root of the weighted sum over the taps, each divided by its channels."""
        total = 0
        for weight, (mean, covariance), (mean_there, there) in zip(weights, self.taps, other.taps):
            half = root(there)
            between = torch.linalg.eigvalsh(half @ covariance @ half).clamp_min(LEAST_VARIANCE ** 2).sqrt().sum()
            squared = (mean - mean_there).square().sum() + covariance.trace() + there.trace() - 2 * between
            total += weight * (squared / len(mean)).item()
        return total ** 0.5


class EqualStrength(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        self.addCleanup(shutil.rmtree, self.folder)

    def paint(self, style, strength=1.0):
        painting = self.folder / "painting.png"
        subprocess.run([PROGRAM, "paint", PHOTO, "--style", style, "--size-limit", str(SIDE), "--quality", "draft", "--quiet",
                        "--strength", str(strength), "-o", painting], check=True, timeout=300)
        return painting

    def left(self):
        network = FeatureNetwork.read(NETWORK)
        taps = network.style_taps
        weights = [2.0 if 5 * i < 3 * len(taps) else 1.0 for i in range(len(taps))]  # the shallower three fifths count double
        shares = {}
        for style in json.loads((Path(STYLES) / "catalog.json").read_text(encoding="utf-8")):
            file = Path(STYLES) / style["file"]
            painting = self.paint(file)
            there = size(painting)
            wanted = Manner(network, picture(file, laid_out_size(size(file), there)))
            photo, painted = Manner(network, picture(PHOTO, there)), Manner(network, picture(painting))
            shares[style["name"]] = painted.distance(wanted, weights) / photo.distance(wanted, weights)
        return shares

    def test_every_bundled_painting_leaves_the_same_share_of_the_distance_within_15_percent(self):
        shares = self.left()
        mean = sum(shares.values()) / len(shares)
        print(f"mean {mean:.3f}; " + ", ".join(f"{name} {share:.3f}" for name, share in shares.items()), file=sys.stderr)
        for name, share in shares.items():
            with self.subTest(name):
                self.assertLess(abs(share / mean - 1), TOLERANCE)

    def test_equal_steps_of_the_strength_change_the_picture_by_as_much(self):
        steps = [picture(self.paint(Path(STYLES) / "harvesters.jpg", strength)) for strength in (0, 0.25, 0.5, 0.75, 1)]
        changes = [((after - before) ** 2).mean() ** 0.5 for before, after in zip(steps, steps[1:])]
        print("root mean square of each step: " + ", ".join(f"{change:.3f}" for change in changes), file=sys.stderr)
        self.assertLess(max(changes) / min(changes), UNEVEN)


if __name__ == "__main__":
    unittest.main()
