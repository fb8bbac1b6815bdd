# SPDX-License-Identifier: GPL-3.0-or-later
"""Many paintings of one engine, whose memory must not grow."""
import random
from pathlib import Path

import numpy

from engine_kinds import paints, ready
from world import World

MOST = 50  # KiB a painting
WARM_UP = 10


def resident(pid):
    """KiB."""
    line = next(line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmRSS:"))
    return int(line.split()[1])


def soak(programs, count):
    with World(programs, random.Random(0)) as world:
        engine, sizes = ready(world), []
        for number in range(1, WARM_UP + count + 1):
            paints(world, engine, number)
            sizes.append(resident(engine.pid))
        # Theil and Sen's: the median of all slopes, which single leaps do not move.
        sizes = numpy.array(sizes[WARM_UP:])
        first, second = numpy.triu_indices(len(sizes), 1)
        slope = float(numpy.median((sizes[second] - sizes[first]) / (second - first)))
        told = f"soak: {count} paintings, {sizes[0]} to {sizes[-1]} KiB, {slope:.1f} KiB a painting"
        world.check(slope < MOST, told)
        world.check(engine.leave() == 0, "it does not end well")
        return told
