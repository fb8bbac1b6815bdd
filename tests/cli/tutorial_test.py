# SPDX-License-Identifier: GPL-3.0-or-later
"""The textbook program's losses, step by step, are those of an independent float64 computation.

    tutorial_test.py PROGRAM PHOTO STYLE [--width SHARE] [--side PIXELS]

Prints the table of docs/tutorial.md. The network has VGG-19's layers with random weights (there is no need for
others); SHARE of its channels: 0.125 unless said. The computation is the program of the tutorials in PyTorch: pixels of
0 to 255, blue first, minus the mean colour, Gram matrices, Adam of rate 5.
"""
import argparse
import json
import os
import pathlib
import struct
import subprocess
import sys
import tempfile

try:
    import numpy
    import torch
    import torch.nn.functional as F
    from PIL import Image
except ImportError as missing:
    print(f"SKIPPED: {missing} (install python3-torch and python3-pil)")
    sys.exit(77)

# After so many steps, how far the losses may be apart, relatively. float32 takes the other side of a ReLU's kink now and then, which of them depends on
# the processor, and a hundred steps add that up: 6e-4 on an Intel Xeon with AVX-512, 6e-5 on an AMD EPYC.
TOLERANCES = {0: 1e-5, 1: 1e-4, 10: 1e-4, 100: 3e-3}
STEPS = tuple(TOLERANCES)
CONTENT_WEIGHT, STYLE_WEIGHT = 1e4, 1e-2
STYLE_LAYERS, CONTENT_LAYER = ("1_1", "2_1", "3_1", "4_1", "5_1"), "5_2"
BLOCKS = ((64, 2), (128, 2), (256, 4), (512, 4), (512, 2))  # up to the last layer that is looked at
MEAN = (103.939, 116.779, 123.68)  # of blue, green and red


def convolutions(share):
    """[(name, weight, bias)], None for a pooling; weights that keep the features' variance (He et al. 2015)."""
    generator, into = torch.Generator().manual_seed(19), 3
    for block, (channels, count) in enumerate(BLOCKS, 1):
        if block > 1:
            yield None
        for layer in range(1, count + 1):
            out = max(1, round(channels * share))
            yield (f"{block}_{layer}", torch.randn(out, into, 3, 3, generator=generator) * (2 / (9 * into)) ** 0.5,
                   torch.randn(out, generator=generator) * 0.1)
            into = out


def write_network(file, layers):
    graph, tensors = [], {}
    for step in layers:
        if step is None:
            graph.append({"pool": "max", "size": 2})
            continue
        name, weight, bias = step
        graph.append({"conv": f"conv{name}", "padding": "zeros", "relu": f"relu{name}"})
        tensors |= {f"conv{name}.weight": weight, f"conv{name}.bias": bias}
    header, data = {"__metadata__": {
        "format": "neural-style-backbone/1", "graph": json.dumps(graph), "style_taps": "relu1_1 relu2_1 relu3_1 relu4_1 relu5_1",
        "content_tap": "relu4_2", "input": json.dumps({"range": [0, 255], "mean": MEAN[::-1], "std": [1, 1, 1], "channels": "BGR"})}}, b""
    for name, tensor in tensors.items():
        raw = tensor.numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    head = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(head)) + head + data)


class Tutorial:
    def __init__(self, layers, photo, style):
        self.layers = [None if step is None else (step[0], step[1].double(), step[2].double()) for step in layers]
        with torch.no_grad():
            self.photo = self.features(photo)[CONTENT_LAYER]
            found = self.features(style)
            # Gram matrices grow with the picture: the style's are brought to the painting's number of positions.
            here = self.features(photo)
            self.style = {name: self.gram(found[name]) * here[name][0, 0].numel() / found[name][0, 0].numel() for name in STYLE_LAYERS}

    def features(self, picture):
        """Of 0..255, red first."""
        x, found = picture.flip(1) - torch.tensor(MEAN, dtype=torch.float64).view(1, 3, 1, 1), {}
        for step in self.layers:
            if step is None:
                x = F.max_pool2d(x, 2)
                continue
            name, weight, bias = step
            x = found[name] = F.relu(F.conv2d(x, weight, bias, padding=1))
        return found

    @staticmethod
    def gram(features):
        matrix = features.flatten(2)[0]
        return matrix @ matrix.T

    def losses(self, picture):
        found = self.features(picture)
        content = CONTENT_WEIGHT * F.mse_loss(found[CONTENT_LAYER], self.photo)
        style = STYLE_WEIGHT * sum(F.mse_loss(self.gram(found[name]), self.style[name]) for name in STYLE_LAYERS) / len(STYLE_LAYERS)
        return content, style

    def run(self, picture, steps):
        """{step: (content, style)}: the losses of the picture after so many steps."""
        picture, told = picture.clone().requires_grad_(True), {}
        adam = torch.optim.Adam([picture], lr=5, betas=(0.99, 0.999), eps=0.1)
        for step in range(max(steps) + 1):
            adam.zero_grad()
            content, style = self.losses(picture)
            (content + style).backward()
            told[step] = float(content.detach()), float(style.detach())
            adam.step()
        return told


def pixels(file):
    return torch.from_numpy(numpy.asarray(Image.open(file).convert("RGB"), dtype="f8").copy()).permute(2, 0, 1)[None]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("photo")
    parser.add_argument("style")
    parser.add_argument("--width", type=float, default=0.125)
    parser.add_argument("--side", type=int, default=64)
    options = parser.parse_args()
    layers = list(convolutions(options.width))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        network = folder / "network.safetensors"
        write_network(network, layers)
        for source, target in ((options.photo, "photo.png"), (options.style, "style.png")):
            Image.open(source).convert("RGB").resize((options.side, options.side * 3 // 4)).save(folder / target)
        run = subprocess.run([options.program, "paint", folder / "photo.png", "--style", folder / "style.png", "--network", network,
                              "--style-loss", "classic", "--iterations", str(max(STEPS) + 1), "--losses", folder / "losses.tsv",
                              "--precision", "float32", "--device", "cpu", "-o", folder / "painted.png"],
                             capture_output=True, text=True, env=os.environ | {"LC_ALL": "C"})
        if run.returncode:
            sys.exit(run.stderr)
        rows = [line.split("\t") for line in (folder / "losses.tsv").read_text().splitlines()]
        ours = {int(row[2]) - 1: (float(row[3]), float(row[4])) for row in rows[1:]}
        width, height = int(rows[1][0]), int(rows[1][1])
        photo, style = pixels(folder / "photo.png"), pixels(folder / "style.png")
    # The program paints with a mirrored margin, which it cuts off at the end.
    across, down = (max(8, round(side / 32)) for side in (width, height))
    photo = F.pad(photo, (across, across, down, down), mode="reflect")
    theirs = Tutorial(layers, photo, style).run(photo, STEPS)
    print("| step | content, here | content, float64 | style, here | style, float64 | difference |\n|---|---|---|---|---|---|")
    worst = 0
    for step in STEPS:
        apart = max(abs(a - b) / b if b else abs(a) for a, b in zip(ours[step], theirs[step]))
        (content, style), (content64, style64) = ours[step], theirs[step]
        print(f"| {step} | {content:.5e} | {content64:.5e} | {style:.5e} | {style64:.5e} | {apart:.1e} |")
        worst = max(worst, apart / TOLERANCES[step])
    falls = [sum(theirs[step]) for step in STEPS]
    if not falls[0] > falls[1] > falls[2] > falls[3]:
        sys.exit(f"the losses do not fall: {falls}")
    sys.exit(0 if worst <= 1 else "the losses differ")


torch.set_num_threads(1)
main()
