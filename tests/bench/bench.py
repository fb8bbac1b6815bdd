# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the engine against its peers and writes the results into the documents: see --help."""
import argparse
import json
import os
import pathlib
import re
import statistics
import subprocess
import sys
import tempfile
import time

import numpy
import torch

from bench_engine import BenchEngine, EngineFailed
from coarse_to_fine import CoarseToFine, Way
from film_shots import SHOTS, SIZE, Shot, warping_error
from feature_network import FeatureNetwork, write_random_published_style, write_random_vgg19
from judge import Judge
from plots import write_plots
from published_networks import PublishedNetwork
from tutorial_loop import TutorialClosure

PROJECT = pathlib.Path(__file__).resolve().parents[2]
SHIPPED = PROJECT / "data/models/painter.safetensors"
ENCODER = PROJECT / "data/models/encoder.safetensors"
DECODER = PROJECT / "data/models/decoder.safetensors"
PHOTO = PROJECT / "data/photos/boats.jpg"
STYLE = PROJECT / "data/styles/starry-night.jpg"
TYPES = ("float32", "bfloat16")
WAYS = ("contiguous", "channels_last", "prepared")  # of convolutions
# Until finished threads go to sleep: they spin first, and would disturb the next measurement.
SETTLE = 0.03
# The C library returns no memory to the kernel, which would zero each page anew; it is what our engine does.
KEPT_MEMORY = {"GLIBC_TUNABLES": "glibc.malloc.mmap_threshold=4294967296:glibc.malloc.trim_threshold=17179869184:glibc.malloc.hugetlb=1"}
LEAST_COSINE = 0.99  # between the gradients in bfloat16 and float32


def say(text):
    print(text, file=sys.stderr, flush=True)


def clocked(work):
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def medians(peers, rounds):
    """Median seconds of each of {name: function that returns seconds}, over rounds of all of them; the first is not counted."""
    times = {name: [] for name in peers}
    for number in range(rounds + 1):
        for name, measure in peers.items():
            time.sleep(SETTLE)
            took = measure()
            if number > 0:
                times[name].append(took)
    return {name: statistics.median(values) for name, values in times.items()}


def peak_memory(process):
    """Of a running one, in bytes."""
    return int(re.search(r"VmHWM:\s+(\d+) kB", pathlib.Path(f"/proc/{process.pid}/status").read_text())[1]) * 1024


def table(head, rows):
    lines = [head, ["---"] + ["--:"] * (len(head) - 1)] + rows
    return "\n".join("| " + " | ".join(str(cell) for cell in line) + " |" for line in lines)


def milliseconds(seconds):
    return f"{seconds * 1e3:.3g}" if seconds < 0.1 else f"{seconds * 1e3:.0f}"


def times_as_fast(ratio):
    return f"{ratio:.2f}" if ratio < 9.95 else f"{ratio:.0f}"


def pixmap(file):
    """[height, width, 3], 0..1, of a portable pixmap of 8 bits."""
    data = pathlib.Path(file).read_bytes()
    width, height = map(int, data.split(None, 3)[1:3])
    return numpy.frombuffer(data[-3 * width * height:], "u1").reshape(height, width, 3) / 255


def write_pixmap(file, rows):
    height, width = rows.shape[:2]
    file.write_bytes(f"P6\n{width} {height}\n255\n".encode() + numpy.round(rows * 255).astype("u1").tobytes())


class Machine:
    def __init__(self, engine):
        info = pathlib.Path("/proc/cpuinfo").read_text()
        self.flags = set(re.search(r"^(?:flags|Features)\s*:(.*)", info, re.MULTILINE)[1].split())
        name = re.search(r"^model name\s*:\s*(.*)", info, re.MULTILINE)
        self.name = name[1] if name else os.uname().machine
        self.cores = len(os.sched_getaffinity(0))
        self.versions = engine.answer("versions")

    def has(self, flag):
        return "yes" if flag in self.flags else "no"

    def __str__(self):
        onednn = re.search(r"MKL-DNN v([\d.]+)", self.versions["built"])
        return (f"{self.name}, {self.cores} cores; AVX-512: {self.has('avx512f')}, AVX-512 bfloat16: {self.has('avx512_bf16')}, "
                f"AMX bfloat16: {self.has('amx_bf16')}; {self.versions['threads']} threads; LibTorch {self.versions['LibTorch']}, "
                f"PyTorch {torch.__version__}, oneDNN {onednn[1] if onednn else 'unknown'}")


class Documents:
    """Replaces the text between `<!-- bench: NAME -->` and `<!-- end -->`."""

    def __init__(self, folder):
        self.folder = folder

    def write(self, name, text):
        for file in (self.folder / "benchmarks.md", self.folder / "performance.md"):
            old = file.read_text(encoding="utf-8")
            new, found = re.subn(rf"(<!-- bench: {name} -->\n).*?(<!-- end -->)", lambda m: m[1] + text.strip() + "\n" + m[2], old,
                                 flags=re.DOTALL)
            if found:
                file.write_text(new, encoding="utf-8")
                return
        sys.exit(f"bench: no document has a place for {name}")


class Figures:
    """Seconds and GiB of each section, one JSON object a line: {"section", "measured", "machine", "figures": {name: value}}."""

    def __init__(self, file):
        self.file = file
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        self.sections = {one["section"]: one for one in map(json.loads, lines)}

    def write(self, section, machine, figures):
        self.sections[section] = {"section": section, "measured": time.strftime("%Y-%m-%d"), "machine": machine,
                                  "figures": {name: float(f"{value:.4g}") for name, value in figures.items()}}
        self.file.write_text("".join(json.dumps(self.sections[name]) + "\n" for name in SECTIONS if name in self.sections), encoding="utf-8")

    def against(self, section, figures):
        """A table of how the figures compare with these; those of another machine are told by it."""
        before = self.sections.get(section)
        if not before:
            return f"{section}: there is nothing to compare with in {self.file}."
        rows = [[name, f"{before['figures'][name]:.4g}", f"{value:.4g}", f"{value / before['figures'][name]:.2f}"]
                for name, value in figures.items() if name in before["figures"]]
        return f"{section}, against {before['measured']} on {before['machine']}:\n\n" + table(["figure", "then", "now", "ratio"], rows)


class Bench:
    def __init__(self, options, folder):
        self.options, self.folder = options, folder
        self.documents = Documents(options.documents)
        self.figures = Figures(options.documents / "benchmarks.json")
        self.before = Figures(options.against) if options.against else None
        self.vgg19 = folder / "random-vgg19.safetensors"
        write_random_vgg19(self.vgg19)
        with self.engine() as engine:
            self.machine = Machine(engine)
        torch.set_num_threads(self.machine.cores)

    def engine(self, *arguments):
        return BenchEngine(self.options.engine, *arguments)

    def write(self, name, text, figures=None):
        """`figures`: {name: seconds or GiB}, for comparisons and plots."""
        stamp = time.strftime("%Y-%m-%d")
        self.documents.write(name, f"Measured {stamp} with `./run bench {name}` on: {self.machine}.\n\n{text}")
        print(f"\n## {name}\n{text}\n")
        if figures and self.before:
            print(self.before.against(name, figures) + "\n")
        if figures:
            self.figures.write(name, str(self.machine), figures)

    # ---- (a) one step against the tutorial's closure

    def step(self):
        side, rounds = self.options.side, self.options.rounds
        texts, figures = [], {}
        for title, file in (("VGG-19's shape, random weights", self.vgg19), ("the shipped network", SHIPPED)):
            network = FeatureNetwork.read(file)
            with self.engine() as engine:
                peers = {}
                for channels_last in (False, True):
                    for bfloat16 in (False, True):
                        closure = TutorialClosure(network, side, channels_last, bfloat16)
                        peers[f"tutorial's loop, {Way(channels_last, bfloat16)}"] = (
                            lambda closure=closure: clocked(closure.run))
                for type_ in TYPES:
                    peers[f"our step, {type_}"] = (
                        lambda type_=type_: engine.seconds("step", network=file, type=type_, side=side, loss="gram"))
                found = medians(peers, rounds)
            first = next(iter(found.values()))
            best = {type_: min(value for name, value in found.items()
                               if "tutorial" in name and ("bfloat16" in name) == (type_ == "bfloat16")) for type_ in TYPES}
            rows = [[name, milliseconds(value), times_as_fast(first / value)] for name, value in found.items()]
            figures |= {f"{title}: {name}, s": value for name, value in found.items()}
            texts.append(f"**{title[0].upper()}{title[1:]}**, {side} px, median of {rounds} rounds:\n\n"
                         + table(["one closure: forward and gradient", "ms", "times as fast as the tutorial as it stands"], rows)
                         + "\n\nAgainst the faster layout of the same precision, our step is "
                         + " and ".join(f"{times_as_fast(best[t] / found[f'our step, {t}'])} times as fast in {t}" for t in TYPES) + ".")
        self.write("step", "\n\n".join(texts), figures)

    def networks(self):
        side, rounds = self.options.side, self.options.rounds
        rows, figures = [], {}
        for name in ("vgg16", "vgg19", "resnet50", "mobilenet_v2"):
            file, home = self.folder / f"{name}.pth", self.folder / "home"
            torch.save(PublishedNetwork(name).model.state_dict(), file)
            subprocess.run([self.options.cli, "networks", "add", file, "--name", name], check=True, capture_output=True,
                           env=os.environ | {"XDG_DATA_HOME": str(home)})
            ours = next(home.rglob(f"{name}.safetensors"))
            arguments = (sys.executable, pathlib.Path(__file__).with_name("published_peer.py"), name, ours, str(side), str(self.machine.cores))
            for type_ in TYPES:
                with self.engine() as engine, BenchEngine(*arguments, environment=os.environ | {"GLIBC_TUNABLES": ""}) as plain, BenchEngine(*arguments, environment=os.environ | KEPT_MEMORY) as kept:
                    peers = {(which, last): lambda peer=peer, last=last: peer.seconds("step", channels_last=last, type=type_)
                             for which, peer in (("plain", plain), ("kept", kept)) for last in (False, True)}
                    peers["ours"] = lambda: engine.seconds("step", network=ours, type=type_, side=side, loss="gram")
                    if name.startswith("vgg"):  # the others' are of several sizes
                        for way in WAYS:
                            peers[way] = lambda way=way: engine.seconds("convolutions", network=ours, type=type_, side=side, way=way)
                    found = medians(peers, rounds)
                best = {which: min(found[which, last] for last in (False, True)) for which in ("plain", "kept")}
                bare = min((found[way] for way in WAYS if way in found), default=None)
                figures |= {f"{name}, {type_}: {what}, s": value
                            for what, value in (("PyTorch", best["plain"]), ("PyTorch with memory kept", best["kept"]), ("our step", found["ours"]))}
                rows.append([f"{name}, {type_}", milliseconds(best["plain"]), milliseconds(best["kept"]), milliseconds(found["ours"]),
                             times_as_fast(best["plain"] / found["ours"]), times_as_fast(best["kept"] / found["ours"]),
                             f"{found['ours'] / bare:.2f}" if bare else ""])
        self.write("networks", f"Random weights, {side} px, median of {rounds} rounds; batch norms are folded into the convolutions on both sides.\n\n"
                   + table(["network, features", "PyTorch, ms", "with memory kept, ms", "our step, ms", "times as fast", "as with memory kept",
                            "against bare convolutions"], rows), figures)

    # ---- how a step grows with the picture

    def growth(self):
        rows, figures = [], {}
        for side in self.options.growth_sides:
            peer = (sys.executable, pathlib.Path(__file__).with_name("published_peer.py"), "own", SHIPPED, str(side), str(self.machine.cores))
            for type_ in TYPES:
                seconds, memory = {}, {}
                with self.engine() as ours, BenchEngine(*peer, environment=os.environ | KEPT_MEMORY) as theirs:
                    found = medians({"our step": lambda: ours.seconds("step", network=SHIPPED, type=type_, side=side, loss="gram"),
                                     "tutorial's loop": lambda: theirs.seconds("step", channels_last=True, type=type_)}, min(3, self.options.rounds))
                    for name, process in (("our step", ours.process), ("tutorial's loop", theirs.process)):
                        seconds[name], memory[name] = found[name], peak_memory(process) / 2**30
                for name in seconds:
                    figures |= {f"{name}, {type_}, {side} px: s": seconds[name], f"{name}, {type_}, {side} px: GiB": memory[name]}
                rows.append([f"{side} x {side}, {type_}", *(milliseconds(seconds[name]) for name in seconds), *(f"{memory[name]:.2f}" for name in memory),
                             times_as_fast(seconds["tutorial's loop"] / seconds["our step"])])
        self.write("growth", "The shipped network; the loop with `channels_last` and a C library that keeps its memory. Memory is each process's VmHWM, LibTorch "
                   "or PyTorch included.\n\n"
                   + table(["picture, features", "our step, ms", "tutorial's loop, ms", "ours, GiB", "tutorial's, GiB", "times as fast"], rows), figures)

    # ---- (c) one step against its bare convolutions

    def limit(self):
        side, rounds = self.options.side, self.options.rounds
        rows, figures = [], {}
        for title, file, loss in (("VGG-19's shape", self.vgg19, "gram"), ("shipped", SHIPPED, "gram"),
                                  ("shipped", SHIPPED, "gaussian")):
            for type_ in TYPES:
                with self.engine() as engine:
                    peers = {"step": lambda: engine.seconds("step", network=file, type=type_, side=side, loss=loss)}
                    for way in WAYS:
                        peers[way] = lambda way=way: engine.seconds("convolutions", network=file, type=type_, side=side, way=way)
                    found = medians(peers, rounds)
                way = min(WAYS, key=found.get)
                figures |= {f"{title}, {type_}, {loss}: {what}, s": value for what, value in (("step", found["step"]), ("convolutions", found[way]))}
                rows.append([f"{title}, {type_}, {loss}", milliseconds(found["step"]), milliseconds(found[way]), way,
                             f"{found['step'] / found[way]:.2f}"])
        self.write("limit", f"{side} px, median of {rounds} rounds; the fastest of {len(WAYS)} ways to compute the convolutions counts.\n\n"
                   + table(["network, features, style loss", "our step, ms", "its convolutions, ms", "fastest way", "ratio"], rows), figures)

    # ---- (b) time to equal loss

    def pixels(self, file, *arguments):
        """R'G'B' 0..1 as [1, 3, height, width], and as a file for the engine."""
        form = ["convert", str(file), *arguments, "-depth", "8", "-colorspace", "sRGB"]
        size = subprocess.run([*form, "-format", "%w %h", "info:"], check=True, capture_output=True, text=True).stdout
        width, height = map(int, size.split())
        raw = subprocess.run([*form, "rgb:-"], check=True, capture_output=True).stdout
        rows = numpy.frombuffer(raw, "u1").reshape(height, width, 3).astype("<f4") / 255
        target = self.folder / f"{pathlib.Path(file).stem}-{width}x{height}.f32"
        target.write_bytes(rows.tobytes())
        tensor = torch.from_numpy(rows).permute(2, 0, 1)[None].contiguous()
        return tensor, {"file": target, "width": width, "height": height}

    def loss(self):
        side = self.options.side
        photo, photo_file = self.pixels(PHOTO, "-resize", f"{side}x{side}^", "-gravity", "center", "-extent", f"{side}x{side}")
        style, style_file = self.pixels(STYLE)
        network = FeatureNetwork.read(SHIPPED)
        subject = {"network": SHIPPED, "photo": photo_file, "style": style_file}
        ours, rows, figures = {}, [], {}
        for precision, times_painted in (("automatic", 3), ("float32", 1)):
            into = self.folder / f"ours-{precision}.f32"
            times = []
            for _ in range(times_painted):
                with self.engine() as engine:
                    times.append(engine.seconds("painting", precision=precision, into=into, **subject))
            with self.engine() as engine:
                losses = engine.answer("losses", pictures=[into], **subject)["losses"]
            ours[precision] = (statistics.median(times), losses[0]["total"])
            rows.append([f"our default, {precision}", f"{ours[precision][1]:.4f}", f"{ours[precision][0]:.1f}",
                         times_as_fast(ours[precision][0] / ours["automatic"][0])])
            figures[f"our default, {precision}, s"] = ours[precision][0]
        with self.engine() as engine:
            plan = engine.answer("plan", **subject)
        goal = ours["automatic"][1]
        ways = [Way(layout, bfloat16) for layout in (False, True) for bfloat16 in (False, True)]
        ways = {str(way): way for way in ways}
        steps = {name: CoarseToFine(network, plan, photo, style, way).measured_step() for name, way in ways.items()}
        exact = steps[str(Way())][1].flatten()
        # With oneDNN 3.7 a third of the bfloat16 gradient of contiguous pictures is noise on AMD's family 26.
        cosines = {name: torch.cosine_similarity(gradient.flatten(), exact, dim=0).item() for name, (_, gradient) in steps.items()}
        right = {name: seconds for name, (seconds, _) in steps.items() if cosines[name] > LEAST_COSINE}
        fastest = min(right, key=right.get)
        say(f"coarse-to-fine loop, seconds a step where the gradient is right: {right}; cosines: {cosines}")
        for iterations in self.options.peer_iterations:
            painter = CoarseToFine(network, plan, photo, style, ways[fastest])
            reached, file = None, self.folder / "peer.f32"
            with self.engine() as engine:
                for seconds, average in painter.paint(iterations, every=max(1, iterations // 50)):
                    file.write_bytes(average[0].permute(1, 2, 0).contiguous().numpy().astype("<f4").tobytes())
                    value = engine.answer("losses", pictures=[file], **subject)["losses"][0]["total"]
                    time.sleep(SETTLE)
                    if value <= goal:
                        reached = seconds
                        break
            if reached:
                figures[f"coarse-to-fine loop of {iterations} steps a scale, s"] = reached
            rows.append([f"coarse-to-fine loop, {2 * iterations} steps, then {iterations} a scale", f"{value:.4f}",
                         f"{reached:.1f}" if reached else f"not within {seconds:.1f}",
                         times_as_fast(reached / ours["automatic"][0]) if reached else ""])
        self.write("loss", f"{side} px, our default in the median of three; the loop in PyTorch's fastest way of {len(right)} whose gradient is right ({fastest}).\n\n"
                   + table(["painter", "loss", "reached after, s", "ratio"], rows), figures)

    # ---- (d) time and memory of whole paintings

    def busy(self):
        """A painting beside programs that only compute: as shipped, and with the defaults of LibTorch and OpenMP."""
        ways = {"as it is": {}, "OpenMP's own waiting": {"GOMP_SPINCOUNT": "300000"}, "waiting asleep": {"OMP_WAIT_POLICY": "passive"}}
        rows = []
        for side in self.options.busy_sides:
            photo = self.folder / f"busy-{side}.png"
            subprocess.run(["convert", str(PHOTO), "-resize", f"{side}x{side}^", "-gravity", "center", "-extent", f"{side}x{side}",
                            str(photo)], check=True)
            command = [self.options.cli, "paint", photo, "--style", STYLE, "-o", self.folder / "busy-painting.png", "--quiet"]
            times = {}
            for _ in range(self.options.busy_rounds):
                for way, variables in ways.items():
                    for loops in range(self.machine.cores + 1):
                        hogs = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(loops)]
                        try:
                            time.sleep(SETTLE)
                            took = clocked(lambda variables=variables: subprocess.run(
                                command, check=True, env=self.environment() | variables))
                        finally:
                            for hog in hogs:
                                hog.kill()
                                hog.wait()
                        times.setdefault((way, loops), []).append(took)
            for way in ways:
                found = [statistics.median(times[way, loops]) for loops in range(self.machine.cores + 1)]
                rows.append([f"{side} px", way, *(f"{took:.1f} ({took / found[0]:.2f})" for took in found)])
        self.write("busy", f"Seconds of the default painting, whole processes, medians of {self.options.busy_rounds} rounds in turns; in brackets "
                   "relative to the idle machine.\n\n"
                   + table(["photo", "threads' waiting", "idle", *(f"beside {loops} busy loop{'s' if loops > 1 else ''}"
                                                                   for loops in range(1, self.machine.cores + 1))], rows))

    def sizes(self):
        rows, figures = [], {}
        for megapixels in self.options.megapixels:
            height = round((megapixels * 1e6 / 1.5) ** 0.5)
            width = round(1.5 * height)
            photo = self.folder / f"photo-{megapixels}.jpg"
            subprocess.run(["convert", str(PHOTO), "-resize", f"{width}x{height}!", "-quality", "95", str(photo)], check=True)
            command = [self.options.cli, "paint", photo, "--style", STYLE, "-o", self.folder / f"painting-{megapixels}.png"]
            estimate = json.loads(subprocess.run([*command, "--estimate", "--json"], check=True, capture_output=True, text=True,
                                                 env=self.environment()).stdout)
            say(f"painting {width}x{height}")
            seconds, peak = self.watched([*command, "--quiet"])
            pixels = width * height / 1e6
            figures |= {f"{megapixels:g} MP: s": seconds, f"{megapixels:g} MP: GiB": peak / 2**30}
            rows.append([f"{width} x {height} ({megapixels:g} MP)", f"{seconds:.1f}", f"{seconds / pixels:.1f}", f"{peak / 2**30:.2f}",
                         f"{estimate['time-needed']:.1f}", f"{estimate['memory-needed'] / 2**30:.2f}", estimate["tiles"]])
        self.write("sizes", "`neural-style paint photo.jpg --style starry-night -o painting.png` as it stands, reading and writing the files included.\n\n"
                   + table(["size", "s", "s per megapixel", "peak memory, GiB", "estimated s", "estimated GiB", "tiles at full size"], rows), figures)

    # ---- paintings of one pass

    def instant(self):
        styles = self.folder / "styles"
        styles.mkdir()
        (styles / "ours.safetensors").write_bytes((PROJECT / "data/models/great-wave.safetensors").read_bytes())
        write_random_published_style(styles / "published.safetensors")
        _, style = self.pixels(STYLE)
        rows, figures = [], {}
        for title, name, width, height in (
                ("Instant", "", 512, 341), ("Instant", "", 512, 512), ("Instant", "", 1000, 1000), ("Instant", "", 6000, 4000),
                ("trained style, ours", "ours", 1000, 1000), ("trained style, published layout, random weights", "published", 1000, 1000)):
            _, photo = self.pixels(PHOTO, "-resize", f"{width}x{height}!")
            with self.engine() as engine:
                paint = {"warm": lambda: engine.seconds("one pass", network=ENCODER, decoder=DECODER, trained_styles=styles, trained_style=name,
                                                        photo=photo, style=style)}
                warm = medians(paint, 2 if width > 4000 else self.options.rounds)["warm"]
                peak = peak_memory(engine.process)
            figures |= {f"{title}, {width} x {height}: s": warm, f"{title}, {width} x {height}: GiB": peak / 2**30}
            rows.append([f"{title}, {width} x {height}", f"{warm:.3f}", f"{peak / 2**30:.2f}"])
        cold = []
        photo = self.folder / "photo.png"
        subprocess.run(["convert", str(PHOTO), "-resize", "1000x1000!", str(photo)], check=True)
        own = self.folder / "own-style.jpg"
        subprocess.run(["convert", str(STYLE), "-flop", str(own)], check=True)
        for title, name in (("a bundled style", "starry-night"), ("a file of one's own", own)):
            command = [self.options.cli, "paint", photo, "--style", name, "--quality", "instant", "--quiet", "-o", self.folder / "now.png"]
            times = [self.watched(command)[0] for _ in range(self.options.rounds)]
            figures[f"cold, 1000 x 1000, {title}: s"] = statistics.median(times)
            cold.append([f"command line, 1000 x 1000, {title}", f"{statistics.median(times):.2f}"])
        self.write("instant", f"From pixels to pixels, networks loaded and the style seen before; medians of {self.options.rounds} "
                   "(two of the largest). Peak memory is the process's VmHWM.\n\n"
                   + table(["painting", "s", "peak memory, GiB"], rows)
                   + "\n\nFrom nothing: program, networks and files included, a PNG read and written.\n\n" + table(["painting", "s"], cold), figures)

    # ---- what starting from Instant saves

    def start(self):
        steps, side = 180, self.options.side
        photos = sorted((PROJECT / "data/photos").glob("*.jpg")) + sorted((PROJECT / "data/styles").glob("*.jpg"))
        pairs = [(PHOTO, "starry-night"), (PHOTO, "summertime"), (PHOTO, "great-wave"), (photos[-1], "auvers"), (photos[2], "poppies")]
        walks, shares, rows, ratios, curves = [], [], [], [], []
        for number, (photo, style) in enumerate(pairs):
            name = f"{photo.stem} like {style}"
            content = self.folder / f"start-{number}.png"
            subprocess.run(["convert", str(photo), "-resize", f"{side}x{side}^", "-gravity", "center", "-extent", f"{side}x{side}",
                            str(content)], check=True)
            common = [self.options.cli, "paint", content, "--style", style, "--quiet"]

            def losses(*arguments):
                """Pixels and loss of each step, at its size."""
                file = self.folder / "losses.tsv"
                subprocess.run([*common, *arguments, "--losses", file, "-o", self.folder / "painted.png"], check=True,
                               env=self.environment())
                values = [line.split("\t") for line in file.read_text().splitlines()[1:]]
                return [(int(row[0]) * int(row[1]), float(row[-1])) for row in values]

            # Coarse to fine, as users paint: --iterations applies to the largest scale, the others follow.
            tenth = len(losses("--iterations", "10")) / 10
            largest = int(steps / tenth)
            cold = losses("--iterations", str(largest))
            for n in range(largest, 2 * largest):
                instant = losses("--start", "instant", "--iterations", str(n))
                reached = instant[-1][1] <= cold[-1][1]
                if reached:
                    break
            shares.append(len(instant) / len(cold) if reached else float("inf"))
            walks.append([name, len(cold), f"{cold[-1][1]:.4f}", len(instant), f"{instant[-1][1]:.4f}",
                          f"{shares[-1]:.2f}" if reached else "not reached",
                          f"{sum(pixels for pixels, _ in instant) / sum(pixels for pixels, _ in cold):.2f}"])

            # At a single size.
            painted = self.folder / "instant.png"
            subprocess.run([*common, "--quality", "instant", "-o", painted], check=True, env=self.environment())
            from_photo, from_instant = ([loss for _, loss in losses("--refine", begin, "--iterations", str(steps))]
                                        for begin in (content, painted))
            goal = min(from_photo)
            reached = next((i + 1 for i, loss in enumerate(from_instant) if loss <= goal), None)
            ratios.append(reached / steps if reached else float("inf"))
            rows.append([name, f"{from_photo[0]:.2f}", f"{from_instant[0]:.2f}", f"{goal:.4f}",
                         reached if reached else f"not within {steps}"])
            if number == 0:
                curves = [[i, f"{from_photo[i - 1]:.4f}", f"{from_instant[i - 1]:.4f}"]
                          for i in (1, 2, 5, 10, 20, 40, 60, 90, 120, 150, steps)]
        self.write("start", f"**From coarse to fine**, as `--start instant` paints, {side} px. Cold: at most {steps} steps in all, from the photo. Begun with "
                   f"Instant: the fewest steps with at most the same loss at the end. Median: {statistics.median(shares):.2f} of the steps.\n\n"
                   + table(["pair", "cold: steps", "loss at the end", "from Instant: steps", "loss at the end", "share of the steps",
                            "share of the steps' pixels"], walks)
                   + f"\n\n**One scale**, {side} px, L-BFGS, begun by `--refine` with the photo or with what Instant paints: {sum(ratio <= 0.5 for ratio in ratios)} of "
                   f"{len(ratios)} pairs reach the loss of {steps} steps from the photo in half the steps.\n\n"
                   + table(["pair", "first loss, photo", "first loss, Instant", f"best of {steps} steps from the photo", "reached from Instant after steps"],
                           rows) + "\n\nThe curve of the first pair:\n\n" + table(["step", "loss from the photo", "loss from Instant"], curves))

    # ---- films

    def video(self):
        photo = pixmap(self.converted(PHOTO, "photo.ppm"))
        style = self.converted(STYLE, "style.ppm")
        judge = Judge(FeatureNetwork.read(ENCODER))  # which does not paint
        rows, times = [], []
        for name in SHOTS:
            shot, source = Shot(photo, name), self.folder / name
            source.mkdir()
            for number in range(self.options.frames):
                write_pixmap(source / f"{number:04}.ppm", shot.frame(number))
            of_source = warping_error([pixmap(file) for file in sorted(source.glob("*.ppm"))], shot)
            for quality in ("fine", "instant"):
                painted, distances, took = self.films(source, style, quality, judge)
                errors = {way: warping_error([pixmap(file) for file in files], shot) for way, files in painted.items()}
                # What would not flicker at all: one painting under the same camera.
                moved = Shot(numpy.pad(pixmap(painted["film"][0]), ((200, 200), (200, 200), (0, 0)), "reflect"), name)
                of_moved = warping_error([moved.frame(number) for number in range(self.options.frames)], moved)
                rows.append([f"{name}, {quality}", f"{of_source * 1e4:.2f}", f"{errors['alone'] * 1e4:.2f}", f"{errors['film'] * 1e4:.2f}",
                             f"{errors['film'] / of_source:.2f}", f"{of_moved / of_source:.2f}", f"{errors['film'] / errors['alone']:.2f}",
                             f"{distances['film'] / distances['alone']:.3f}"])
                film = took["film"]
                times.append([f"{name}, {quality}", f"{film['first']:.2f}", f"{film['frame']:.3f}", f"{took['alone']['frame']:.3f}",
                              f"{100 * (1 - film['painting'] / film['frame']):.0f} %"])
        self.write("video", f"{SIZE[0]} x {SIZE[1]}, {self.options.frames} frames of each shot, boats like starry-night. Warping errors are mean squares of "
                   "0..1, times 10,000, by the exact flow. One painting moved: the film's first, extended by its mirror image, under the same camera, which is as steady as "
                   "can be. Style distances are those of a network that does not paint.\n\n"
                   + table(["shot, quality", "warping error: source", "frame by frame", "film", "film / source", "one painting moved / source", "film / frame by frame",
                            "style distance: film / frame by frame"], rows)
                   + "\n\n" + table(["shot, quality", "first frame, s", "next frames, s", "frame by frame, s", "flow and moving"], times)
                   + self.clips(style, judge))

    def films(self, source, style, quality, judge):
        """The shot painted as a film and frame by frame: each way's files, style distance, and seconds."""
        painted, distances, took = {}, {}, {}
        for way in ("film", "alone"):
            into = self.folder / f"{source.name}-{quality}-{way}"
            command = [self.options.film, PROJECT / "data/models", style, source, into, "--quality", quality]
            answer = subprocess.run([*map(str, command), *(["--alone"] if way == "alone" else [])], check=True, capture_output=True, text=True).stdout
            took[way] = json.loads(answer)
            painted[way] = sorted(into.glob("*.ppm"))
            distances[way] = statistics.mean(judge.verdict(str(source / file.name), str(style), str(file))["style"] for file in painted[way][1:])
        return painted, distances, took

    def clips(self, style, judge):
        """The films given by --clip, whose true motion nobody knows."""
        rows = []
        for i, clip in enumerate(self.options.clip):
            source = self.folder / f"clip-{i}"
            source.mkdir()
            subprocess.run(["ffmpeg", "-v", "error", "-i", str(clip), "-frames:v", str(self.options.frames), "-fps_mode", "passthrough",
                            "-vf", f"scale={SIZE[0]}:-2:flags=area", "-pix_fmt", "rgb24", "-start_number", "0", str(source / "%04d.ppm")], check=True)
            for quality in ("fine", "instant"):
                painted, distances, _ = self.films(source, style, quality, judge)
                answer = subprocess.run([self.options.flicker, source, *(files[0].parent for files in painted.values())], check=True,
                                        capture_output=True, text=True).stdout
                of_source, film, alone = json.loads(answer)
                rows.append([f"{clip.name}, {quality}", f"{of_source * 1e4:.2f}", f"{alone * 1e4:.2f}", f"{film * 1e4:.2f}", f"{film / max(of_source, 1e-9):.2f}",
                             f"{film / alone:.2f}", f"{distances['film'] / distances['alone']:.3f}"])
        if not rows:
            return ""
        return (f"\n\nReal clips, {SIZE[0]} pixels wide, their first {self.options.frames} frames, by Farnebäck's flow of the source, which nothing here paints with, where "
                "there and back agree:\n\n"
                + table(["clip, quality", "warping error: source", "frame by frame", "film", "film / source", "film / frame by frame",
                         "style distance: film / frame by frame"], rows))

    def converted(self, file, name):
        target = self.folder / name
        subprocess.run(["convert", str(file), "-depth", "8", str(target)], check=True)
        return target

    def environment(self):
        """For programs that find their installed files."""
        return {name: value for name, value in os.environ.items() if name != "NEURAL_STYLE_DATA"}

    def watched(self, command):
        """Seconds and the peak of resident memory (VmHWM), in bytes."""
        begin, peak = time.perf_counter(), 0
        process = subprocess.Popen(command, env=self.environment())
        while process.poll() is None:
            try:
                peak = max(peak, peak_memory(process))
            except (OSError, TypeError):
                pass  # it has just ended
            time.sleep(0.02)
        if process.returncode != 0:
            sys.exit(f"bench: {command[0]} failed with status {process.returncode}")
        return time.perf_counter() - begin, peak

    # ---- where a step's time goes

    def profile(self):
        side, rounds = self.options.side, 2 * self.options.rounds + 1
        unpadded = self.folder / "unpadded.safetensors"
        network = FeatureNetwork.read(SHIPPED)
        network.write_unpadded(unpadded)
        subject = {"network": SHIPPED, "unpadded": unpadded, "poolings": network.write_poolings(self.folder), "side": side}
        pieces, plain_memory, loops = {}, {}, {}
        for type_ in TYPES:
            with self.engine() as engine:
                pieces[type_] = dict(engine.answer("profile", type=type_, rounds=rounds, **subject)["pieces"])
                closure = TutorialClosure(network, side, True, type_ == "bfloat16")
                loops[type_] = medians({"loop": lambda: clocked(closure.run)}, rounds)["loop"]
            with self.engine("--plain-memory") as engine:
                plain_memory[type_] = medians({"step": lambda: engine.seconds(
                    "step", network=SHIPPED, type=type_, side=side, loss="gaussian")}, rounds)["step"]
        spent = {type_: spent_on(pieces[type_]) for type_ in TYPES}
        rows = [[name, *(f"{spent[type_][name] * 1e3:.2f}" for type_ in TYPES)] for name in spent[TYPES[0]]]
        gone = {type_: removed(pieces[type_], spent[type_], plain_memory[type_], loops[type_]) for type_ in TYPES}
        gone_rows = [[name, *(f"{part * 1e3:.2f}" for type_ in TYPES for part in gone[type_][name])] for name in gone[TYPES[0]]]
        self.write("profile", f"The shipped network at {side} px, milliseconds, medians of {rounds} rounds.\n\n"
                   + table(["what", *TYPES], rows) + "\n\n"
                   + table(["what was removed", "float32: usual", "now", "bfloat16: usual", "now"], gone_rows))


def spent_on(piece):
    """The time of each part of a step, from the measured pieces; their sum is the step."""
    total_variation = piece["first layer with total variation"] - piece["first layer"]
    pooling_back = piece["backward through poolings"] - piece["backward to poolings"]
    padding = piece["forward"] - piece["forward, unpadded"]
    border = piece["convolutions backward, bordered"] - piece["convolutions backward"]
    padding_back = piece["backward"] - piece["backward, unpadded"] - border
    parts = {
        "convolutions forward, with bias and ReLU": piece["convolutions forward"],
        "reflect padding forward": padding,
        "pooling forward": piece["pooling forward"],
        "rest of the forward pass: the picture's layout and range": (
            piece["forward, unpadded"] - piece["convolutions forward"] - piece["pooling forward"]),
        "convolutions backward": piece["convolutions backward"],
        "their border of one pixel, for reflect padding": border,
        "reflect padding backward": padding_back,
        "ReLU masks": piece["ReLU masks"],
        "pooling backward": pooling_back,
        "rest of the backward pass": (
            piece["backward, unpadded"] - piece["convolutions backward"] - piece["ReLU masks"] - pooling_back),
        "sums of features and their products": piece["sums"],
        "comparison of statistics (eigenvalues in float64)": piece["comparison"],
        "gradient of statistics": piece["gradient of statistics"],
        "content loss and its gradient": piece["content"],
        "total variation": total_variation}
    parts["not told apart"] = piece["step"] - sum(parts.values())
    parts["**losses and gradient**"] = piece["step"]
    parts["optimiser (L-BFGS, full history of 10)"] = piece["optimiser"]
    parts["**one step**"] = piece["step"] + piece["optimiser"]
    return parts


def removed(piece, spent, plain_memory, loop):
    """{what: (usual, now)}."""
    return {
        "pages zeroed by the kernel: losses and gradient with the C library's own memory": (plain_memory, piece["step"]),
        "a pass for every ReLU: convolutions forward": (piece["usual: convolution, then ReLU"], piece["convolutions forward"]),
        "`reflection_pad2d_backward`": (piece["usual: reflection_pad2d_backward"], spent["reflect padding backward"]),
        "`max_pool2d_with_indices_backward`, and the indices": (piece["usual: max_pool2d_with_indices_backward"], spent["pooling backward"]),
        "matrix products of few rows for Gram matrices": (piece["usual: Gram matrices as products"], piece["sums"]),
        "autograd: the whole of losses and gradient": (loop, piece["step"])}


SECTIONS = ("step", "networks", "growth", "limit", "loss", "sizes", "instant", "start", "video", "profile", "busy")


def main():
    parser = argparse.ArgumentParser(prog="./run bench", description="Measures the engine beside its peers, in turns so that a noisy "
                                     "machine hits all alike, and writes docs/benchmarks.md and docs/performance.md.")
    parser.add_argument("sections", nargs="*", metavar="WHAT", help=f"{', '.join(SECTIONS)}; default: all (about 25 minutes on 2 cores)")
    parser.add_argument("--side", type=int, default=512, help="pixels of pictures in step, limit, loss and profile")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--megapixels", type=float, nargs="+", default=[0.25, 1, 6, 24], help="of the paintings in sizes")
    parser.add_argument("--growth-sides", type=int, nargs="+", default=[256, 512, 1024, 2048], help="pixels of the pictures in growth")
    parser.add_argument("--busy-sides", type=int, nargs="+", default=[512, 1024], help="pixels of the photos in busy")
    parser.add_argument("--busy-rounds", type=int, default=3, help="paintings of each kind in busy")
    parser.add_argument("--peer-iterations", type=int, nargs="+", default=[500, 100, 25],
                        help="steps a scale of the coarse-to-fine loop in loss, one run each")
    parser.add_argument("--frames", type=int, default=12, help="of each shot in video")
    parser.add_argument("--clip", type=pathlib.Path, nargs="+", default=[], metavar="FILE", help="films of your own for video")
    parser.add_argument("--against", type=pathlib.Path, metavar="FILE",
                        help="benchmarks.json of an earlier measurement: tells how each figure compares")
    parser.add_argument("--documents", type=pathlib.Path, default=PROJECT / "docs", help="folder of the documents to write into")
    parser.add_argument("--engine", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--cli", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--film", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--flicker", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    options = parser.parse_intermixed_args()
    unknown = [name for name in options.sections if name not in SECTIONS]
    if unknown:
        parser.error(f"there is no {unknown[0]}; choose from {', '.join(SECTIONS)}")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(options, pathlib.Path(folder))
        for name in options.sections or SECTIONS:
            say(f"measuring: {name}")
            getattr(bench, name)()
        write_plots(bench.figures.sections, options.documents / "pictures")


try:
    main()
except EngineFailed as failure:
    sys.exit(f"bench: {failure}")
