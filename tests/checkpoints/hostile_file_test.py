# SPDX-License-Identifier: GPL-3.0-or-later
"""Broken, foreign and hostile files of weights each get their sentence: hostile_file_test.py PROBE.

They are made by hand, and none would do anything even in Python.
"""
import json
import os
import pickle
import resource
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import unittest
import zipfile
import zlib
from pathlib import Path

PROBE = sys.argv.pop(1)
NOTHING = b"\x80\x02}."


def text(word):
    return b"X" + struct.pack("<I", len(word)) + word.encode()


def number(value):
    return b"\x8a\x08" + struct.pack("<q", value)


def storage(key="0", numbers=4, kind="torch\nFloatStorage"):
    return b"(" + text("storage") + b"c" + kind.encode() + b"\n" + text(key) + text("cpu") + number(numbers) + b"tQ"


def numbers(*values):
    return b"(" + b"".join(map(number, values)) + b"t"


def tensor(where=None, offset=0, shape=(4,), strides=(1,)):
    return (b"ctorch._utils\n_rebuild_tensor_v2\n(" + (where or storage()) + number(offset) + numbers(*shape)
            + numbers(*strides) + b"\x89}tR")


def state_dict(value, name="w"):
    return b"\x80\x02}" + text(name) + value + b"s."


def stream(body, keys=b"](X\x01\x00\x00\x000e", data=struct.pack("<q4f", 4, 1, 2, 3, 4), version=1001):
    magic = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19."
    return magic + b"\x80\x02M" + struct.pack("<H", version) + b"." + NOTHING + body + b"\x80\x02" + keys + b"." + data


class HostileFile(unittest.TestCase):
    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.file = self.folder / "weights.pth"

    def zip(self, body, entries=None, method=zipfile.ZIP_STORED, order=b"little"):
        with zipfile.ZipFile(self.file, "w", method) as archive:
            archive.writestr("w/data.pkl", body)
            archive.writestr("w/byteorder", order)
            for name, data in (entries or {"w/data/0": struct.pack("<4f", 1, 2, 3, 4)}).items():
                archive.writestr(name, data)
        return self.file.read_bytes()

    def refused(self, *words, file=None, bytes=None):
        file = file or self.file
        if bytes is not None:
            file.write_bytes(bytes)
        run = subprocess.run([PROBE, file], capture_output=True, text=True, timeout=20,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30)))
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertEqual(run.stdout.count("\n"), 1, run.stdout)
        self.assertRegex(run.stdout, r"^The file .* cannot be used: .*\. [A-Z].*\.$")
        for word in words:
            self.assertIn(word, run.stdout)

    def test_what_the_others_change_is_read(self):
        for bytes in (self.zip(state_dict(tensor())), stream(state_dict(tensor()))):
            self.file.write_bytes(bytes)
            run = subprocess.run([PROBE, self.file], capture_output=True, text=True, timeout=20)
            self.assertEqual(json.loads(run.stdout)["numbers"], [1, 2, 3, 4])

    # What Python would run.

    def test_a_global_that_no_weights_need(self):
        for name in ("os.system", "builtins.eval", "torch.load", "collections.Counter", "numpy.core.multiarray._reconstruct",
                     "torchvision.models.vgg.VGG", "torch._utils._rebuild_sparse_tensor", "torch.nn.modules.conv.Conv2d"):
            module, _, last = name.rpartition(".")
            plain = f"c{module}\n{last}\n".encode()
            stacked = text(module) + text(last) + b"\x93"
            for call in (plain, stacked):
                with self.subTest(name=name):
                    self.zip(state_dict(call + b")R"))
                    self.refused(f'wants Python to run "{name}"', "torch.save(model.state_dict()")
                    self.refused(f'wants Python to run "{name}"', bytes=stream(state_dict(call + b")R")))

    def test_a_global_in_a_part_that_is_not_needed(self):
        self.zip(b"\x80\x02}(" + text("state_dict") + state_dict(tensor())[2:-1] + text("args") + b"cargparse\nNamespace\n)Ru.")
        self.refused('"argparse.Namespace"')

    def test_a_program_of_torchscript(self):
        self.zip(b"\x80\x02c__torch__.net\nNet\n)\x81.")
        self.refused("TorchScript")

    def test_opcodes_that_no_weights_need(self):
        for opcodes, name in ((b"(ios\nsystem\n", "INST"), (b"(cos\nsystem\no", "wants Python"), (b"\x82\x01", "EXT"),
                              (b"\x97", "NEXT_BUFFER"), (b"P0\n", "PERSID"), (b"I1\n", "protocol 0"), (b"\xff", "0xff")):
            with self.subTest(opcodes=opcodes):
                self.zip(b"\x80\x02" + opcodes + b".")
                self.refused(name)

    def test_names_with_control_characters_are_not_echoed(self):
        self.zip(state_dict(b"cos\x1b[31m\nsystem\n)R"))
        self.refused('"os?[31m.system"')

    # Bombs.

    def test_recursion(self):
        for body in (b"(" * 100000 + b".", b"]" * 200000 + b"a" * 199999 + b".", b")" + b"\x85" * 200000 + b".",
                     b"]q\x00" + b"]h\x00aq\x00" * 100000 + b"."):
            with self.subTest(begin=body[:4]):
                self.zip(b"\x80\x02" + body)
                self.refused("its pickle")

    def test_values_that_hold_themselves(self):
        self.zip(b"\x80\x02}q\x00" + text("state_dict") + b"h\x00s.")
        self.refused("no weights")

    def test_shared_lists_that_would_be_endless_when_written_out(self):
        body = b"]q\x00" + b"".join(b"](h%ch%ceq%c" % (i, i, i + 1) for i in range(90)) + b"hZ"
        self.zip(b"\x80\x02" + body + b"0" * 91 + b".")
        self.refused("no dictionary of weights")
        self.refused("no weights in floating point numbers", bytes=stream(state_dict(body + b"0" * 91), keys=b"]"))

    def test_too_many_steps_and_values(self):
        self.zip(b"\x80\x02" + b"N0" * 2_100_000 + b"N.")
        self.refused("its pickle", "more than")

    def test_a_memo_of_enormous_numbers(self):
        self.zip(b"\x80\x02}" + b"".join(b"r" + struct.pack("<I", 0xffffffff - i) for i in range(100)) + b"j\x05\x00\x00\x00.")
        self.refused("damaged")

    def test_texts_and_frames_longer_than_the_file(self):
        for opcodes in (b"X\xff\xff\xff\x7f", b"\x8d" + b"\xff" * 8, b"\x95" + b"\xff" * 8, b"\x8b\xff\xff\xff\xff", b"\x8e" + b"\x7f" * 8):
            with self.subTest(opcodes=opcodes):
                self.zip(b"\x80\x04" + opcodes)
                self.refused("cut off")

    def test_a_stack_that_has_nothing_more(self):
        for opcodes in (b".", b"0.", b"1.", b"R.", b"}s.", b"]e.", b"(u.", b"\x87.", b"b.", b"Q.", b"N(t1.", b"(N.", b"NN.", b"}(Nu.", b"h\x00.", b"\x93.", b"]]s.", b"Na."):
            with self.subTest(opcodes=opcodes):
                self.zip(b"\x80\x02" + opcodes)
                self.refused("its pickle")

    def test_a_protocol_of_the_future(self):
        self.zip(b"\x80\x06}.")
        self.refused("protocol 6")

    def test_storages_are_in_memory_once(self):
        length = 256 << 20
        self.zip(state_dict(tensor(storage(numbers=length // 4), shape=(length // 4,))), {"w/data/0": bytes(length)})
        run = subprocess.run([PROBE, self.file, "architecture"], capture_output=True, text=True, timeout=60,
                             preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (length + (64 << 20), length + (64 << 20))))
        self.assertIn("no network that is known", run.stdout + run.stderr)

    # Sizes that lie.

    def test_a_storage_of_2_to_the_60(self):
        for kind in ("FloatStorage", "DoubleStorage"):
            where = storage(numbers=1 << 60, kind="torch\n" + kind)
            self.zip(state_dict(tensor(where, shape=(1 << 60,))))
            self.refused("1152921504606846976 numbers")
            self.refused("1152921504606846976 numbers", bytes=stream(state_dict(tensor(where, shape=(1 << 60,)))))
            self.refused("cut off inside its storage", bytes=stream(
                state_dict(tensor(where)), data=struct.pack("<q", 1 << 60)))

    def test_a_storage_shorter_than_it_says(self):
        self.zip(state_dict(tensor(storage(numbers=5))))
        self.refused('storage "0"', "5 numbers")
        self.refused("cut off inside", bytes=stream(state_dict(tensor()), data=struct.pack("<q3f", 4, 1, 2, 3)))
        self.refused("cut off before", bytes=stream(state_dict(tensor()), data=b"\4\0\0"))

    def test_a_storage_that_is_missing(self):
        self.zip(state_dict(tensor(storage(key="../../etc/passwd"))))
        self.refused("it lacks its storage")
        self.refused("it lacks its storage", bytes=stream(state_dict(tensor()), keys=b"]", data=b""))

    def test_strides_that_leave_the_storage(self):
        for offset, shape, strides in ((0, (5,), (1,)), (1, (4,), (1,)), (0, (2, 2), (3, 2)), (0, (2,), (1 << 62,)),
                                       (0, (1 << 40, 1 << 40), (0, 0)), (0, (3, 3), (1 << 39, 1 << 39)), (0, (2,), (-1,)), (0, (-1,), (1,)),
                                       (5, (0,), (1,)), (0, (4,), (1, 1)), (0, (1,) * 17, (1,) * 17)):
            with self.subTest(offset=offset, shape=shape, strides=strides):
                self.zip(state_dict(tensor(offset=offset, shape=shape, strides=strides)))
                self.refused('"w"')

    def test_an_offset_below_zero_or_no_number(self):
        for call in (tensor(offset=-1), b"ctorch._utils\n_rebuild_tensor_v2\n)R", b"ctorch._utils\n_rebuild_tensor_v2\n(NNNNNNtR",
                     b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage() + number(0) + b"(NtN\x89}tR"):
            self.zip(state_dict(call))
            self.refused("its pickle is not of the form")

    # The archive.

    def test_an_archive_cut_off_anywhere(self):
        whole = self.zip(state_dict(tensor()))
        for length in range(4, len(whole) - 1, 7):
            self.refused("", bytes=whole[:length])
        self.refused("it is cut off", bytes=whole[:len(whole) // 2])
        self.refused("it is cut off", bytes=whole[:-1])

    def test_a_bit_that_was_flipped(self):
        whole = bytearray(self.zip(state_dict(tensor()), {"w/data/0": b"weights of four!"}))
        place = whole.index(b"weights of four!") + 5
        whole[place] ^= 1
        self.refused('its entry "w/data/0" is damaged', bytes=bytes(whole))
        whole[place] ^= 1
        self.file.write_bytes(whole)
        self.assertEqual(subprocess.run([PROBE, self.file], capture_output=True).returncode, 0)

    def test_checksums_that_were_not_computed(self):
        whole = self.zip(state_dict(tensor()), {"w/data/0": b"weights of four!"})
        self.file.write_bytes(whole.replace(struct.pack("<I", zlib.crc32(b"weights of four!")), bytes(4)))
        self.assertEqual(subprocess.run([PROBE, self.file], capture_output=True).returncode, 0)

    def test_a_file_that_becomes_shorter_while_it_is_read(self):
        head = b'{"w":{"dtype":"F32","shape":[%d],"data_offsets":[0,%d]}}' % (1 << 28, 1 << 30)
        self.file = self.folder / "weights.safetensors"
        self.file.write_bytes(struct.pack("<Q", len(head)) + head)
        os.truncate(self.file, 8 + len(head) + (1 << 30))
        reading = subprocess.Popen([PROBE, self.file], stdout=subprocess.PIPE, text=True)
        for length in (1 << 29, 1 << 20, 100):
            time.sleep(0.02)
            os.truncate(self.file, length)
        told, _ = reading.communicate(timeout=120)
        self.assertEqual(reading.returncode, 1)  # no signal
        self.assertRegex(told, r"^The file .* cannot be used: it (changed while it was read|is cut off)")

    def test_a_stream_cut_off_anywhere(self):
        whole = stream(state_dict(tensor()))
        for length in range(1, len(whole), 5):
            self.refused("", bytes=whole[:length])

    def test_two_pickles(self):
        self.zip(state_dict(tensor()), {"other/data.pkl": NOTHING})
        self.refused("more than one data.pkl")

    def test_an_entry_twice(self):
        import warnings
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with zipfile.ZipFile(self.file, "w") as archive:
                archive.writestr("w/data.pkl", state_dict(tensor()))
                archive.writestr("w/data.pkl", NOTHING)
        self.refused("two entries")

    def test_compressed_entries(self):
        self.zip(state_dict(tensor()), method=zipfile.ZIP_DEFLATED)
        self.refused('"w/data.pkl" is compressed', "torch.save")

    def test_an_encrypted_entry(self):
        whole = bytearray(self.zip(state_dict(tensor())))
        whole[whole.index(b"PK\1\2") + 8] |= 1
        self.refused("encrypted", bytes=whole)

    def test_sizes_of_the_archive_that_lie(self):
        whole = self.zip(state_dict(tensor()))
        directory, end = whole.index(b"PK\1\2"), whole.index(b"PK\5\6")
        for place, form, value in ((directory + 20, "<I", 1 << 30), (directory + 24, "<I", 1 << 30), (directory + 24, "<I", 3),
                                   (directory + 42, "<I", 1 << 30), (directory + 42, "<I", 5), (directory + 28, "<H", 65535),
                                   (directory + 30, "<H", 9000), (end + 10, "<H", 9), (end + 12, "<I", 1 << 30),
                                   (end + 16, "<I", 1 << 30), (end + 16, "<I", 4), (22, "<I", 1), (26, "<H", 3), (28, "<H", 60000)):
            with self.subTest(place=place, value=value):
                changed = bytearray(whole)
                struct.pack_into(form, changed, place, value)
                self.refused("its zip archive", bytes=changed)

    def test_entries_that_share_bytes(self):
        inner = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 0, 0, 0, 0, 16, 16, 8, 0) + b"w/data/1" + bytes(16)
        whole = bytearray(self.zip(state_dict(tensor()), {"w/data/0": inner, "w/data/1": bytes(16)}))
        struct.pack_into("<I", whole, whole.rindex(b"PK\1\2") + 42, whole.index(inner))
        self.refused("two entries share bytes", bytes=whole)

    def test_zip64_records_that_lie(self):
        whole = self.zip(state_dict(tensor()))
        end = whole.index(b"PK\5\6")
        for begin, length, entries, record in ((1 << 62, 1, 1, end), (0, 1 << 62, 1, end), (0, 10, 1 << 62, end),
                                               (0, 10, 1, 1 << 62), (0, 10, 1, end - 3)):
            lie = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, entries, entries, length, begin)
            locator = struct.pack("<4sIQI", b"PK\6\7", 0, record, 1)
            self.refused("its zip archive", bytes=whole[:end] + lie + locator + whole[end:])

    def test_a_byte_order_that_does_not_exist(self):
        self.zip(state_dict(tensor()), order=b"middle")
        self.refused("byteorder")

    def test_another_zip_archive(self):
        with zipfile.ZipFile(self.file, "w") as archive:
            archive.writestr("arrays/a.npy", b"x")
        self.refused("no data.pkl")

    # What it really is.

    def test_files_of_other_kinds(self):
        header = b'{"w":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}'
        for bytes, kind in ((b"<!DOCTYPE html><html><body>404</body></html>", "web page"), (b"\n  <HTML>\n", "web page"),
                            (struct.pack("<Q", len(header)) + header + b"\0\0\0\0", "it is a safetensors file, not one of PyTorch"),
                            (b"\x1f\x8b\x08" + b"\0" * 40, "gzip"), (b"\x89HDF\r\n\x1a\n", "HDF5"), (b"\0" * 257 + b"ustar\0" + b"\0" * 300, "tar archive"),
                            (b"MATLAB 5.0 MAT-file", "MATLAB"), (b"version https://git-lfs.github.com/spec/v1\n", "Git LFS"),
                            (b"\x89PNG\r\n\x1a\n" + b"\0" * 30, "picture"), (pickle.dumps([1, 2]), "not one of torch.save"),
                            (b"\0" * 100, "neither"), (b"hello", "neither"), (b"", "empty"), (stream(NOTHING, version=1002), "not one of torch.save")):
            with self.subTest(kind=kind):
                self.refused(kind, bytes=bytes)

    def test_a_file_of_pytorch_under_the_name_of_safetensors(self):
        named = self.folder / "weights.safetensors"
        self.refused("it is a file of PyTorch", ".pth", file=named, bytes=self.zip(state_dict(tensor())))

    def test_no_file_at_all(self):
        self.refused("cannot be opened", file=self.folder / "missing.pth")
        self.refused("no regular file", file=self.folder)

    def test_nothing_but_integers(self):
        self.zip(state_dict(tensor(storage(kind="torch\nLongStorage", numbers=2), shape=(2,))))
        self.refused("no weights in floating point numbers")

    def test_no_dictionary(self):
        for body in (b"\x80\x02].", b"\x80\x02" + tensor() + b".", b"\x80\x02N."):
            self.zip(body)
            self.refused("no dictionary of weights")

    def test_safetensors_that_lie(self):
        named = self.folder / "weights.safetensors"
        good = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}
        for change, word in (({"shape": [2, 3]}, '"w"'), ({"shape": [1 << 60, 16]}, '"w"'), ({"shape": [-2, -2]}, '"w"'),
                             ({"data_offsets": [0, 1 << 40]}, "cut off"), ({"data_offsets": [16, 0]}, "cut off"), ({"shape": "x"}, "header"),
                             ({"shape": [1e300, 2]}, "header"), ({"data_offsets": [0, 16.0]}, "header"),
                             ({"dtype": 5}, "header"), ({"shape": [2]}, '"w"'), ({"dtype": "I32"}, "no weights"),
                             ({"shape": [0, 1 << 40, 1 << 10], "data_offsets": [0, 0]}, "larger than any")):
            header = json.dumps({"w": good | change}).encode()
            with self.subTest(change=change):
                self.refused(word, file=named, bytes=struct.pack("<Q", len(header)) + header + bytes(16))
        self.refused("cut off inside its header", file=named, bytes=struct.pack("<Q", 1000) + b'{"w":1}')
        self.refused("header", file=named, bytes=struct.pack("<Q", 7) + b'{"w":1]' + bytes(16))


if __name__ == "__main__":
    unittest.main()
