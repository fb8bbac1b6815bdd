# SPDX-License-Identifier: GPL-3.0-or-later
"""A broken world: kills, cancels, full disks and the like at random moments, with the same moments again for the same seed.

    chaos.py --program neural-style --engine neural-style-engine --style PICTURE [--runs N] [--seed N] [--kinds NAME,...]
             [--seconds MOST] [--soak PAINTINGS] [--plug-in PLUG-IN --locale FOLDER --work FOLDER]

After each run nobody is left behind, files are whole, old or new, status and sentences are as they should be, and the next
painting succeeds. One line a run tells what happened; a broken promise ends with status 1 and the line that repeats it.
"""
import argparse
import collections
import random
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import command_kinds
import engine_kinds
import gimp_kinds
import soak
from world import Broken, World

KINDS = {f"{module.__name__.split('_')[0]}-{kind.__name__.replace('_', '-')}": kind
         for module in (command_kinds, engine_kinds, gimp_kinds) for kind in module.KINDS}


@dataclass
class Programs:
    program: str
    engine: str
    style: str
    plug_in: str
    locale: str
    work: str


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ("program", "engine", "style", "plug-in", "locale", "work"):
        parser.add_argument(f"--{name}", required=name in ("program", "engine", "style"), type=lambda path: str(Path(path).resolve()),
                            help={"plug-in": "without it nothing happens in GIMP", "work": "keeps GIMP's profile"}.get(name))
    parser.add_argument("--runs", type=int, default=100)
    parser.add_argument("--first", type=int, default=0, help="number of the first run")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kinds", help="of " + ", ".join(KINDS))
    parser.add_argument("--seconds", type=float, default=float("inf"), help="no run begins later")
    parser.add_argument("--soak", type=int, default=0, help="paintings of one engine, whose memory is measured")
    wish = parser.parse_args()
    if not wish.kinds:
        wish.kinds = ",".join(name for name in KINDS if wish.plug_in or not name.startswith("gimp"))
    return wish


def main():
    wish = arguments()
    programs = Programs(wish.program, wish.engine, wish.style, wish.plug_in, wish.locale, wish.work)
    kinds, start = wish.kinds.split(","), time.monotonic()
    counted, broken = collections.Counter(), 0
    for run in range(wish.first, wish.first + wish.runs):
        if time.monotonic() - start > wish.seconds:
            break
        chance = random.Random(f"{wish.seed} {run}")
        name = kinds[run % len(kinds)]
        begun = time.monotonic()
        with World(programs, chance) as world:
            try:
                happened = KINDS[name](world)
                if name.startswith("command") and chance.random() < 0.3:
                    world.check_next_painting()
                verdict = "ok"
            except Broken as promise:
                happened, verdict = str(promise), f"BROKEN (--seed {wish.seed} --first {run} --runs 1 --kinds {wish.kinds})"
                broken += 1
        counted[name] += 1
        print(f"{run:5} {name:26} {time.monotonic() - begun:5.1f} s  {verdict}: {happened}", flush=True)
    if wish.soak:
        try:
            print(soak.soak(programs, wish.soak))
        except Broken as promise:
            print(f"BROKEN: {promise}")
            broken += 1
    print(f"{counted.total()} runs in {time.monotonic() - start:.0f} s, {broken} broken promises; seed {wish.seed}")
    for name, count in sorted(counted.items()):
        print(f"{count:5} {name}")
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
