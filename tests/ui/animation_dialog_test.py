# SPDX-License-Identifier: GPL-3.0-or-later
"""Paints an animation in a real GIMP with windows: menu, dialog, OK, Undo, Repeat, Cancel, Keep this."""
import re
import sys

from desktop import Desktop
from PIL import Image

from private_gimp import PrivateGimp, Programs

programs = Programs.from_environment()
ANIMATION = ("Filters", "Animation", "Neural Style…")
SLOW = f"{programs.echo_engine} --mix --updates 10 --slow 200"


def made_gif(path):
    """Four frames that pan over a photo, with one palette."""
    photo = Image.open(programs.data / "photos" / "boats.jpg").resize((400, 300))
    whole = photo.quantize(64)
    pictures = [photo.crop((20 * i, 30, 20 * i + 320, 270)).quantize(palette=whole) for i in range(4)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=[100, 200, 100, 300], loop=0, optimize=False)


def opened():
    window.menu(*ANIMATION)
    return window.dialog()


def pressed_ok(engine=None):
    dialog = opened()
    if engine is not None:
        dialog.find("text", "Engine command").queryEditableText().setTextContents(engine)
    dialog.press("OK")
    return dialog


def without_selection(title):
    """Undo may leave another frame selected."""
    return re.sub(r"\[[^]]*\] (?=\(\d+ layers)", "", title)


def undone(before):
    """One step takes all back."""
    wait_for("a step to undo", lambda: sensitive(window.menu_item(*UNDO)))  # the title may change before
    window.menu(*UNDO)
    wait_for("the image as before", lambda: without_selection(window.title()) == without_selection(before))
    check(not sensitive(window.menu_item(*UNDO)), "there is more to undo")


def the_dialog_shows_the_chosen_frame_and_what_holds_frames_together():
    dialog = opened()
    dialog.previewed(finished=True)
    wait_for("the estimate for all", lambda: any("4 frames: " in text and " each" in text for text in dialog.texts()))
    check(any("palette of few colors" in text for text in dialog.texts()), dialog.texts())
    check(dialog.number("Steadiness") == 1)
    dialog.find("check box", "Close the loop")
    dialog.find("toggle button", "More settings").queryAction().doAction(0)
    check(dialog.choices("Output") == ["Replace the layers", "New image"], dialog.choices("Output"))
    check(find(dialog.window, "combo box", "Go on from") is None)
    desktop.screenshot("animation-dialog")
    width, height = dialog.size()
    check(height <= 700 and width <= 1300, f"the dialog has {width} x {height} pixels")
    nameless = [widget.getRoleName() for widget in descendants(dialog.window) if not widget.name and widget.getRoleName()
                in ("spin button", "combo box", "text", "toggle button", "check box", "progress bar", "slider")]
    check(not nameless, f"without a name: {nameless}")
    dialog.press("Cancel")
    window.no_dialog()
    check(not window.title().startswith("*"), window.title())


def ok_paints_all_frames_and_one_undo_takes_them_back():
    before = window.title()
    dialog = pressed_ok(f"{programs.echo_engine} --mix --updates 10 --slow 50")
    wait_for("the third frame", lambda: any("Frame 3 of 4: " in text for text in dialog.texts()))
    desktop.screenshot("animation-painting")
    window.no_dialog()
    wait_for("the painted frames", lambda: window.title() != before)
    check(window.layers() == 4, window.title())
    desktop.screenshot("animation-painted")
    undone(before)


def repeat_paints_all_frames_again():
    before = window.title()
    window.menu(*REPEAT)
    wait_for("the painted frames", lambda: window.title() != before)
    check(window.layers() == 4, window.title())
    undone(before)


def cancel_leaves_the_image_as_it_is():
    before = window.title()
    dialog = pressed_ok(SLOW)
    wait_for("the second frame", lambda: any("Frame 2 of 4: " in text for text in dialog.texts()))
    dialog.press("Cancel")
    window.no_dialog()
    check(window.title() == before, window.title())
    check(not sensitive(window.menu_item(*UNDO)), "there is something to undo")


def keep_this_keeps_the_frames_painted_so_far():
    before = window.title()
    dialog = pressed_ok(SLOW)
    wait_for("the second frame", lambda: any("Frame 2 of 4: " in text for text in dialog.texts()))
    dialog.press("Keep this")
    window.no_dialog()
    wait_for("the painted frames", lambda: window.title() != before)
    check(window.layers() == 4, window.title())
    desktop.screenshot("animation-kept")
    undone(before)


CASES = [the_dialog_shows_the_chosen_frame_and_what_holds_frames_together,
         ok_paints_all_frames_and_one_undo_takes_them_back, repeat_paints_all_frames_again, cancel_leaves_the_image_as_it_is,
         keep_this_keeps_the_frames_painted_so_far]

failed = 0
with PrivateGimp(programs, console=False) as gimp, Desktop(gimp.folder, sys.argv[1], 1366, 768) as desktop:
    from gimp_window import REPEAT, UNDO, GimpWindow, check, descendants, find, holds, sensitive, wait_for

    gif = gimp.folder / "boats.gif"
    made_gif(gif)
    window = GimpWindow(desktop, gimp, gif, [programs.echo_engine, "--mix", "--updates", "4"],
                        NEURAL_STYLE_DATA=str(programs.data))
    try:
        for case in CASES:
            if (len(sys.argv) < 3 or any(word in case.__name__ for word in sys.argv[2:])) and not holds(case, desktop):
                failed += 1
                sys.stderr.write(window.log_path.read_text()[-1500:])
    finally:
        window.close()
sys.exit(1 if failed else 0)
