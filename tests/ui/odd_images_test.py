# SPDX-License-Identifier: GPL-3.0-or-later
"""Odd images in a real GIMP: tiny and huge layers, no layer, several, locked, hidden, masks, a gallery of broken files."""
import os
import pathlib
import re
import subprocess
import sys
import time

from desktop import Desktop, program

from private_gimp import PrivateGimp, Programs

programs = Programs.from_environment()
ENGINE = [programs.echo_engine, "--mix", "--updates", "4", "--slow", "20"]

# Runs in GIMP when it has started; `show` gives the window its image.
PRELUDE = """
import gi
gi.require_version("Gimp", "3.0")
from gi.repository import Gegl, Gimp

def new_image(width, height):
    return Gimp.Image.new(width, height, Gimp.ImageBaseType.RGB)

def new_layer(image, name="Photo", width=None, height=None):
    layer = Gimp.Layer.new(image, name, width or image.get_width(), height or image.get_height(),
                           Gimp.ImageType.RGB_IMAGE, 100, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    Gimp.context_set_foreground(Gegl.Color.new("teal"))
    layer.edit_fill(Gimp.FillType.FOREGROUND)
    return layer

def show(image, *selected):
    if selected:
        image.set_selected_layers(list(selected))
    image.undo_disable()
    image.undo_enable()
    image.clean_all()
    Gimp.Display.new(image)

"""


def painted(dialog, layers):
    """Presses OK and waits for so many layers."""
    dialog.press("OK")
    window.no_dialog()
    wait_for("the new layer", lambda: window.layers() == layers)


def opened():
    window.menu(*FILTER)
    return window.dialog()


def is_refused(words):
    """The filter says a sentence and opens no window."""
    layers = window.layers()
    window.menu(*FILTER)
    wait_for(words, lambda: words in messages())
    check(window.dialog_now() is None and window.layers() == layers)


def a_layer_of_one_pixel():
    """image = new_image(1, 1); show(image, new_layer(image))"""
    dialog = opened()
    dialog.previewed(finished=True)
    desktop.screenshot("one-pixel")
    dialog.press("100 %")
    dialog.previewed(finished=True)
    painted(dialog, 2)


def a_layer_of_30000_by_100_pixels():
    """image = new_image(30000, 100); show(image, new_layer(image))"""
    dialog = opened()
    dialog.previewed(finished=True)
    time.sleep(0.3)
    desktop.screenshot("very-wide")
    dialog.press("100 %")
    time.sleep(0.5)
    dialog.previewed(finished=True)
    dialog.press("The whole layer")
    painted(dialog, 2)


def an_image_without_layers_has_no_filter():
    """show(new_image(64, 48))"""
    item = window.menu_item(*FILTER)
    time.sleep(1)
    check(not sensitive(item), "the filter is offered")


def an_indexed_image_has_no_filter():
    """image = new_image(64, 48); layer = new_layer(image)
image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 8, False, False, "")
show(image, layer)"""
    item = window.menu_item(*FILTER)
    time.sleep(1)
    check(not sensitive(item), "the filter is offered")


def several_layers_become_one_undo_step():
    """image = new_image(320, 240); show(image, *[new_layer(image, name) for name in ("A", "B", "C")])"""
    before = window.title()
    dialog = opened()
    dialog.previewed(finished=True)
    wait_for("the estimate for all", lambda: any("3 layers: " in text and " each" in text for text in dialog.texts()))
    desktop.screenshot("several-layers")
    painted(dialog, 6)
    window.menu(*UNDO)
    wait_for("the image as before", lambda: window.title() == before)
    check(not sensitive(window.menu_item(*UNDO)), "there is more to undo")


def a_locked_layer_is_painted_but_not_replaced():
    """image = new_image(320, 240); layer = new_layer(image); layer.set_lock_content(True); show(image, layer)"""
    dialog = opened()
    dialog.previewed(finished=True)
    dialog.find("toggle button", "More settings").queryAction().doAction(0)
    dialog.choose("Output", dialog.choices("Output").index("Replace the layer"))
    dialog.press("OK")
    wait_for("the sentence", lambda: any("pixels are locked" in text for text in dialog.texts()))
    dialog.previewed(finished=True)
    time.sleep(0.5)
    check(any("pixels are locked" in text for text in dialog.texts()), "the preview took the sentence away")
    desktop.screenshot("locked")
    check(window.layers() == 1)
    dialog.choose("Output", dialog.choices("Output").index("New layer"))
    wait_for("the sentence goes", lambda: not any("pixels are locked" in text for text in dialog.texts()))
    painted(dialog, 2)


def what_is_deleted_while_it_is_chosen_is_told_and_none_is_chosen():
    """image = new_image(320, 240); new_layer(image, "Other"); show(image, new_layer(image)); image.undo_disable()"""
    dialog = opened()
    dialog.find("toggle button", "Styles and regions").queryAction().doAction(0)
    dialog.find("toggle button", "More settings").queryAction().doAction(0)
    choices = ("Region of style 1", "Protected part", "Go on from")
    for name in choices:
        dialog.choose(name, dialog.choices(name).index("Layer “Other”"))
    dialog.previewed(finished=True)
    window.menu("Layer", "Stack", re.compile("^Select Next"))
    window.menu("Layer", re.compile("^Delete Layer"))
    wait_for("one layer less", lambda: window.layers() == 1)
    wait_for("the sentence", lambda: any("is gone: choose another one" in text for text in dialog.texts()))
    desktop.screenshot("deleted-meanwhile")
    wait_for("nothing is chosen", lambda: all(dialog.find("combo box", name).querySelection().isChildSelected(0)
                                              for name in choices))
    dialog.choose("Protected part", dialog.choices("Protected part").index("Layer “Other”"))  # is still in the list
    wait_for("nothing is chosen again", lambda: dialog.find("combo box", "Protected part").querySelection().isChildSelected(0))
    check("Layer “Other”" not in dialog.choices("Protected part"), dialog.choices("Protected part"))
    dialog.previewed(finished=True)
    painted(dialog, 2)


def an_invisible_layer_is_previewed_and_painted():
    """image = new_image(320, 240); layer = new_layer(image); layer.set_visible(False); show(image, layer)"""
    dialog = opened()
    dialog.previewed(finished=True)
    painted(dialog, 2)


def a_gray_image_is_told_and_becomes_rgb_in_one_step():
    """image = new_image(320, 240); layer = new_layer(image); image.convert_grayscale(); show(image, layer)"""
    before = window.title()
    dialog = opened()
    dialog.previewed(finished=True)
    check(any("the painting will be gray" in text for text in dialog.texts()), dialog.texts())
    desktop.screenshot("gray")
    dialog.press("Make the image RGB")
    wait_for("the sentence goes", lambda: not any("the painting will be gray" in text for text in dialog.texts()))
    dialog.previewed(finished=True)
    desktop.screenshot("gray-made-rgb")
    painted(dialog, 2)
    window.menu(*UNDO)  # the painting
    wait_for("one layer", lambda: window.layers() == 1)
    check(window.title() != before, "the image is unchanged already")
    window.menu(*UNDO)  # the mode
    wait_for("the image as before", lambda: window.title() == before)
    check(not sensitive(window.menu_item(*UNDO)), "there is more to undo")
    dialog = opened()
    wait_for("the sentence", lambda: any("the painting will be gray" in text for text in dialog.texts()))


def an_rgb_image_is_told_nothing():
    """image = new_image(320, 240); show(image, new_layer(image))"""
    dialog = opened()
    dialog.previewed(finished=True)
    check(not any("gray" in text for text in dialog.texts()), dialog.texts())


def a_layer_with_a_shadow_is_previewed_and_one_step_takes_its_painting_back():
    """image = new_image(320, 240); layer = new_layer(image, "Photo", 160, 120); layer.set_offsets(50, 40)
effect = Gimp.DrawableFilter.new(layer, "gegl:dropshadow", "Shadow"); layer.append_filter(effect); show(image, layer)"""
    before = window.title()
    for output, layers in (("Replace the layer", 1), ("New layer", 2)):  # the last one stays for the next dialog
        dialog = opened()
        dialog.previewed(finished=True)
        dialog.find("toggle button", "More settings").queryAction().doAction(0)
        dialog.choose("Output", dialog.choices("Output").index(output))
        dialog.previewed(finished=True)
        desktop.screenshot(f"shadow-{layers}")
        painted(dialog, layers)
        wait_for("a change", lambda: window.title() != before)
        window.menu(*UNDO)
        wait_for("the image as before", lambda: window.title() == before)
        check(not sensitive(window.menu_item(*UNDO)), "there is more to undo")


def an_active_mask_is_refused_in_a_sentence():
    """image = new_image(320, 240); layer = new_layer(image)
layer.add_mask(layer.create_mask(Gimp.AddMaskType.WHITE)); layer.set_edit_mask(True); show(image, layer)
layer.set_edit_mask(True)"""
    is_refused("click the layer itself")
    desktop.screenshot("mask-refused")


def an_active_channel_is_refused_in_a_sentence():
    """image = new_image(320, 240); new_layer(image)
channel = Gimp.Channel.new(image, "Channel", 320, 240, 50.0, Gegl.Color.new("red"))
image.insert_channel(channel, None, 0); show(image); image.set_selected_channels([channel])"""
    is_refused("A channel cannot be painted")


def any_kind_that_gimp_opens_is_shown_previewed_and_painted():
    """image = new_image(64, 48); show(image, new_layer(image))"""
    for name in ("animation", "layers"):
        dialog = opened()
        check(name in dialog.paintings() and "notes" not in dialog.paintings(), dialog.paintings())
        dialog.paint_like(name)
        dialog.previewed(finished=True)
        check(not any("cannot open" in text for text in dialog.texts()), dialog.texts())
        desktop.screenshot(f"style-{name}")
        painted(dialog, window.layers() + 1)
    check(not re.search(r"animation|layers", recent_files()), recent_files())


def recent_files():
    """GIMP's list of them, with those that GTK keeps."""
    return "".join(file.read_text() for file in gimp.home.rglob("recently-used*"))


def a_gallery_with_broken_files_and_a_painting_of_210_megapixels():
    """image = new_image(640, 480); show(image, new_layer(image))"""
    dialog = opened()
    titles = dialog.paintings()
    check({"empty", "text", "cut", "huge"} <= set(titles), titles)
    check(not {"folder", "notes", "pipe"} & set(titles), titles)
    dialog.previewed(finished=True)
    for name in ("empty", "text", "cut"):
        dialog.paint_like(name)
        wait_for(f"a sentence on {name}", lambda: any("GIMP cannot open" in text and name in text for text in dialog.texts()))
    begin = time.monotonic()
    dialog.paint_like("huge")
    wait_for("its preview", lambda: any("The preview is finished" in text for text in dialog.texts())
             and not any("cannot open" in text for text in dialog.texts()), 180)
    print(f"a preview like 210 megapixels: {time.monotonic() - begin:.1f} s", file=sys.stderr)
    desktop.screenshot("broken-gallery")
    begin = time.monotonic()
    dialog.press("OK")
    most = 0
    while window.layers() < 2:
        most = max(most, plug_ins_peak())
        check(time.monotonic() - begin < 300, "it takes too long")
        time.sleep(0.1)
    window.no_dialog()
    print(f"painted like 210 megapixels: {time.monotonic() - begin:.1f} s, the plug-in took {most} MiB", file=sys.stderr)
    check(0 < most < 2500, f"the plug-in took {most} MiB")


def plug_ins_peak():
    """Of its memory, in MiB; 0 when it has ended."""
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if (entry.name.isdigit() and (entry / "comm").read_text().strip() == "plug-in-neural-style"[:15]
                    and f"GIMP3_DIRECTORY={gimp.profile}".encode() in (entry / "environ").read_bytes()):
                return int(re.search(r"VmHWM:\s+(\d+)", (entry / "status").read_text()).group(1)) // 1024
        except (OSError, AttributeError):
            pass
    return 0


CASES = [a_layer_of_one_pixel, a_layer_of_30000_by_100_pixels, an_image_without_layers_has_no_filter,
         an_indexed_image_has_no_filter, several_layers_become_one_undo_step, a_locked_layer_is_painted_but_not_replaced,
         what_is_deleted_while_it_is_chosen_is_told_and_none_is_chosen,
         an_invisible_layer_is_previewed_and_painted, a_gray_image_is_told_and_becomes_rgb_in_one_step,
         an_rgb_image_is_told_nothing, a_layer_with_a_shadow_is_previewed_and_one_step_takes_its_painting_back, an_active_mask_is_refused_in_a_sentence,
         an_active_channel_is_refused_in_a_sentence, any_kind_that_gimp_opens_is_shown_previewed_and_painted,
         a_gallery_with_broken_files_and_a_painting_of_210_megapixels]


def made_rare_kinds(folder):
    """Paintings of the user's own that are neither PNG nor JPEG."""
    folder.mkdir(parents=True, exist_ok=True)
    for what in (["xc:red", "xc:blue", str(folder / "animation.gif")], ["gradient:red-blue", str(folder / "layers.psd")]):
        subprocess.run([program("convert"), "-size", "300x200", *what], check=True, timeout=60)
    (folder / "notes.md").write_text("No picture, and named so.")


def made_gallery(folder):
    """The user's own paintings, most of which are none."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "empty.jpg").write_bytes(b"")
    (folder / "text.png").write_text("This is no picture.")
    (folder / "cut.png").write_bytes((b"\x89PNG\r\n\x1a\n"))
    (folder / "notes.txt").write_text("Not a picture either, and named so.")
    (folder / "folder.jpg").mkdir()
    os.mkfifo(folder / "pipe.jpg")
    # A real one, so that nothing can be taken from its head alone.
    subprocess.run([program("convert"), "-size", "1500x1400", "plasma:red-blue", "-sample", "15000x14000!", "-quality", "85",
                    str(folder / "huge.jpg")], check=True, timeout=300)


failed = 0
with PrivateGimp(programs, console=False) as gimp, Desktop(gimp.folder, sys.argv[1], 1366, 768) as desktop:
    from gimp_window import FILTER, UNDO, GimpWindow, check, holds, messages, sensitive, wait_for

    wanted = [case for case in CASES if len(sys.argv) < 3 or any(word in case.__name__ for word in sys.argv[2:])]
    galleries = {any_kind_that_gimp_opens_is_shown_previewed_and_painted: made_rare_kinds,
                 a_gallery_with_broken_files_and_a_painting_of_210_megapixels: made_gallery}
    for case in wanted:
        styles = gimp.profile / "neural-style" / "styles"
        if case in galleries:
            galleries[case](styles)
        window = GimpWindow(desktop, gimp, None, ENGINE, batch=PRELUDE + case.__doc__, NEURAL_STYLE_DATA=str(programs.data))
        try:
            if not holds(case, desktop):
                failed += 1
                sys.stderr.write(window.log_path.read_text()[-1500:])
        finally:
            window.close()
sys.exit(1 if failed else 0)
