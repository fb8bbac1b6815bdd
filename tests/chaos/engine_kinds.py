# SPDX-License-Identifier: GPL-3.0-or-later
"""What may happen to an engine and its client. Each returns what happened; broken promises are raised."""
import os
import signal
import threading
import time

import wire
from wire import Engine, Picture, frame

PHOTO, STYLE = Picture(64, 48, 1), Picture(64, 48, 2)
BIG = Picture(700, 500, 3)
ENDLESS = 2000


def ready(world, *options):
    engine = Engine(world, *options)
    engine.expect(wire.HELLO)
    engine.send(PHOTO.frames() + STYLE.frames())
    return engine


def paints(world, engine, number=1000):
    engine.paint(number, PHOTO, STYLE)
    got = engine.last_of(number)
    world.check(got is not None and got[0] == wire.DONE and len(got[2]) == len(PHOTO.bytes), f"the next painting fails: {got and got[:2]}")
    return got[2]


def check_next(world):
    engine = ready(world)
    paints(world, engine)
    world.check(engine.leave() == 0, "it does not end well")
    world.check_nobody_is_left()


def killed(world):
    """The engine, killed or crashed at any moment: while it starts, during an upload, a painting."""
    number = world.chance.choice([signal.SIGKILL, signal.SIGSEGV])
    seconds = world.chance.uniform(0, 2.5)
    engine = Engine(world)
    timer = threading.Timer(seconds, engine.kill, [number])
    timer.start()
    got = engine.receive()
    if got:
        engine.send(STYLE.frames() + PHOTO.frames() + BIG.frames())
        engine.paint(1, PHOTO, STYLE, ENDLESS)
        got = engine.last_of(1)
    timer.join()
    world.check(got is None, f"instead of the end: {got and got[:2]}")
    world.check(engine.leave() == -number, f"status {engine.process.returncode}")
    world.check_nobody_is_left()
    check_next(world)
    return f"{number.name} after {seconds:.2f} s"


def cancelled(world):
    """Cancel at any moment, several times; the engine goes on as if nothing had been."""
    engine = ready(world)
    reference = paints(world, engine)
    moments = []
    for number in range(1, world.chance.randint(2, 5)):
        engine.paint(number, PHOTO, STYLE, ENDLESS)
        moments.append(world.chance.uniform(0, 0.6))
        stop = world.chance.choice([wire.CANCEL, wire.CANCEL, wire.KEEP])
        timer = threading.Timer(moments[-1], engine.send, [frame(stop, {"id": number}) * world.chance.randint(1, 3)])
        timer.start()
        kind, _, painting = engine.last_of(number) or (None, None, None)
        timer.join()
        # Keep before there is anything to keep is the photo, or as good as.
        world.check(kind == (wire.CANCELLED if stop == wire.CANCEL else wire.DONE), f"ended by message {kind}")
        world.check(stop == wire.CANCEL or len(painting) == len(PHOTO.bytes), "what was kept is not whole")
    world.check(paints(world, engine) == reference, "it paints otherwise than before")
    world.check(engine.leave() == 0, f"status {engine.process.returncode}")
    world.check_nobody_is_left()
    return "after " + ", ".join(f"{moment:.2f} s" for moment in moments)


def stalled(world):
    """A connection that stands still in the middle, and then goes on, or ends."""
    seconds, goes_on = world.chance.uniform(0.2, 3), world.chance.random() < 0.6
    engine = Engine(world)
    engine.expect(wire.HELLO)
    uploads = PHOTO.frames() + STYLE.frames() + BIG.frames()
    cut = world.chance.randint(1, len(uploads) - 1)
    if world.chance.random() < 0.5:
        engine.send(uploads[:cut])
        time.sleep(seconds)
        where = f"after {cut} of {len(uploads)} bytes"
        if goes_on:
            engine.send(uploads[cut:])
    else:  # nobody reads
        engine.send(uploads)
        where, cut = "while it paints", len(uploads)
    if goes_on or cut == len(uploads):
        engine.paint(1, PHOTO, STYLE, 200)
        time.sleep(seconds if cut == len(uploads) else 0)
        if goes_on:
            got = engine.last_of(1)
            world.check(got is not None and got[0] == wire.DONE and len(got[2]) == len(PHOTO.bytes), f"instead of a painting: {got and got[:2]}")
            paints(world, engine)
    status = engine.leave()
    world.check(status >= 0, f"status {status}")
    world.check_nobody_is_left()
    return f"{seconds:.1f} s {where}, {'then on' if goes_on else 'then gone'}"


def garbled(world):
    """Bytes that were changed on their way."""
    engine = Engine(world)
    engine.expect(wire.HELLO)
    data = bytearray(PHOTO.frames() + STYLE.frames())
    places = [world.chance.randrange(len(data)) for _ in range(world.chance.randint(1, 6))]
    for place in places:
        data[place] ^= 1 << world.chance.randrange(8)
    engine.send(bytes(data))
    engine.paint(1, PHOTO, STYLE)
    engine.process.stdin.close()
    while got := engine.receive():
        if got[0] == wire.FAILED:
            world.check(got[1]["message"].endswith("."), f"no sentence: {got[1]}")
    world.check(engine.leave() in (0, 1), f"status {engine.process.returncode}")
    world.check_nobody_is_left()
    check_next(world)
    return f"{len(places)} bits"


def shared(world):
    """An engine with several clients, of which some are killed, or which is killed itself."""
    count = world.chance.randint(2, 3)
    clients = [ready(world, "--shared", "--idle", "0") for _ in range(count)]
    for client in clients:
        client.paint(1, PHOTO, STYLE, ENDLESS)
    time.sleep(world.chance.uniform(0, 1))
    whole = world.chance.random() < 0.4
    victims = clients[1:]
    if whole:
        server = [one for one in world.processes() if one not in [client.pid for client in clients]]
        world.check(len(server) == 1, f"{len(server)} engines")
        os.kill(server[0], signal.SIGKILL)
        victims = clients
    for client in victims:
        if whole:
            got = client.last_of(1)
            world.check(got is None, f"instead of the end: {got and got[:2]}")
            world.check(client.leave() == 1, "the loss of the engine is not told")
        else:
            client.kill()
            client.leave()
    if not whole:
        clients[0].send(frame(wire.CANCEL, {"id": 1}))
        got = clients[0].last_of(1)
        world.check(got is not None and got[0] == wire.CANCELLED, f"the one that is left: {got and got[:2]}")
        paints(world, clients[0])
    last = ready(world, "--shared", "--idle", "0")
    paints(world, last)
    world.check(last.leave() == 0, "it does not end well")
    if not whole:
        clients[0].leave()
    world.check_nobody_is_left()
    return f"{count} clients, {'the engine' if whole else count - 1} killed"


KINDS = [killed, cancelled, stalled, garbled, shared]
