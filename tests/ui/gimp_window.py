# SPDX-License-Identifier: GPL-3.0-or-later
"""Drives a real GIMP through its accessibility tree, like a person with a screen reader.

    window = GimpWindow(desktop, gimp, picture, engine=[echo_engine])
    window.menu("Filters", "Artistic", "Neural Style…")
    dialog = window.dialog()
    dialog.press("OK")
"""
import os
import re
import subprocess
import sys
import time
import traceback

import pyatspi

TIMEOUT = 60  # seconds; generous, since a test machine may be busy


# Menu items that every test needs.
FILTER = ("Filters", "Artistic", "Neural Style…")
REPEAT = ("Filters", re.compile("^Repeat"))
UNDO = ("Edit", re.compile("^Undo"))


def check(holds, what=""):
    if not holds:
        raise AssertionError(what)


class NotThere(AssertionError):
    pass


def wait_for(what, condition, seconds=TIMEOUT):
    """The first true value of the condition."""
    end = time.monotonic() + seconds
    while True:
        try:
            value = condition()
            if value:
                return value
        except (LookupError, RuntimeError, OSError) as vanished:  # a widget vanished meanwhile
            if "timeout" in str(vanished).lower() and time.monotonic() > end:
                raise
        except Exception as error:
            if type(error).__name__ not in ("GError", "Error"):
                raise
        if time.monotonic() > end:
            raise NotThere(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def descendants(root, depth=40):
    if root is None or depth == 0:
        return
    for index in range(root.childCount):
        child = root.getChildAtIndex(index)
        if child is not None:
            yield child
            yield from descendants(child, depth - 1)


def find(root, role=None, name=None):
    """The first widget below with that role and name; a name may be a compiled pattern."""
    for widget in descendants(root):
        if role and widget.getRoleName() != role:
            continue
        if name is None or (name.search(widget.name) if isinstance(name, re.Pattern) else widget.name == name):
            return widget
    return None


def sensitive(widget):
    return widget.getState().contains(pyatspi.STATE_SENSITIVE)


def showing(widget):
    return widget.getState().contains(pyatspi.STATE_SHOWING)


def click(widget):
    """With the mouse, for widgets that have no action."""
    place = widget.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
    subprocess.run(["xdotool", "mousemove", str(place.x + place.width // 2), str(place.y + place.height // 2), "click", "1"],
                   check=True, timeout=30)


def application(name):
    for app in pyatspi.Registry.getDesktop(0):
        if app is not None and app.name == name:
            return app
    return None


def messages():
    """GIMP's messages in its status bar and in windows."""
    return " ".join(widget.name for top in application("gimp") for widget in descendants(top)
                    if widget.getRoleName() in ("label", "status bar", "text"))


def close_messages():
    for top in application("gimp"):
        if top.getRoleName() in ("dialog", "alert"):
            button = find(top, "button", "Close") or find(top, "button", "OK")
            if button:
                button.queryAction().doAction(0)


def holds(case, desktop, run=lambda case: case()):
    """Whether a case ends without an exception; prints the outcome."""
    begin = time.monotonic()
    try:
        run(case)
        print(f"ok {case.__name__} ({time.monotonic() - begin:.1f} s)", file=sys.stderr)
        return True
    except Exception:
        print(f"FAILED {case.__name__}\n{traceback.format_exc()}", file=sys.stderr)
        desktop.screenshot(f"failed-{case.__name__}")
        return False


class GimpWindow:
    def __init__(self, desktop, gimp, picture, engine, batch=None, **environment):
        """Opens `picture`, or whatever the Python code `batch` shows."""
        self.desktop = desktop
        self.log_path = gimp.folder / "gimp-log"
        log = open(self.log_path, "w")
        what = [str(picture)] if batch is None else ["--batch-interpreter", "python-fu-eval", "-b", batch]
        self.process = subprocess.Popen([gimp.executable, "-n", "-s", *what], stdin=subprocess.DEVNULL, stdout=log, stderr=log,
                                        env=gimp.environment(engine, **desktop.environment, **environment))
        self.frame = wait_for("GIMP's window with the picture", self._image_frame, 90)

    def close(self):
        self.process.kill()
        self.process.wait()

    def _image_frame(self):
        app = application("gimp")
        for frame in app or []:
            if frame is not None and frame.getRoleName() == "frame" and re.search(r"\d+x\d+", frame.name):
                return frame
        return None

    def title(self):
        """It is not always whole while GIMP renews it."""
        return wait_for("GIMP's title", self._image_frame).name

    def layers(self):
        """The number of layers, from the title."""
        return int(wait_for("the number of layers", lambda: re.search(r"(\d+) (?:layers?|个图层)", self.title())).group(1))

    def selected(self, layer):
        """Waits until the layer is the selected one; the title follows the layers with a delay."""
        try:
            wait_for(f"{layer} selected", lambda: f"[{layer}]" in self.title())
        except NotThere:
            raise AssertionError(f"another layer is selected: {self.title()}") from None

    def menu_item(self, *path):
        """A menu item by its path of labels, or the end of it. Menus need not be open."""
        def matches(widget, label):
            return (widget.getRoleName() in ("menu", "menu item", "check menu item")
                    and (label.search(widget.name) if isinstance(label, re.Pattern) else widget.name == label))

        widget = find(self.frame, "menu bar") or self.frame
        for label in path:
            widget = wait_for(f"menu item {label}", lambda: next(
                (child for child in descendants(widget) if matches(child, label)), None))
        return widget

    def menu(self, *path):
        item = self.menu_item(*path)
        wait_for(f"{item.name} is sensitive", lambda: sensitive(item))
        item.queryAction().doAction(0)

    def dialog(self, name="Neural Style"):
        """The plug-in's window."""
        return Dialog(wait_for("the dialog", lambda: self.dialog_now(name)))

    def dialog_now(self, name="Neural Style"):
        app = application("plug-in-neural-style")
        for window in app or []:
            if window is not None and window.name == name and showing(window):
                return window
        return None

    def no_dialog(self):
        wait_for("the dialog's end", lambda: self.dialog_now() is None)


class Dialog:
    def __init__(self, window):
        self.window = window

    def find(self, role, name):
        return wait_for(f"{role} {name}", lambda: find(self.window, role, name))

    def button(self, name):
        return self.find("button", name)

    def press(self, name):
        self.button(name).queryAction().doAction(0)

    def number(self, name, value=None):
        spin = self.find("spin button", name)
        if value is not None:
            spin.queryValue().currentValue = value
        return spin.queryValue().currentValue

    def choices(self, name):
        combo = self.find("combo box", name)
        menu = find(combo, "menu")
        return [item.name for item in menu] if menu else []

    def choose(self, name, index):
        self.find("combo box", name).querySelection().selectChild(index)

    def gallery(self):
        """The list of paintings, with the gallery's rows in order."""
        return self.find("layered pane", "Paintings")

    def paintings(self):
        return [painting.queryText().getText(0, -1) for painting in self.gallery()]

    def paint_like(self, name):
        self.gallery().querySelection().selectChild(self.paintings().index(name))

    def previewed(self, finished=False):
        """Waits for a painting in the preview."""
        words = ("The preview is finished",) if finished else ("The preview is finished", "A first look", "grows")
        wait_for("the preview", lambda: any(word in text for text in self.texts() for word in words))

    def preview(self):
        return next(widget for widget in descendants(self.window)
                    if widget.name == "Preview" and widget.getRoleName() == "slider")

    def texts(self):
        """All visible label texts."""
        found = []
        for widget in descendants(self.window):
            if widget.getRoleName() == "label" and showing(widget):
                try:
                    found.append(widget.queryText().getText(0, -1))
                except NotImplementedError:
                    found.append(widget.name)
        return found

    def size(self):
        extents = self.window.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
        return extents.width, extents.height
