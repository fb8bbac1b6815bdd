# SPDX-License-Identifier: GPL-3.0-or-later
"""One-pass paintings agree with an independent float64 computation by PyTorch's own layers.

one_pass_reference_test.py PROBE: PROBE is the engine's part (one_pass_probe.cpp). Covers the published layout of
fast_neural_style and this project's own, and any style through encoder, matching and decoder.
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

TRAINED_TOLERANCE = 2e-4  # of the largest value, in float32 through eleven norms
MATCHED_TOLERANCE = 2e-3  # of 1, in float32 through eigenvalues


def write_safetensors(file, tensors, metadata):
    header, data = {"__metadata__": metadata}, b""
    for name, tensor in tensors.items():
        raw = tensor.numpy().astype("<f4").tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    head = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(head)) + head + data)


def fnv1a(tensors):
    """Weights::hash of a file with these tensors."""
    state = 14695981039346656037
    for name in sorted(tensors):
        for byte in name.encode() + tensors[name].numpy().astype("<f4").tobytes():
            state = (state ^ byte) * 1099511628211 % 2 ** 64
    return f"{state:016x}"


def conv(x, tensors, name, size=3, stride=1):
    x = F.pad(x, (size // 2,) * 4, mode="reflect")
    return F.conv2d(x, tensors[name + ".weight"].double(), tensors[name + ".bias"].double(), stride=stride)


def random_conv(generator, out, into, size=3):
    return torch.randn(out, into, size, size, generator=generator) * (2 / (size * size * into)) ** 0.5


class TransformerNet:
    """The published network with few channels: its state dict and its computation."""

    def __init__(self, seed):
        generator = torch.Generator().manual_seed(seed)
        self.tensors = {}

        def layer(name, norm, out, into, size=3):
            self.tensors[f"{name}.conv2d.weight"] = random_conv(generator, out, into, size)
            self.tensors[f"{name}.conv2d.bias"] = torch.randn(out, generator=generator) * 0.1
            if norm:
                self.tensors[f"{norm}.weight"] = 1 + 0.2 * torch.randn(out, generator=generator)
                self.tensors[f"{norm}.bias"] = 0.2 * torch.randn(out, generator=generator)

        for name, norm, out, into, size in (("conv1", "in1", 8, 3, 9), ("conv2", "in2", 12, 8, 3), ("conv3", "in3", 16, 12, 3)):
            layer(name, norm, out, into, size)
        for i in range(1, 6):
            layer(f"res{i}.conv1", f"res{i}.in1", 16, 16)
            layer(f"res{i}.conv2", f"res{i}.in2", 16, 16)
        layer("deconv1", "in4", 12, 16)
        layer("deconv2", "in5", 8, 12)
        layer("deconv3", None, 3, 8, 9)
        for key in ("deconv3.conv2d.weight", "deconv3.conv2d.bias"):
            self.tensors[key] = self.tensors[key] * 60  # pictures of 0..255

    def norm(self, x, name):
        return F.instance_norm(x, weight=self.tensors[name + ".weight"].double(), bias=self.tensors[name + ".bias"].double())

    def paint(self, x, top):
        t = self.tensors
        y = x * top
        for name, norm, size, stride in (("conv1", "in1", 9, 1), ("conv2", "in2", 3, 2), ("conv3", "in3", 3, 2)):
            y = F.relu(self.norm(conv(y, t, name + ".conv2d", size, stride), norm))
        for i in range(1, 6):
            z = F.relu(self.norm(conv(y, t, f"res{i}.conv1.conv2d"), f"res{i}.in1"))
            y = y + self.norm(conv(z, t, f"res{i}.conv2.conv2d"), f"res{i}.in2")
        for name, norm in (("deconv1", "in4"), ("deconv2", "in5")):
            y = F.relu(self.norm(conv(F.interpolate(y, scale_factor=2, mode="nearest"), t, name + ".conv2d"), norm))
        return conv(y, t, "deconv3.conv2d", 9) / top

    def own_graph(self):
        def step(name, size=3, stride=1):
            return {"conv": name + ".conv2d", "size": size, "stride": stride, "padding": "reflect"}

        graph = []
        for name, norm, size, stride in (("conv1", "in1", 9, 1), ("conv2", "in2", 3, 2), ("conv3", "in3", 3, 2)):
            graph += [step(name, size, stride), {"norm": norm}, {"relu": True}]
        for i in range(1, 6):
            graph.append({"residual": [step(f"res{i}.conv1"), {"norm": f"res{i}.in1"}, {"relu": True},
                                       step(f"res{i}.conv2"), {"norm": f"res{i}.in2"}]})
        for name, norm in (("deconv1", "in4"), ("deconv2", "in5")):
            graph += [{"up": "nearest", "size": 2}, step(name), {"norm": norm}, {"relu": True}]
        return graph + [step("deconv3", 9)]


class Instant:
    """Encoder and decoder of three taps, with few channels."""
    TAPS = (("relu3_1", 16), ("relu2_1", 12), ("relu1_1", 8))

    def __init__(self, seed):
        generator = torch.Generator().manual_seed(seed)
        self.encoder, self.decoder, self.blocks = {}, {}, []

        def add(tensors, name, out, into):
            tensors[name + ".weight"] = random_conv(generator, out, into)
            tensors[name + ".bias"] = torch.randn(out, generator=generator) * 0.1

        for name, out, into in (("conv1_1", 8, 3), ("conv1_2", 8, 8), ("conv2_1", 12, 8), ("conv3_1", 16, 12)):
            add(self.encoder, name, out, into)
        for (tap, into), (behind, out) in zip(self.TAPS, self.TAPS[1:] + (("picture", 3),)):
            last = behind == "picture"
            add(self.decoder, tap + "_a", into, into)
            add(self.decoder, tap + "_b", out, into)
            graph = [{"conv": tap + "_a", "padding": "reflect", "relu": True}]
            graph += [] if last else [{"up": "nearest", "size": 2}]
            graph.append({"conv": tap + "_b", "padding": "reflect", "relu": not last})
            self.blocks.append({"from": tap, "to": behind, "graph": graph})
        self.decoder["relu1_1_b.weight"] *= 0.4

    def write(self, folder):
        graph = [{"conv": "conv1_1", "padding": "reflect", "relu": "relu1_1"}, {"conv": "conv1_2", "padding": "reflect", "relu": "relu1_2"},
                 {"pool": "average", "size": 2}, {"conv": "conv2_1", "padding": "reflect", "relu": "relu2_1"},
                 {"pool": "average", "size": 2}, {"conv": "conv3_1", "padding": "reflect", "relu": "relu3_1"}]
        write_safetensors(folder / "network.safetensors", self.encoder, {
            "format": "neural-style-backbone/1", "graph": json.dumps(graph), "input": "{}",
            "style_taps": "relu1_1 relu2_1 relu3_1", "content_tap": "relu2_1"})
        write_safetensors(folder / "decoder.safetensors", self.decoder, {
            "format": "neural-style-decoder/1", "encoder_hash": fnv1a(self.encoder), "blocks": json.dumps(self.blocks)})

    def features(self, x):
        taps = {"relu1_1": F.relu(conv(x, self.encoder, "conv1_1"))}
        y = F.avg_pool2d(F.relu(conv(taps["relu1_1"], self.encoder, "conv1_2")), 2)
        taps["relu2_1"] = F.relu(conv(y, self.encoder, "conv2_1"))
        taps["relu3_1"] = F.relu(conv(F.avg_pool2d(taps["relu2_1"], 2), self.encoder, "conv3_1"))
        return taps

    def decoded(self, x, block):
        for step in block["graph"]:
            if "up" in step:
                x = F.interpolate(x, scale_factor=2, mode="nearest")
            else:
                x = conv(x, self.decoder, step["conv"])
                x = F.relu(x) if step["relu"] else x
        return x

    def paint(self, content, styles, strength, strengths, loss):
        of_content = self.features(content)
        of_styles = [self.features(style) for style, _, _ in styles]
        painting = content
        for number, first in enumerate(self.blocks):
            tap = first["from"]
            own, x = of_content[tap], self.features(painting)[tap]
            here_strength = strength * (strengths[number] if number < len(strengths) else 1)
            covered, result = torch.zeros_like(x[:, :1]), torch.zeros_like(x)
            places = {}
            for i, (_, share, region) in enumerate(styles):
                places.setdefault(None if region is None else i, []).append((i, share, region))
            for members in places.values():
                region = members[0][2]
                weights = torch.ones_like(covered) if region is None else F.avg_pool2d(
                    region[None, None], content.shape[2] // x.shape[2])
                whole = sum(share for _, share, _ in members)
                here = 0
                for i, share, _ in members:
                    target = moments(of_styles[i][tap])
                    here = here + share / whole * mapped(x, *matching(moments(x, weights), target, loss))
                result = result + weights * (here_strength * here + (1 - here_strength) * own)
                covered = covered + weights
            x = result + (1 - covered).clamp(min=0) * own
            for block in self.blocks[number:]:
                x = self.decoded(x, block)
            painting = x.clamp(0, 1)
        return painting


def moments(x, weights=None):
    values = x.flatten(2)[0]
    weights = torch.ones(values.shape[1], dtype=torch.float64) if weights is None else weights.flatten()
    mean = (values * weights).sum(1) / weights.sum()
    apart = values - mean[:, None]
    return mean, (apart * weights) @ apart.T / weights.sum()


def root(matrix):
    u, s, v = torch.linalg.svd(matrix)
    return u @ torch.diag(s.sqrt()) @ v


def matching(content, style, loss):
    (mean, covariance), (wanted_mean, wanted) = content, style
    added = max(float(covariance.diagonal().mean()) * VARIANCE_SHARE, LEAST_VARIANCE)
    if loss == "moments":
        factor = torch.diag((wanted.diagonal() / (covariance.diagonal() + added)).sqrt())
    else:
        covariance = covariance + added * torch.eye(len(mean), dtype=torch.float64)
        # The same map in another form: C^-1/2 (C^1/2 S C^1/2)^1/2 C^-1/2.
        half = root(covariance)
        inverse = torch.linalg.inv(half)
        factor = inverse @ root(half @ wanted @ half) @ inverse
    return factor, wanted_mean - factor @ mean


VARIANCE_SHARE, LEAST_VARIANCE = 3e-3, 1e-4


def mapped(x, factor, offset):
    return torch.einsum("ij,njhw->nihw", factor, x) + offset[:, None, None]


def probed(probe, folder, spec, files):
    for label, tensor in files.items():
        (folder / f"{label}.f32").write_bytes(tensor.numpy().astype("<f4").tobytes())
    (folder / "spec.json").write_text(json.dumps(spec))
    subprocess.run([probe, folder], check=True)
    return torch.from_numpy(numpy.fromfile(folder / "result.f32", "<f4").reshape(spec["shape"])).double()


def told(name, difference, tolerance):
    ok = difference < tolerance
    print("ok  " if ok else "FAIL", f"{name}: {difference:.1e}")
    return ok


def trained_agrees(probe, layout):
    network = TransformerNet(7)
    shape = [1, 3, 48, 64]
    content = torch.rand(shape, generator=torch.Generator().manual_seed(2))
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        metadata = {} if layout == "published" else {"format": "neural-style-feed-forward/1", "name": "x", "title": "X",
                                                     "graph": json.dumps(network.own_graph())}
        write_safetensors(folder / "style.safetensors", network.tensors, metadata)
        ours = probed(probe, folder, {"trained": True, "shape": shape}, {"content": content})
    theirs = network.paint(content.double(), 255 if layout == "published" else 1)
    return told(f"trained style, {layout} layout", float((ours - theirs).abs().max() / theirs.abs().max()), TRAINED_TOLERANCE)


def instant_agrees(probe, strength, strengths, loss, shares, regions):
    networks = Instant(4)
    shape = [1, 3, 48, 64]
    generator = torch.Generator().manual_seed(3)
    content = F.interpolate(torch.rand([1, 3, 24, 32], generator=generator), size=shape[2:], mode="bilinear")
    content = (content + 0.3 * torch.rand(shape, generator=generator)).clamp(0, 1)
    files, styles, spec_styles = {"content": content}, [], []
    for i, share in enumerate(shares):
        style = torch.rand([1, 3, 40 + 8 * i, 56], generator=generator) ** (2 - i)
        files[f"style{i}"] = style
        region = None
        if regions:
            across = torch.linspace(-1, 2, shape[3]).clamp(0, 1).expand(*shape[2:])
            region = (across if i == 0 else 1 - across).contiguous()
            files[f"region{i}"] = region
        styles.append((style.double(), share, None if region is None else region.double()))
        spec_styles.append({"shape": list(style.shape), "share": share, "region": regions})
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        networks.write(folder)
        spec = {"shape": shape, "strength": strength, "strengths": strengths, "loss": loss, "styles": spec_styles}
        ours = probed(probe, folder, spec, files)
    theirs = networks.paint(content.double(), styles, strength, strengths, loss)
    spread = float(theirs.std())
    assert spread > 0.02, f"the picture says nothing: {spread}"
    return told(f"any style, {loss}, strength {strength} of {strengths}, shares {shares}" + (", regions" if regions else ""),
                float((ours - theirs).abs().max()), MATCHED_TOLERANCE)


def main():
    torch.set_num_threads(1)
    probe = sys.argv[1]
    results = [trained_agrees(probe, layout) for layout in ("published", "own")]
    for strength, strengths, loss, shares, regions in ((1.0, [], "gaussian", [1.0], False), (0.6, [], "gaussian", [1.0], False),
                                                  (1.0, [0.5, 0.7], "gaussian", [1.0], False), (1.0, [], "moments", [1.0], False),
                                                  (1.0, [], "gaussian", [0.7, 0.3], False), (0.8, [0.6], "gaussian", [1.0, 1.0], True)):
        results.append(instant_agrees(probe, strength, strengths, loss, shares, regions))
    sys.exit(0 if all(results) else 1)


main()
