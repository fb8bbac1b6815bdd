# SPDX-License-Identifier: GPL-3.0-or-later
"""A client of neural-style-engine, as engine/protocol/WIRE.md describes the wire.

    engine = Engine(world)
    engine.expect(HELLO)
    photo = engine.upload(48, 32, seed=1)
    engine.paint(1, photo, style)
    kind, head, _ = engine.last_of(1)
"""
import json
import os
import select
import signal
import struct
import subprocess

import numpy

from world import Broken

HEAD = struct.Struct("<4sIIQ")
CHUNK, JOB, CANCEL, FORGET, KEEP = range(1, 6)
HELLO, UPDATE, ESTIMATE, PAINTING_CHUNK, DONE, CANCELLED, FAILED, SNAPSHOT_CHUNK = range(16, 24)
STEP = 1 << 20


def frame(kind, head, payload=b""):
    text = json.dumps(head, separators=(",", ":"), sort_keys=True).encode()
    return HEAD.pack(b"NSE1", kind, len(text), len(payload)) + text + payload


def fnv(data):
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


class Picture:
    def __init__(self, width, height, seed):
        self.bytes = numpy.random.default_rng(seed).integers(0, 255, width * height * 3, numpy.uint8).tobytes()
        self.name = f"u8-{width}x{height}x3-{fnv(self.bytes):016x}"
        self.head = {"channels": 3, "height": height, "name": self.name, "sample": "u8", "width": width}

    def frames(self):
        return b"".join(frame(CHUNK, self.head | {"offset": offset}, self.bytes[offset:offset + STEP])
                        for offset in range(0, len(self.bytes), STEP))


class Engine:
    def __init__(self, world, *options, stderr=subprocess.DEVNULL):
        self.process = subprocess.Popen([world.programs.engine, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=stderr,
                                        env=world.env, bufsize=0)
        self.pid, self.buffer = self.process.pid, b""

    def send(self, data):
        """Whether it was taken."""
        try:
            view = memoryview(data)
            while view:
                view = view[self.process.stdin.write(view):]
            return True
        except BrokenPipeError:
            return False

    def receive(self, limit=60):
        """(kind, head, payload); None at the end."""
        while True:
            start = self.buffer.find(b"NSE1")  # text before is a banner
            if start >= 0 and len(self.buffer) >= start + HEAD.size:
                _, kind, head, payload = HEAD.unpack_from(self.buffer, start)
                end = start + HEAD.size + head + payload
                if len(self.buffer) >= end:
                    text = self.buffer[start + HEAD.size:end - payload]
                    result = kind, json.loads(text), self.buffer[end - payload:end]
                    self.buffer = self.buffer[end:]
                    return result
            if not select.select([self.process.stdout], [], [], limit)[0]:
                raise Broken(f"the engine says nothing for {limit} s")
            piece = os.read(self.process.stdout.fileno(), 1 << 16)
            if not piece:
                return None
            self.buffer += piece

    def expect(self, kind):
        got = self.receive()
        if not got or got[0] != kind:
            raise Broken(f"instead of message {kind}: {got and got[:2]}")
        return got

    def paint(self, number, photo, style, iterations=2):
        self.send(frame(JOB, {"content": photo.name, "estimate-only": False, "id": number, "memory-limit": 0, "sample": "u8",
                              "settings": {"quality": "draft", "iterations": iterations, "precision": "float32"}, "snapshot-every": 0,
                              "steadiness": 1.0, "styles": [{"picture": style.name}]}))

    def last_of(self, number, at_update=lambda head: None):
        """(kind, head, painting) of that job's last message; None: the engine has ended."""
        painting = b""
        while got := self.receive():
            kind, head, payload = got
            if kind == FAILED and head["id"] == 0:
                return kind, head, b""
            if head.get("id") != number:
                raise Broken(f"an answer to job {head.get('id')}")
            if kind == UPDATE:
                at_update(head)
            elif kind == PAINTING_CHUNK:
                painting += payload
            else:
                return kind, head, painting
        return None

    def leave(self, limit=60):
        """Its status once there is nobody any more."""
        for stream in (self.process.stdin, self.process.stdout):
            stream.close()
        try:
            return self.process.wait(timeout=limit)
        except subprocess.TimeoutExpired:
            raise Broken(f"the engine still runs {limit} s after its client has gone") from None

    def kill(self, number=signal.SIGKILL):
        self.process.send_signal(number)
