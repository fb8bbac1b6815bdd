# SPDX-License-Identifier: GPL-3.0-or-later
"""The new layer's place, for every kind of layer that can be painted."""
from batch import *  # noqa: F403
from batch import Gegl, Gimp, Gio, json, os

ECHO = os.environ["NEURAL_STYLE_TEST_ECHO_ENGINE"]
STARRY_NIGHT = os.path.join(DATA, "styles", "starry-night.jpg")


def selected(image):
    return [layer.get_id() for layer in image.get_selected_layers()]


@case
def the_new_layer_sits_above_with_size_and_offsets_of_the_source():
    image = new_image()
    new_layer(image, name="Below")
    source = new_layer(image, 30, 20, x=5, y=-7, alpha=True)
    new_layer(image, name="Above")
    painted = paint(source)
    check(painted.get_name() == "Neural Style")
    check(sits_above(painted, source))
    check(offsets(painted) == (5, -7))
    check((painted.get_width(), painted.get_height()) == (30, 20))
    check(painted.has_alpha() and painted.get_visible() and painted.get_opacity() == 100)
    check(len(image.get_layers()) == 4)


@case
def the_source_stays_selected():
    image = new_image()
    source = new_layer(image)
    image.set_selected_layers([source])
    first = paint(source)
    check(selected(image) == [source.get_id()])
    second = paint(source)
    check(selected(image) == [source.get_id()])
    check(second.get_name() == "Neural Style #1", second.get_name())
    check(image.get_item_position(second) == 1 and image.get_item_position(first) == 0)


@case
def a_layer_in_a_group_is_painted_inside_the_group():
    image = new_image()
    group = Gimp.GroupLayer.new(image)
    image.insert_layer(group, None, 0)
    new_layer(image, parent=group, name="Lower")
    source = new_layer(image, 20, 20, x=3, y=4, parent=group, seed=7)
    painted = paint(source)
    check(painted.get_parent().get_id() == group.get_id())
    check(sits_above(painted, source))
    check(read(painted, "R'G'B' u8") == read(source, "R'G'B' u8"))


@case
def a_group_is_painted_from_its_rendering():
    image = new_image()
    group = Gimp.GroupLayer.new(image)
    image.insert_layer(group, None, 0)
    new_layer(image, parent=group, name="Lower", seed=3)
    new_layer(image, 10, 10, x=8, y=9, parent=group, name="Upper", seed=4)
    rendering = read(group, "R'G'B'A u8")
    painted = paint(group)
    check(not painted.is_group() and painted.get_parent() is None)
    check(sits_above(painted, group))
    check(read(painted, "R'G'B'A u8") == rendering)


@case
def an_invisible_layer_is_painted_and_the_painting_is_visible():
    image = new_image()
    source = new_layer(image)
    source.set_visible(False)
    painted = paint(source)
    check(painted.get_visible() and not source.get_visible())
    check(read(painted, "R'G'B' u8") == read(source, "R'G'B' u8"))


@case
def a_text_layer_is_painted_and_stays_text():
    image = new_image(200, 80)
    text = Gimp.TextLayer.new(image, "Brush", Gimp.context_get_font(), 40.0, Gimp.Unit.pixel())
    image.insert_layer(text, None, 0)
    painted = paint(text)
    check(text.is_text_layer() and not painted.is_text_layer())
    alpha = read(text, "A u8")
    check(any(alpha), "the text has no ink")
    check(read(painted, "A u8") == alpha)


@case
def a_grey_layer_gives_a_grey_painting():
    image = new_image(base=Gimp.ImageBaseType.GRAY)
    source = new_layer(image, alpha=True)
    painted = paint(source)
    check(painted.is_gray() and painted.has_alpha())


@case
def one_pixel_is_painted():
    image = new_image(1, 1)
    source = new_layer(image)
    check(read(paint(source), "R'G'B' u8") == read(source, "R'G'B' u8"))


@case
def the_profile_of_the_image_is_kept_and_pixels_come_back_exactly():
    for precision, name in ((Gimp.Precision.U8_NON_LINEAR, "R'G'B'A u8"), (Gimp.Precision.U16_NON_LINEAR, "R'G'B'A u16"),
                            (Gimp.Precision.FLOAT_LINEAR, "RGBA float"), (Gimp.Precision.U32_LINEAR, "RGBA u32")):
        image = new_image(precision=precision)
        image.set_color_profile(Gimp.ColorProfile.new_rgb_adobe())
        source = new_layer(image, alpha=False)
        before = read(source, "R'G'B' double")
        painted = paint(source)
        check(image.get_color_profile().is_equal(Gimp.ColorProfile.new_rgb_adobe()))
        check(image.get_precision() == precision)
        check(read(painted, "R'G'B' double") == before, f"{precision} differs")


@case
def colours_hidden_under_transparency_do_not_reach_the_engine():
    # The engine echoes, so its input is in the painting under the same transparency.
    image = new_image(32, 32)
    source = new_layer(image, alpha=True)
    red, blue_hidden = b"\xff\x00\x00\xff", b"\x00\x00\xff\x00"
    write(source, "R'G'B'A u8", (red * 16 + blue_hidden * 16) * 32)
    painted = paint(source)
    pixels = read(painted, "R'G'B'A u8")
    for index in range(32 * 32):
        r, g, b, a = pixels[index * 4:index * 4 + 4]
        check(a == (255 if index % 32 < 16 else 0))
        check((r, g, b) == (255, 0, 0), f"pixel {index}: {r} {g} {b}")


@case
def a_selection_becomes_the_mask_and_the_rest_shows_the_source():
    image = new_image(300, 300)
    source = new_layer(image, alpha=True)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 100, 120, 20, 10)
    painted = paint(source)
    mask = read(painted.get_mask(), "Y u8")
    check([i for i, value in enumerate(mask) if value]
          == [y * 300 + x for y in range(120, 130) for x in range(100, 120)])
    check(set(mask) == {0, 255})
    check(not painted.get_edit_mask(), "the mask is not what is edited next")
    # Beyond the context of 64 pixels even hidden colours are the source's.
    far = Gegl.Rectangle.new(0, 0, 300, 120 - 64)
    check(read(painted, "R'G'B'A u8", far) == read(source, "R'G'B'A u8", far))


@case
def a_layer_with_a_mask_hands_it_on_together_with_the_selection():
    image = new_image(40, 30)
    source = new_layer(image, 20, 20, x=10, y=5)
    mask = source.create_mask(Gimp.AddMaskType.WHITE)
    source.add_mask(mask)
    write(mask, "Y u8", bytes(range(0, 200)) * 2)
    check(read(paint(source).get_mask(), "Y u8") == read(mask, "Y u8"))
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 20, 30)  # the left half
    both = read(paint(source).get_mask(), "Y u8")
    for index, value in enumerate(read(mask, "Y u8")):
        check(both[index] == (value if index % 20 < 10 else 0), f"pixel {index}")
    Gimp.Selection.none(image)
    source.set_apply_mask(False)
    check(paint(source).get_mask() is None)


@case
def another_layer_and_a_layer_of_another_image_can_be_the_style():
    image = new_image()
    source = new_layer(image)
    style = new_layer(image, 20, 20, name="My style", seed=9)
    check(record(paint(source, style_drawable=style))["styles"][0]["layer"] == "My style")
    other = new_image(64, 64, base=Gimp.ImageBaseType.GRAY, precision=Gimp.Precision.FLOAT_LINEAR)
    far_style = new_layer(other, name="Far style", alpha=True)
    check(record(paint(source, style_drawable=far_style))["styles"][0]["layer"] == "Far style")


@case
def a_style_of_one_pixel_and_a_huge_one_are_taken():
    image = new_image()
    source = new_layer(image)
    tiny, huge = new_image(1, 1), new_image(5000, 3000)
    paint(source, style_drawable=new_layer(tiny))
    layer = Gimp.Layer.new(huge, "Huge", 5000, 3000, Gimp.ImageType.RGB_IMAGE, 100.0, Gimp.LayerMode.NORMAL)
    huge.insert_layer(layer, None, 0)
    paint(source, style_drawable=layer)


@case
def the_layer_remembers_its_settings_and_no_path():
    image = new_image()
    source = new_layer(image)
    made = record(paint(source, quality="print", manner="brush", strength=1.25, stroke_size=150.0, colors="harmony", seed=42,
                        size_limit=100, iterations=7, content_weight=2.0, style_weight=3.0, tv_weight=0.5,
                        style_loss="formula", optimizer="adam", start="noise"))
    settings = made["settings"]
    for name, value in (("quality", "print"), ("manner", "brush"), ("strength", 1.25), ("stroke-size", 150.0), ("colors", "harmony"),
                        ("seed", 42), ("size-limit", 100), ("iterations", 7), ("content-weight", 2.0),
                        ("style-weight", 3.0), ("tv-weight", 0.5), ("style-loss", "formula"), ("optimizer", "adam"),
                        ("start", "noise")):
        check(settings[name] == value, f"{name} is {settings[name]}")
    check(made["layer"] == source.get_tattoo())
    check(made["styles"][0] == {"name": "starry-night"})
    of_file = record(paint(source, style_file=STARRY_NIGHT))
    check(of_file["styles"][0]["file"] == "starry-night.jpg")
    check(of_file["styles"][0]["hash"].startswith("u8-"))
    check("/" not in json.dumps(of_file))


@case
def a_dream_looks_at_no_style():
    made = record(paint(new_layer(new_image()), manner="dream", style_file=STARRY_NIGHT, style_2="waves", blend="2,1"))
    check(made["settings"]["manner"] == "dream" and made["styles"] == [], made["styles"])


@case
def a_preset_gives_way_to_arguments():
    made = record(paint(new_layer(new_image()), preset="poster", strength=0.5))
    settings = made["settings"]
    check((settings["stroke-size"], settings["tv-weight"], settings["strength"]) == (200.0, 20.0, 0.5), settings)
    check(made["styles"] == [{"name": "waves"}], made["styles"])
    check(record(paint(new_layer(new_image()), preset="poster", style="lion"))["styles"] == [{"name": "lion"}])


@case
def a_drawable_goes_before_a_file_and_a_file_before_a_name():
    image = new_image()
    source = new_layer(image)
    style = new_layer(image, name="Layer style")
    check("layer" in record(paint(source, style="waves", style_file=STARRY_NIGHT, style_drawable=style))["styles"][0])
    check("file" in record(paint(source, style="waves", style_file=STARRY_NIGHT))["styles"][0])
    check(record(paint(source, style="waves"))["styles"][0] == {"name": "waves"})


@case
def the_defaults_are_those_of_the_engine():
    image = new_image()
    settings = record(paint(new_layer(image)))["settings"]
    check(settings["quality"] == "fine" and settings["strength"] == 1.0 and settings["stroke-size"] == 100.0)
    check(settings["colors"] == "style" and settings["size-limit"] == 0 and "iterations" not in settings)


@case
def the_record_survives_saving():
    image = new_image()
    painted = paint(new_layer(image))
    path = os.path.join(os.environ["NEURAL_STYLE_TEST_FOLDER"], "saved.xcf")
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(path), None)
    loaded = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))
    check(record(loaded.get_layers()[0]) == record(painted))


@case
def several_layers_are_all_painted():
    image = new_image()
    sources = [new_layer(image, seed=number, name=f"Photo {number}") for number in (1, 2, 3)]
    paint(sources)
    check(len(image.get_layers()) == 6)
    for source in sources:
        painted = image.get_layers()[image.get_item_position(source) - 1]
        check(painted.get_name().startswith("Neural Style") and read(painted, "R'G'B' u8") == read(source, "R'G'B' u8"))


@case
def a_replaced_layer_changes_only_where_it_is_selected():
    image = new_image()
    source, style = new_layer(image, seed=4), new_layer(image, seed=5)
    before = read(source, "R'G'B' u8")
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 10, 10, 5, 5)
    changed = paint(source, output="replace", style_drawable=style, engine=f"{ECHO} --show style:1")
    check(changed.get_id() == source.get_id() and len(image.get_layers()) == 2)
    after = read(source, "R'G'B' u8")
    different = sum(before[i:i + 3] != after[i:i + 3] for i in range(0, len(before), 3))
    check(0 < different <= 25, different)
    check(record(source)["styles"][0]["layer"] == style.get_name())


@case
def a_new_image_is_as_large_as_the_layer():
    image = new_image(60, 50)
    source = new_layer(image, 40, 30, x=7, y=8)
    painted = paint(source, output="new-image")
    other = painted.get_image()
    check(other.get_id() != image.get_id() and len(image.get_layers()) == 1)
    check((other.get_width(), other.get_height()) == (40, 30) and offsets(painted) == (0, 0))
    check(read(painted, "R'G'B' u8") == read(source, "R'G'B' u8"))


def what_gimp_holds(first):
    """Images, and layers from number `first` on, including those in no image."""
    return ({image.get_id() for image in Gimp.get_images()},
            {number for number in range(first, first + 60) if Gimp.Item.id_is_layer(number)})


@case
def nothing_is_left_when_the_second_layer_cannot_be_painted():
    image = new_image(60, 50)
    sources = [new_layer(image, 30, 30), new_layer(image, 20, 20, x=40, y=30)]
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 5, 5, 10, 10)
    for output in ("new-layer", "new-image"):
        before = what_gimp_holds(sources[0].get_id())
        check("does not touch" in sentence_of(sources, output=output, snapshot_layers=True, snapshot_every=2))
        check(what_gimp_holds(sources[0].get_id()) == before, output)


@case
def steps_become_hidden_layers_below_the_painting():
    image = new_image()
    source = new_layer(image)
    paint(source, snapshot_layers=True, snapshot_every=2, engine=f"{ECHO} --updates 6")
    names = [layer.get_name() for layer in image.get_layers()]
    check(names == ["Neural Style", "Neural Style, step 3", "Neural Style, step 2", "Neural Style, step 1", "Photo"], names)
    check([layer.get_visible() for layer in image.get_layers()] == [True, False, False, False, True])


@case
def a_painted_layer_is_repainted_with_what_it_remembers():
    image = new_image()
    source = new_layer(image)
    first = paint(source, style="waves", strength=0.5, seed=7, style_2="starry-night", blend="2,1")
    again = paint(first, procedure="plug-in-neural-style-repaint")
    check(sits_above(again, source) and record(again) == record(first), record(again))


finish()
