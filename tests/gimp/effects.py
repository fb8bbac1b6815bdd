# SPDX-License-Identifier: GPL-3.0-or-later
"""What is seen is painted: layers with effects, with masks, and groups, compared with the same merged by hand.

The engine echoes, so a painting is what the engine was given.
"""
from batch import *  # noqa: F403
from batch import Gegl, Gimp, os

ECHO = os.environ["NEURAL_STYLE_TEST_ECHO_ENGINE"]
RGB, RGBA = "R'G'B' u8", "R'G'B'A u8"


def add_blur(layer):
    return add_effect(layer, "gegl:gaussian-blur", std_dev_x=2.0, std_dev_y=3.0)


def add_shadow(layer):
    return add_effect(layer, "gegl:dropshadow", x=6.0, y=4.0, radius=3.0)


def by_hand(layer, alpha=False):
    """The layer in a duplicate of its image, with its effects merged there by GIMP."""
    image = layer.get_image().duplicate()
    copy = image.get_layer_by_name(layer.get_name())
    if copy.is_group():
        return copy.merge()
    if alpha:
        copy.add_alpha()
    copy.merge_filters()
    return copy


def place(layer):
    return (*offsets(layer), layer.get_width(), layer.get_height())


def same(painted, expected, format_name=RGBA):
    check(place(painted) == place(expected), f"{place(painted)}, not {place(expected)}")
    check(painted.has_alpha() == expected.has_alpha(), "alpha")
    check(read_seen(painted, format_name) == read_seen(expected, format_name), "pixels")


def read_seen(layer, format_name):
    """The layer's pixels; where they are transparent, only that."""
    data = read(layer, format_name)
    size = len(data) // (layer.get_width() * layer.get_height())
    alpha = read(layer, "A u8")
    return b"".join(data[i * size:(i + 1) * size] if alpha[i] else b"-" for i in range(len(alpha)))


def new_group(image, **place_of_child):
    group = Gimp.GroupLayer.new(image)
    group.set_name("Group")
    image.insert_layer(group, None, 0)
    return group, new_layer(image, parent=group, **place_of_child)


def next_id(image):
    """The id of an item made now, which the next one made in GIMP follows."""
    return Gimp.Layer.new(image, "Number", 1, 1, layer_type(image, False), 100.0, Gimp.LayerMode.NORMAL).get_id()


def shown(what, source, **arguments):
    return paint(source, engine=f"{ECHO} --show {what}", **arguments)


@case
def a_photo_is_painted_with_its_effects():
    for effect in (add_effect, add_blur):
        for alpha in (False, True):
            source = new_layer(new_image(), 30, 20, x=5, y=-7, alpha=alpha)
            effect(source)
            check(read(by_hand(source), RGB) != read(source, RGB), "the effect does nothing")
            same(paint(source), by_hand(source))


@case
def several_effects_with_opacity_and_an_area_of_their_own_are_painted():
    image = new_image()
    source = new_layer(image)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 4, 5, 20, 10)
    add_effect(source)  # only where it was selected
    Gimp.Selection.none(image)
    half = add_effect(source, "gegl:color-rotate")
    half.set_opacity(0.5)
    half.update()
    add_blur(source)
    same(paint(source), by_hand(source))


@case
def a_hidden_effect_is_not_painted():
    source = new_layer(new_image())
    add_effect(source).set_visible(False)
    same(paint(source), source)


@case
def an_effect_that_enlarges_is_painted_in_whole():
    for alpha in (False, True):
        image = new_image(60, 50)
        source = new_layer(image, 30, 20, x=9, y=-7, alpha=alpha)
        add_shadow(source)
        expected = by_hand(source, alpha=True)
        check(expected.get_width() > 30 and expected.get_height() > 20, "it does not enlarge")
        painted = paint(source)
        same(painted, expected)
        check(sits_above(painted, source) and place(source)[2:] == (30, 20))
        other = paint(source, output="new-image")
        check(place(other) == (0, 0, expected.get_width(), expected.get_height()), place(other))


@case
def a_selection_of_an_enlarged_layer_is_painted_in_its_place():
    image = new_image(60, 50)
    source = new_layer(image, 30, 20, x=9, y=7, alpha=True)
    add_shadow(source)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 38, 20, 10, 12)  # partly beyond the layer
    painted = paint(source)
    expected = by_hand(source, alpha=True)
    same(painted, expected)
    left, top = offsets(painted)
    mask, width = read(painted.get_mask(), "Y u8"), painted.get_width()
    check(all((value == 255) == (38 <= i % width + left < 48 and 20 <= i // width + top < 32)
              for i, value in enumerate(mask)), "the mask is not the selection")


@case
def effects_come_back_exactly_in_every_depth():
    for base in (Gimp.ImageBaseType.RGB, Gimp.ImageBaseType.GRAY):
        for precision, sample in ((Gimp.Precision.U16_NON_LINEAR, "u16"), (Gimp.Precision.FLOAT_LINEAR, "float")):
            image = new_image(base=base, precision=precision)
            if base == Gimp.ImageBaseType.RGB:
                image.set_color_profile(Gimp.ColorProfile.new_rgb_adobe())
            source = new_layer(image, 31, 23, x=3, y=2, alpha=True)
            add_blur(source)
            curve = "R'G'B'A" if sample == "u16" else "RGBA"
            if base == Gimp.ImageBaseType.GRAY:
                curve = "Y'A" if sample == "u16" else "YA"
            painted = paint(source)
            same(painted, by_hand(source), f"{curve} {sample}")
            check(image.get_precision() == precision and painted.is_gray() == (base == Gimp.ImageBaseType.GRAY))


@case
def a_layer_in_a_group_is_painted_with_its_effects_inside_the_group():
    image = new_image()
    group, source = new_group(image, width=30, height=20, x=3, y=-4)
    add_effect(source)
    painted = paint(source)
    check(painted.get_parent().get_id() == group.get_id() and sits_above(painted, source))
    same(painted, by_hand(source))


@case
def a_group_is_painted_with_an_effect_of_its_own():
    image = new_image(60, 50)
    group, child = new_group(image, width=30, height=20, x=5, y=-7, alpha=True)
    new_layer(image, 12, 14, x=20, y=6, parent=group, seed=8)
    add_effect(group)
    group.set_opacity(50)  # stays the group's
    expected = by_hand(group)
    check(read(expected, RGBA) != read(group, RGBA), "the effect does nothing")
    painted = paint(group)
    same(painted, expected)
    check(painted.get_opacity() == 100 and not painted.is_group())


@case
def a_group_is_painted_with_the_shadows_of_its_layers():
    image = new_image(60, 50)
    group, child = new_group(image, width=30, height=20, x=5, y=7, alpha=True)
    add_shadow(child)
    expected = by_hand(group)
    check(expected.get_width() > 30, "it does not enlarge")
    same(paint(group), expected)


@case
def a_hidden_layer_and_a_hidden_group_are_painted_with_their_effects():
    image = new_image()
    source = new_layer(image, alpha=True)
    add_effect(source)
    source.set_visible(False)
    same(paint(source), by_hand(source))
    group, child = new_group(image, name="Child", seed=2)
    add_effect(group)
    group.set_visible(False)
    painted = paint(group)
    check(place(painted) == place(group) and read(painted, RGB) != read(group, RGB))


@case
def a_mask_is_handed_on_and_its_effects_are_painted():
    source = new_layer(new_image(), 20, 20, x=10, y=5)
    mask = source.create_mask(Gimp.AddMaskType.WHITE)
    source.add_mask(mask)
    write(mask, "Y u8", bytes(range(0, 200)) * 2)
    add_effect(source)
    painted = paint(source)
    check(read(painted.get_mask(), "Y u8") == read(mask, "Y u8"))
    same(painted, by_hand(source))
    add_shadow(source)  # beyond the mask nothing is seen
    painted = paint(source)
    check(painted.get_width() > 20)
    width, height = painted.get_width(), painted.get_height()
    left, top = offsets(painted)[0] - 10, offsets(painted)[1] - 5
    values, own = read(painted.get_mask(), "Y u8"), read(mask, "Y u8")
    for index, value in enumerate(values):
        x, y = index % width + left, index // width + top
        inside = 0 <= x < 20 and 0 <= y < 20
        check(value == (own[y * 20 + x] if inside else 0), f"{x} {y}: {value}")


@case
def a_style_is_seen_with_its_effects():
    image = new_image()
    source, style = new_layer(image), new_layer(image, name="Style", seed=5)
    add_effect(style)
    check(read(shown("style:1", source, style_drawable=style), RGB) == read(by_hand(style), RGB))
    group, child = new_group(image, name="Child", seed=6)
    add_effect(group)
    check(read(shown("style:1", source, style_drawable=group), RGB) == read(by_hand(group), RGB))


@case
def what_the_mask_of_a_style_hides_is_no_part_of_it():
    image = new_image(32, 32)
    source, style = new_layer(image), new_layer(image, name="Style")
    red, blue = b"\xff\x00\x00", b"\x00\x00\xff"
    write(style, RGB, (red * 16 + blue * 16) * 32)
    mask = style.create_mask(Gimp.AddMaskType.WHITE)
    style.add_mask(mask)
    write(mask, "Y u8", (b"\xff" * 16 + b"\x00" * 16) * 32)
    check(read(shown("style:1", source, style_drawable=style), RGB) == red * 32 * 32)
    check("styles 16x32," in sentence_of(source, style_drawable=style, engine=f"{ECHO} --recite"))
    style.set_apply_mask(False)
    check(read(shown("style:1", source, style_drawable=style), RGB) == (red * 16 + blue * 16) * 32)


@case
def what_is_half_seen_of_a_style_counts_by_half():
    image = new_image(32, 32)
    source, style = new_layer(image), new_layer(image, name="Style", alpha=True)
    write(style, RGBA, (b"\xff\x00\x00\xff" * 16 + b"\x00\x00\xff\x80" * 16) * 32)
    check(read(shown("alpha:1", source, style_drawable=style), RGB) == (b"\xff" * 48 + b"\x80" * 48) * 32)


@case
def a_region_is_seen_with_its_effects_its_mask_and_in_its_place():
    image = new_image()
    source, region = new_layer(image), new_layer(image, 20, 10, x=7, y=9, name="Region")
    write(region, RGB, b"\xff\xff\xff" * 100 + b"\x00\x00\x00" * 100)  # white above, black below
    add_effect(region)

    def expect(value):
        for what, name in (("region:1", "region_1"), ("protect", "protect")):
            values = read(shown(what, source, **{name: region}), RGB)[::3]
            check(list(values) == [value(i % 48 - 7, i // 48 - 9) if 7 <= i % 48 < 27 and 9 <= i // 48 < 19 else 0
                                   for i in range(48 * 40)], what)
    expect(lambda x, y: 255 if y >= 5 else 0)
    mask = region.create_mask(Gimp.AddMaskType.WHITE)
    region.add_mask(mask)
    write(mask, "Y u8", (b"\xff" * 10 + b"\x00" * 10) * 10)
    expect(lambda x, y: 255 if y >= 5 and x < 10 else 0)


@case
def a_painting_to_go_on_from_is_seen_with_its_effects_and_mask():
    image = new_image()
    source, other = new_layer(image), new_layer(image, name="Painting", seed=3)
    add_effect(other)
    seen = read(by_hand(other), RGB)
    check(read(shown("refine", source, refine=other), RGB) == seen)
    mask = other.create_mask(Gimp.AddMaskType.WHITE)
    other.add_mask(mask)
    write(mask, "Y u8", (b"\xff" * 24 + b"\x00" * 24) * 40)
    below, result = read(source, RGB), read(shown("refine", source, refine=other), RGB)
    for index in range(48 * 40):
        expected = (seen if index % 48 < 24 else below)[index * 3:index * 3 + 3]
        check(result[index * 3:index * 3 + 3] == expected, f"pixel {index}")


@case
def a_replaced_layer_keeps_its_effects_which_act_on_the_painting():
    for effect in (add_effect, add_shadow):
        image = new_image(60, 50)
        source = new_layer(image, 30, 20, x=5, y=7, alpha=True)
        effect(source)
        own, seen, position = read_seen(source, RGBA), read_seen(by_hand(source), RGBA), place(source)
        painted = paint(source, output="replace")
        check(painted.get_id() == source.get_id() and place(source) == position)
        check(len(source.get_filters()) == 1 and source.get_filters()[0].get_visible())
        check(read_seen(source, RGBA) == own, "the layer's own pixels were not painted")
        check(read_seen(by_hand(source), RGBA) == seen, "the effect was applied twice, or not at all")


@case
def effects_leave_nothing_behind():
    image = new_image(60, 50)
    source = new_layer(image, 30, 20, alpha=True)
    effect = add_shadow(source)
    group, child = new_group(image, name="Child")
    add_effect(group)
    before, pixels = len(image.get_layers()), read(source, RGBA)
    images = {other.get_id() for other in Gimp.get_images()}
    paint(source, style_drawable=group, protect=group)
    check(len(image.get_layers()) == before + 1 and read(source, RGBA) == pixels)
    check({other.get_id() for other in Gimp.get_images()} == images, "an image is left")
    check([other.get_id() for other in source.get_filters()] == [effect.get_id()] and effect.get_visible())
    check(place(source) == (0, 0, 30, 20) and group.is_group() and len(group.get_filters()) == 1)


@case
def a_layer_without_effects_is_not_copied():
    image = new_image()
    source, style = new_layer(image), new_layer(image, name="Style", seed=5)
    add_effect(source).set_visible(False)
    group, child = new_group(image, name="Child")
    for layer in (source, group):
        first = next_id(image)
        paint(layer, style_drawable=style, protect=style, refine=style)
        check(next_id(image) == first + 2, "GIMP made more than the painting")  # it, and the number itself
    add_effect(style)
    first = next_id(image)
    paint(source, style_drawable=style)
    check(next_id(image) > first + 2, "copies are not counted")


finish()
