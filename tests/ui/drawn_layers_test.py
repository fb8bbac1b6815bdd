# SPDX-License-Identifier: GPL-3.0-or-later
"""Layers that GIMP draws from something else, replaced by their paintings: texts; in GIMP 3.2 vectors and links, too."""
import re
import subprocess
import sys
import time

from desktop import Desktop, program

from private_gimp import PrivateGimp, Programs

programs = Programs.from_environment()
PRELUDE = """
import hashlib
import gi
gi.require_version("Gimp", "3.0")
from gi.repository import Gegl, Gimp, Gio

def show(layer_of):
    global image, layer
    image = Gimp.Image.new(160, 120, Gimp.ImageBaseType.RGB)
    layer = layer_of(image)
    image.insert_layer(layer, None, 0)
    image.set_selected_layers([layer])
    image.undo_disable()
    image.undo_enable()
    image.clean_all()
    Gimp.Display.new(image)

def text(image):
    return Gimp.TextLayer.new(image, "Brush", Gimp.context_get_font(), 60.0, Gimp.Unit.pixel())

def vector(image):
    path = Gimp.Path.new(image, "Triangle")
    path.stroke_new_from_points(Gimp.PathStrokeType.BEZIER, [20, 20, 20, 20, 20, 20, 120, 30, 120, 30, 120, 30, 60, 100, 60, 100, 60, 100], True)
    image.insert_path(path, None, 0)
    return Gimp.VectorLayer.new(image, path)

def link(image):
    return Gimp.LinkLayer.new(image, Gio.File.new_for_path(picture))

def pixels():
    bounds = Gegl.Rectangle.new(0, 0, layer.get_width(), layer.get_height())
    return hashlib.sha256(layer.get_buffer().get(bounds, 1.0, "R'G'B'A u8", Gegl.AbyssPolicy.NONE)).hexdigest()
"""


def drawn(kind):
    """The pixels of such a layer, alone in an image of its own."""
    inside.ask(f"show({kind})")
    window.selected(inside.ask("layer.get_name()").strip("'"))
    return inside.ask("pixels()")


def rasterized():
    return inside.ask("layer.is_rasterized()") == "True"


def pressed_ok(output):
    window.menu(*FILTER)
    dialog = window.dialog()
    dialog.choose("Output", dialog.choices("Output").index(output))
    dialog.press("OK")
    window.no_dialog()


def is_replaced_undone_redone_and_restored(kind):
    before = drawn(kind)
    pressed_ok("Replace the layer")
    wait_for("the painting", lambda: inside.ask("pixels()") != before)
    painting = inside.ask("pixels()")
    desktop.screenshot(f"replaced-{kind}")
    check(not new_gimp or rasterized(), "GIMP would draw it again")
    for _ in range(2):
        window.menu(*UNDO)
        wait_for("the layer as before", lambda: inside.ask("pixels()") == before)
        check(not sensitive(window.menu_item(*UNDO)), "there is more to undo")
        check(not new_gimp or not rasterized(), "the layer is no longer what it was")
        window.menu("Edit", re.compile("^Redo"))
        wait_for("the painting again", lambda: inside.ask("pixels()") == painting)
        check(not new_gimp or rasterized(), "GIMP would draw it again")
    if not new_gimp:
        return
    inside.ask("layer.restore()")
    wait_for("what it was drawn from", lambda: inside.ask("pixels()") == before)
    window.menu("Filters", "Artistic", re.compile("Repaint"))
    wait_for("the sentence", lambda: "was not painted by Neural Style" in messages())
    close_messages()


def a_text_is_replaced_and_undone_and_redone():
    is_replaced_undone_redone_and_restored("text")


def a_vector_is_replaced_undone_redone_and_restored():
    is_replaced_undone_redone_and_restored("vector")


def a_link_is_replaced_undone_redone_and_restored():
    is_replaced_undone_redone_and_restored("link")


def change_the_file(size):
    """As GIMP notices it."""
    before = inside.ask("pixels()")
    subprocess.run([program("convert"), "-size", size, "plasma:green-yellow", "-strip", f"PNG24:{picture}"], check=True, timeout=60)
    wait_for("GIMP draws the changed file", lambda: inside.ask("pixels()") != before)


def repeated_meanwhile(what):
    lines = window.log_path.read_text().count("% painting")
    window.menu(*REPEAT)
    wait_for("a painting", lambda: window.log_path.read_text().count("% painting") > lines)
    what()


def a_link_whose_file_has_changed_meanwhile_is_not_replaced():
    before = drawn("link")
    pressed_ok("Replace the layer")
    wait_for("the painting", lambda: inside.ask("pixels()") != before)
    window.menu(*UNDO)
    wait_for("Repeat is ready", lambda: sensitive(window.menu_item(*REPEAT)))
    repeated_meanwhile(lambda: change_the_file("120x80"))
    changed = inside.ask("pixels()")
    wait_for("the sentence", lambda: "The file that the layer links to has changed" in messages())
    time.sleep(0.5)
    check(inside.ask("pixels()") == changed and not rasterized(), "the layer was changed")
    close_messages()


def a_link_whose_file_has_another_size_meanwhile_gets_its_new_layer():
    drawn("link")
    pressed_ok("New layer")
    wait_for("the new layer", lambda: window.layers() == 2)
    window.menu(*UNDO)
    wait_for("Repeat is ready", lambda: sensitive(window.menu_item(*REPEAT)))
    repeated_meanwhile(lambda: change_the_file("100x140"))
    wait_for("the new layer", lambda: window.layers() == 2)
    check(inside.ask("image.get_layers()[0].get_width()") == "120", "the painting has another size")
    desktop.screenshot("link-changed")


failed = 0
with PrivateGimp(programs, console=False) as gimp, Desktop(gimp.folder, sys.argv[1]) as desktop:
    from gimp_window import FILTER, REPEAT, UNDO, GimpWindow, check, close_messages, holds, messages, sensitive, wait_for
    from inside_gimp import InsideGimp

    picture = gimp.folder / "linked.png"
    subprocess.run([program("convert"), "-size", "120x80", "plasma:red-blue", "-strip", f"PNG24:{picture}"], check=True, timeout=60)
    inside = InsideGimp(gimp.folder)
    window = GimpWindow(desktop, gimp, None, [programs.echo_engine, "--mix", "--updates", "30", "--slow", "100"],
                        batch=inside.batch(PRELUDE + f"picture = {str(picture)!r}\nshow(text)\n"), NEURAL_STYLE_VERBOSE="1")
    cases = [a_text_is_replaced_and_undone_and_redone]
    new_gimp = inside.ask("hasattr(Gimp, 'LinkLayer')") == "True"
    if new_gimp:
        cases += [a_vector_is_replaced_undone_redone_and_restored, a_link_is_replaced_undone_redone_and_restored,
                  a_link_whose_file_has_changed_meanwhile_is_not_replaced,
                  a_link_whose_file_has_another_size_meanwhile_gets_its_new_layer]
    try:
        for case in cases:
            if len(sys.argv) > 2 and sys.argv[2] not in case.__name__:
                continue
            failed += not holds(case, desktop)
        if failed:
            sys.stderr.write(window.log_path.read_text(errors="replace")[-3000:])
    finally:
        window.close()
sys.exit(1 if failed else 0)
