# SPDX-License-Identifier: GPL-3.0-or-later
"""neural-style:paint as a live effect of layers. The engine mixes photo and style by the strength, so its paintings are exact."""
import signal
import time

from batch import *  # noqa: F403
from batch import Gegl, Gimp, Gio, os

RGB, RGBA = "R'G'B' u8", "R'G'B'A u8"


def add_painting(layer, **settings):
    return add_effect(layer, "neural-style:paint", **{"strength": 0.3, **settings})


def seen(layer, format_name=RGB):
    """The layer's pixels with its effects; the layer stays as it is."""
    image = layer.get_image()
    copy = Gimp.Layer.new_from_drawable(layer, image)
    image.insert_layer(copy, None, 0)
    copy.merge_filters()
    pixels = read(copy, format_name)
    image.remove_layer(copy)
    return pixels


def reloaded(image):
    """What is in the image's XCF."""
    file = Gio.File.new_for_path(os.path.join(os.environ["NEURAL_STYLE_TEST_FOLDER"], "effect.xcf"))
    check(Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file, None))
    return Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file)


def settings_of(effect):
    config = effect.get_config()
    return {property.name: config.get_property(property.name) for property in config.list_properties()}


def processes(parent):
    """{process id: command line} of the children."""
    found = {}
    for pid in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{pid}/stat") as stat:
                above = int(stat.read().rsplit(")", 1)[1].split()[1])
            with open(f"/proc/{pid}/cmdline") as line:
                words = line.read().replace("\0", " ").strip()
        except OSError:
            continue
        if above == parent:
            found[int(pid)] = words
    return found


def engines():
    """Of GIMP, whose child this plug-in is."""
    return [pid for pid, words in processes(os.getppid()).items() if "echo-engine" in words]


def megabytes(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmRSS")) / 1024


@case
def the_effect_is_seen_and_the_layer_s_own_pixels_stay():
    layer = new_layer(new_image())
    before = read(layer, RGB)
    add_painting(layer)
    check(seen(layer) != before and read(layer, RGB) == before)
    check(len(engines()) == 1, engines())


@case
def alpha_and_precision_are_the_layer_s():
    for precision, format_name, alpha in ((Gimp.Precision.U8_NON_LINEAR, RGBA, "A u8"),
                                          (Gimp.Precision.U16_NON_LINEAR, "R'G'B'A u16", "A u16"),
                                          (Gimp.Precision.FLOAT_LINEAR, "RGBA float", "A float")):
        layer = new_layer(new_image(precision=precision), alpha=True)
        before = read(layer, format_name), read(layer, alpha)
        add_painting(layer)
        check(seen(layer, format_name) != before[0] and seen(layer, alpha) == before[1], precision)


@case
def a_gray_layer_stays_gray():
    image = new_image(base=Gimp.ImageBaseType.GRAY)
    layer = new_layer(image)
    before = read(layer, "Y' u8")
    add_painting(layer)
    check(seen(layer, "Y' u8") != before)


@case
def every_property_comes_back_from_an_xcf_and_paints_the_same():
    chosen = {"style": "waves", "strength": 0.8, "stroke-size": 137.5, "detail": 0.35, "colors": "content",
              "quality": "draft", "trained-style": "", "seed": 7, "size-limit": 32}
    layer = new_layer(new_image())
    effect = add_painting(layer, **{name.replace("-", "_"): value for name, value in chosen.items()})
    check(settings_of(effect).keys() == chosen.keys(), settings_of(effect))
    before = seen(layer)
    again = reloaded(layer.get_image()).get_layers()[0]
    check([effect.get_operation_name() for effect in again.get_filters()] == ["neural-style:paint"])
    for name, value in settings_of(again.get_filters()[0]).items():
        check(abs(value - chosen[name]) < 1e-5 if isinstance(value, float) else value == chosen[name], f"{name}: {value}")
    check(seen(again) == before)


@case
def a_setting_that_is_changed_is_painted():
    layer = new_layer(new_image())
    effect = add_painting(layer)
    before = seen(layer)
    effect.get_config().set_property("strength", 0.6)
    effect.update()
    check(seen(layer) != before)


@case
def what_is_painted_below_is_painted_again():
    layer = new_layer(new_image())
    add_painting(layer)
    before = seen(layer)
    fill_with_noise(layer, 9)
    after = seen(layer)
    check(after != before and after != read(layer, RGB))


def effects(layer):
    return [effect.get_operation_name() for effect in layer.get_filters()]


@case
def the_output_layer_effect_appends_it_with_the_settings():
    image = new_image()
    layer = new_layer(image)
    before = read(layer, RGB)
    got = paint(layer, output="layer-effect", style="waves", strength=0.8, stroke_size=137.5, colors="content", seed=7, quality="draft")
    check(got.get_id() == layer.get_id() and len(image.get_layers()) == 1 and effects(layer) == ["neural-style:paint"])
    chosen = settings_of(layer.get_filters()[0])
    check({name: chosen[name] for name in ("style", "strength", "stroke-size", "colors", "seed", "quality")} ==
          {"style": "waves", "strength": 0.8, "stroke-size": 137.5, "colors": "content", "seed": 7, "quality": "draft"}, chosen)
    check(seen(layer) != before and read(layer, RGB) == before)
    check(layer.get_parasite("neural-style-settings") is None)


@case
def a_second_output_layer_effect_replaces_the_first_only():
    layer = new_layer(new_image())
    add_effect(layer)
    for strength in (0.2, 0.6):
        paint(layer, output="layer-effect", strength=strength, quality="print")
    check(sorted(effects(layer)) == ["gegl:invert-linear", "neural-style:paint"], effects(layer))
    ours = next(effect for effect in layer.get_filters() if effect.get_operation_name() == "neural-style:paint")
    check(settings_of(ours)["strength"] == 0.6 and settings_of(ours)["quality"] == "instant", settings_of(ours))


@case
def the_output_layer_effect_is_for_several_layers_and_for_groups():
    image = new_image()
    group = Gimp.GroupLayer.new(image, "Group")
    image.insert_layer(group, None, 0)
    new_layer(image, parent=group)
    layers = [new_layer(image, seed=2), group]
    paint(layers, output="layer-effect", image=image)
    check([effects(layer) for layer in layers] == [["neural-style:paint"]] * 2)


@case
def a_painting_of_one_s_own_is_named_without_its_folder():
    folder = os.path.join(os.environ["GIMP3_DIRECTORY"], "neural-style", "styles")
    os.makedirs(folder)
    for path, style in ((os.path.join(folder, "mine.png"), "mine.png"),
                        (os.path.join(os.environ["NEURAL_STYLE_TEST_FOLDER"], "other.png"), None)):
        check(Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, new_layer(new_image()).get_image(), Gio.File.new_for_path(path), None))
        layer = new_layer(new_image(), seed=2)
        before = read(layer, RGB)
        paint(layer, output="layer-effect", style_file=path, strength=0.5)
        check(settings_of(layer.get_filters()[0])["style"] == (style or path))
        check(seen(layer) != before, "it is not found")


@case
def what_cannot_get_the_effect_is_refused_and_stays():
    image = new_image()
    layer, style = new_layer(image), new_layer(image)
    check("cannot be the style of a layer effect" in sentence_of(layer, output="layer-effect", style_drawable=style))
    layer.set_lock_content(True)
    check("locked" in sentence_of(layer, output="layer-effect"))
    check(not layer.get_filters())


@case
def two_layers_have_effects_of_their_own():
    image = new_image()
    layers = [new_layer(image, name=name, seed=5) for name in ("One", "Other")]
    for layer, strength in zip(layers, (0.2, 0.7)):
        add_painting(layer, strength=strength)
    one, other = map(seen, layers)
    check(one != other)
    loaded = reloaded(image).get_layers()
    check({layer.get_name(): seen(layer) for layer in loaded} == {"One": one, "Other": other})
    check(len(engines()) == 1, engines())


@case
def twenty_effects_are_in_an_xcf():
    image = new_image()
    for number in range(20):
        add_painting(new_layer(image, name=f"Layer {number}", seed=number), strength=0.1 + 0.04 * number)
    before = {layer.get_name(): seen(layer) for layer in image.get_layers()}
    check(all(pixels != read(image.get_layer_by_name(name), RGB) for name, pixels in before.items()), "not painted")
    check({layer.get_name(): seen(layer) for layer in reloaded(image).get_layers()} == before)


@case
def what_cannot_be_painted_is_seen_as_it_is():
    tiny = new_layer(new_image(1, 1))
    add_painting(tiny)
    check(seen(tiny) == read(tiny, RGB))
    for settings in ({"strength": 0.0}, {"style": "nonsense"}, {"style": "/nowhere/mural.jpg"}, {"style": ""}):
        layer = new_layer(new_image())
        add_painting(layer, **settings)
        check(seen(layer) == read(layer, RGB), settings)


@case
def a_large_layer_is_painted():
    image = new_image(2600, 1000)
    layer = Gimp.Layer.new(image, "Large", 2600, 1000, Gimp.ImageType.RGB_IMAGE, 100.0, Gimp.LayerMode.NORMAL)
    image.insert_layer(layer, None, 0)
    layer.fill(Gimp.FillType.WHITE)
    add_painting(layer, strength=0.5)
    pixels = seen(layer)
    check(len(pixels) == 2600 * 1000 * 3 and pixels != read(layer, RGB))


@case
def a_killed_engine_is_replaced():
    layer = new_layer(new_image())
    effect = add_painting(layer)
    before = seen(layer)
    killed = engines()
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.3)
    effect.get_config().set_property("seed", 1)
    effect.update()
    check(seen(layer) == before)
    check(len(engines()) == 1 and engines() != killed)


@case
def memory_stays_flat_over_many_renderings():
    layer = new_layer(new_image(600, 400))
    layer.get_image().undo_disable()
    effect = add_painting(layer)

    def render(times):
        for _ in range(times):
            render.strength += 0.01
            effect.get_config().set_property("strength", render.strength)
            effect.update()
            seen(layer)
        return [megabytes(pid) for pid in (os.getppid(), *engines())]
    render.strength = 0.5
    before, after = render(80), render(20)  # the last paintings are kept, up to 48 MB
    check(len(before) == len(after) == 2 and all(b - a < 8 for a, b in zip(before, after)), f"{before} and then {after} MB")


finish()
