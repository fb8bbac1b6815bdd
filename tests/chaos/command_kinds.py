# SPDX-License-Identifier: GPL-3.0-or-later
"""What may happen to the command line. Each returns what happened; broken promises are raised."""
import os
import resource
import shutil
import signal
import time
from pathlib import Path

from PIL import Image

from world import DONE, FAILED, STOPPED

OUTPUTS = ["png", "jpg", "tiff", "webp"]


def an_old_painting(world):
    """Its name, and {name: bytes}; there may be none."""
    name = f"out.{world.chance.choice(OUTPUTS)}"
    if world.chance.random() < 0.3:
        return name, {}
    Image.new("RGB", (20, 10), "red").save(world.here / name)
    return name, {name: (world.here / name).read_bytes()}


def killed(world):
    """The command line, killed or crashed at any moment."""
    name, old = an_old_painting(world)
    number = world.chance.choice([signal.SIGKILL, signal.SIGSEGV])
    beside = world.chance.choice([[], ["--losses", "losses.tsv"], ["--snapshots", "steps", "--snapshot-every", "1"]])
    painting = world.start("paint", world.photo, "-o", name, *world.long, *beside, before=["prlimit", "--core=0"])
    seconds = world.after_a_while(painting, 0, 2.5)
    painting.send_signal(number)
    status, _, _ = world.end_of(painting)
    world.check(status in (-number, DONE), f"status {status}")
    world.check_nobody_is_left()
    steps = {f"steps/painting-{i:04}.png" for i in range(1, 400)}
    world.check_files(old, {name, "losses.tsv", *steps})
    return f"{number.name} after {seconds:.2f} s, status {status}"


def asked_to_stop(world):
    """Ctrl-C and requests to end."""
    name, old = an_old_painting(world)
    number = world.chance.choice([signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    painting = world.start("paint", world.photo, "-o", name, *world.long)
    seconds = world.after_a_while(painting, 0, 2.5)
    painting.send_signal(number)
    end = world.end_of(painting, limit=60)
    world.check_end(end, DONE, STOPPED)
    world.check(end[0] == DONE or (world.here / name).exists() == bool(old), "a painting that was stopped is there")
    world.check_nobody_is_left()
    world.check_files(old, {name})
    return f"{number.name} after {seconds:.2f} s, status {end[0]}"


def a_helper_killed(world):
    """The program that reads pictures, or reads and writes films, dies."""
    name, old = an_old_painting(world)
    film = world.chance.random() < 0.4
    if film:
        for i in range(3):
            shutil.copy(world.photo, world.folder / f"frame_{i}.png")
        painting = world.start("video", world.folder / "frame_%d.png", "-o", "film.gif", *world.copy)
    else:
        big = world.make_photo("big.png", (2000, 1500))
        painting = world.start("paint", big, "-o", name, *world.copy, "--size-limit", "64")
    seconds = world.chance.uniform(0, 1.5)
    until, ended = time.monotonic() + seconds, 0
    while time.monotonic() < until + 1 and painting.poll() is None and not ended:
        if time.monotonic() >= until:
            for process in world.processes():
                if process != painting.pid and Path(f"/proc/{process}/exe").exists():
                    os.kill(process, signal.SIGKILL)
                    ended += 1
        time.sleep(0.005)
    end = world.end_of(painting)
    world.check_end(end, DONE, FAILED)
    world.check_nobody_is_left()
    frames = {f"film.gif.frames/{entry}" for entry in ["film.json", *(f"frame-{i:06}.png" for i in range(9))]}
    world.check_files(old, {name, "film.gif", *frames})
    return f"{ended} killed after {seconds:.2f} s, status {end[0]}"


def full_disk(world):
    """A disk that takes no more while a file of any kind is written."""
    what = world.chance.choice(["painting", "losses", "snapshots", "album", "film"])
    if not world.alone():
        return "no mount namespaces here"
    limit = world.chance.randint(2, 10) * 4096  # a page each for files and folders
    name, old = an_old_painting(world)
    new = {name}
    words = ["paint", world.photo, "-o", name, *world.quick]
    if what == "losses":
        words += ["--losses", "losses.tsv"]
        new.add("losses.tsv")
    elif what == "snapshots":
        words += ["--snapshots", "steps", "--snapshot-every", "1"]
        new |= {f"steps/painting-{i:04}.png" for i in range(1, 99)}
    elif what == "album":
        other = world.make_photo("other.png")
        words = ["paint", world.photo, other, "-o", "album", *world.copy]
        new |= {"album/photo.png", "album/other.png"}
    elif what == "film":
        for i in range(3):
            shutil.copy(world.photo, world.folder / f"frame_{i}.png")
        words = ["video", world.folder / "frame_%d.png", "-o", world.chance.choice(["film.gif", "film.mkv", "film.webp"]), *world.copy]
        new |= {str(words[3]), f"{words[3]}.frames/film.json", *(f"{words[3]}.frames/frame-{i:06}.png" for i in range(9))}
    kept = world.folder / "kept"
    kept.mkdir()
    # What is on the small disk is copied out of its mount namespace.
    disk = [*world.alone(), "sh", "-c", 'mount -t tmpfs -o size="$0",mode=700 tmpfs "$1" && cp -a "$2/." "$1" && cd "$1" || exit 99; '
            'disk=$1 kept=$3; shift 3; "$@"; status=$?; cp -a "$disk/." "$kept"; exit $status', limit, world.here, world.stored(), kept]
    end = world.run(*words, before=list(map(str, disk)))
    world.check_end(end, DONE, FAILED)
    if end[0] == FAILED:
        world.check(any("room" in line or "full" in line for line in end[2]), f"no reason: {end[2]}")
    world.check_nobody_is_left()
    world.check_files(old, new, kept)
    return f"{what} with {limit} bytes, status {end[0]}"


def little_memory(world):
    """Not enough memory, at whatever it happens to be needed for."""
    name, old = an_old_painting(world)
    limit = int(world.chance.uniform(0.2, 1.6) * 2**30)
    painting = world.start("paint", world.photo, "-o", name, *world.quick,
                           preexec_fn=lambda: (resource.setrlimit(resource.RLIMIT_AS, (limit, limit)),
                                               resource.setrlimit(resource.RLIMIT_CORE, (0, 0))))
    end = world.end_of(painting)
    # "There is too little memory": the program itself could not be loaded.
    if not any("There is too little memory" in line for line in end[2]):
        world.check_end(end, DONE, FAILED)
    world.check(end[0] in (DONE, FAILED), f"status {end[0]}: {end[2]}")
    world.check_nobody_is_left()
    world.check_files(old, {name})
    return f"{limit >> 20} MiB, status {end[0]}"


def read_only_home(world):
    """A home, a cache and a runtime folder where nothing can be written, or that are not there."""
    name, old = an_old_painting(world)
    home = world.chance.choice(["/proc", "/nowhere", str(world.folder / "home"), ""])
    if home.endswith("home"):
        os.chmod(home, 0o500)
    env = {"HOME": home, "XDG_RUNTIME_DIR": home, **({"XDG_CACHE_HOME": "/proc/none"} if world.chance.random() < 0.5 else {})}
    end = world.run("paint", world.photo, "-o", name, *world.quick, env=env)
    world.check_end(end, DONE)
    world.check_files(old, {name})
    return f"HOME={home or 'empty'}, status {end[0]}"


def no_shared_memory(world):
    """No /dev/shm, and no folder for temporary files."""
    name, old = an_old_painting(world)
    hide = [*world.alone(), "sh", "-c", 'mount -t tmpfs -o ro,size=4k tmpfs /dev/shm && exec "$@"', "sh"] if world.alone() else []
    end = world.run("paint", world.photo, "-o", name, *world.quick, before=hide, env={"TMPDIR": "/nowhere"})
    world.check_end(end, DONE)
    world.check_files(old, {name})
    return f"{'hidden' if hide else 'no mount namespaces here'}, status {end[0]}"


def two_at_once(world):
    """Two command lines that write one file."""
    name, old = an_old_painting(world)
    first = world.start("paint", world.photo, "-o", name, *world.quick)
    world.after_a_while(first, 0, 0.5)
    second = world.start("paint", world.photo, "-o", name, *world.copy)
    for painting in (first, second):
        world.check_end(world.end_of(painting), DONE)
    world.check_nobody_is_left()
    world.check_files({}, {name})
    return "both done"


def nobody_listens(world):
    """Whoever reads what it prints goes away."""
    name, old = an_old_painting(world)
    painting = world.start("paint", world.photo, "-o", name, *world.quick, "--json")
    seconds = world.after_a_while(painting, 0, 1.5)
    painting.stdout.close()
    painting.stdout = None
    end = world.end_of(painting)
    world.check_end(end, DONE, FAILED, -signal.SIGPIPE)
    world.check_nobody_is_left()
    world.check_files(old, {name})
    return f"after {seconds:.2f} s, status {end[0]}"


KINDS = [killed, asked_to_stop, a_helper_killed, full_disk, little_memory, read_only_home, no_shared_memory, two_at_once, nobody_listens]
