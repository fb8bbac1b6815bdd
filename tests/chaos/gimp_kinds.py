# SPDX-License-Identifier: GPL-3.0-or-later
"""What may happen to a painting in GIMP. Each returns what happened; broken promises are raised.

GIMP runs image_in_gimp.py, which checks the image before and after.
"""
import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "gimp"))
from private_gimp import PrivateGimp, Programs  # noqa: E402
from running import private_bytes, program_of  # noqa: E402
from world import Broken  # noqa: E402

SCRIPT = Path(__file__).with_name("image_in_gimp.py")
PLUG_IN, ENGINE, GIMP = "plug-in-neural-style", "neural-style-engine", "gimp-console"


def private_gimp(world):
    ours = world.programs
    return PrivateGimp(Programs(ours.plug_in, os.environ["NEURAL_STYLE_DATA"], ours.locale, "", ours.engine, ours.work))


def start(world, gimp, engine, **more):
    """GIMP with the script; what it says goes to a file."""
    environment = gimp.environment(engine, NEURAL_STYLE_CHAOS=world.folder.name, NEURAL_STYLE_VERBOSE="1",
                                   NEURAL_STYLE_CHAOS_GO_ON=str(world.folder / "go on"),
                                   NEURAL_STYLE_DATA=os.environ["NEURAL_STYLE_DATA"], XDG_RUNTIME_DIR=world.env["XDG_RUNTIME_DIR"],
                                   NEURAL_STYLE_TEST_DATA=os.environ["NEURAL_STYLE_DATA"], **more)
    log = world.folder / "log"
    process = subprocess.Popen(["prlimit", "--core=0", *gimp.command("python-fu-eval", gimp.python(SCRIPT))], env=environment, stdin=subprocess.DEVNULL,
                               stdout=subprocess.DEVNULL, stderr=open(log, "w"))
    return process, log


def wait_for(world, process, log, words, limit=60):
    until = time.monotonic() + limit
    while words not in log.read_text(errors="replace"):
        world.check(process.poll() is None and time.monotonic() < until, f"no \"{words}\" from GIMP: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(0.01)


def named(world, name):
    """GIMP's executable has its version behind its name."""
    return [process for process in world.processes() if program_of(process).startswith(name)]


def end_of(world, process, limit=120):
    try:
        return process.wait(timeout=limit)
    except subprocess.TimeoutExpired:
        raise Broken(f"GIMP still runs after {limit} s") from None


def is_well(world, process, log):
    """GIMP has gone on, its image is as it was, and it could paint again."""
    status = end_of(world, process)
    said = log.read_text(errors="replace")
    world.check(status == 0 and "the image is well: " in said, f"status {status}: {said[-3000:]}")
    world.check_nobody_is_left()
    return said.split("the image is well: ")[1].split("\n")[0]


def kill(world, process, log, victim):
    """From some time after the painting has begun until it has ended, whoever takes the place of who was killed, too."""
    number = world.chance.choice([signal.SIGKILL, signal.SIGSEGV])
    seconds = world.chance.uniform(0, 3)
    wait_for(world, process, log, "painting begins")
    begin, hit = time.monotonic(), 0
    time.sleep(seconds)
    while process.poll() is None and "painting ended" not in log.read_text(errors="replace"):
        world.check(time.monotonic() < begin + 60, f"the painting goes on without {victim}")
        for one in named(world, victim):
            try:
                os.kill(one, number)
                hit += 1
            except ProcessLookupError:
                pass
        time.sleep(0.005)
    world.check(hit, f"it ended before {victim} was killed: " + log.read_text(errors="replace")[-2000:])
    (world.folder / "go on").touch()
    return f"{number.name} for {victim} after {seconds:.2f} s"


def survived(world, victim):
    """The victim dies in the middle of a painting without end; GIMP goes on."""
    with private_gimp(world) as gimp:
        process, log = start(world, gimp, [world.programs.engine])
        what = kill(world, process, log, victim)
        happened = is_well(world, process, log)
        world.check(happened.startswith("refused"), f"without {victim}: {happened}")
        return f"{what}, {happened}"


def engine_killed(world):
    return survived(world, ENGINE)


def plug_in_killed(world):
    return survived(world, PLUG_IN)


def killed(world):
    """GIMP itself. The next one paints."""
    with private_gimp(world) as gimp:
        process, log = start(world, gimp, [world.programs.engine])
        what = kill(world, process, log, GIMP)
        end_of(world, process)
        world.check_nobody_is_left()
        process, log = start(world, gimp, [world.programs.engine], NEURAL_STYLE_CHAOS_STEPS="2")
        happened = is_well(world, process, log)
        world.check(happened == "painted", f"the next GIMP: {happened}")
        return f"{what}, then {happened}"


def noisy(world):
    """An engine that writes 50 MB to its standard error, all at once or while it paints."""
    noise = "head -c 50000000 /dev/zero | tr '\\0' '\\n' >&2"
    between = world.chance.choice(["; exec", "& exec"])
    peak, done = [0], threading.Event()

    def watch():
        while not done.is_set():
            for one in named(world, PLUG_IN):
                peak[0] = max(peak[0], private_bytes(one))
            time.sleep(0.02)

    (world.folder / "go on").touch()
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        with private_gimp(world) as gimp:
            process, log = start(world, gimp, ["sh", "-c", f"{noise} {between} {shlex.quote(world.programs.engine)}"], NEURAL_STYLE_CHAOS_STEPS="2")
            happened = is_well(world, process, log)
    finally:
        done.set()
        watcher.join()
    world.check(happened == "painted", happened)
    sanitized = b"__asan_init" in Path(world.programs.plug_in).read_bytes()  # whose own memory counts
    world.check(sanitized or 0 < peak[0] < 48_000 * 1024, f"the plug-in took {peak[0] / 1e6:.0f} MB")
    return f"{happened}, {peak[0] / 1e6:.0f} MB"


KINDS = [engine_killed, plug_in_killed, killed, noisy]
