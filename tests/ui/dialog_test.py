# SPDX-License-Identifier: GPL-3.0-or-later
"""The dialog in a real GIMP: gallery, live preview, styles, presets, Keep this, Repaint, and failures meanwhile."""
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
SLOW = f"{ECHO} --mix --updates 100 --slow 100"
WAVES = "Hatō zu (Waves)"


def processes(executable):
    """Of this test's GIMP, including zombies, as (process id, state)."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if not entry.name.isdigit():
                continue
            name, state, *_ = (entry / "stat").read_text().split("(", 1)[1].rsplit(")", 1)[0], *(
                entry / "stat").read_text().rsplit(")", 1)[1].split()
            if name != executable[:15]:
                continue
            if state != "Z" and f"GIMP3_DIRECTORY={gimp.profile}".encode() not in (entry / "environ").read_bytes():
                continue
            found.append((int(entry.name), state))
        except (OSError, IndexError):
            pass
    return found


def engines():
    return [number for number, state in processes("echo-engine") if state != "Z"]


def nothing_is_left():
    wait_for("the end of all processes", lambda: not processes("echo-engine") and not processes("plug-in-neural-style"), 5)


def picture_of(widget, name):
    """A screenshot of a widget, as a file."""
    place = widget.queryComponent().getExtents(pyatspi.DESKTOP_COORDS)
    path = gimp.folder / f"{name}.png"
    subprocess.run([program("import"), "-window", "root", "-crop", f"{place.width}x{place.height}+{place.x}+{place.y}",
                    "+repage", str(path)], check=True, timeout=30)
    return path


def difference(one, other):
    """Between two pictures, 0..1."""
    done = subprocess.run([program("compare"), "-metric", "RMSE", str(one), str(other), "null:"], capture_output=True,
                          text=True, timeout=60)
    return float(re.search(r"\(([\d.e+-]+)\)", done.stderr).group(1))


def opened(engine=None):
    window.menu(*FILTER)
    dialog = window.dialog()
    if engine is not None:
        dialog.find("text", "Engine command").queryEditableText().setTextContents(engine)
    return dialog


def factory_settings(dialog):
    dialog.press("Reset")
    wait_for("Reset to Factory Defaults", lambda: next(
        (button for top in dialog.window.getApplication() for button in descendants(top)
         if "Factory" in button.name), None)).queryAction().doAction(0)


def closed(dialog):
    dialog.press("Cancel")
    window.no_dialog()
    nothing_is_left()


def a_chosen_painting_shows_in_the_preview():
    dialog = opened()
    factory_settings(dialog)
    dialog.previewed(finished=True)
    time.sleep(0.3)
    desktop.screenshot("gallery")
    before = picture_of(dialog.preview(), "starry-night")
    dialog.paint_like(WAVES)
    wait_for("a new first look", lambda: any("Taking" in text for text in dialog.texts()))
    dialog.previewed(finished=True)
    time.sleep(0.3)
    after = picture_of(dialog.preview(), "waves")
    check(difference(before, after) > 0.05, difference(before, after))
    dialog.number("Strength", 0)
    time.sleep(0.3)
    dialog.previewed(finished=True)
    time.sleep(0.3)
    photo = picture_of(dialog.preview(), "strength-0")
    check(difference(after, photo) > 0.05, difference(after, photo))
    closed(dialog)


def the_divider_is_a_slider():
    dialog = opened()
    dialog.previewed(finished=True)
    divider = dialog.preview().queryValue()
    check((divider.minimumValue, divider.maximumValue) == (0, 100))
    divider.currentValue = 100
    time.sleep(0.3)
    photo = picture_of(dialog.preview(), "all-photo")
    divider.currentValue = 0
    time.sleep(0.3)
    painting = picture_of(dialog.preview(), "all-painting")
    check(difference(photo, painting) > 0.02, "the divider changes nothing")
    dialog.preview().queryComponent().grabFocus()
    subprocess.run(["xdotool", "key", "Right", "Right"], check=True, timeout=30)
    wait_for("the arrow keys", lambda: abs(divider.currentValue - 10) < 0.01)
    dialog.press("100 %")
    wait_for("the detail", lambda: difference(painting, picture_of(dialog.preview(), "detail")) > 0.01)
    dialog.previewed(finished=True)
    desktop.screenshot("detail")
    dialog.press("The whole layer")
    divider.currentValue = 50
    closed(dialog)


def a_picture_file_joins_the_gallery_with_one_click():
    mural = gimp.folder / "my mural.png"
    subprocess.run([program("convert"), "-size", "600x400", "plasma:yellow-purple", "-strip", f"PNG24:{mural}"], check=True,
                   timeout=60)
    dialog = opened()
    dialog.press("From file…")
    wait_for("the window for the file", lambda: next(
        (top for top in dialog.window.getApplication() if top.name == "Choose the style picture"), None))
    time.sleep(1)
    subprocess.run(["xdotool", "type", "/"], check=True, timeout=60)  # opens the line for a path
    time.sleep(1)
    subprocess.run(["xdotool", "type", "--delay", "20", str(mural)[1:]], check=True, timeout=60)
    time.sleep(1)
    subprocess.run(["xdotool", "key", "Return"], check=True, timeout=30)
    wait_for("the picture", lambda: "my mural" in dialog.paintings())
    dialog.previewed(finished=True)
    add = dialog.button("Add to my gallery")
    wait_for("the button", lambda: sensitive(add))
    add.queryAction().doAction(0)
    wait_for("the copy", lambda: (gimp.profile / "neural-style/styles/my mural.png").exists())
    check(not sensitive(add))
    # A broken file costs only its own thumbnail.
    (gimp.profile / "neural-style/styles/broken.jpg").write_bytes(b"not a picture")
    mural.unlink()
    closed(dialog)
    dialog = opened()
    check({"my mural", "broken"} <= set(dialog.paintings()), dialog.paintings())
    dialog.paint_like("broken")
    wait_for("a sentence", lambda: any("broken.jpg" in text for text in dialog.texts()))
    desktop.screenshot("broken-painting")
    dialog.paint_like("my mural")
    dialog.previewed(finished=True)
    wait_for("the sentence goes", lambda: not any("broken.jpg" in text for text in dialog.texts()))
    closed(dialog)


def several_styles_share_a_painting():
    dialog = opened(f"{ECHO} --recite")
    dialog.find("toggle button", "Styles and regions").queryAction().doAction(0)
    dialog.press("Add another style")
    wait_for("a second row", lambda: find(dialog.window, "spin button", "Share of style 2"))
    dialog.paint_like(WAVES)
    dialog.number("Share of style 2", 3)
    desktop.screenshot("styles")
    dialog.press("OK")
    wait_for("what came to the engine", lambda: any(re.search(r"styles \d+x\d+ \d+x\d+,", text) for text in dialog.texts()))
    dialog.press("Leave out style 2")
    wait_for("one row", lambda: find(dialog.window, "spin button", "Share of style 2") is None)
    dialog.find("text", "Engine command").queryEditableText().setTextContents("")
    closed(dialog)


def a_trained_style_is_chosen_from_a_list():
    dialog = opened(f"{ECHO} --recite")
    dialog.number("Feather (pixels)", 1)  # the engine's command line counts from the next change on
    wait_for("what came to the engine", lambda: any(re.search(r"styles \d+x\d+,", text) for text in dialog.texts()))
    wait_for("the engine's list", lambda: dialog.choices("Trained style") == ["No trained style", "Echo"])
    dialog.choose("Trained style", 1)
    wait_for("a painting without a style picture", lambda: any("styles, memory" in text for text in dialog.texts()))
    dialog.paint_like(WAVES)  # choosing a painting replaces the trained style
    wait_for("none", lambda: dialog.find("combo box", "Trained style").querySelection().isChildSelected(0))
    wait_for("a painting with a style picture", lambda: any(re.search(r"styles \d+x\d+,", text) for text in dialog.texts()))
    dialog.number("Feather (pixels)", 0)
    dialog.find("text", "Engine command").queryEditableText().setTextContents("")
    closed(dialog)


def a_network_is_chosen_with_its_size_and_time_or_added_from_a_file():
    dialog = opened(f"{ECHO} --recite")
    dialog.number("Feather (pixels)", 1)
    dialog.find("toggle button", "Expert settings").queryAction().doAction(0)
    wait_for("the engine's list", lambda: dialog.choices("Network") == ["Comes along, 3 MB", "VGG-19, 80 MB, about 12 times the time"])
    desktop.screenshot("networks")
    dialog.choose("Network", 1)
    wait_for("the choice", lambda: dialog.find("combo box", "Network").querySelection().isChildSelected(1))
    dialog.choose("Network", 0)
    check(dialog.button("Add a network…") is not None)
    dialog.number("Feather (pixels)", 0)
    dialog.find("text", "Engine command").queryEditableText().setTextContents("")
    closed(dialog)


def a_painting_brings_the_settings_that_suit_it_but_for_those_set_by_hand():
    def values():
        return dialog.number("Stroke size (%)"), round(dialog.number("Detail of the photo"), 3), dialog.number("Strength")

    dialog = opened()
    factory_settings(dialog)
    wait_for("the defaults", lambda: values() == (100, 0, 1))
    dialog.paint_like(WAVES)
    wait_for("what suits a woodblock print", lambda: values() == (100, 0.2, 1))
    dialog.paint_like("The Harvesters")
    wait_for("what suits small figures", lambda: values() == (140, 0.1, 1))
    dialog.number("Stroke size (%)", 80)
    dialog.number("Strength", 0.6)
    dialog.paint_like("Lion")
    wait_for("the rest", lambda: values() == (80, 0, 0.6))
    dialog.paint_like(WAVES)
    wait_for("the rest again", lambda: values() == (80, 0.2, 0.6))
    factory_settings(dialog)
    wait_for("the defaults", lambda: values() == (100, 0, 1))
    dialog.paint_like("Lion")
    wait_for("reset forgets the hand", lambda: values() == (150, 0, 1))
    dialog.paint_like(WAVES)
    dialog.press("OK")
    window.no_dialog()
    wait_for("the new layer", lambda: window.layers() == 2)
    dialog = opened()
    check(values() == (100, 0.2, 1), values())
    dialog.paint_like("The Starry Night")
    wait_for("they go with their painting", lambda: values() == (100, 0, 1))
    closed(dialog)


def change_selection(name, pixels):
    """With GIMP's window of that name."""
    window.menu("Select", re.compile(f"^{name}"))
    asks = wait_for("GIMP's window", lambda: next((top for top in application("gimp") if top.name.startswith(name)), None))
    find(asks, "spin button").queryValue().currentValue = pixels
    find(asks, "button", "OK").queryAction().doAction(0)


def another_selection_is_noticed():
    dialog = opened()
    dialog.previewed(finished=True)
    dialog.preview().queryValue().currentValue = 0
    time.sleep(0.3)
    whole = picture_of(dialog.preview(), "unselected")
    window.menu("Select", "All")
    change_selection("Shrink", 150)
    wait_for("a new first look", lambda: difference(whole, picture_of(dialog.preview(), "selected")) > 0.02)
    dialog.previewed(finished=True)
    time.sleep(0.3)
    desktop.screenshot("selection")
    selected = picture_of(dialog.preview(), "selected")
    change_selection("Feather", 60)  # the same bounds, another shape
    wait_for("the soft edge", lambda: difference(selected, picture_of(dialog.preview(), "feathered")) > 0.005)
    window.menu("Select", "None")
    wait_for("the whole layer", lambda: difference(whole, picture_of(dialog.preview(), "unselected-again")) < 0.01)
    dialog.preview().queryValue().currentValue = 50
    closed(dialog)


def the_preview_goes_on_from_a_painted_layer():
    window.menu("Layer", re.compile("^Duplicate Layer"))
    wait_for("a second layer", lambda: window.layers() == 2)
    window.menu("Colors", "Invert")
    dialog = opened(f"{ECHO} --show refine")
    dialog.find("toggle button", "More settings").queryAction().doAction(0)
    dialog.choose("Go on from", 2)  # nothing, the selection, the other layer
    dialog.previewed(finished=True)
    dialog.preview().queryValue().currentValue = 0
    time.sleep(0.3)
    desktop.screenshot("refine")
    refined = picture_of(dialog.preview(), "refined")
    dialog.preview().queryValue().currentValue = 100
    time.sleep(0.3)
    # The layer below is the photo before the selected copy was inverted.
    photo = picture_of(dialog.preview(), "inverted")
    check(difference(refined, photo) > 0.1, difference(refined, photo))
    dialog.choose("Go on from", 0)
    dialog.find("text", "Engine command").queryEditableText().setTextContents("")
    dialog.preview().queryValue().currentValue = 50
    closed(dialog)


def the_selection_becomes_a_region_and_the_layer_stays_selected():
    window.menu("Select", "All")
    dialog = opened()
    dialog.find("toggle button", "Styles and regions").queryAction().doAction(0)
    dialog.choose("Region of style 1", 1)
    dialog.previewed(finished=True)
    dialog.press("OK")
    window.no_dialog()
    wait_for("the new layer", lambda: window.layers() == 2)
    window.selected("photo.png")


def presets_are_saved_and_chosen():
    dialog = opened()
    dialog.number("Strength", 0.25)
    dialog.press("Save as a preset")
    top = wait_for("the window for the name", lambda: next(
        (top for top in dialog.window.getApplication() if top.name == "Save as a preset"), None))
    find(top, "text", "Name of the preset").queryEditableText().setTextContents("Gentle")
    find(top, "button", "Save").queryAction().doAction(0)
    wait_for("the file", lambda: (gimp.profile / "neural-style/presets/Gentle.neural-style.json").exists())
    dialog.number("Strength", 1)
    wait_for("None", lambda: dialog.find("combo box", "Preset").querySelection().isChildSelected(dialog.choices("Preset").index("None")))
    dialog.choose("Preset", dialog.choices("Preset").index("Gentle"))
    wait_for("the strength", lambda: dialog.number("Strength") == 0.25)
    closed(dialog)


def presets_that_come_along_are_chosen_and_stay():
    dialog = opened()
    dialog.choose("Preset", dialog.choices("Preset").index("Wild"))
    wait_for("the strength", lambda: dialog.number("Strength") == 1.6)
    dialog.choose("Preset", dialog.choices("Preset").index("Poster"))
    wait_for("its smoothness", lambda: dialog.number("Stroke size (%)") == 200 and dialog.number("Strength") == 1)
    closed(dialog)


def ok_undo_redo_repeat():
    before = window.title()
    dialog = opened()
    dialog.previewed()
    dialog.press("OK")
    window.no_dialog()
    wait_for("the new layer", lambda: window.layers() == 2)
    window.menu(*UNDO)
    wait_for("the title as before", lambda: window.title() == before)
    window.menu("Edit", re.compile("^Redo"))
    wait_for("the layer again", lambda: window.layers() == 2)
    window.menu(*REPEAT)
    wait_for("another layer", lambda: window.layers() == 3)
    nothing_is_left()


def keep_this_ends_a_long_painting():
    dialog = opened(SLOW)
    dialog.press("OK")
    wait_for("painting", lambda: any("Painting at" in text for text in dialog.texts()))
    time.sleep(0.5)
    desktop.screenshot("keep-this")
    begin = time.monotonic()
    dialog.press("Keep this")
    window.no_dialog()
    wait_for("the new layer", lambda: window.layers() == 2)
    check(time.monotonic() - begin < 3, "it took too long")
    nothing_is_left()


def cancel_at_four_moments_leaves_the_image():
    before = window.title()
    for name, moment in (("at once", lambda dialog: None),
                         ("while previewing", lambda dialog: wait_for("an engine", engines)),
                         ("when painting begins", lambda dialog: dialog.press("OK")),
                         ("in the middle", lambda dialog: (dialog.press("OK"), wait_for("painting", lambda: any(
                             "Painting at" in text for text in dialog.texts())), time.sleep(1)))):
        dialog = opened(SLOW)
        moment(dialog)
        begin = time.monotonic()
        dialog.press("Cancel")
        window.no_dialog()
        took = time.monotonic() - begin
        print(f"Cancel {name}: {took:.2f} s", file=sys.stderr)
        check(took < 2.5, f"Cancel {name} took {took:.1f} s")
        check(window.title() == before, window.title())
        nothing_is_left()


def an_engine_killed_while_previewing_is_replaced():
    dialog = opened(SLOW)
    dialog.paint_like(WAVES)  # the engine's command line counts from the next change on
    first = wait_for("an engine", engines)
    time.sleep(1)
    os.kill(engines()[0], signal.SIGKILL)
    wait_for("another engine", lambda: engines() and engines() != first)
    check(window.dialog_now() is not None)
    closed(dialog)


def an_error_stays_in_the_dialog_and_the_next_try_paints():
    dialog = opened("/nowhere/neural-style-engine")
    dialog.press("OK")
    wait_for("the sentence", lambda: any("could not be started" in text for text in dialog.texts()))
    dialog.press("Details")
    details = wait_for("the details", lambda: next(
        (top for top in dialog.window.getApplication() if top.name == "Details"), None))
    find(details, "button", "Close").queryAction().doAction(0)
    dialog.find("text", "Engine command").queryEditableText().setTextContents("")
    dialog.number("Strength", 0.9)
    dialog.previewed(finished=True)
    check(not any("could not be started" in text for text in dialog.texts()), "the old error stays")
    dialog.press("OK")
    window.no_dialog()
    wait_for("the new layer", lambda: window.layers() == 2)


def a_painted_layer_is_repainted_from_its_original():
    dialog = opened()
    dialog.number("Strength", 0.5)
    dialog.press("OK")
    window.no_dialog()
    wait_for("the new layer", lambda: window.layers() == 2)
    # The painted layer is above the photo, which is selected.
    window.menu("Layer", "Stack", re.compile("Select Previous"))
    window.selected("Neural Style")
    window.menu("Filters", "Artistic", "Repaint Neural Style…")
    dialog = window.dialog()
    check(dialog.number("Strength") == 0.5)
    dialog.previewed()
    dialog.press("OK")
    window.no_dialog()
    wait_for("the repainted layer", lambda: window.layers() == 3)


def an_image_closed_meanwhile_is_told():
    window.menu("Image", "Duplicate")
    copy = wait_for("the copy", lambda: window.menu_item("File", "Close View"))
    dialog = opened(SLOW)
    dialog.press("OK")
    wait_for("painting", lambda: any("Painting at" in text for text in dialog.texts()))
    copy.queryAction().doAction(0)
    time.sleep(1)
    discard_changes()
    dialog.press("Keep this")
    wait_for("the sentence", lambda: any("was closed while it was painted" in text for text in dialog.texts()))
    desktop.screenshot("image-closed")
    dialog.press("OK")
    wait_for("another sentence", lambda: any("is gone" in text for text in dialog.texts()))
    closed(dialog)
    check(window.layers() == 1 and window.dialog_now() is None)


def an_image_closed_while_previewing_is_told():
    window.menu("Image", "Duplicate")
    copy = wait_for("the copy", lambda: window.menu_item("File", "Close View"))
    dialog = opened()
    dialog.previewed(finished=True)
    copy.queryAction().doAction(0)
    discard_changes()
    wait_for("the sentence", lambda: any("is gone" in text for text in dialog.texts()))
    closed(dialog)


def discard_changes():
    """GIMP may ask before closing an image."""
    end = time.monotonic() + 1.5
    while time.monotonic() < end:
        for top in application("gimp") or []:
            button = find(top, "button", re.compile("Discard|Quit anyway")) if top and top.getRoleName() in ("dialog", "alert") else None
            if button:
                button.queryAction().doAction(0)
                return
        time.sleep(0.1)


def gimp_that_quits_meanwhile_takes_all_along():
    global window
    for moment in ("previewing", "painting", "ended by a signal"):
        dialog = opened(SLOW)
        dialog.number("Feather (pixels)", 1)  # the engine's command line counts from now on
        wait_for("an engine", engines)
        if moment != "previewing":
            dialog.press("OK")
            wait_for("painting", lambda: any("Painting at" in text for text in dialog.texts()))
        if moment == "ended by a signal":
            window.process.terminate()
        else:
            window.menu("File", "Quit")
            discard_changes()
        wait_for("the end of GIMP", lambda: window.process.poll() is not None)
        nothing_is_left()
        window = started()


def started(engine=(ECHO, "--mix", "--updates", "6", "--slow", "40")):
    return GimpWindow(desktop, gimp, photo, list(engine), NEURAL_STYLE_VERBOSE="1", NEURAL_STYLE_DATA=str(programs.data))


def a_missing_engine_is_told_when_the_dialog_opens():
    global window
    window.close()
    window = started(["/nowhere/neural-style-engine"])
    dialog = opened("")
    wait_for("the sentence", lambda: any("could not be started" in text for text in dialog.texts()))
    desktop.screenshot("engine-missing")
    closed(dialog)


CASES = [a_chosen_painting_shows_in_the_preview, the_divider_is_a_slider, a_picture_file_joins_the_gallery_with_one_click,
         several_styles_share_a_painting, a_trained_style_is_chosen_from_a_list, a_network_is_chosen_with_its_size_and_time_or_added_from_a_file,
         a_painting_brings_the_settings_that_suit_it_but_for_those_set_by_hand, another_selection_is_noticed,
         the_preview_goes_on_from_a_painted_layer,
         the_selection_becomes_a_region_and_the_layer_stays_selected, presets_are_saved_and_chosen,
         presets_that_come_along_are_chosen_and_stay, ok_undo_redo_repeat, keep_this_ends_a_long_painting,
         cancel_at_four_moments_leaves_the_image, an_engine_killed_while_previewing_is_replaced,
         an_error_stays_in_the_dialog_and_the_next_try_paints, a_painted_layer_is_repainted_from_its_original,
         an_image_closed_meanwhile_is_told, an_image_closed_while_previewing_is_told, gimp_that_quits_meanwhile_takes_all_along,
         a_missing_engine_is_told_when_the_dialog_opens]


def undo_all():
    for _ in range(20):
        item = window.menu_item(*UNDO)
        if not sensitive(item):
            return
        item.queryAction().doAction(0)
        time.sleep(0.2)


def recover():
    """After a failure: closes whatever is open."""
    for number, state in processes("plug-in-neural-style"):
        if state != "Z":
            os.kill(number, signal.SIGKILL)
    time.sleep(2)


failed = 0
with PrivateGimp(programs, console=False) as gimp, Desktop(gimp.folder, sys.argv[1], 1366, 768) as desktop:
    import pyatspi
    from gimp_window import (FILTER, REPEAT, UNDO, GimpWindow, application, check, descendants, find, holds,
                             sensitive, wait_for)

    photo = gimp.folder / "photo.png"
    subprocess.run([program("convert"), str(programs.data / "photos" / "boats.jpg"), "-resize", "640x480", "-strip",
                    f"PNG24:{photo}"], check=True, timeout=60)
    window = started()
    try:
        for case in CASES:
            if len(sys.argv) > 2 and not any(word in case.__name__ for word in sys.argv[2:]):
                continue
            if not holds(case, desktop):
                failed += 1
                recover()
            if window.process.poll() is None:
                undo_all()
    finally:
        window.close()
    if failed:
        sys.stderr.write(window.log_path.read_text()[-3000:])
sys.exit(1 if failed else 0)
