# SPDX-License-Identifier: GPL-3.0-or-later
"""Every tensor that torch.save writes is read bit for bit: torch_file_test.py PROBE.

PROBE (checkpoint_probe.cpp) reads without LibTorch and without Python.
"""
import collections
import json
import pickle
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile
from pathlib import Path

try:
    import torch
except ImportError as missing:
    print(f"SKIPPED: {missing} (install python3-torch)")
    sys.exit(77)

PROBE = sys.argv.pop(1)


def weights():
    """A state dict with all that weights may be."""
    generator = torch.Generator().manual_seed(5)
    shared = torch.randn(600, generator=generator)
    tensors = {
        "plain": torch.randn(4, 3, 5, 5, generator=generator),
        "half": torch.randn(7, generator=generator).half(),
        "brain": torch.randn(2, 9, generator=generator).bfloat16(),
        "double": torch.randn(3, 3, generator=generator).double(),
        "parameter": torch.nn.Parameter(torch.randn(5, 2, generator=generator)),
        "view": shared[100:148].view(6, 8),
        "transposed": shared[200:248].view(6, 8).t(),
        "strided": shared[300:400:3],
        "permuted": shared[:120].view(2, 3, 4, 5).permute(3, 1, 0, 2),
        "channels-last": torch.randn(2, 3, 4, 4, generator=generator).to(memory_format=torch.channels_last),
        "expanded": shared[7:10].view(3, 1).expand(3, 5),
        "scalar": torch.tensor(2.5),
        "nothing": torch.empty(0, 3),
        "extremes": torch.tensor([0.0, -0.0, 1e-42, -3.4e38, float("inf"), float("nan")]),
        "small-halves": torch.tensor([6e-8, -6.1e-5, 65504, 0], dtype=torch.float16),
        "integers": torch.arange(5),
        "truths": torch.tensor([True, False]),
    }
    return tensors


def dictionary(tensors):
    """As a module's own: ordered, with metadata as an attribute."""
    ordered = collections.OrderedDict(tensors)
    ordered._metadata = collections.OrderedDict([("", {"version": 1}), ("features", {"version": 2})])
    return ordered


def sizes_of_numbers(archive):
    """In bytes, by the key of the storage."""
    found = {}
    sizes = {"FloatStorage": 4, "HalfStorage": 2, "BFloat16Storage": 2, "DoubleStorage": 8, "LongStorage": 8, "BoolStorage": 1}

    class Storages(pickle.Unpickler):
        def find_class(self, module, name):
            return collections.OrderedDict if name == "OrderedDict" else lambda *_: name

        def persistent_load(self, identifier):
            found[identifier[2]] = sizes[identifier[1]()]

    Storages(archive.open(next(name for name in archive.namelist() if name.endswith("data.pkl")))).load()
    return found


class TorchFile(unittest.TestCase):
    maxDiff = 2000

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.file = self.folder / "weights.pth"

    def read(self, file=None):
        run = subprocess.run([PROBE, file or self.file], capture_output=True, text=True, timeout=60)
        self.assertEqual(run.returncode, 0, run.stdout + run.stderr)
        return {line["name"]: line for line in map(json.loads, run.stdout.splitlines())}

    def agrees(self, expected, found):
        expected = {name: tensor.detach() for name, tensor in expected.items() if tensor.is_floating_point()}
        self.assertEqual(list(expected), list(found))
        for name, tensor in expected.items():
            with self.subTest(tensor=name):
                bits = {2: torch.int16, 4: torch.int32, 8: torch.int64}[tensor.element_size()]
                raw = tensor.contiguous().view(bits).numpy().tobytes()
                self.assertEqual(found[name]["type"], str(tensor.dtype).removeprefix("torch."))
                self.assertEqual(found[name]["shape"], list(tensor.shape))
                self.assertEqual(found[name]["bytes"], raw.hex())
                numbers = [float("nan") if n is None else n for n in found[name]["numbers"]]
                floats = tensor.float().flatten()
                finite = floats.isfinite()
                self.assertTrue(torch.equal(torch.tensor(numbers)[finite], floats[finite]))

    def test_both_kinds_in_every_protocol(self):
        for zipped in (True, False):
            for protocol in (2, 3, 4, 5):
                with self.subTest(zipped=zipped, protocol=protocol):
                    torch.save(dictionary(weights()), self.file, pickle_protocol=protocol,
                               _use_new_zipfile_serialization=zipped)
                    self.assertEqual(zipfile.is_zipfile(self.file), zipped)
                    self.agrees(weights(), self.read())

    def test_whatever_holds_the_state_dict(self):
        for zipped in (True, False):
            for name, wrapped in {"plain": weights(), "ordered": dictionary(weights()),
                                  "state_dict": {"epoch": 3, "state_dict": dictionary(weights()), "best": 0.7},
                                  "model": {"model": weights(), "args": {"lr": [0.1, None, "x"], "on": True}},
                                  "model_state_dict": {"model_state_dict": weights(), "optimizer": {
                                      "state": {0: {"momentum": torch.ones(3)}}, "large": 1 << 90, "groups": ({1, 2}, b"x")}}}.items():
                with self.subTest(zipped=zipped, holder=name):
                    # Sets are refused by name in protocol 2, since they are made by a call.
                    torch.save(wrapped, self.file, _use_new_zipfile_serialization=zipped, pickle_protocol=4)
                    self.agrees(weights(), self.read())

    def test_big_endian_numbers(self):
        torch.save(dictionary(weights()), self.file)
        other = self.folder / "other.pth"
        with zipfile.ZipFile(self.file) as archive, zipfile.ZipFile(other, "w") as swapped:
            sizes = sizes_of_numbers(archive)
            for name in archive.namelist():
                data = archive.read(name)
                folder, _, last = name.rpartition("/")
                if folder.endswith("/data"):
                    data = b"".join(data[i:i + sizes[last]][::-1] for i in range(0, len(data), sizes[last]))
                elif last == "byteorder":
                    data = b"big"
                swapped.writestr(name, data)
        self.agrees(weights(), self.read(other))

    def test_an_archive_packed_again_under_any_folder(self):
        torch.save(dictionary(weights()), self.file)
        for folder in ("", "a/", "some where/else/"):
            with self.subTest(folder=folder):
                other = self.folder / "other.pt"
                with zipfile.ZipFile(self.file) as archive, zipfile.ZipFile(other, "w") as renamed:
                    renamed.comment = b"packed again"
                    for name in archive.namelist():
                        renamed.writestr(folder + name.partition("/")[2], archive.read(name))
                self.agrees(weights(), self.read(other))

    def test_an_archive_with_zip64_records(self):
        torch.save(dictionary(weights()), self.file)
        other = self.folder / "other.pth"
        with zipfile.ZipFile(self.file) as archive, zipfile.ZipFile(other, "w") as large:
            for name in archive.namelist():
                with large.open(name, "w", force_zip64=True) as entry:
                    entry.write(archive.read(name))
        # Python writes the short end record as long as it suffices.
        data = other.read_bytes()
        end = data.rindex(b"PK\5\6")
        entries, length, begin = struct.unpack("<HII", data[end + 10:end + 20])
        record = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, entries, entries, length, begin)
        locator = struct.pack("<4sIQI", b"PK\6\7", 0, end, 1)
        short = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xffff, 0xffff, 0xffffffff, 0xffffffff, 0)
        other.write_bytes(data[:end] + record + locator + short)
        self.agrees(weights(), self.read(other))

    def test_a_module_s_own_state_dict(self):
        module = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
        for zipped in (True, False):
            torch.save(module.state_dict(), self.file, _use_new_zipfile_serialization=zipped)
            self.agrees(module.state_dict(), self.read())

    def test_parameters_with_attributes(self):
        parameter = torch.nn.Parameter(torch.ones(3))
        parameter.owner = "somebody"
        tensor = torch.arange(4.0)
        tensor.owner = "somebody"
        torch.save({"parameter": parameter, "tensor": tensor}, self.file)
        self.agrees({"parameter": parameter, "tensor": tensor}, self.read())

    def test_safetensors(self):
        data = struct.pack("<4f", 1, 2, 3, 4) + struct.pack("<2q", 5, 6)
        header = json.dumps({"__metadata__": {"format": "pt"},
                             "a.weight": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]},
                             "steps": {"dtype": "I64", "shape": [2], "data_offsets": [16, 32]}}).encode()
        file = self.folder / "weights.safetensors"
        file.write_bytes(struct.pack("<Q", len(header)) + header + data)
        self.agrees({"a.weight": torch.tensor([[1.0, 2], [3, 4]])}, self.read(file))


if __name__ == "__main__":
    unittest.main()
