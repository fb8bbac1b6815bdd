# SPDX-License-Identifier: GPL-3.0-or-later
"""The layers of an animation, painted as frames, and what GIMP exports of them."""
from PIL import Image, ImageChops

from batch import *  # noqa: F403
from batch import Gegl, Gimp, Gio, os

ECHO = os.environ["NEURAL_STYLE_TEST_ECHO_ENGINE"]
FOLDER = os.environ["NEURAL_STYLE_TEST_FOLDER"]
ANIMATION = "plug-in-neural-style-animation"


def animate(image, run_mode=Gimp.RunMode.NONINTERACTIVE, **arguments):
    """Paints the animation; returns its first painted layer."""
    return paint([], run_mode, image, ANIMATION, **arguments)


def refused(words, image, **arguments):
    """Checks the sentence, and that no layer has changed."""
    before = [layer.get_id() for layer in image.get_layers()]
    sentence = sentence_of([], image=image, procedure=ANIMATION, **arguments)
    check(words in sentence, sentence)
    check([layer.get_id() for layer in image.get_layers()] == before)


def colored(image, name, color, x=0, y=0, width=None, height=None, alpha=True, parent=None):
    """A layer of one colour, on top."""
    layer = Gimp.Layer.new(image, name, width or image.get_width(), height or image.get_height(),
                           layer_type(image, alpha), 100.0, Gimp.LayerMode.NORMAL)
    layer.set_offsets(x, y)
    image.insert_layer(layer, parent, 0)
    pixels = layer.get_width() * layer.get_height()
    write(layer, "R'G'B'A u8", bytes((*color, 255)[:4]) * pixels)
    return layer


def frames(image):
    """Bottom first, as they are played."""
    return list(reversed(image.get_layers()))


def names(image):
    return [layer.get_name() for layer in frames(image)]


def pixel(layer, x, y):
    """Of the image's place (x, y)."""
    left, top = offsets(layer)
    return tuple(read(layer, "R'G'B'A u8", Gegl.Rectangle.new(x - left, y - top, 1, 1)))


RED, GREEN, BLUE = (255, 0, 0), (0, 255, 0), (0, 0, 255)


@case
def every_visible_layer_is_painted_and_keeps_its_name():
    image = new_image()
    given = [new_layer(image, name=name, seed=seed) for seed, name in enumerate(
        ("Background (100ms)", "Frame 2 (40ms)(replace)", "Frame 3 (2000 ms) (combine)", "Frame 4"), 1)]
    before = [read(layer, "R'G'B' u8") for layer in given]
    called, ids = names(image), [layer.get_id() for layer in given]
    first = animate(image)
    check(names(image) == called, names(image))
    check(first.get_id() == frames(image)[0].get_id())
    for layer, pixels, old in zip(frames(image), before, ids):
        check(layer.get_id() != old and read(layer, "R'G'B' u8") == pixels)
        check(record(layer)["styles"] == [{"name": "starry-night"}])


@case
def a_frame_that_combines_becomes_what_is_seen_of_it():
    for mark in ("", "(combine)"):
        image = new_image()
        colored(image, "A", RED)
        colored(image, f"B (50ms){mark}", GREEN, 8, 9, 10, 12)
        colored(image, f"C{mark}", BLUE, 30, 20, 10, 10)
        animate(image)
        check(names(image) == ["A", f"B (50ms){mark}", f"C{mark}"])
        for layer in frames(image):
            check(offsets(layer) == (0, 0) and (layer.get_width(), layer.get_height()) == (48, 40))
        seen = [[pixel(layer, *place)[:3] for place in ((0, 0), (10, 10), (31, 21))] for layer in frames(image)]
        check(seen == [[RED, RED, RED], [RED, GREEN, RED], [RED, GREEN, BLUE]], seen)


@case
def a_frame_that_replaces_keeps_its_place_size_and_alpha():
    image = new_image()
    colored(image, "A", RED)
    new_layer(image, 10, 12, 8, 9, alpha=True, name="B (replace)")
    before = read(frames(image)[1], "R'G'B'A u8")
    animate(image)
    layer = frames(image)[1]
    check(offsets(layer) == (8, 9) and (layer.get_width(), layer.get_height()) == (10, 12))
    check(read(layer, "A u8") == before[3::4])
    visible = [i for i in range(0, len(before), 4) if before[i + 3]]
    after = read(layer, "R'G'B'A u8")
    check(all(after[i:i + 3] == before[i:i + 3] for i in visible))


@case
def what_lies_outside_the_image_is_cut_off():
    image = new_image()
    colored(image, "A", RED)
    colored(image, "B (replace)", GREEN, -5, 30, 20, 20)
    animate(image)
    layer = frames(image)[1]
    check(offsets(layer) == (0, 30) and (layer.get_width(), layer.get_height()) == (15, 10))
    check(pixel(layer, 14, 39) == (*GREEN, 255))


@case
def hidden_layers_are_no_frames_and_stay_as_they_are():
    image = new_image()
    colored(image, "A", RED)
    hidden = colored(image, "B", GREEN)
    hidden.set_visible(False)
    colored(image, "C", BLUE, 8, 9, 10, 10)
    animate(image)
    check(names(image) == ["A", "B", "C"])
    check(frames(image)[1].get_id() == hidden.get_id() and not hidden.get_visible())
    check(hidden.get_parasite("neural-style-settings") is None)
    check(pixel(frames(image)[2], 0, 0)[:3] == RED)


@case
def a_group_is_one_frame():
    image = new_image()
    colored(image, "A", RED)
    group = Gimp.GroupLayer.new(image)
    image.insert_layer(group, None, 0)
    group.set_name("Group (80ms)(replace)")
    colored(image, "Lower", GREEN, parent=group)
    colored(image, "Upper", BLUE, 0, 0, 5, 5, parent=group)
    hidden = colored(image, "Hidden", RED, parent=group)
    hidden.set_visible(False)
    animate(image)
    layer = frames(image)[1]
    check(not layer.is_group() and layer.get_name() == "Group (80ms)(replace)" and len(image.get_layers()) == 2)
    check(pixel(layer, 1, 1)[:3] == BLUE and pixel(layer, 20, 20)[:3] == GREEN)


@case
def opacity_mode_mask_and_effects_are_seen():
    image = new_image()
    colored(image, "A", RED)
    colored(image, "Half", GREEN).set_opacity(50)
    colored(image, "Added (combine)", BLUE).set_mode(Gimp.LayerMode.ADDITION)
    masked = colored(image, "Masked (replace)", GREEN)
    mask = masked.create_mask(Gimp.AddMaskType.BLACK)
    masked.add_mask(mask)
    write(mask, "Y u8", b"\xff" * (20 * 40), Gegl.Rectangle.new(0, 0, 20, 40))
    inverted = colored(image, "Inverted (replace)", RED)
    effect = Gimp.DrawableFilter.new(inverted, "gegl:invert-gamma", "inverted")
    inverted.append_filter(effect)
    inverted.update(0, 0, 48, 40)
    animate(image)
    half, added, masked, inverted = frames(image)[1:]
    color = pixel(half, 3, 3)
    check(all(abs(a - b) < 90 for a, b in zip(color[:2], (188, 188))) and color[0] == color[1] and color[3] == 255, color)
    check(pixel(added, 3, 3)[2] == 255 and pixel(added, 3, 3)[:2] == color[:2], pixel(added, 3, 3))
    check(pixel(masked, 3, 3) == (*GREEN, 255) and pixel(masked, 30, 3)[3] == 0)
    check(pixel(inverted, 3, 3)[:3] == (0, 255, 255), pixel(inverted, 3, 3))
    for layer in (half, added, masked, inverted):
        check(layer.get_opacity() == 100 and layer.get_mask() is None and not layer.get_filters())


@case
def an_indexed_image_becomes_rgb():
    image = new_image()
    colored(image, "A", RED)
    colored(image, "B (replace)", GREEN, 5, 5, 10, 10)
    image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 8, False, False, "")
    animate(image)
    check(image.get_base_type() == Gimp.ImageBaseType.RGB)
    check(pixel(frames(image)[0], 0, 0)[:3] == RED and pixel(frames(image)[1], 6, 6) == (*GREEN, 255))


@case
def a_gray_animation_stays_gray():
    image = new_image(base=Gimp.ImageBaseType.GRAY)
    before = [read(new_layer(image, name=name, seed=seed), "Y' u8") for seed, name in enumerate(("A", "B (replace)"))]
    animate(image)
    check(image.get_base_type() == Gimp.ImageBaseType.GRAY)
    check([read(layer, "Y' u8") for layer in frames(image)] == before)


@case
def sixteen_bits_come_back_exactly():
    image = new_image(precision=Gimp.Precision.U16_NON_LINEAR)
    image.set_color_profile(Gimp.ColorProfile.new_rgb_adobe())
    layers = [new_layer(image, name=name, seed=seed, alpha=True) for seed, name in enumerate(("A", "B (replace)"))]
    for layer in layers:
        write(layer, "A u8", b"\xff" * (48 * 40))
    before = [read(layer, "R'G'B' double") for layer in layers]
    animate(image)
    check([read(layer, "R'G'B' double") for layer in frames(image)] == before)
    check(image.get_color_profile().is_equal(Gimp.ColorProfile.new_rgb_adobe()))


@case
def a_new_image_is_a_painted_copy():
    image = new_image()
    colored(image, "A (100ms)", RED)
    hidden = colored(image, "Hidden", GREEN)
    hidden.set_visible(False)
    colored(image, "B (200ms)(replace)", BLUE)
    image.attach_parasite(Gimp.Parasite.new("gif/animated", Gimp.PARASITE_PERSISTENT, list(b"0")))
    image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 8, False, False, "")
    before = [layer.get_id() for layer in image.get_layers()]
    other = animate(image, output="new-image").get_image()
    check(other.get_id() != image.get_id() and names(other) == names(image))
    check([layer.get_id() for layer in image.get_layers()] == before)
    check(image.get_base_type() == Gimp.ImageBaseType.INDEXED and other.get_base_type() == Gimp.ImageBaseType.RGB)
    check(other.get_parasite("gif/animated") is not None)
    check([layer.get_parasite("neural-style-settings") is not None for layer in frames(other)] == [True, False, True])


@case
def the_selected_frames_stay_selected():
    image = new_image()
    for seed, name in enumerate(("A", "B", "C")):
        new_layer(image, name=name, seed=seed)
    image.set_selected_layers([frames(image)[1]])
    animate(image)
    check([layer.get_name() for layer in image.get_selected_layers()] == ["B"])


@case
def the_selection_does_not_matter():
    image = new_image()
    new_layer(image, name="A", seed=1)
    new_layer(image, name="B", seed=2)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 3, 3)
    animate(image, engine=f"{ECHO} --show style:1", steadiness=0)
    check(all(layer.get_mask() is None for layer in frames(image)))
    check(pixel(frames(image)[0], 40, 30) == pixel(frames(image)[1], 40, 30))
    check(not Gimp.Selection.is_empty(image))


@case
def a_mask_lies_where_it_is_in_the_image():
    image = new_image()
    colored(image, "A", RED)
    colored(image, "B (replace)", GREEN, 8, 9, 20, 20)
    channel = Gimp.Channel.new(image, "Face", 48, 40, 50.0, Gegl.Color.new("red"))
    image.insert_channel(channel, None, 0)
    write(channel, "Y' u8", b"\0" * (48 * 40))
    write(channel, "Y' u8", b"\xff" * 100, Gegl.Rectangle.new(10, 12, 10, 10))
    animate(image, protect=channel, engine=f"{ECHO} --show protect")
    for layer in frames(image):
        check(pixel(layer, 12, 15)[:3] == (255, 255, 255) and pixel(layer, 25, 25)[:3] == (0, 0, 0))


@case
def frames_too_small_for_the_networks_are_painted():
    for width, height in ((5, 4), (1, 1), (640, 3), (3, 640)):
        image = new_image(width, height)
        for seed, name in enumerate(("A", "B (replace)", "C")):
            new_layer(image, name=name, seed=seed)
        animate(image)
        check(all((layer.get_width(), layer.get_height()) == (width, height) for layer in frames(image)))


@case
def one_frame_is_no_animation():
    image = new_image()
    refused("at least two visible layers", image)
    new_layer(image)
    refused("Filters > Artistic > Neural Style", image)
    new_layer(image).set_visible(False)
    refused("at least two visible layers", image)


@case
def locked_pixels_are_not_replaced():
    image = new_image()
    new_layer(image, name="A")
    new_layer(image, name="Locked").set_lock_content(True)
    refused("“Locked” are locked", image)
    check(len(animate(image, output="new-image").get_image().get_layers()) == 2)


@case
def an_engine_that_fails_leaves_the_image_as_it_is():
    image = new_image()
    for name in "AB":
        new_layer(image, name=name)
    refused("Memory ran out", image, engine=f"{ECHO} --fail out-of-memory")
    refused("choose one of starry-night", image, style="stary-night")


def made_gif():
    """Four frames with their own durations, the later ones drawn over the first, two of them partly transparent."""
    path = os.path.join(FOLDER, "moving.gif")
    pictures = []
    for i in range(4):
        picture = Image.new("P", (64, 48), 1 + i % 2)
        picture.putpalette([0, 0, 0, 250, 40, 30, 30, 180, 60, 240, 220, 40] + [0] * 756)
        picture.paste(3, (8 * i, 10, 8 * i + 12, 30))
        for color in range(4):  # all in each, or there would be several palettes, and GIMP would not keep them
            picture.putpixel((color, 0), color)
        pictures.append(picture)
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=[100, 40, 250, 1000], loop=0, disposal=1)
    return path


def played(path):
    """Durations in milliseconds, and the frames as they are seen."""
    with Image.open(path) as film:
        durations, seen = [], []
        for number in range(film.n_frames):
            film.seek(number)
            film.load()
            durations.append(film.info["duration"])
            seen.append(film.convert("RGB"))
        return durations, seen


def export(image, procedure, name, **arguments):
    path = os.path.join(FOLDER, name)
    procedure = Gimp.get_pdb().lookup_procedure(procedure)
    config = procedure.create_config()
    config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
    config.set_property("image", image)
    config.set_property("file", Gio.File.new_for_path(path))
    for argument, value in arguments.items():
        config.set_property(argument.replace("_", "-"), value)
    check(procedure.run(config).index(0) == Gimp.PDBStatusType.SUCCESS, name)
    return path


@case
def a_gif_is_painted_and_exported_with_its_frames_and_durations():
    given = made_gif()
    durations, seen = played(given)
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(given))
    check(image.get_base_type() == Gimp.ImageBaseType.INDEXED and len(image.get_layers()) == 4)
    animate(image)
    for path in (export(image, "file-gif-export", "painted.gif", as_animation=True),
                 export(image, "file-webp-export", "painted.webp", animation=True, lossless=True)):
        there, painted = played(path)
        check(there == durations, f"{path}: {there}")
        for number, (before, after) in enumerate(zip(seen, painted)):
            most = max(high for _, high in ImageChops.difference(before, after).getextrema())
            check(most <= 8, f"{path}, frame {number}: {most}")


@case
def every_frame_of_an_export_is_painted():
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(made_gif()))
    animate(image, engine=f"{ECHO} --show style:1", steadiness=0)
    for path in (export(image, "file-gif-export", "style.gif", as_animation=True),
                 export(image, "file-webp-export", "style.webp", animation=True, lossless=True)):
        _, painted = played(path)
        for frame in painted:
            most = max(high for _, high in ImageChops.difference(frame, painted[0]).getextrema())
            check(most <= 8, f"{path}: {most}")


finish()
