# SPDX-License-Identifier: GPL-3.0-or-later
"""neural-style:paint in a program that uses GEGL: operation_test.py [WORDS]. Each case has a process of its own."""
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time

from rendering import children, open_gegl, operation, painted, picture, read, rendered

ECHO = os.environ["NEURAL_STYLE_TEST_ECHO_ENGINE"]
ENGINE = os.environ["NEURAL_STYLE_TEST_ENGINE"]
COMMAND_LINE = os.environ["NEURAL_STYLE_TEST_COMMAND_LINE"]
DATA = os.environ["NEURAL_STYLE_DATA"]
PHOTO = os.path.join(DATA, "photos", "boats.jpg")
MASKS = ("SigBlk", "SigIgn", "SigCgt")
cases = []


def case(function):
    cases.append(function)
    return function


def check(condition, what=""):
    if not condition:
        raise AssertionError(what)


@case
def what_the_engine_leaves_alone_comes_back_exactly_in_every_format():
    open_gegl([ECHO])
    for format_name in ("R'G'B' u8", "R'G'B'A u8", "R'G'B' u16", "R'G'B'A u16", "RGB u16", "RGBA float", "RaGaBaA float"):
        source = picture(64, 48, format_name)
        before, after = read(source, format_name), painted(source, format_name)
        pixel = len(before) // (64 * 48)
        alpha = read(source, "A u8")  # hidden colours are not seen, and are filled
        check(all(before[i * pixel:(i + 1) * pixel] == after[i * pixel:(i + 1) * pixel] for i in range(64 * 48) if alpha[i]), format_name)


@case
def alpha_is_kept():
    open_gegl([ECHO, "--mix"])
    for format_name, pixel in (("R'G'B'A u8", 4), ("R'G'B'A u16", 8)):
        source = picture(64, 48, format_name)
        before, after = read(source, format_name), painted(source, format_name, strength=0.5)
        check(before != after, "nothing was painted")
        alpha = pixel * 3 // 4
        check(all(before[i + alpha:i + pixel] == after[i + alpha:i + pixel] for i in range(0, len(before), pixel)))


@case
def sixteen_bits_are_painted_in_sixteen_bits():
    open_gegl([ECHO, "--mix"])
    import array
    values = array.array("H", painted(picture(64, 48, "R'G'B' u16"), "R'G'B' u16", strength=0.5))
    check(sum(value % 257 != 0 for value in values) > len(values) // 2, "only values of 8 bits")


@case
def a_small_area_has_the_pixels_of_the_whole():
    Gegl = open_gegl([ECHO, "--mix"])
    source = picture(200, 150)
    whole = painted(source, "R'G'B' u8", strength=0.5)
    graph, node = operation(source, strength=0.5)
    part = rendered(node, "R'G'B' u8", Gegl.Rectangle.new(40, 30, 50, 20))
    rows = [whole[((30 + y) * 200 + 40) * 3:((30 + y) * 200 + 90) * 3] for y in range(20)]
    check(part == b"".join(rows))


@case
def other_views_of_the_same_painting_paint_nothing():
    """The engine is gone after its first painting, so a second one would be missing."""
    Gegl = open_gegl([ECHO, "--mix"])
    source = picture(200, 150)
    graph, node = operation(source, strength=0.5)
    first = rendered(node, "R'G'B' u8", source.get_extent())
    killed = set(children())  # may take a moment to disappear
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    check(killed)
    check(rendered(node, "R'G'B' u8", source.get_extent()) == first)
    check(rendered(node, "R'G'B' u8", Gegl.Rectangle.new(0, 0, 200, 1)) == first[:600])
    check(not set(children()) - killed, "a new engine was started")


@case
def a_large_layer_keeps_its_size_and_alpha():
    Gegl = open_gegl([ECHO, "--mix"])
    width, height = 1500, 1100
    source = Gegl.Buffer.new("R'G'B'A u16", 0, 0, width, height)
    small = picture(300, 220, "R'G'B'A u16")
    for x in range(0, width, 300):
        for y in range(0, height, 220):
            source.set(Gegl.Rectangle.new(x, y, 300, 220), "R'G'B'A u16", read(small, "R'G'B'A u16"))
    out = painted(source, "R'G'B'A u16", strength=0.5)
    before = read(source, "R'G'B'A u16")
    check(out != before and len(out) == len(before))
    check(out[6::8] == before[6::8] and out[7::8] == before[7::8], "alpha")


@case
def settings_reach_the_engine():
    open_gegl([ECHO, "--mix"])
    source = picture(64, 48)
    some, more = (painted(source, "R'G'B' u8", strength=strength) for strength in (0.25, 0.75))
    check(some != more)
    by_file = painted(source, "R'G'B' u8", strength=0.75, style=os.path.join(DATA, "styles", "starry-night.jpg"))
    check(by_file == more != painted(source, "R'G'B' u8", strength=0.75, style="waves"))


@case
def a_painting_of_the_user_s_own_has_a_name():
    with tempfile.TemporaryDirectory() as profile:
        os.makedirs(os.path.join(profile, "neural-style/styles"))
        os.symlink(os.path.join(DATA, "styles/waves.jpg"), os.path.join(profile, "neural-style/styles/My mural.jpg"))
        open_gegl([ECHO, "--mix"], GIMP3_DIRECTORY=profile)
        source = picture(64, 48)
        expected = painted(source, "R'G'B' u8", style="waves")
        check(expected != read(source, "R'G'B' u8"))
        for name in ("My mural", "My mural.jpg"):
            check(painted(source, "R'G'B' u8", style=name) == expected, name)


@case
def long_pictures_are_painted():
    Gegl = open_gegl([ECHO, "--mix"])
    source = Gegl.Buffer.new("R'G'B' u8", 0, 0, 30000, 100)
    out = painted(source, "R'G'B' u8", strength=0.5)
    check(len(out) == 30000 * 100 * 3 and any(out))


@case
def what_cannot_be_painted_comes_through():
    Gegl = open_gegl([ECHO, "--mix"])
    for width, height in ((1, 1), (15, 400), (3000, 2)):
        source = picture(width, height, "R'G'B'A u16")
        check(painted(source, "R'G'B'A u16", strength=0.5) == read(source, "R'G'B'A u16"), (width, height))
    unseen = Gegl.Buffer.new("R'G'B'A u8", 0, 0, 40, 30)
    check(painted(unseen, "R'G'B'A u8") == bytes(40 * 30 * 4))
    source = picture(64, 48)
    check(painted(source, "R'G'B' u8", strength=0.0) == read(source, "R'G'B' u8"))
    check(painted(source, "R'G'B' u8", style="") == read(source, "R'G'B' u8"))
    check(not children(), "an engine was started for nothing")


def comes_through_with(words, engine, more=(), **properties):
    """The input is unchanged, and one warning says why."""
    reading, writing = os.pipe()
    kept = os.dup(2)
    os.dup2(writing, 2)
    open_gegl(engine, **dict(more))
    source = picture(64, 48)
    begin = time.monotonic()
    outs = [painted(source, "R'G'B' u8", **properties) for _ in range(2)]
    took = time.monotonic() - begin
    os.dup2(kept, 2)
    os.close(writing)
    said = os.read(reading, 1 << 16).decode()
    check(all(out == read(source, "R'G'B' u8") for out in outs), "it does not come through")
    check(said.count("GEGL-WARNING") == 1 and words in said, said)
    check(took < 30, took)


@case
def a_style_that_does_not_exist_is_a_warning():
    comes_through_with("nonsense", [ECHO], style="nonsense")


@case
def a_style_file_that_does_not_exist_is_a_warning():
    comes_through_with("/nowhere/mural.jpg", [ECHO], style="/nowhere/mural.jpg")


@case
def an_engine_that_is_missing_is_a_warning():
    comes_through_with("could not be started", ["/nowhere/engine"])


@case
def an_engine_that_dies_is_a_warning():
    comes_through_with("went away", [ECHO, "--die-after", "2"])


@case
def an_engine_that_talks_rubbish_is_a_warning():
    comes_through_with("does not speak its language", [ECHO, "--rubbish-after", "2"])


@case
def an_engine_that_refuses_is_a_warning():
    comes_through_with("Memory ran out", [ECHO, "--fail", "out-of-memory"])


@case
def a_killed_engine_leaves_the_input_and_the_next_painting_has_a_new_one():
    open_gegl([ECHO, "--mix", "--slow", "300"])
    source = picture(64, 48)
    whole = painted(source, "R'G'B' u8", strength=0.5)  # so engine and style are there
    check(whole != read(source, "R'G'B' u8"))
    results = []
    rendering = threading.Thread(target=lambda: results.append(painted(source, "R'G'B' u8", strength=0.6)))
    rendering.start()
    time.sleep(1)
    for pid, words in children().items():
        if ECHO in words:
            os.kill(pid, signal.SIGKILL)
    rendering.join(30)
    check(not rendering.is_alive(), "the rendering waits on")
    check(results[0] == read(source, "R'G'B' u8"))
    check(painted(source, "R'G'B' u8", strength=0.5) == whole)


@case
def several_threads_share_one_engine():
    open_gegl([ECHO, "--mix"])
    sources = [picture(64, 48, seed=seed) for seed in range(1, 7)]
    expected = [painted(source, "R'G'B' u8", strength=0.5) for source in sources]
    results = [None] * len(sources)

    def render(number):
        results[number] = painted(sources[number], "R'G'B' u8", strength=0.5)
    threads = [threading.Thread(target=render, args=(number,)) for number in range(len(sources))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    check(results == expected)
    check(sum(ECHO in words for words in children().values()) == 1, children())


@case
def no_engine_outlives_its_program():
    reading, writing = os.pipe()
    host = os.fork()
    if host == 0:
        open_gegl([ECHO, "--slow", "200"])
        source = picture(64, 48)
        painted(source, "R'G'B' u8")  # so an engine runs
        os.write(writing, b"".join(b"%d\n" % pid for pid, words in children().items() if ECHO in words))
        painted(picture(64, 48, seed=9), "R'G'B' u8")
        os._exit(0)
    engine = int(os.read(reading, 100).split()[0])
    time.sleep(0.5)  # now it renders
    os.kill(host, signal.SIGKILL)
    os.waitpid(host, 0)
    end = time.monotonic() + 10
    while os.path.exists(f"/proc/{engine}/exe") and time.monotonic() < end:
        time.sleep(0.05)
    check(not os.path.exists(f"/proc/{engine}/exe"), "the engine lives on")


@case
def signals_of_the_program_stay_as_they_are():
    open_gegl([ECHO, "--die-after", "1"])
    before = {number: signal.getsignal(number) for number in signal.valid_signals()}
    with open("/proc/self/status") as status:
        masks = [line for line in status if line.startswith(MASKS)]
    painted(picture(64, 48), "R'G'B' u8")
    with open("/proc/self/status") as status:
        check([line for line in status if line.startswith(MASKS)] == masks)
    check(before == {number: signal.getsignal(number) for number in signal.valid_signals()})


@case
def instant_is_what_the_command_line_paints():
    if not ENGINE or not COMMAND_LINE:
        return
    Gegl = open_gegl([ENGINE])
    import array
    with tempfile.TemporaryDirectory() as folder:
        photo, painting = os.path.join(folder, "photo.png"), os.path.join(folder, "painting.png")
        subprocess.run(["convert", PHOTO, "-resize", "240x", f"PNG24:{photo}"], check=True)
        subprocess.run([COMMAND_LINE, "paint", photo, "--style", "waves", "--quality", "instant", "--strength", "0.8",
                        "--detail", "0", "-o", painting], check=True, timeout=300, stdout=subprocess.DEVNULL)
        graph = Gegl.Node()
        load = {}
        for name in (photo, painting):
            load[name] = graph.create_child("gegl:load")
            load[name].set_property("path", name)
        node = graph.create_child("neural-style:paint")
        node.set_property("style", "waves")
        node.set_property("strength", 0.8)
        load[photo].connect_to("output", node, "input")
        area = node.get_bounding_box()
        one, other = (array.array("B", rendered(some, "R'G'B' u8", area)) for some in (node, load[painting]))
        before = array.array("B", rendered(load[photo], "R'G'B' u8", area))
    check(len(one) == len(other) == len(before) > 240 * 100 * 3)
    near, far = (sum(abs(a - b) for a, b in zip(one, values)) / len(one) for values in (other, before))
    check(near < 0.5 and far > 5, f"{near} from the command line's, {far} from the photo")


def run(function):
    """In a child that has never used GEGL."""
    child = os.fork()
    if child == 0:
        try:
            function()
        except BaseException:
            import traceback
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return os.waitpid(child, 0)[1] == 0


wanted = "_".join(sys.argv[1:])
status = 0
for chosen in (function for function in cases if wanted in function.__name__):
    passed = run(chosen)
    print("ok" if passed else "FAILED", chosen.__name__, file=sys.stderr)
    status = status if passed else 1
sys.exit(status)
