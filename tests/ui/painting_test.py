# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints in a real GIMP with windows: menu, dialog, OK, Undo, Repeat, both Cancels, an engine that dies."""
import os
import pathlib
import re
import signal
import subprocess
import sys
import time

from desktop import Desktop, program

from private_gimp import PrivateGimp, Programs

programs = Programs.from_environment()
ECHO = programs.echo_engine


def engines():
    """Process ids of echo engines that this test's GIMP has started."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if (entry.name.isdigit() and os.readlink(entry / "exe") == ECHO
                    and f"GIMP3_DIRECTORY={gimp.profile}".encode() in (entry / "environ").read_bytes()
                    and (entry / "stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"):
                found.append(int(entry.name))
        except OSError:
            pass
    return found


def pressed_ok(engine=None):
    """Opens the dialog and starts painting; the engine's command line goes through the expert settings."""
    window.menu(*FILTER)
    dialog = window.dialog()
    if engine is not None:
        dialog.find("text", "Engine command").queryEditableText().setTextContents(engine)
    dialog.press("OK")
    return dialog


def painting(dialog, fraction=0.15):
    """Waits until the dialog shows that much progress."""
    bar = dialog.find("progress bar", "Progress")
    wait_for("progress", lambda: bar.queryValue().currentValue >= fraction)


def undo_all():
    for _ in range(20):
        item = window.menu_item(*UNDO)
        if not sensitive(item):
            return
        item.queryAction().doAction(0)
        time.sleep(0.2)


def the_dialog_fits_small_screens_and_names_every_control():
    window.menu(*FILTER)
    dialog = window.dialog()
    desktop.screenshot("dialog")
    width, height = dialog.size()
    check(height <= 700, f"the dialog is {height} pixels high")
    nameless = [widget.getRoleName() for widget in descendants(dialog.window) if not widget.name and widget.getRoleName()
                in ("spin button", "combo box", "text", "toggle button", "check box", "progress bar", "slider")]
    check(not nameless, f"without a name: {nameless}")
    check("The Starry Night" in dialog.paintings(), dialog.paintings())
    dialog.find("toggle button", "Expert settings").queryAction().doAction(0)
    wait_for("the expert settings", lambda: showing(dialog.find("spin button", "Iterations")))
    desktop.screenshot("dialog-expert")
    width, height = dialog.size()
    check(height <= 700, f"the dialog is {height} pixels high with the expert settings")
    check(width <= 1300, f"the dialog is {width} pixels wide with the expert settings")
    dialog.press("Cancel")
    window.no_dialog()
    check(window.layers() == 1 and not window.title().startswith("*"), window.title())
    time.sleep(0.3)
    check("the GimpProcedureConfig object was refed" not in window.log_path.read_text(), "the dialog leaks")


def ok_paints_one_layer_and_one_undo_takes_it_back():
    before = window.title()
    dialog = pressed_ok()
    painting(dialog, 0.3)
    check(not sensitive(dialog.button("OK")) and sensitive(dialog.button("Cancel")))
    check(any("Painting at 320 × 240" in text for text in dialog.texts()), dialog.texts())
    desktop.screenshot("painting")
    window.no_dialog()
    wait_for("the new layer", lambda: window.layers() == 2)
    window.selected("photo.png")
    desktop.screenshot("painted")
    check(window.menu_item(*UNDO).name == "Undo Neural Style", window.menu_item(*UNDO).name)
    window.menu(*UNDO)
    wait_for("the title as before", lambda: window.title() == before)
    check(not sensitive(window.menu_item(*UNDO)), "there is more to undo")


def repeat_paints_the_source_again():
    for layers in (2, 3):
        window.menu(*REPEAT)
        wait_for("another layer", lambda: window.layers() == layers)
        window.selected("photo.png")
        wait_for("Repeat is ready", lambda: sensitive(window.menu_item(*REPEAT)))
    window.menu(*UNDO)
    wait_for("one layer less", lambda: window.layers() == 2)


def cancel_in_the_dialog_ends_within_a_second_and_leaves_the_image():
    before = window.title()
    for engine in (f"{ECHO} --updates 600 --slow 100", f"{ECHO} --updates 600 --slow 100 --ignore-cancel"):
        dialog = pressed_ok(engine)
        wait_for("an engine", engines)
        wait_for("painting", lambda: any("Painting" in text for text in dialog.texts()))
        begin = time.monotonic()
        dialog.press("Cancel")
        wait_for("the engine's end", lambda: not engines(), 1)
        window.no_dialog()
        check(time.monotonic() - begin < 2, "the dialog stayed too long")
        check(window.title() == before, window.title())


def cancel_in_the_status_bar_ends_the_engine_and_leaves_the_image():
    dialog = pressed_ok(f"{ECHO} --updates 100 --slow 100")  # makes it the engine of Repeat; long enough to find a button on a busy machine
    window.no_dialog()
    wait_for("the new layer", lambda: window.layers() == 2)
    wait_for("Repeat is ready", lambda: sensitive(window.menu_item(*REPEAT)))
    before = window.title()
    window.menu(*REPEAT)
    wait_for("an engine", engines)
    cancel = wait_for("Cancel in the status bar", lambda: next(
        (button for button in descendants(window.frame) if button.getRoleName() == "button" and button.name == "Cancel"
         and showing(button)), None))
    desktop.screenshot("status-bar")
    cancel.queryAction().doAction(0)
    wait_for("the engine's end", lambda: not engines(), 1)
    time.sleep(0.5)
    check(window.title() == before, window.title())
    wait_for("Repeat is ready", lambda: sensitive(window.menu_item(*REPEAT)))


def a_killed_engine_gets_a_sentence_and_the_next_try_paints():
    dialog = pressed_ok(f"{ECHO} --updates 30 --slow 100")
    painting(dialog)
    number = engines()[0]
    os.kill(number, signal.SIGKILL)
    wait_for("the sentence", lambda: any("engine went away" in text for text in dialog.texts()))
    desktop.screenshot("engine-lost")
    check(window.layers() == 1)
    check(sensitive(dialog.button("OK")), "the settings stay locked")
    dialog.press("OK")
    window.no_dialog()
    wait_for("the new layer", lambda: window.layers() == 2)


def settings_stay_for_the_next_dialog_and_reset_forgets_them():
    window.menu(*FILTER)
    dialog = window.dialog()
    dialog.number("Strength", 0.5)
    dialog.choose("Quality", 0)
    dialog.paint_like("Hatō zu (Waves)")
    dialog.press("OK")
    window.no_dialog()
    window.menu(*FILTER)
    dialog = window.dialog()
    check(dialog.number("Strength") == 0.5)
    dialog.press("Reset")
    desktop.screenshot("reset")
    factory = wait_for("Reset to Factory Defaults", lambda: find(
        dialog.window, "button", re.compile("Factory")) or next(
        (button for top in dialog.window.getApplication() for button in descendants(top)
         if "Factory" in button.name), None))
    factory.queryAction().doAction(0)
    wait_for("the default", lambda: dialog.number("Strength") == 1.0)
    dialog.press("Cancel")
    window.no_dialog()


def a_layer_as_style_is_kept_for_repeat_and_missed_when_it_is_gone():
    window.menu("Layer", re.compile("^Duplicate Layer"))
    wait_for("a second layer", lambda: window.layers() == 2)
    window.menu(*FILTER)
    dialog = window.dialog()
    dialog.press("From layer…")
    layer = wait_for("the menu of layers", lambda: next(
        (item for top in dialog.window.getApplication() for item in descendants(top)
         if item.getRoleName() == "menu item" and item.name == "photo.png copy"), None))
    desktop.screenshot("style-layer")
    layer.queryAction().doAction(0)
    wait_for("the layer in the gallery", lambda: "photo.png copy" in dialog.paintings())
    dialog.press("OK")
    window.no_dialog()
    wait_for("the new layer", lambda: window.layers() == 3)
    wait_for("Repeat is ready", lambda: sensitive(window.menu_item(*REPEAT)))
    window.menu(*REPEAT)
    wait_for("another layer", lambda: window.layers() == 4)
    window.selected("photo.png copy")
    wait_for("Repeat is ready", lambda: sensitive(window.menu_item(*REPEAT)))
    window.menu("Layer", re.compile("^Delete Layer"))
    wait_for("the layer's end", lambda: window.layers() == 3)
    window.menu(*REPEAT)
    wait_for("the sentence", lambda: "that the last painting was made with is gone" in messages())
    check(window.layers() == 3)
    close_messages()


def repeat_under_way():
    """Starts Repeat and waits until the engine paints."""
    def lines():
        return window.log_path.read_text().count("% painting")

    before = lines()
    window.menu(*REPEAT)
    wait_for("a painting", lambda: lines() > before)


def paint_and_rotate_meanwhile(output):
    """The second painting of two, with Repeat; the number of layers before it."""
    window.menu(*FILTER)
    dialog = window.dialog()
    dialog.find("text", "Engine command").queryEditableText().setTextContents(f"{ECHO} --updates 30 --slow 100")
    dialog.choose("Output", dialog.choices("Output").index(output))
    dialog.press("OK")
    window.no_dialog()
    wait_for("Repeat is ready", lambda: sensitive(window.menu_item(*REPEAT)))
    layers = window.layers()
    repeat_under_way()
    window.menu("Layer", "Transform", re.compile("^Rotate 90° clockwise"))
    return layers


def a_layer_that_changes_its_size_while_it_is_painted_is_not_replaced():
    layers = paint_and_rotate_meanwhile("Replace the layer")
    wait_for("the end of the run", lambda: not engines())
    wait_for("the sentence", lambda: "has changed its size" in messages())
    desktop.screenshot("size-changed")
    check(window.layers() == layers)
    close_messages()


def a_layer_that_changes_its_size_while_it_is_painted_gets_its_new_layer():
    layers = paint_and_rotate_meanwhile("New layer")
    wait_for("the new layer", lambda: window.layers() == layers + 1)
    wait_for("the end of the run", lambda: not engines())


def a_layer_that_is_deleted_while_it_is_painted_is_not_painted():
    repeat_under_way()
    window.menu("Layer", re.compile("^Delete Layer"))
    wait_for("the end of the run", lambda: not engines())
    wait_for("the sentence", lambda: "was deleted while it was painted" in messages())
    close_messages()


CASES = [the_dialog_fits_small_screens_and_names_every_control, ok_paints_one_layer_and_one_undo_takes_it_back,
         repeat_paints_the_source_again, cancel_in_the_dialog_ends_within_a_second_and_leaves_the_image,
         cancel_in_the_status_bar_ends_the_engine_and_leaves_the_image,
         a_killed_engine_gets_a_sentence_and_the_next_try_paints, settings_stay_for_the_next_dialog_and_reset_forgets_them,
         a_layer_as_style_is_kept_for_repeat_and_missed_when_it_is_gone,
         a_layer_that_changes_its_size_while_it_is_painted_is_not_replaced,
         a_layer_that_changes_its_size_while_it_is_painted_gets_its_new_layer,
         a_layer_that_is_deleted_while_it_is_painted_is_not_painted]


def recover():
    """After a case that failed: no dialog, an image as at the start."""
    if window.dialog_now():
        window.dialog().press("Cancel")
        window.no_dialog()
    close_messages()


failed = 0
with PrivateGimp(programs, console=False) as gimp, Desktop(gimp.folder, sys.argv[1]) as desktop:
    from gimp_window import (FILTER, REPEAT, UNDO, GimpWindow, check, close_messages, descendants, find, holds, messages,
                             sensitive, showing, wait_for)

    picture = gimp.folder / "photo.png"
    subprocess.run([program("convert"), "-size", "320x240", "plasma:red-blue", "-strip", f"PNG24:{picture}"], check=True,
                   timeout=60)
    window = GimpWindow(desktop, gimp, picture, [ECHO, "--updates", "60", "--slow", "100"],
                        NEURAL_STYLE_VERBOSE="1")
    try:
        for case in CASES:
            if len(sys.argv) > 2 and sys.argv[2] not in case.__name__:
                continue
            if not holds(case, desktop):
                failed += 1
                recover()
            undo_all()
    finally:
        window.close()
    if failed:
        sys.stderr.write(window.log_path.read_text()[-3000:])
sys.exit(1 if failed else 0)
