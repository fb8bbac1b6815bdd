# SPDX-License-Identifier: GPL-3.0-or-later
"""Five small paintings by the real engine through the dialog, each taken back by one Undo."""
import subprocess
import sys
import time
import traceback

from desktop import Desktop, program

from private_gimp import PrivateGimp, Programs

programs = Programs.from_environment()
SIZE = 256


def quick(dialog):
    """Three steps are enough to see that the engine works."""
    dialog.choose("Quality", dialog.choices("Quality").index("Draft"))
    dialog.find("toggle button", "Expert settings").queryAction().doAction(0)
    dialog.number("Iterations", 3)


def as_it_is(dialog):
    pass


def another_painting(dialog):
    dialog.paint_like("Hatō zu (Waves)")


def colors_of_the_photo(dialog):
    dialog.choose("Colors taken from", dialog.choices("Colors taken from").index("The photo"))


def half_the_strength_and_large_strokes(dialog):
    dialog.number("Strength", 0.5)
    dialog.number("Stroke size (%)", 200)


def a_size_limit_and_another_seed(dialog):
    dialog.number("Size limit (pixels)", 96)
    dialog.number("Variation (seed)", 7)


CASES = [as_it_is, another_painting, colors_of_the_photo, half_the_strength_and_large_strokes,
         a_size_limit_and_another_seed]


def same_pixels(one, other):
    """Whether two pictures are equal to the last bit."""
    done = subprocess.run([program("compare"), "-metric", "AE", str(one), str(other), "null:"], capture_output=True,
                          text=True, timeout=60)
    return done.stderr.split()[0] == "0"


def run(case):
    before = window.title()
    window.menu(*FILTER)
    dialog = window.dialog()
    if case is as_it_is:
        desktop.screenshot("dialog-photo")
    quick(dialog)
    case(dialog)
    dialog.press("OK")
    wait_for("the painting", lambda: window.dialog_now() is None, 180)
    wait_for("the new layer", lambda: window.layers() == 2)
    desktop.screenshot(f"real-{case.__name__}")
    window.menu(*UNDO)
    wait_for("the title as before", lambda: window.title() == before)
    check(not sensitive(window.menu_item(*UNDO)), "there is more to undo")


failed = 0
with PrivateGimp(programs, console=False) as gimp, Desktop(gimp.folder, sys.argv[1]) as desktop:
    from gimp_window import FILTER, UNDO, GimpWindow, check, holds, sensitive, wait_for

    picture, original = gimp.folder / "photo.png", gimp.folder / "original.png"
    subprocess.run([program("convert"), str(programs.data / "photos" / "boats.jpg"), "-resize", f"{SIZE}x{SIZE}", "-strip",
                    f"PNG24:{picture}"], check=True, timeout=60)
    original.write_bytes(picture.read_bytes())
    window = GimpWindow(desktop, gimp, picture, [programs.engine], NEURAL_STYLE_DATA=str(programs.data))
    try:
        for case in CASES:
            if not holds(case, desktop, run):
                failed += 1
                break
        else:
            # All was taken back: what GIMP writes now is the photo.
            picture.unlink()
            window.menu("File", f"Overwrite {picture.name}")
            wait_for("the written photo", lambda: picture.exists() and picture.stat().st_size > 0)
            time.sleep(1)
            check(same_pixels(picture, original), "undo did not restore the image exactly")
            print("ok undo restored the image exactly", file=sys.stderr)
    except Exception:
        failed += 1
        desktop.screenshot("failed-real-engine")
        traceback.print_exc()
    finally:
        window.close()
    if failed:
        sys.stderr.write(window.log_path.read_text()[-3000:])
sys.exit(1 if failed else 0)
