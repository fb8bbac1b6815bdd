# SPDX-License-Identifier: GPL-3.0-or-later
"""The live effect in a real GIMP with windows: its dialog, a brush below it, the view, undo, a killed engine."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from desktop import Desktop

from private_gimp import PrivateGimp, Programs

programs = Programs.from_environment()
EFFECT = ("Filters", "Artistic", "Neural Style Effect")


def paintings():
    """How often the engine has painted: it says so each time."""
    return window.log_path.read_text(errors="replace").count("NSE1 is what")


def quiet():
    """The number of paintings once none is under way."""
    before = -1
    while before != paintings():
        before = paintings()
        time.sleep(1)
    return before


def key(*keys):
    subprocess.run(["xdotool", "key", *keys], check=True, timeout=30)


def dab(x):
    """Each in a place of its own: a painting that is known is not painted again."""
    subprocess.run(["xdotool", "mousemove", str(x), "200", "click", "1"], check=True, timeout=30)


def effect_dialog():
    return next((top for top in application("gimp") if top.getRoleName() == "dialog" and top.name.startswith(EFFECT[-1])), None)


def the_dialog_paints_on_the_canvas_and_ok_keeps_the_effect():
    window.menu(*EFFECT)
    dialog = wait_for("the dialog", effect_dialog)
    wait_for("a painting", paintings)
    strength = find(dialog, "spin button")
    strength.queryValue().currentValue = 0.4
    wait_for("another painting", lambda: paintings() > 1)
    quiet()
    desktop.screenshot("effect-dialog")
    nameless = [widget.name for widget in descendants(dialog) if widget.getRoleName() == "combo box" and not widget.name][1:]
    check(not nameless, nameless)
    find(dialog, "button", "OK").queryAction().doAction(0)
    wait_for("the effect", lambda: window.title().startswith("*"))
    quiet()
    desktop.screenshot("effect-kept")


def the_plug_in_says_that_the_layer_is_a_painting_already():
    window.menu(*FILTER)
    dialog = window.dialog()
    wait_for("the note", lambda: any("has the Neural Style Effect" in text for text in dialog.texts()))
    desktop.screenshot("effect-note")
    dialog.press("Hide the effect")
    wait_for("the note's end", lambda: not any("has the Neural Style Effect" in text for text in dialog.texts()))
    desktop.screenshot("effect-hidden")
    dialog.press("Cancel")
    window.no_dialog()


def the_plug_in_s_dialog_puts_its_effect_in_place_of_the_hidden_one():
    before = quiet()
    window.menu(*FILTER)
    dialog = window.dialog()
    dialog.number("Strength", 0.7)
    dialog.choose("Output", dialog.choices("Output").index("Layer effect"))
    dialog.press("OK")
    window.no_dialog()
    wait_for("a painting", lambda: paintings() > before)
    quiet()
    check(window.layers() == 1)
    desktop.screenshot("effect-by-the-plug-in")
    window.menu(*UNDO)
    quiet()
    window.menu("Edit", re.compile("^Redo"))
    quiet()
    desktop.screenshot("effect-by-the-plug-in-again")


def moving_the_view_paints_nothing():
    before = quiet()
    for keys in ("plus", "plus", "minus", "minus"):
        key(keys)
        time.sleep(0.5)
    check(quiet() == before, f"{paintings() - before} paintings")


def painting_below_is_painted_again_and_undone():
    window.menu("Tools", "Paint Tools", "Pencil")
    before = quiet()
    dab(350)
    wait_for("a painting of the dab", lambda: paintings() > before)
    after = quiet()
    desktop.screenshot("effect-dab")
    window.menu(*UNDO)
    check(quiet() == after, "a painting that is known was painted again")
    desktop.screenshot("effect-dab-undone")


def a_killed_engine_is_replaced():
    before = quiet()
    for folder in pathlib.Path("/proc").iterdir():
        try:
            if folder.name.isdigit() and programs.echo_engine in (folder / "cmdline").read_text() and \
                    f"PPid:\t{window.process.pid}\n" in (folder / "status").read_text():
                os.kill(int(folder.name), signal.SIGKILL)
        except OSError:
            pass
    time.sleep(0.5)
    dab(400)
    wait_for("a painting by another engine", lambda: paintings() > before)
    check(window.process.poll() is None)


def undo_takes_the_effect_back():
    for _ in range(3):  # the dab, the plug-in's effect, the first one
        quiet()
        window.menu(*UNDO)
    wait_for("the image as it was", lambda: not window.title().startswith("*"))
    desktop.screenshot("effect-undone")


CASES = [the_dialog_paints_on_the_canvas_and_ok_keeps_the_effect, the_plug_in_says_that_the_layer_is_a_painting_already,
         the_plug_in_s_dialog_puts_its_effect_in_place_of_the_hidden_one,
         moving_the_view_paints_nothing, painting_below_is_painted_again_and_undone, a_killed_engine_is_replaced, undo_takes_the_effect_back]

failed = 0
with PrivateGimp(programs, console=False) as gimp, Desktop(gimp.folder, sys.argv[1], 1366, 768) as desktop:
    from gimp_window import FILTER, UNDO, GimpWindow, application, check, descendants, find, holds, wait_for

    photo = gimp.folder / "photo.png"
    subprocess.run(["convert", str(programs.data / "photos" / "boats.jpg"), "-resize", "700x", str(photo)], check=True)
    window = GimpWindow(desktop, gimp, photo, [programs.echo_engine, "--mix", "--updates", "1", "--chatter"],
                        NEURAL_STYLE_DATA=str(programs.data))
    try:
        for case in CASES:
            failed += not holds(case, desktop)
        if failed:
            sys.stderr.write(window.log_path.read_text(errors="replace")[-3000:])
    finally:
        window.close()
sys.exit(1 if failed else 0)
