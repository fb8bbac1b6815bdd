# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures the dialog's response with a 12-megapixel photo, with the real engine: figures.py SCREENSHOTS.

Not a test, since it asserts nothing: `meson test --benchmark dialog`, on an otherwise idle machine. Each figure is one line, "name: value unit".
"""
import pathlib
import statistics
import subprocess
import sys
import time

from desktop import Desktop, program

from private_gimp import PrivateGimp, Programs

programs = Programs.from_environment()


def tell(name, value, unit):
    print(f"{name}: {value:.2f} {unit}", flush=True)


def plug_in_process():
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and (entry / "comm").read_text().strip() == "plug-in-neural-style"[:15]:
                if f"GIMP3_DIRECTORY={gimp.profile}".encode() in (entry / "environ").read_bytes():
                    return entry
        except OSError:
            pass
    raise RuntimeError("the plug-in does not run")


def private_dirty():
    """Of the plug-in, in MiB."""
    for line in (plug_in_process() / "smaps_rollup").read_text().splitlines():
        if line.startswith("Private_Dirty"):
            return int(line.split()[1]) / 1024


def status(dialog):
    """The line below the preview; found once, since searching takes time itself."""
    words = ("first look", "preview is finished", "quality grows", "Painting at", "Looking", "Starting", "Finishing")
    return next((widget for widget in descendants(dialog.window) if widget.getRoleName() == "label"
                 and any(word in widget.name for word in words)), None)


def looked(line):
    return line.name in ("A first look", "The preview is finished") or "grows" in line.name


with PrivateGimp(programs, console=False) as gimp, Desktop(gimp.folder, sys.argv[1], 1366, 768) as desktop:
    from gimp_window import FILTER, GimpWindow, descendants, wait_for

    photo = gimp.folder / "photo.png"
    subprocess.run([program("convert"), str(programs.data / "photos" / "boats.jpg"), "-resize", "4382x2739!", "-strip",
                    f"PNG24:{photo}"], check=True, timeout=120)
    window = GimpWindow(desktop, gimp, photo, [programs.engine], NEURAL_STYLE_DATA=str(programs.data))
    try:
        item = window.menu_item(*FILTER)
        time.sleep(3)
        for run in ("cold", "warm"):
            begin = time.monotonic()
            item.queryAction().doAction(0)
            dialog = window.dialog()
            tell(f"dialog visible ({run})", time.monotonic() - begin, "s")
            line = wait_for("the status line", lambda: status(dialog))
            wait_for("the first look", lambda: looked(line), 60)
            tell(f"first look ({run})", time.monotonic() - begin, "s")
            time.sleep(1)
            if run == "cold":
                dialog.press("Cancel")
                window.no_dialog()
                time.sleep(1)
                item = window.menu_item(*FILTER)
                wait_for("the filter again", lambda: item.getState())
        spin = dialog.find("spin button", "Strength").queryValue()
        moves = []
        for move in range(10):
            time.sleep(0.3)
            begin = time.monotonic()
            spin.currentValue = 0.95 - 0.05 * move
            wait_for("a new first look", lambda: not looked(line), 10)
            while not looked(line):
                time.sleep(0.01)
            moves.append(time.monotonic() - begin)
        tell("preview after a slider move, median of ten", statistics.median(moves), "s")
        tell("preview after a slider move, slowest", max(moves), "s")
        tell("the plug-in's own memory while previewing", private_dirty(), "MiB")
        spin.currentValue = 1
        dialog.paint_like("The Great Wave off Kanagawa")
        time.sleep(0.5)
        wait_for("the finished preview", lambda: line.name == "The preview is finished", 120)
        desktop.screenshot("dialog-photo-large")
        dialog.choose("Quality", dialog.choices("Quality").index("Fine"))
        dialog.press("OK")
        wait_for("painting", lambda: "Painting at" in line.name, 60)
        trips = []
        for _ in range(100):
            begin = time.monotonic()
            window.frame.getState()
            window.frame.childCount
            trips.append(time.monotonic() - begin)
            time.sleep(0.02)
        tell("accessibility round trip with GIMP while painting, slowest of 100", max(trips), "s")
        tell("the plug-in's memory while painting", private_dirty(), "MiB")
        begin = time.monotonic()
        dialog.press("Cancel")
        while window.dialog_now() is not None:
            time.sleep(0.01)
        tell("Cancel", time.monotonic() - begin, "s")
    finally:
        window.close()
