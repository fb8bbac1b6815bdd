# SPDX-License-Identifier: GPL-3.0-or-later
"""Small paintings by the real engine."""
import array

from batch import *  # noqa: F403
from batch import Gegl, Gimp, Gio, os

PHOTO = os.path.join(DATA, "photos", "boats.jpg")
QUICK = {"quality": "draft", "iterations": 3}


def photo(width=192):
    """The bundled photo, reduced."""
    image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(PHOTO))
    image.scale(width, round(width * image.get_height() / image.get_width()))
    return image, image.get_layers()[0]


def difference(one, other, area=None):
    """Mean absolute difference of two layers, 0..1."""
    a, b = (array.array("f", read(layer, "R'G'B' float", area)) for layer in (one, other))
    return sum(abs(x - y) for x, y in zip(a, b)) / len(a)


def mean_color(layer):
    values = array.array("f", read(layer, "R'G'B' float"))
    return [sum(values[channel::3]) / (len(values) / 3) for channel in range(3)]


@case
def a_photo_becomes_a_painting():
    image, source = photo()
    painted = paint(source, **QUICK)
    check(0.02 < difference(painted, source) < 0.6, difference(painted, source))
    check(sits_above(painted, source))


@case
def layers_too_small_for_the_networks_are_painted():
    for width, height in ((1, 1), (10, 60), (60, 10)):
        source = new_layer(new_image(width, height))
        for quality in ("instant", "draft"):
            painted = paint(source, quality=quality)
            check((painted.get_width(), painted.get_height()) == (width, height))


@case
def the_same_seed_paints_the_same_picture():
    image, source = photo(128)
    first, second = (paint(source, seed=5, precision="float32", **QUICK) for _ in range(2))
    check(read(first, "R'G'B' u8") == read(second, "R'G'B' u8"))


@case
def an_instant_painting_from_a_psd_is_the_one_from_a_png():
    image, source = photo(96)
    painted = []
    for kind in ("png", "psd"):
        style = Gio.File.new_for_path(os.path.join(os.environ["NEURAL_STYLE_TEST_FOLDER"], f"style.{kind}"))
        picture, _ = photo(120)
        check(Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, picture, style, None))
        painted.append(read(paint(source, quality="instant", precision="float32", style_file=style.get_path()), "R'G'B' u8"))
    check(painted[0] == painted[1] != read(source, "R'G'B' u8"))


@case
def strength_0_gives_the_photo_back():
    image, source = photo(128)
    check(difference(paint(source, strength=0.0, **QUICK), source) < 0.02)


@case
def a_selection_with_alpha_is_painted_under_its_mask():
    image, source = photo()
    source.add_alpha()
    image.select_ellipse(Gimp.ChannelOps.REPLACE, 60, 40, 40, 30)
    painted = paint(source, **QUICK)
    inside, outside = Gegl.Rectangle.new(70, 48, 20, 14), Gegl.Rectangle.new(0, 0, 192, 1)
    check(difference(painted, source, inside) > 0.01)
    check(painted.get_mask() is not None)
    check(read(painted, "A u8") == read(source, "A u8"))


@case
def a_size_limit_paints_small_and_fills_the_layer():
    image, source = photo(256)
    painted = paint(source, size_limit=96, **QUICK)
    check((painted.get_width(), painted.get_height()) == (source.get_width(), source.get_height()))
    check(difference(painted, source) > 0.01)


@case
def a_16_bit_grey_layer_is_painted_grey():
    image = new_image(96, 64, Gimp.ImageBaseType.GRAY, Gimp.Precision.U16_NON_LINEAR)
    source = new_layer(image, alpha=True)
    painted = paint(source, **QUICK)
    check(painted.is_gray() and image.get_precision() == Gimp.Precision.U16_NON_LINEAR)
    check(read(painted, "A u16") == read(source, "A u16"))


@case
def a_protected_part_stays_and_a_region_is_painted():
    image, source = photo(96)
    height = source.get_height()
    mask = new_layer(image, 48, height)
    write(mask, "R'G'B' u8", b"\xff" * 48 * height * 3)
    painted = paint(source, protect=mask, start="noise", **QUICK)
    left, right = (Gegl.Rectangle.new(x, 0, 44, height) for x in (0, 52))
    check(difference(painted, source, left) < 0.01, difference(painted, source, left))
    check(difference(painted, source, right) > 0.04, difference(painted, source, right))
    more = QUICK | {"iterations": 8}
    everywhere, region = paint(source, style_2="waves", **more), paint(source, style_2="waves", region_2=mask, **more)
    check(difference(everywhere, region) > 0.001)


@case
def a_painting_can_be_refined_and_a_texture_needs_no_motif():
    image, source = photo(96)
    other = new_layer(image, seed=9)
    anew, on = paint(source, **QUICK), paint(source, refine=other, **QUICK)
    check(difference(on, other) < difference(anew, other))
    texture = paint(source, texture=True, seamless=True, detail=0.0, **QUICK | {"iterations": 20})
    check(difference(texture, source) > 0.05)


@case
def what_the_engine_refuses_is_a_sentence():
    _, source = photo(64)
    for words, arguments in {"share": {"blend": "-1"}, "layer": {"style_layers": "nonsense"},
                             "for 1 style layers": {"style_layers": "relu1_1", "layer_weights": "1,2"}}.items():
        sentence = sentence_of(source, **arguments)
        check(words in sentence, sentence)


finish()
