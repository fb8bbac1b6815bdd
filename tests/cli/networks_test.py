# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks that others have trained are added, told and painted with: networks_test.py PROGRAM MODELS PHOTO STYLE.

MODELS is the folder of the bundled networks.
"""
import hashlib
import json
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

try:
    import torch
except ImportError as missing:
    print(f"SKIPPED: {missing} (install python3-torch)")
    sys.exit(77)

STYLE, PHOTO, MODELS, PROGRAM = (sys.argv.pop() for _ in range(4))
# A process begins with its parent's peak, so the parent must be small.
PEAK_OF = """
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
"""
CHANNELS = [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"]  # VGG-11


def vgg11():
    """A state dict with random numbers that keep features of a size."""
    generator = torch.Generator().manual_seed(3)
    state, into, place = {}, 3, 0
    for out in CHANNELS:
        if out == "M":
            place += 1
            continue
        state[f"features.{place}.weight"] = torch.randn(out, into, 3, 3, generator=generator) * (2 / (9 * into)) ** 0.5
        state[f"features.{place}.bias"] = torch.randn(out, generator=generator) * 0.1
        into, place = out, place + 2
    return state | {"classifier.0.weight": torch.randn(100, 5000, generator=generator), "classifier.0.bias": torch.zeros(100)}


def ours():
    """{our name: torchvision's}"""
    names, place, block, layer = {}, 0, 1, 1
    for out in CHANNELS:
        if out == "M":
            place, block, layer = place + 1, block + 1, 1
            continue
        names |= {f"conv{block}_{layer}.{part}": f"features.{place}.{part}" for part in ("weight", "bias")}
        place, layer = place + 2, layer + 1
    return names


def read_safetensors(file):
    data = file.read_bytes()
    length, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + length])
    types = {"F32": torch.float32, "F16": torch.float16}
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = (8 + length + offset for offset in entry["data_offsets"])
            tensors[name] = torch.frombuffer(bytearray(data[begin:end]), dtype=types[entry["dtype"]]).view(entry["shape"])
    return tensors, header["__metadata__"]


def write_safetensors(file, tensors):
    header, data = {}, b""
    for name, tensor in tensors.items():
        raw = tensor.contiguous().numpy().tobytes()
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    head = json.dumps(header).encode()
    file.write_bytes(struct.pack("<Q", len(head)) + head + data)


class Networks(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared)
        cls.state = vgg11()
        cls.weights = cls.shared / "vgg11-8a719046.pth"
        torch.save(cls.state, cls.weights)

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.kept = self.folder / "neural-style/networks"

    def run_program(self, *words):
        return subprocess.run([PROGRAM, *map(str, words)], capture_output=True, text=True, timeout=300,
                              env=os.environ | {"XDG_DATA_HOME": str(self.folder), "LC_ALL": "C"})

    def done(self, *words):
        run = self.run_program(*words)
        self.assertEqual(run.returncode, 0, run.stderr)
        return run.stdout

    def refused(self, *words, says, status=1):
        run = self.run_program(*words)
        self.assertEqual(run.returncode, status, run.stdout + run.stderr)
        self.assertIn(says, run.stderr)
        self.assertRegex(run.stderr.splitlines()[-1], r"^neural-style: .*[.h]$")

    def listed(self):
        return [json.loads(line) for line in self.done("networks", "list", "--json").splitlines()]

    def same_weights(self, tensors, convert=lambda tensor: tensor):
        self.assertEqual(set(tensors), set(ours()))
        for name, theirs in ours().items():
            self.assertTrue(torch.equal(tensors[name], convert(self.state[theirs])), name)

    def test_what_is_added_is_the_weights_before_the_classifier(self):
        told = self.done("networks", "add", self.weights)
        self.assertIn("Added vgg11: VGG-11, 36.9 MB, float32, from vgg11-8a719046.pth. Paint with it by --network vgg11.", told)
        tensors, metadata = read_safetensors(self.kept / "vgg11.safetensors")
        self.same_weights(tensors)
        self.assertEqual(metadata["source_sha256"], hashlib.sha256(self.weights.read_bytes()).hexdigest())
        self.assertEqual(metadata["architecture"], "vgg11")
        self.assertIn("VGG-11", metadata["card"])
        self.assertEqual(json.loads(metadata["input"])["mean"], [0.485, 0.456, 0.406])

    def test_half_the_size(self):
        self.done("networks", "add", self.weights, "--float16", "--name", "small")
        tensors, _ = read_safetensors(self.kept / "small.safetensors")
        self.same_weights(tensors, torch.Tensor.half)
        self.assertTrue(self.listed()[0]["float16"])

    def test_every_kind_of_file(self):
        stream = self.folder / "old.pt"
        torch.save({"state_dict": {"module." + name: tensor for name, tensor in self.state.items()}}, stream,
                   _use_new_zipfile_serialization=False)
        safetensors = self.folder / "model.safetensors"
        write_safetensors(safetensors, self.state)
        for i, file in enumerate((stream, safetensors)):
            with self.subTest(file=file.name):
                self.done("networks", "add", file, "--name", f"n{i}")
                self.same_weights(read_safetensors(self.kept / f"n{i}.safetensors")[0])

    def test_what_is_not_needed_takes_no_memory(self):
        large = self.state | {"classifier.0.weight": torch.randn(4000, 20000)}  # 320 MB
        files = {}
        for kind, state in {"small": self.state, "large": large}.items():
            for name, options in {"zip.pth": {}, "stream.pth": {"_use_new_zipfile_serialization": False}}.items():
                files[kind, name] = self.folder / f"{kind}-{name}"
                torch.save(state, files[kind, name], **options)
            files[kind, "safetensors"] = self.folder / f"{kind}.safetensors"
            write_safetensors(files[kind, "safetensors"], state)
        for name in ("zip.pth", "stream.pth", "safetensors"):
            peak = {}
            for kind in ("small", "large"):
                run = subprocess.run([sys.executable, "-c", PEAK_OF, PROGRAM, "networks", "add", files[kind, name], "--name", "n"], capture_output=True,
                                     text=True, timeout=300, env=os.environ | {"XDG_DATA_HOME": str(self.folder / f"{kind}-{name}-kept")})
                self.assertEqual(run.returncode, 0, run.stderr)
                peak[kind] = int(run.stdout) * 1024
            self.assertLess(peak["large"] - peak["small"], 20e6, name)

    def test_weights_of_caffe_take_bytes_and_blue_first(self):
        named = {name: self.state[theirs] for name, theirs in ours().items()}
        file = self.folder / "vgg_conv.pth"
        torch.save(named, file)
        self.done("networks", "add", file, "--name", "by-names")
        self.done("networks", "add", self.weights, "--name", "by-request", "--input", "caffe")
        for name in ("by-names", "by-request"):
            _, metadata = read_safetensors(self.kept / f"{name}.safetensors")
            self.assertEqual(json.loads(metadata["input"]), {"range": [0, 255], "mean": [123.68, 116.779, 103.939], "std": [1, 1, 1], "channels": "BGR"})
        self.done("networks", "add", file, "--name", "otherwise", "--input", "torchvision")
        self.assertNotIn("BGR", read_safetensors(self.kept / "otherwise.safetensors")[1]["input"])

    def test_it_paints(self):
        self.done("networks", "add", self.weights, "--float16")
        paintings = []
        for network in ("vgg11", self.kept / "vgg11.safetensors"):
            out = self.folder / "painted.png"
            self.done("paint", PHOTO, "--style", STYLE, "--network", network, "--size-limit", "64", "--quality", "draft",
                      "--iterations", "2", "--device", "cpu", "-o", out)
            paintings.append(out.read_bytes())
        self.assertEqual(*paintings)
        self.refused("paint", PHOTO, "--style", STYLE, "--network", "vgg99", "-o", self.folder / "none.png", says='has no network "vgg99"')

    def test_layers_have_the_names_of_others(self):
        self.done("networks", "add", self.weights, "--float16")
        paintings = {}
        for names in ("relu3_1", "features.7", "conv3_1", "features.6"):
            out = self.folder / f"{names}.png"
            self.done("paint", PHOTO, "--style", STYLE, "--network", "vgg11", "--size-limit", "64", "--quality", "draft", "--iterations", "2",
                      "--device", "cpu", "--precision", "float32", "--style-layers", f"relu1_1,{names}", "--content-layers", names, "-o", out)
            paintings[names] = subprocess.run(["convert", out, "rgb:-"], check=True, capture_output=True, timeout=60).stdout
        self.assertEqual(paintings["relu3_1"], paintings["features.7"])
        self.assertEqual(paintings["conv3_1"], paintings["features.6"])
        self.assertNotEqual(paintings["conv3_1"], paintings["relu3_1"])

    def test_what_the_network_lacks_is_named(self):
        self.done("networks", "add", self.weights, "--float16")
        self.assertIn("relu5_2", self.run_program("paint", PHOTO, "--style", STYLE, "--network", "vgg11", "--content-layers", "conv9",
                                                  "-o", self.folder / "none.png").stderr)

    def test_list_show_and_remove(self):
        self.assertIn("No network has been added yet", self.done("networks", "list"))
        self.done("networks", "add", self.weights)
        self.assertEqual(self.done("networks", "list"), "vgg11  VGG-11, 36.9 MB, float32, from vgg11-8a719046.pth\n")
        card = self.done("networks", "show", "vgg11")
        for word in ("VGG-11", "vgg11-8a719046.pth", hashlib.sha256(self.weights.read_bytes()).hexdigest(), "Licence"):
            self.assertIn(word, card)
        self.assertEqual(self.listed()[0]["sha256"], hashlib.sha256(self.weights.read_bytes()).hexdigest())
        self.assertEqual(self.done("networks", "remove", "vgg11"), "Removed vgg11.\n")
        self.assertEqual(list(self.kept.iterdir()), [])
        for task in ("show", "remove"):
            self.refused("networks", task, "vgg11", says='There is no network "vgg11"')
            self.refused("networks", task, "../../weights", says='There is no network "../../weights"')

    def test_a_network_is_never_replaced(self):
        self.done("networks", "add", self.weights)
        before = (self.kept / "vgg11.safetensors").read_bytes()
        self.refused("networks", "add", self.weights, "--float16", says='There is a network "vgg11" already')
        self.assertEqual((self.kept / "vgg11.safetensors").read_bytes(), before)

    def test_one_of_our_own_is_taken_as_it_is(self):
        painter = Path(MODELS) / "painter.safetensors"
        self.done("networks", "add", painter)
        self.assertEqual((self.kept / "painter.safetensors").read_bytes(), painter.read_bytes())
        self.refused("networks", "add", painter, "--float16", "--name", "again", says="leave out --float16")
        broken = self.folder / "broken.safetensors"
        broken.write_bytes(painter.read_bytes().replace(b"neural-style-backbone/1", b"neural-style-backbone/1", 1).replace(b'conv1_2\\"', b'conv1_9\\"'))
        self.refused("networks", "add", broken, says="conv1_9")

    def test_weights_that_are_not_numbers(self):
        for value, words, says in ((float("nan"), (), "not finite"), (float("inf"), (), "not finite"), (1e5, ("--float16",), "without --float16")):
            file = self.folder / "weights.pth"
            state = dict(self.state)
            state["features.8.weight"] = state["features.8.weight"].clone()
            state["features.8.weight"][3, 2, 1, 0] = value
            torch.save(state, file)
            self.refused("networks", "add", file, *words, says=says)
            self.assertFalse(self.kept.exists() and list(self.kept.iterdir()))

    def test_what_cannot_be_added_leaves_nothing(self):
        file = self.folder / "weights.pth"
        file.write_text("<!DOCTYPE html><html></html>")
        self.refused("networks", "add", file, says="web page")
        self.refused("networks", "add", self.folder / "missing.pth", says="cannot be opened")
        torch.save({"weight": torch.ones(3)}, file)
        self.refused("networks", "add", file, says="no network that is known")
        self.assertFalse(self.kept.exists())

    def test_a_broken_network_hides_no_other(self):
        self.done("networks", "add", self.weights, "--float16")
        (self.kept / "broken.safetensors").write_text("?")
        run = self.run_program("networks", "list")
        self.assertIn("vgg11", run.stdout)
        self.assertIn("broken.safetensors", run.stderr)

    def test_wrong_words(self):
        for words in ((), ("learn",), ("add",), ("show",), ("remove",), ("list", "all"), ("add", "a", "b"), ("show", "a", "--float16"),
                      ("add", "a", "--name", "../a"), ("add", "a", "--name", ""), ("add", "a", "--input", "bytes")):
            with self.subTest(words=words):
                self.refused("networks", *words, says="", status=2)
        self.assertIn("vgg19-dcbb9e9d.pth", self.done("networks", "--help"))


if __name__ == "__main__":
    unittest.main()
