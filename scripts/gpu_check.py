#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Checks the engine on a graphics card: builds it alone, runs its tests on the card, measures it beside PyTorch.

    ./run gpu-needs                                      # once, where Debian's packages are within reach: fills subprojects/
    python3 scripts/gpu_check.py --report FOLDER         # on the machine with the card: no network, no Debian, no root

Needs an NVIDIA driver, a PyTorch wheel with CUDA, numpy, g++ 13 or newer, meson and ninja. FOLDER/report.md grows as results arrive, and
the full output of every program lies beside it, so a check that is cut off is still worth reading. `--device cpu --small` tries
the check itself, on any machine.
"""
import argparse
import array
import concurrent.futures
import json
import math
import os
import pathlib
import platform
import re
import signal
import statistics
import subprocess
import sys
import time

PROJECT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(PROJECT / "tests/bench"))
from bench_engine import BenchEngine, EngineFailed  # noqa: E402

NEEDS = PROJECT / "subprojects"
TARGETS = ["tests/engine/engine-tests", "tests/train/train-tests", "tests/bench/bench-engine", "engine/worker/neural-style-engine"]
PHOTO, STYLE = (1500, 1000), (800, 600)  # of the pictures in subprojects/
OTHER_GROUPS = ["objective", "controls", "engine", "hypercolumns"]  # compute on the test's device, but take too long for the stand-in
OWN_DEVICE = {"on_device", "hand_over"}  # belong to the stand-in alone
LEAST_GXX = 13
USUAL_MINUTES = 6
TESTS_SHARE = 150  # seconds of these in which tests begin
MOST_ERRORS = 6  # lines
CALLS_BEFORE_REPLAYS = 4  # of a captured step (engine/runtime/captured_step.hpp)


class Report:
    def __init__(self, folder):
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        self.file = open(folder / "report.md", "w", encoding="utf-8")

    def say(self, text):
        print(text, flush=True)
        self.file.write(text + "\n")
        self.file.flush()

    def section(self, title, *columns):
        self.say(f"\n## {title}\n")
        if columns:
            self.say(f"| {' | '.join(columns)} |\n|{'---|' * len(columns)}")

    def row(self, *cells):
        self.say(f"| {' | '.join(str(cell) for cell in cells)} |")


class TestsTold:
    """What a program of cmocka's says of its tests. A summary at its end names some again."""

    def __init__(self, text):
        lines = [line for line in text.splitlines() if not re.search(r"\d+ test\(s\)", line)]

        def named(mark):
            return {line.split()[-1] for line in lines if line.startswith(f"[{mark}]")}

        self.passed, self.skipped, self.failed = named("       OK "), named("  SKIPPED "), named("  FAILED  ")
        self.not_ended = named(" RUN      ") - self.passed - self.skipped - self.failed
        self.errors = [line.split("] ", 1)[-1] for line in lines if line.startswith(("[  ERROR   ]", "[   LINE   ]"))]


class Stopped(Exception):
    """What the check cannot go on without."""


class Check:
    def __init__(self, options):
        self.options = options
        self.report = Report(options.report)
        self.end = time.monotonic() + 60 * options.minutes
        self.build = options.build or options.report / "build"
        self.sound = True  # every test passed
        self.environment = os.environ | {"NEURAL_STYLE_DATA": str(PROJECT / "data")}

    def left(self, most):
        """Seconds that a program may take: its share of six minutes grows with the minutes that are given."""
        return max(1.0, min(most * max(1.0, self.options.minutes / USUAL_MINUTES), self.end - time.monotonic()))

    def output(self, name, command, most, **environment):
        """Status and text of a program that may take that many seconds; 124 where it took longer. Its log grows while it runs."""
        began = time.monotonic()
        log = self.report.folder / f"{name}.log"
        with open(log, "wb") as stream:
            try:
                program = subprocess.Popen([str(word) for word in command], stdin=subprocess.DEVNULL, stdout=stream, stderr=subprocess.STDOUT,
                                           env=self.environment | environment, cwd=PROJECT, start_new_session=True)
                try:
                    status = program.wait(self.left(most))
                except subprocess.TimeoutExpired:
                    status = 124
                finally:
                    if program.poll() is None:  # with what it has started: compilers would go on
                        os.killpg(program.pid, signal.SIGKILL)
                        program.wait()
            except OSError as missing:
                status = 127
                stream.write(str(missing).encode())
        return status, log.read_text(encoding="utf-8", errors="replace"), time.monotonic() - began

    # ---- the machine

    def look_at_machine(self):
        options, report = self.options, self.report
        report.say(f"# Check of the engine on `{options.device}`, {time.strftime('%Y-%m-%d')}")
        if options.small:
            report.say("\nOnly the check itself is tried: every picture has an eighth of the sides that the tables name, and rounds are few.")
        report.section("Machine", "what", "found")
        status, text, _ = self.output("nvidia-smi", ["nvidia-smi", "--query-gpu=name,driver_version,memory.total,compute_cap", "--format=csv,noheader"], 20)
        report.row("card, driver, memory, compute capability", text.strip().replace("\n", "; ") if status == 0 else "no answer from nvidia-smi")
        cores = len(os.sched_getaffinity(0))
        report.row("processor", f"{cores} cores, {platform.machine()}, {platform.platform()}")
        for program in ("g++", "meson", "ninja"):
            status, text, _ = self.output(program, [program, "--version"], 20)
            report.row(program, text.splitlines()[0] if status == 0 and text else "missing")
            if status == 0 and program == "g++" and int(re.search(r"(\d+)\.\d+\.\d+", text)[1]) < LEAST_GXX:
                raise Stopped(f"g++ is too old: the engine needs g++ {LEAST_GXX} or newer.")
            if status != 0:
                raise Stopped(f"{program} is missing: install it (g++ 13 or newer; meson and ninja also come as Python wheels) and start this again.")
        self.libtorch = self.find_libtorch()
        report.row("LibTorch", self.libtorch)
        for need in ("nlohmann_json", "cmocka", "pictures"):
            if not (NEEDS / need).is_dir():
                raise Stopped(f"{NEEDS / need} is missing: run ./run gpu-needs on a machine with Debian's packages and copy subprojects/ here.")

    def find_libtorch(self):
        if self.options.libtorch:
            return self.options.libtorch
        status, text, _ = self.output("torch", [sys.executable, "-c", "import torch; print(torch.__version__, torch.version.cuda); print(torch.__path__[0])"], 90)
        if status != 0:
            raise Stopped(f"{sys.executable} has no PyTorch: install a wheel with CUDA for it, or name a LibTorch with --libtorch.")
        version, folder = text.strip().splitlines()[-2:]
        self.report.row("PyTorch, CUDA", version)
        return folder

    # ---- the build

    def compile(self):
        report = self.report
        report.section("Build", "step", "result", "s")
        if not (self.build / "build.ninja").is_file():
            status, text, took = self.output("setup", ["meson", "setup", self.build, PROJECT, "-Dplugin=disabled", "-Dcli=disabled", "-Dtests=true",
                                                       f"-Dlibtorch={self.libtorch}"], 120, CXX="g++")
            report.row("meson setup", "done" if status == 0 else f"failed, status {status}", f"{took:.0f}")
            if status != 0:
                raise Stopped("The build could not be set up; the end of setup.log:\n\n" + "\n".join(text.splitlines()[-15:]))
            graphs = re.search(r"captures steps as CUDA graphs\s*: (\w+)", text)
            report.row("captures steps as CUDA graphs", graphs[1] if graphs else "not told", "")
        status, text, took = self.output("build", ["ninja", "-C", self.build, "-j", self.options.jobs, *TARGETS], 240)
        report.row("ninja", "done" if status == 0 else f"failed, status {status}", f"{took:.0f}")
        if status != 0:
            raise Stopped("The build failed; the end of build.log:\n\n" + "\n".join(text.splitlines()[-25:]))
        self.environment["LD_LIBRARY_PATH"] = f"{NEEDS / 'cmocka/lib'}:{os.environ.get('LD_LIBRARY_PATH', '')}"

    # ---- the tests

    def test(self):
        status, introspected, _ = self.output("introspect", ["meson", "introspect", "--tests", self.build], 60)
        if status != 0:
            raise Stopped("meson does not tell the tests: introspect.log says why.")
        ending = " on the stand-in device"
        groups = [test["name"].removesuffix(ending).split(" ", 1) for test in json.loads(introspected) if test["name"].endswith(ending)]
        groups = [group for group in groups if group[1] not in OWN_DEVICE]
        # They begin with the longest, so that none is alone at the end.
        others = [["engine", group] for group in OTHER_GROUPS]
        groups = others + [group for group in groups if group not in others]
        self.report.section(f"Tests on `{self.options.device}`", "group", "result", "passed", "skipped", "failed", "s")
        last_begin = time.monotonic() + self.left(TESTS_SHARE)
        said = []  # by what has failed

        def run(group):
            if time.monotonic() > last_begin:
                return group, (None, "", 0)
            program = self.build / f"tests/{group[0]}/{group[0]}-tests"
            return group, self.output("test-" + "-".join(group), [program, group[1]], 150, NEURAL_STYLE_TEST_DEVICE=self.options.device,
                                      OMP_NUM_THREADS=str(max(1, self.options.jobs // 4)))

        with concurrent.futures.ThreadPoolExecutor(min(4, self.options.jobs)) as pool:
            for done in concurrent.futures.as_completed([pool.submit(run, group) for group in groups]):
                group, (status, text, took) = done.result()
                tests = TestsTold(text)
                result = {None: "not begun: the time was over", 0: "ok", 124: "took too long"}.get(status, f"failed, status {status}")
                if status == 0 and not tests.passed:
                    result = "nothing was tested"
                self.sound = self.sound and result == "ok"
                failed = sorted(tests.failed) + [f"{name} (not ended)" for name in sorted(tests.not_ended)]
                self.report.row(" ".join(group), result, len(tests.passed), len(tests.skipped), ", ".join(failed), f"{took:.0f}")
                if failed:
                    said += [f"    {' '.join(group)}: {line}" for line in tests.errors[:MOST_ERRORS]]
        if said:
            self.report.say("\nWhat the failed tests said first:\n\n" + "\n".join(said))

    # ---- the measures

    def measure(self):
        for part in (self.prepare_pictures, self.steps, self.paintings, self.same_as_processor, self.refusals):
            if time.monotonic() > self.end:
                self.report.say("\nThe time was over here.")
                return
            try:
                part()
            except Exception as problem:  # one measure that fails must not take the others with it
                self.report.say(f"\nThis part ended early: {type(problem).__name__}: {problem}")

    def prepare_pictures(self):
        """Pictures of every size as float32 samples, as bench-engine reads them."""
        import torch
        torch.set_num_threads(self.options.jobs)
        self.pictures = {}
        scale = 8 if self.options.small else 1
        for name, file, size, sizes in (("photo", "photo.rgb", PHOTO, ((512, 512), (1000, 1000), (6000, 4000))), ("style", "style.rgb", STYLE, (STYLE,))):
            pixels = torch.frombuffer(bytearray((NEEDS / "pictures" / file).read_bytes()), dtype=torch.uint8)
            pixels = pixels.reshape(1, size[1], size[0], 3).permute(0, 3, 1, 2).float() / 255
            for width, height in sizes:
                wanted = (max(64, height // scale), max(64, width // scale))
                part = pixels[..., :round(min(size[1], size[0] * height / width)), :round(min(size[0], size[1] * width / height))]
                resized = torch.nn.functional.interpolate(part, wanted, mode="bicubic", align_corners=False, antialias=True).clamp(0, 1)
                target = self.report.folder / f"{name}-{width}x{height}.f32"
                write_samples(target, resized[0].permute(1, 2, 0))
                self.pictures[name, width] = {"file": str(target), "width": wanted[1], "height": wanted[0]}

    def engine(self):
        return BenchEngine(self.build / "tests/bench/bench-engine", environment=self.environment, errors=subprocess.DEVNULL)

    def steps(self):
        device, side, rounds = self.options.device, 128 if self.options.small else 512, 2 if self.options.small else 10
        file = self.report.folder / "vgg19.safetensors"
        self.report.section(f"One closure, VGG-19's shape, {side} px", "what", "ms", "times as fast as the tutorial's loop")
        status, text, _ = self.output("tutorial", [sys.executable, PROJECT / "tests/bench/tutorial_times.py", file, device, side, rounds], 120)
        times = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        first = times[0]["seconds"] if times else None

        def row(title, seconds):
            self.report.row(title, f"{1e3 * seconds:.2f}", f"{first / seconds:.2f}" if first else "-")

        for entry in times:
            row(entry["name"], entry["seconds"])
        if status != 0:
            self.report.row("the tutorial's loop", f"ended with status {status}: see tutorial.log", "-")
        with self.engine() as engine:
            for kind in ("float32", "bfloat16"):
                def median(measure, kind=kind, **request):
                    return statistics.median([engine.seconds(measure, self.left(60), network=str(file), type=kind, side=side, device=device, **request)
                                              for _ in range(3 + rounds)][3:])

                step = median("step", loss="gram")
                row(f"our step, {kind}", step)
                replayed = [engine.answer("captured step", self.left(60), network=str(file), type=kind, side=side, device=device, loss="gram")
                            for _ in range(CALLS_BEFORE_REPLAYS + rounds)][CALLS_BEFORE_REPLAYS:]
                if all(answer["captured"] for answer in replayed):
                    row(f"our step captured, {kind}", statistics.median([answer["seconds"] for answer in replayed]))
                else:
                    self.report.row(f"our step captured, {kind}", "not captured", "-")
                bare = {way: median("convolutions", way=way) for way in ("contiguous", "channels_last")}
                for way, seconds in bare.items():
                    row(f"its convolutions alone, {kind}, {way}", seconds)
                self.report.row(f"our step over its convolutions, {kind}", f"{step / min(bare.values()):.2f} times", "")

    def paintings(self):
        device = self.options.device
        self.report.section("Pixels to pixels, warm", "what", "s", "wanted on an H100 or H200, s", "card's memory, MiB")
        styles = self.report.folder / "styles"
        styles.mkdir(exist_ok=True)
        with self.engine() as engine:
            for title, width, rounds, wanted in (("Instant, 1 megapixel", 1000, 5, 0.02), ("Instant, 24 megapixels", 6000, 3, 0.4)):
                took = [engine.seconds("one pass", self.left(120), network=self.network("encoder"), decoder=self.network("decoder"), trained_styles=str(styles),
                                   trained_style="", photo=self.pictures["photo", width], style=self.pictures["style", STYLE[0]],
                                   device=device) for _ in range(rounds)]
                self.report.row(title, f"{min(took[1:]):.3f}", wanted, self.memory(engine))
        for title, width, rounds, wanted in (("default, 512 px", 512, 3, 0.5), ("default, 1 megapixel", 1000, 2, 1), ("default, 24 megapixels", 6000, 2, 10)):
            with self.engine() as engine:
                took = self.paint(engine, width, rounds, "automatic", device)
                self.report.row(title, f"{took:.2f}", wanted, self.memory(engine))

    def network(self, name):
        return str(PROJECT / "data/models" / f"{name}.safetensors")

    def paint(self, engine, width, rounds, precision, device, into="painting"):
        return engine.seconds("painting", self.left(150), network=self.network("painter"), precision=precision, photo=self.pictures["photo", width],
                          style=self.pictures["style", STYLE[0]], rounds=rounds, device=device,
                          into=str(self.report.folder / f"{into}.f32"))

    def memory(self, engine):
        if not self.options.device.startswith("cuda"):
            return "-"
        _, text, _ = self.output("memory", ["nvidia-smi", "--query-compute-apps=pid,used_memory", "--format=csv,noheader,nounits"], 20)
        found = [line.split(",")[1].strip() for line in text.splitlines() if line.split(",")[0].strip() == str(engine.process.pid)]
        if found:
            return found[0]
        # In a container process ids differ: then all of the card's memory that is in use.
        status, text, _ = self.output("memory", ["nvidia-smi", "--query-gpu=memory.used", "--format=csv,noheader,nounits"], 20)
        return f"{text.splitlines()[0].strip()} in all" if status == 0 and text else "not told"

    def same_as_processor(self):
        """The default objective of the same painting, made here and there; and whether a seed repeats."""
        self.report.section("The same painting, float32, 512 px", "where", "loss", "relative to the processor")
        folder, totals = self.report.folder, {}
        for device, into in (("cpu", "processor"), (self.options.device, "first"), (self.options.device, "second")):
            with self.engine() as engine:
                self.paint(engine, 512, 1, "float32", device, into)
        with self.engine() as engine:
            losses = engine.answer("losses", self.left(60), network=self.network("painter"), photo=self.pictures["photo", 512],
                                style=self.pictures["style", STYLE[0]], pictures=[str(folder / f"{name}.f32") for name in ("processor", "first")])["losses"]
        totals = [loss["total"] for loss in losses]
        self.report.row("processor", f"{totals[0]:.5f}", 1)
        self.report.row(self.options.device, f"{totals[1]:.5f}", f"{totals[1] / totals[0]:.4f}{'' if math.isclose(*totals, rel_tol=0.01) else ': more than 1 % away'}")
        again = (folder / "first.f32").read_bytes() == (folder / "second.f32").read_bytes()
        self.report.say(f"\nThe same seed paints the same samples again on `{self.options.device}`: {'yes' if again else 'no'}.")

    def refusals(self):
        self.report.section("Devices that are not there", "asked for", "answer")
        for device in ("cuda:99", "nonsense"):
            with self.engine() as engine:
                try:
                    self.paint(engine, 512, 1, "float32", device)
                    answer = "painted, which it should not"
                except EngineFailed as refusal:
                    answer = str(refusal).splitlines()[0]
            self.report.row(device, answer)

    def run(self):
        status = 0
        try:
            self.look_at_machine()
            self.compile()
            self.test()
            self.measure()
        except Stopped as reason:
            self.report.say(f"\nStopped: {reason}")
            status = 1
        for scratch in self.report.folder.glob("*.f32"):
            scratch.unlink()
        self.report.say(f"\nThe full output of every program is in {self.report.folder}.")
        return status or (0 if self.sound else 1)


def write_samples(file, tensor):
    """Without numpy, which a wheel need not bring."""
    with open(file, "wb") as stream:
        for rows in tensor.split(64):
            array.array("f", rows.flatten().tolist()).tofile(stream)


def main():
    parser = argparse.ArgumentParser(description="Builds, tests and measures the engine on a graphics card, and writes a report.")
    parser.add_argument("--report", type=pathlib.Path, required=True, help="folder for the report and the programs' output")
    parser.add_argument("--device", default="cuda", help="where to compute (default: cuda)")
    parser.add_argument("--libtorch", help="folder of a LibTorch (default: PyTorch's, of the python3 that runs this)")
    parser.add_argument("--build", type=pathlib.Path, help="build folder, to use one again (default: in the report's folder)")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), help="compilers at once (default: the number of cores)")
    parser.add_argument("--minutes", type=float, default=USUAL_MINUTES, help="when nothing new is begun any more (default: %(default)s)")
    parser.add_argument("--small", action="store_true", help="small pictures and few rounds, to try the check itself")
    options = parser.parse_args()
    options.report = options.report.resolve()
    if options.build:
        options.build = options.build.resolve()
    return Check(options).run()


if __name__ == "__main__":
    sys.exit(main())
