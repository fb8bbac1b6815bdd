# SPDX-License-Identifier: GPL-3.0-or-later
"""One run's world: a folder, an environment by which its processes are found, and what must hold afterwards.

    with World(programs, random.Random(7)) as world:
        painting = world.start("paint", world.photo, "-o", "out.png", *world.quick)
        world.after_a_while(painting, 0, 2)
        painting.kill()
        world.check_nobody_is_left()
        world.check_files({"out.png": old})
"""
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import numpy
from PIL import Image

SIZE = (64, 48)
# As engine/cli/exit_status.hpp has them.
DONE, FAILED, STOPPED = 0, 1, 130


class Broken(Exception):
    """A promise that was not kept."""


class World:
    def __init__(self, programs, chance):
        self.programs, self.chance = programs, chance
        self.folder = Path(tempfile.mkdtemp(prefix="neural-style-chaos-"))
        self.here = self.folder / "here"
        for name in ("here", "home", "tmp", "runtime"):
            (self.folder / name).mkdir(mode=0o700)
        self.mark = f"NEURAL_STYLE_CHAOS={self.folder.name}"
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
        self.env |= {"HOME": str(self.folder / "home"), "TMPDIR": str(self.folder / "tmp"), "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8",
                     "XDG_RUNTIME_DIR": str(self.folder / "runtime"), "NEURAL_STYLE_CHAOS": self.folder.name}
        self.photo = self.make_photo("photo.png")
        self.quick = ["--style", programs.style, "--quality", "draft", "--iterations", "2"]
        self.copy = ["--style", programs.style, "--quality", "instant", "--strength", "0"]
        self.long = ["--style", programs.style, "--quality", "draft", "--iterations", "60"]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for process in self.processes():
            os.kill(process, signal.SIGKILL)
        shutil.rmtree(self.folder, ignore_errors=True)

    def make_photo(self, name, size=SIZE):
        """Outside of `here`, so that what is there are outputs."""
        path = self.folder / name
        pixels = numpy.random.default_rng(self.chance.getrandbits(32)).integers(0, 255, (size[1], size[0], 3), numpy.uint8)
        Image.fromarray(pixels).save(path)
        return path

    def stored(self):
        """A copy of what is in `here` now."""
        return shutil.copytree(self.here, self.folder / "stored")

    @staticmethod
    def alone():
        """What a command begins with that mounts what only itself sees; empty where that is not possible."""
        words = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--map-root-user", "--mount"]
        return words if subprocess.run([*words, "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True).returncode == 0 else []

    # Processes

    def start(self, *words, **options):
        options.setdefault("stdin", subprocess.DEVNULL)
        for stream in ("stdout", "stderr"):
            options.setdefault(stream, subprocess.PIPE)
        options["env"] = self.env | options.pop("env", {})
        return subprocess.Popen([*options.pop("before", []), self.programs.program, *map(str, words)], cwd=self.here, **options)

    def end_of(self, process, limit=120):
        """(status, standard output, sentences on standard error): lines without progress."""
        try:
            out, errors = process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            raise Broken(f"it still runs after {limit} s") from None
        lines = [line.split("\r")[-1] for line in (errors or b"").decode(errors="replace").splitlines()]
        return process.returncode, out, [line for line in lines if line.strip() and "%  " not in line]

    def run(self, *words, **options):
        return self.end_of(self.start(*words, **options))

    def after_a_while(self, process, least, most):
        """Sleeps a random time, or until the process has ended."""
        seconds = self.chance.uniform(least, most)
        until = time.monotonic() + seconds
        while process.poll() is None and time.monotonic() < until:
            time.sleep(0.005)
        return seconds

    def processes(self):
        """Those of this world that are no zombies."""
        found = []
        for folder in Path("/proc").iterdir():
            if folder.name.isdigit():
                try:
                    if self.mark.encode() in (folder / "environ").read_bytes().split(b"\0"):
                        found.append(int(folder.name))
                except OSError:
                    pass
        return found

    # Promises

    def check(self, holds, what):
        if not holds:
            raise Broken(what)

    def check_nobody_is_left(self, limit=60):
        until = time.monotonic() + limit
        while left := self.processes():
            if time.monotonic() > until:
                names = [Path(f"/proc/{one}/cmdline").read_bytes().replace(b"\0", b" ").decode() for one in left]
                raise Broken(f"left behind: {names}")
            time.sleep(0.02)

    def check_end(self, end, *statuses):
        """One of those statuses; where it failed, sentences; where it is done, none that it failed."""
        status, _, lines = end
        self.check(status in statuses, f"status {status}, not one of {statuses}: {lines}")
        if status == FAILED:
            self.check(lines and all(line.startswith("neural-style: ") for line in lines[-1:]), f"no sentence: {lines}")

    def is_whole(self, path):
        try:
            with Image.open(path) as picture:
                for frame in range(getattr(picture, "n_frames", 1)):
                    picture.seek(frame)
                    picture.load()
            return True
        except Exception:  # whatever Pillow thinks of it
            return False

    def check_files(self, old=None, new=(), folder=None):
        """In `here` there is nothing but whole files: those of `old`, by name with their bytes, as they were or painted
        anew, and some of `new`."""
        folder, old = folder or self.here, old or {}
        names = {str(path.relative_to(folder)) for path in folder.rglob("*") if not path.is_dir()}
        self.check(set(old) <= names, f"gone: {set(old) - names}")
        self.check(names <= {*old, *new}, f"left behind: {names - {*old, *new}}")
        for name in names:
            same = name in old and (folder / name).read_bytes() == old[name]
            if not same and Path(name).suffix in (".png", ".jpg", ".tiff", ".webp", ".gif"):
                self.check(self.is_whole(folder / name), f"{name} is broken")
            elif not same:
                self.check((folder / name).read_bytes().endswith(b"\n"), f"{name} ends in the middle of a line")

    def check_next_painting(self):
        end = self.run("paint", self.photo, "-o", "next.png", *self.quick)
        self.check_end(end, DONE)
        self.check(self.is_whole(self.here / "next.png"), "the next painting is broken")
        (self.here / "next.png").unlink()
