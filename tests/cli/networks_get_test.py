# SPDX-License-Identifier: GPL-3.0-or-later
"""Networks are downloaded from sources that lie, stall and break off: networks_get_test.py PROGRAM."""
import hashlib
import http.server
import json
import os
import pty
import resource
import shutil
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import unittest
from pathlib import Path

try:
    import torch
except ImportError as missing:
    print(f"SKIPPED: {missing} (install python3-torch)")
    sys.exit(77)

PROGRAM = sys.argv.pop()


def weights(folder, channels, name):
    """A file of torch.save with the weights of a VGG."""
    state, into, place = {}, 3, 0
    for out in channels:
        if out == "M":
            place += 1
            continue
        state[f"features.{place}.weight"] = torch.full((out, into, 3, 3), 1 / (9 * into)).bfloat16()
        state[f"features.{place}.bias"] = torch.zeros(out)
        into, place = out, place + 2
    torch.save(state, folder / name)
    return (folder / name).read_bytes()


class Source(http.server.ThreadingHTTPServer):
    """Answers with what `answer(handler)` does; keeps the requests."""
    daemon_threads = True

    def __init__(self, certificate=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked = []
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    def handle_error(self, request, client_address):
        pass  # clients leave

    def end(self):
        self.shutdown()
        self.server_close()

    def at(self, path="", scheme="http"):
        return f"{scheme}://127.0.0.1:{self.server_address[1]}/{path}"


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self.server.asked.append((self.path, dict(self.headers)))
        self.close_connection = True
        self.server.answer(self)

    def log_message(self, *_):
        pass

    def tell(self, status, body=b"", length=None, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        if length != -1:
            self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)


class Get(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        cls.addClassCleanup(shutil.rmtree, cls.shared)
        vgg11 = [64, "M", 128, "M", 256, 256, "M", 512, 512, "M", 512, 512, "M"]
        cls.data = weights(cls.shared, vgg11, "vgg11.pth")
        cls.digits = hashlib.sha256(cls.data).hexdigest()
        cls.file = f"vgg11-{cls.digits[:8]}.pth"
        vgg13 = [64, *vgg11[:2], *vgg11[2:3], *vgg11[2:]]
        cls.other = weights(cls.shared, vgg13, "vgg13.pth")

    def setUp(self):
        self.folder = Path(tempfile.mkdtemp(prefix="neural-style-test-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.cache, self.kept = self.folder / "cache/neural-style", self.folder / "data/neural-style/networks"
        self.source = Source()
        self.addCleanup(self.source.end)
        self.environment = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()} | {
            "XDG_DATA_HOME": str(self.folder / "data"), "XDG_CACHE_HOME": str(self.folder / "cache"), "LC_ALL": "C"}

    def tag(self):
        return {"ETag": f'"{self.digits[:16]}"'}

    def whole(self, handler):
        """As an honest server answers, with ranges."""
        wanted = handler.headers.get("Range")
        if wanted and handler.headers.get("If-Range") == self.tag()["ETag"]:
            begin = int(wanted.removeprefix("bytes=").removesuffix("-"))
            return handler.tell(206, self.data[begin:], Content_Range=f"bytes {begin}-{len(self.data) - 1}/{len(self.data)}", **self.tag())
        return handler.tell(200, self.data, **self.tag())

    def cut_off(self, after, **headers):
        def answer(handler):
            handler.tell(200, self.data[:after], length=len(self.data), **(headers or self.tag()))
        return answer

    def run_get(self, *words, name="vgg11", source=None, **more):
        return subprocess.run([PROGRAM, "networks", "get", name, "--from", source or self.source.at(self.file), "--patience", "2", *words],
                              capture_output=True, text=True, timeout=120, stdin=subprocess.DEVNULL, env=self.environment, **more)

    def got(self, *words, **more):
        run = self.run_get("--yes", *words, **more)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertTrue((self.kept / "vgg11.safetensors").is_file())
        return run

    def refused(self, answer, *words, says, left=(), **more):
        """Nothing but a part that can be gone on from is left."""
        self.source.answer = answer
        run = self.run_get("--yes", *words, **more)
        self.assertEqual(run.returncode, 1, run.stdout + run.stderr)
        self.assertIn(says, run.stderr)
        self.assertRegex(run.stderr.splitlines()[-1], r"^neural-style: .*\.$")
        self.assertFalse(self.kept.exists())
        self.assertEqual(sorted(file.name for file in self.cache.glob("*")), sorted(left))

    def part(self):
        return [self.file + ".part", self.file + ".source"]

    def test_the_whole_file_becomes_a_network(self):
        self.source.answer = self.whole
        run = self.got()
        self.assertIn(f"VGG-11, about 531 MB, from {self.source.at(self.file)}", run.stderr)
        self.assertIn("Licence: what its publisher says applies.", run.stderr)
        self.assertIn(f"Added vgg11: VGG-11, 36.9 MB, float32, from {self.file}.", run.stdout)
        self.assertIn("100%", run.stderr)
        self.assertEqual(list(self.cache.iterdir()), [])
        self.assertEqual([path for path, _ in self.source.asked], ["/" + self.file])
        told = json.loads(subprocess.run([PROGRAM, "networks", "list", "--json"], capture_output=True, env=self.environment).stdout)
        self.assertEqual(told["sha256"], self.digits)

    def test_nothing_is_downloaded_without_being_asked_for(self):
        run = self.run_get()
        self.assertEqual(run.returncode, 1)
        self.assertIn("repeat the command with --yes", run.stderr)
        self.assertEqual(self.source.asked, [])
        self.assertFalse(self.cache.exists())

    def test_a_terminal_is_asked(self):
        self.source.answer = self.whole
        for answer, status in (b"n\n", 1), (b"\n", 1), (b"y\n", 0):
            parent, child = pty.openpty()
            run = subprocess.Popen([PROGRAM, "networks", "get", "vgg11", "--from", self.source.at(self.file)], stdin=child, stdout=child, stderr=child, env=self.environment)
            os.close(child)
            told = b""
            while b"[y/N]" not in told:
                told += os.read(parent, 1000)
            self.assertEqual(self.source.asked, [])
            os.write(parent, answer)
            try:
                while os.read(parent, 1000):
                    pass
            except OSError:  # the other end is closed
                pass
            self.assertEqual(run.wait(60), status, answer)
            os.close(parent)

    def test_a_folder_and_a_variable_name_the_source(self):
        data = self.data
        self.source.answer = lambda handler: handler.tell(200, data)
        for base in (self.source.at("folder"), self.source.at("folder/")):
            self.refused(self.source.answer, source=base, says="SHA-256 begins with")
            self.assertEqual(self.source.asked.pop()[0], "/folder/vgg11-8a719046.pth")
        self.environment["NEURAL_STYLE_NETWORKS_URL"] = self.source.at("mirror")
        run = subprocess.run([PROGRAM, "networks", "get", "vgg11", "--yes", "--sha256", self.digits], capture_output=True, text=True, env=self.environment)
        self.assertEqual(run.returncode, 0, run.stderr)
        self.assertEqual(self.source.asked.pop()[0], "/mirror/vgg11-8a719046.pth")

    def test_a_download_that_broke_off_goes_on(self):
        half = len(self.data) // 2
        self.refused(self.cut_off(half), says="broke off after", left=self.part())
        self.assertEqual((self.cache / self.part()[0]).stat().st_size, half)
        self.source.answer = self.whole
        self.got()
        headers = self.source.asked[-1][1]
        self.assertEqual((headers["Range"], headers["If-Range"]), (f"bytes={half}-", self.tag()["ETag"]))
        self.assertEqual(list(self.cache.iterdir()), [])

    def test_a_date_serves_as_well_as_a_tag(self):
        date = {"Last-Modified": "Sun, 01 Feb 2026 10:00:00 GMT"}
        self.refused(self.cut_off(1000, **date), says="broke off after", left=self.part())
        self.source.answer = self.whole
        self.got()
        self.assertEqual(self.source.asked[-1][1]["If-Range"], date["Last-Modified"])

    def test_a_file_that_changed_meanwhile_is_fetched_from_the_start(self):
        self.refused(self.cut_off(1000, ETag='"of another state"'), says="broke off after", left=self.part())
        self.source.answer = self.whole  # 200: the tag is not the one that was asked for
        self.got()

    def test_parts_without_a_state_or_of_another_source_are_not_gone_on_from(self):
        for headers in ({"Server": "forgetful"}, {"ETag": 'W/"weak"'}):
            self.refused(self.cut_off(1000, **headers), says="broke off after", left=self.part())
            self.refused(self.cut_off(1000), says="broke off after", left=self.part())
            self.assertNotIn("Range", self.source.asked[-1][1])
            for file in self.cache.iterdir():
                file.unlink()
        self.refused(self.cut_off(1000), says="broke off after", left=self.part())
        self.source.answer = self.whole
        self.got(source=self.source.at("elsewhere/" + self.file))
        self.assertNotIn("Range", self.source.asked[-1][1])

    def test_a_source_that_sends_another_part_is_asked_for_everything(self):
        for status, headers in ((206, {"Content-Range": f"bytes 5-{len(self.data)}/{len(self.data)}"}), (206, {}), (416, {})):
            with self.subTest(status=status, headers=headers):
                self.refused(self.cut_off(1000), says="broke off after", left=self.part())

                def answer(handler):
                    if handler.headers.get("Range"):
                        return handler.tell(status, b"x" * 100, **headers, **self.tag())
                    return self.whole(handler)
                self.source.answer = answer
                self.got()
                subprocess.run([PROGRAM, "networks", "remove", "vgg11"], check=True, env=self.environment, stdout=subprocess.DEVNULL)
                shutil.rmtree(self.kept)

    def test_wrong_content_leaves_nothing(self):
        broken = bytearray(self.data)
        broken[len(broken) // 2] ^= 1
        self.refused(lambda handler: handler.tell(200, bytes(broken)), says=f"not with {self.digits[:8]}. Choose another source with --from.")
        self.refused(lambda handler: handler.tell(200, b"<!DOCTYPE html>", Content_Type="text/html; charset=utf-8"), says="sends a web page")
        self.refused(lambda handler: handler.tell(200, b"<!DOCTYPE html>"), says="SHA-256 begins with")
        self.refused(lambda handler: handler.tell(200, b""), says="SHA-256 begins with")
        self.refused(lambda handler: handler.tell(200, self.data[:-10]), says="SHA-256 begins with")
        self.refused(lambda handler: handler.tell(200, self.data, length=len(self.data) - 10), says="SHA-256 begins with")

    def test_another_architecture_is_not_taken_for_the_one_that_was_wanted(self):
        digits = hashlib.sha256(self.other).hexdigest()[:8]
        self.refused(lambda handler: handler.tell(200, self.other), source=self.source.at(f"vgg11-{digits}.pth"),
                     says=f"vgg11-{digits}.pth is VGG-13, not vgg11", left=[f"vgg11-{digits}.pth"])

    def test_refusals_of_the_source(self):
        for status in (404, 403, 500, 503):
            self.refused(lambda handler: handler.tell(status, b"<html>no</html>", Content_Type="text/html"), says=f"answers with the status {status}")

    def test_redirects(self):
        def answer(handler):
            if handler.path.startswith("/first"):
                return handler.tell(302, b"moved", Location="/second/" + self.file)
            return self.whole(handler)
        self.source.answer = answer
        self.got(source=self.source.at("first/" + self.file))
        shutil.rmtree(self.kept)
        for target in ("file:///etc/passwd", "http://example.invalid/vgg11.pth", "ftp://127.0.0.1/vgg11.pth", "gopher://127.0.0.1/"):
            self.refused(lambda handler: handler.tell(301, Location=target), says=f"sends on to {target}")
        self.refused(lambda handler: handler.tell(302, Location=handler.path), says="sends on more than 5 times")
        self.refused(lambda handler: handler.tell(302), says="or nowhere")

    def test_a_source_that_falls_silent(self):
        def answer(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(self.data)))
            handler.send_header("ETag", self.tag()["ETag"])
            handler.end_headers()
            handler.wfile.write(self.data[:1000])
            handler.wfile.flush()
            time.sleep(20)
        began = time.monotonic()
        self.refused(answer, says="has sent nothing for 2 seconds", left=self.part())
        self.refused(lambda handler: time.sleep(20), says="has sent nothing for 2 seconds", left=self.part())
        self.assertLess(time.monotonic() - began, 19)
        self.source.answer = self.whole
        self.got()

    def test_more_than_a_network_has(self):
        self.refused(lambda handler: handler.tell(200, b"x" * 1000, length=3 << 30), says="sends more than 2147 MB")

    def test_a_full_disk(self):
        limit = 1 << 20
        self.refused(self.whole, says="would be larger than files may be here", left=self.part(),
                     preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)))

    def test_ctrl_c_leaves_a_part_to_go_on_from(self):
        begun = threading.Event()

        def answer(handler):
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(self.data)))
            handler.send_header("ETag", self.tag()["ETag"])
            handler.end_headers()
            handler.wfile.write(self.data[:100_000])
            begun.set()
            time.sleep(20)
        self.source.answer = answer
        run = subprocess.Popen([PROGRAM, "networks", "get", "vgg11", "--yes", "--from", self.source.at(self.file)], stderr=subprocess.PIPE, text=True, env=self.environment)
        begun.wait(60)
        time.sleep(0.5)
        run.send_signal(signal.SIGINT)
        _, told = run.communicate(timeout=30)
        self.assertEqual(run.returncode, 130)
        self.assertIn("What has arrived is kept", told)
        self.source.answer = self.whole
        self.got()
        self.assertEqual(self.source.asked[-1][1]["Range"], "bytes=100000-")

    def test_two_at_once(self):
        begun = threading.Event()

        def slowly(handler):
            begun.set()
            time.sleep(3)
            return self.whole(handler)
        self.source.answer = slowly
        first = subprocess.Popen([PROGRAM, "networks", "get", "vgg11", "--yes", "--from", self.source.at(self.file)], stderr=subprocess.DEVNULL, stdout=subprocess.DEVNULL, env=self.environment)
        begun.wait(60)
        second = self.run_get("--yes")
        self.assertEqual((second.returncode, first.wait(60)), (1, 0))
        self.assertIn("is being downloaded already", second.stderr)

    def test_a_kept_download_serves_again(self):
        self.source.answer = self.whole
        run = self.got("--keep")
        self.assertIn(f"The download is kept as {self.cache / self.file}.", run.stdout)
        self.assertEqual([file.name for file in self.cache.iterdir()], [self.file])
        self.got("--name", "again")
        self.assertEqual(len(self.source.asked), 1)
        self.assertEqual(list(self.cache.iterdir()), [])

    def test_a_name_that_is_taken_is_told_before(self):
        self.source.answer = self.whole
        self.got()
        run = self.run_get("--yes")
        self.assertEqual(run.returncode, 1)
        self.assertIn('There is a network "vgg11" already', run.stderr)
        self.assertEqual(len(self.source.asked), 1)

    def test_offline_and_strangers(self):
        closed = Source()
        closed.end()
        self.refused(None, source=closed.at(self.file), says="127.0.0.1 cannot be reached")
        self.refused(None, source=f"https://example.invalid/{self.file}", says="example.invalid cannot be reached")
        certificate = self.folder / "certificate.pem"
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                        "-keyout", certificate.with_suffix(".key"), "-out", certificate.with_suffix(".crt")], check=True, capture_output=True)
        certificate.write_bytes(certificate.with_suffix(".key").read_bytes() + certificate.with_suffix(".crt").read_bytes())
        stranger = Source(certificate)
        self.addCleanup(stranger.end)
        stranger.answer = self.whole
        self.refused(None, source=stranger.at(self.file, "https"), says="127.0.0.1 cannot prove that it is who it says")

    def test_http_needs_permission_and_goes_through_the_proxy(self):
        self.refused(None, source=f"http://example.invalid/{self.file}", says="allow http with --plain-http")
        self.environment["http_proxy"] = self.source.at()
        self.source.answer = self.whole
        self.got("--plain-http", source=f"http://example.invalid/{self.file}")
        self.assertEqual(self.source.asked[-1][0], f"http://example.invalid/{self.file}")

    def test_addresses_that_are_none(self):
        for source in ("file:///etc/vgg11-12345678.pth", "vgg11-12345678.pth", "https://", "ftp://example.invalid/vgg11-12345678.pth"):
            self.refused(None, "--sha256", self.digits, source=source, says="")
        self.refused(None, source=self.source.at("weights.pth"), says="Nothing tells the SHA-256 of weights.pth")
        self.refused(None, name="vgg12", says='There is no network "vgg12" to download: choose one of vgg11, vgg13')
        self.assertEqual(self.source.asked, [])

    def test_every_architecture_has_a_source(self):
        names = self.run_get("--yes", name="none").stderr.split("choose one of ")[1].strip().rstrip(".").split(", ")
        self.assertEqual(len(names), 15)
        for name in names:
            self.refused(lambda handler: handler.tell(404), name=name, source=self.source.at(), says="status 404")
            self.assertRegex(self.source.asked[-1][0], rf"^/{name}-[0-9a-f]{{8}}\.pth$")

    def test_wrong_words(self):
        for words in (("get",), ("get", "a", "b"), ("add", "a", "--yes"), ("list", "--from", "x"), ("get", "vgg11", "--sha256", "12"), ("get", "vgg11", "--patience", "0")):
            run = subprocess.run([PROGRAM, "networks", *words], capture_output=True, text=True, env=self.environment)
            self.assertEqual(run.returncode, 2, run.stderr)

    def test_the_start_of_the_program_loads_no_libcurl(self):
        run = subprocess.run([PROGRAM, "networks", "list"], capture_output=True, text=True, env=self.environment | {"LD_DEBUG": "libs"})
        self.assertIn("neural-style.so", run.stderr)
        self.assertNotIn("libcurl.so", run.stderr)


if __name__ == "__main__":
    unittest.main()
