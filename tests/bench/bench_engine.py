# SPDX-License-Identifier: GPL-3.0-or-later
"""The engine's part of the benches as a process: a request a line, an answer a line (tests/bench/main.cpp).

    with BenchEngine(program) as engine:
        took = engine.seconds("step", network=file, type="float32", side=512, loss="gram")
"""
import json
import os
import selectors
import subprocess

AS_THE_LAUNCHER = {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1"}  # engine/launcher


class EngineFailed(RuntimeError):
    """What the engine could not measure, in its own words."""


class BenchEngine:
    def __init__(self, program, *arguments, environment=None, errors=None):
        self.process = subprocess.Popen([str(program), *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
                                        env=AS_THE_LAUNCHER | (os.environ if environment is None else environment))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        try:
            self.process.stdin.close()
            self.process.wait(5)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
            self.process.wait()

    def answer(self, measure, limit=None, **request):
        """The answer, for which it is waited `limit` seconds (None: as long as it takes)."""
        self.process.stdin.write(json.dumps({"measure": measure} | request, default=str) + "\n")
        self.process.stdin.flush()
        waiting = selectors.DefaultSelector()
        waiting.register(self.process.stdout, selectors.EVENT_READ)
        if not waiting.select(limit):
            raise EngineFailed(f"the measure \"{measure}\" took too long")
        line = self.process.stdout.readline()
        answer = json.loads(line) if line else {"error": "the measuring program has ended"}
        if "error" in answer:
            raise EngineFailed(answer["error"])
        return answer

    def seconds(self, measure, limit=None, **request):
        return self.answer(measure, limit, **request)["seconds"]
