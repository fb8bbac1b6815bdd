# SPDX-License-Identifier: GPL-3.0-or-later
"""Precisions x alpha x places x selections through an engine that echoes: bit-exact.

The script's arguments are a base type (rgb, gray) and a curve (linear, non-linear, perceptual). A place meets one selection
in each, another one with another curve: the three curves together have every combination, and NEURAL_STYLE_TEST_EVERY=1 gives it to each.
"""
import random
import struct

from batch import *  # noqa: F403
from batch import Gegl, Gimp, os

base, curve = os.environ["NEURAL_STYLE_TEST_ARGUMENTS"].split()
BASE = {"rgb": Gimp.ImageBaseType.RGB, "gray": Gimp.ImageBaseType.GRAY}[base]
MODEL = {("rgb", "linear"): "RGB", ("rgb", "non-linear"): "R'G'B'", ("rgb", "perceptual"): "R~G~B~",
         ("gray", "linear"): "Y", ("gray", "non-linear"): "Y'", ("gray", "perceptual"): "Y~"}[base, curve]
CHANNELS = 3 if base == "rgb" else 1

# babl's name of a sample, struct's letter, the value of 1.0
SAMPLES = {"u8": ("B", 255), "u16": ("H", 65535), "u32": ("I", 4294967295), "half": ("e", 1.0), "float": ("f", 1.0),
           "double": ("d", 1.0)}
# The canvas is 60 x 50.
PLACES = {"as large as the canvas": (60, 50, 0, 0), "smaller, inside": (31, 23, 17, 9),
          "larger, negative offsets": (83, 71, -11, -13)}
SELECTIONS = ("none", "hard", "feathered")
CURVES = ("linear", "non-linear", "perceptual")


def precision(sample):
    """u8 in the curve linear is Gimp.Precision.U8_LINEAR."""
    return getattr(Gimp.Precision, f"{sample.upper()}_{curve.replace('-', '_').upper()}")


def noise(sample, count, alpha, seed):
    """Pixels with values beyond 0..1 if the format allows them, and with hidden colours."""
    source = random.Random(seed)
    letter, one = SAMPLES[sample]
    values = []
    for _ in range(count):
        for _ in range(CHANNELS):
            values.append(source.randint(0, one) if isinstance(one, int) else source.uniform(-0.25, 1.25))
        if alpha:
            opacity = source.choice((0.0, 1.0, 1.0, source.random()))
            values.append(round(opacity * one) if isinstance(one, int) else opacity)
    return struct.pack(f"<{len(values)}{letter}", *values)


def same_where_visible(before, after, sample, alpha):
    """The index of the first pixel that differs, or nothing. Colours of hidden pixels are ignored."""
    size = struct.calcsize(SAMPLES[sample][0])
    pixel = size * (CHANNELS + alpha)
    for index in range(len(before) // pixel):
        one, other = (data[index * pixel:(index + 1) * pixel] for data in (before, after))
        if one == other:
            continue
        letter, scale = SAMPLES[sample]
        opacity = struct.unpack(f"<{letter}", one[-size:])[0] / scale if alpha else 1.0
        if not (opacity < 1 / 510 and one[-size:] == other[-size:]):
            return index
    return None


def select(image, kind):
    Gimp.Selection.none(image)
    if kind == "none":
        return
    Gimp.context_set_feather(kind == "feathered")
    Gimp.context_set_feather_radius(6, 6)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 20, 12, 17, 14)
    Gimp.context_set_feather(False)


def check_one(sample, alpha, place, selection):
    width, height, x, y = PLACES[place]
    image = new_image(60, 50, BASE, precision(sample))
    source = new_layer(image, width, height, x, y, alpha=alpha)
    name = f"{MODEL}{'A' if alpha else ''} {sample}"
    before = noise(sample, width * height, alpha, seed=len(place) + alpha)
    write(source, name, before)
    before = read(source, name)
    select(image, selection)
    painted = paint(source)
    check(image.get_precision() == precision(sample), "precision")
    check(painted.has_alpha() == alpha and painted.is_gray() == (base == "gray"), "layer type")
    check(offsets(painted) == (x, y) and painted.get_width() == width and painted.get_height() == height, "place")
    check(sits_above(painted, source), "stacking")
    check(read(source, name) == before, "the source changed")
    wrong = same_where_visible(before, read(painted, name), sample, alpha)
    check(wrong is None, f"pixel {wrong} differs")
    mask = painted.get_mask()
    check((mask is not None) == (selection != "none"), "mask")
    if mask is not None:
        selected = read(image.get_selection(), "Y double", Gegl.Rectangle.new(x, y, width, height))
        check(read(mask, "Y double") == selected, "the mask is not the selection")
        check(any(selected), "the selection is empty")
        if selection == "feathered":
            levels = set(struct.unpack(f"<{len(selected) // 8}d", selected))
            check(len(levels) > 5, "the selection has no soft edge")
    image.delete()


def met(sample, alpha, place):
    """The selections that the place meets."""
    if os.environ.get("NEURAL_STYLE_TEST_EVERY"):
        return SELECTIONS
    turn = list(SAMPLES).index(sample) + alpha + list(PLACES).index(place) + CURVES.index(curve)
    return (SELECTIONS[turn % len(SELECTIONS)],)


def matrix_case(sample):
    def run():
        for alpha in (False, True):
            for place in PLACES:
                for selection in met(sample, alpha, place):
                    try:
                        check_one(sample, alpha, place, selection)
                    except Exception as failure:
                        raise AssertionError(f"{MODEL} {sample}, {'alpha' if alpha else 'no alpha'}, {place}, "
                                             f"selection {selection}: {failure}") from failure
    run.__name__ = f"{base}_{curve}_{sample}_comes_back_exactly"
    return run


for name in SAMPLES:
    case(matrix_case(name))
finish()
