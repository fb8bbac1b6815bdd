# SPDX-License-Identifier: GPL-3.0-or-later
"""For scripts that run inside GIMP: makes images, calls the plug-in, compares pixels.

    @case
    def a_layer_is_painted():
        layer = new_layer(new_image())
        check(paint(layer).get_name() == "Neural Style")

    finish()
"""
import json
import os
import random
import sys
import time
import traceback

import gi

gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp, Gio  # noqa: E402

Gegl.init(None)

DATA = os.environ["NEURAL_STYLE_TEST_DATA"]
_cases = []


def case(function):
    """A promise to check; its name states it."""
    _cases.append(function)
    return function


def finish():
    """Runs all cases and prints a line for each; after a failure GIMP's exit status is 64."""
    failed = 0
    only = os.environ.get("NEURAL_STYLE_TEST_CASE", "")
    for function in _cases:
        if only and only not in function.__name__:
            continue
        begin = time.monotonic()
        try:
            function()
            print(f"ok {function.__name__} ({time.monotonic() - begin:.1f} s)", file=sys.stderr)
        except Exception:
            failed += 1
            print(f"FAILED {function.__name__}\n{traceback.format_exc()}", file=sys.stderr)
        for image in Gimp.get_images():
            image.delete()
    if failed:
        raise RuntimeError(f"{failed} of {len(_cases)} cases failed")
    print("all cases passed", file=sys.stderr)


def check(holds, what=""):
    if not holds:
        raise AssertionError(what)


class PaintFailed(Exception):
    """The plug-in returned an error; the text is its sentence."""


def paint(drawables, run_mode=Gimp.RunMode.NONINTERACTIVE, image=None, procedure="plug-in-neural-style", **arguments):
    """Calls the plug-in on a layer or a list of drawables and returns the new layer. Arguments as in the PDB, with
    _ for -. A `style_file` is a path."""
    drawables = drawables if isinstance(drawables, list) else [drawables]
    procedure = Gimp.get_pdb().lookup_procedure(procedure)
    config = procedure.create_config()
    config.set_property("run-mode", run_mode)
    config.set_property("image", image or drawables[0].get_image())
    config.set_core_object_array("drawables", drawables)
    for name, value in arguments.items():
        if name == "style_file":
            value = Gio.File.new_for_path(value)
        config.set_property(name.replace("_", "-"), value)
    result = procedure.run(config)
    if result.index(0) != Gimp.PDBStatusType.SUCCESS:
        raise PaintFailed(result.index(1))
    return result.index(1)


def sentence_of(*arguments, **more):
    """The sentence of the plug-in's refusal."""
    try:
        paint(*arguments, **more)
    except PaintFailed as refusal:
        return str(refusal)
    raise AssertionError("the plug-in did not refuse")


def new_image(width=48, height=40, base=Gimp.ImageBaseType.RGB, precision=Gimp.Precision.U8_NON_LINEAR):
    return Gimp.Image.new_with_precision(width, height, base, precision)


def layer_type(image, alpha):
    gray = image.get_base_type() == Gimp.ImageBaseType.GRAY
    if gray:
        return Gimp.ImageType.GRAYA_IMAGE if alpha else Gimp.ImageType.GRAY_IMAGE
    return Gimp.ImageType.RGBA_IMAGE if alpha else Gimp.ImageType.RGB_IMAGE


def new_layer(image, width=None, height=None, x=0, y=0, alpha=False, parent=None, name="Photo", seed=1):
    """A layer full of noise."""
    layer = Gimp.Layer.new(image, name, width or image.get_width(), height or image.get_height(),
                           layer_type(image, alpha), 100.0, Gimp.LayerMode.NORMAL)
    layer.set_offsets(x, y)
    image.insert_layer(layer, parent, 0)
    fill_with_noise(layer, seed)
    return layer


def fill_with_noise(layer, seed):
    source = random.Random(seed)
    count = layer.get_width() * layer.get_height() * 4
    write(layer, "R'G'B'A u8", bytes(source.getrandbits(8) for _ in range(count)))


def whole(drawable):
    return Gegl.Rectangle.new(0, 0, drawable.get_width(), drawable.get_height())


def read(drawable, format_name, area=None):
    return bytes(drawable.get_buffer().get(area or whole(drawable), 1.0, format_name, Gegl.AbyssPolicy.NONE))


def write(drawable, format_name, data, area=None):
    buffer = drawable.get_buffer()
    buffer.set(area or whole(drawable), format_name, data)
    buffer.flush()
    drawable.update(0, 0, drawable.get_width(), drawable.get_height())


def record(layer):
    """The new layer's record of how it was made."""
    return json.loads(bytes(layer.get_parasite("neural-style-settings").get_data()).rstrip(b"\0"))


def offsets(layer):
    _, x, y = layer.get_offsets()
    return x, y


def sits_above(new, source):
    """Directly above it, in the same group."""
    image = source.get_image()
    parents = [item.get_parent() and item.get_parent().get_id() for item in (new, source)]
    return (parents[0] == parents[1]
            and image.get_item_position(new) == image.get_item_position(source) - 1)


def add_effect(layer, operation="gegl:invert-linear", **settings):
    """A live filter on the layer."""
    effect = Gimp.DrawableFilter.new(layer, operation, operation)
    config = effect.get_config()
    for name, value in settings.items():
        config.set_property(name.replace("_", "-"), value)
    effect.update()
    layer.append_filter(effect)
    return effect
