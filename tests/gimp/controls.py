# SPDX-License-Identifier: GPL-3.0-or-later
"""Every argument reaches the engine: styles, regions, masks in their places, settings, records."""
import json
import shlex

from batch import *  # noqa: F403
from batch import Gegl, Gimp, Gio, os

ECHO = os.environ["NEURAL_STYLE_TEST_ECHO_ENGINE"]
FOLDER = os.environ["NEURAL_STYLE_TEST_FOLDER"]
# The rows of the settings' table.
SETTINGS = json.loads(os.environ["NEURAL_STYLE_TEST_SETTINGS"])
WAVES = os.path.join(DATA, "styles", "waves.jpg")


def echo(*options):
    return shlex.join([ECHO, *options])


def recited(layer, **arguments):
    """What the engine received, in its own words."""
    words = sentence_of(layer, engine=echo("--recite"), **arguments)
    return words[words.index("content"):]


def shown(what, layer, **arguments):
    """What the engine received as `what`, as the new layer's grey values or pixels."""
    return paint(layer, engine=echo("--show", what), **arguments)


def grey_values(layer, area=None):
    """The red of every pixel; all three must be equal."""
    pixels = read(layer, "R'G'B' u8", area)
    check(pixels[0::3] == pixels[1::3] == pixels[2::3], "not grey")
    return list(pixels[0::3])


def values_at(width, height, value):
    """A list of `value(x, y)` for each pixel."""
    return [value(x, y) for y in range(height) for x in range(width)]


def new_channel(image, value, name="Channel"):
    """A channel in the size of the image, filled with `value(x, y)`."""
    width, height = image.get_width(), image.get_height()
    channel = Gimp.Channel.new(image, name, width, height, 50.0, Gegl.Color.new("red"))
    image.insert_channel(channel, None, 0)
    write(channel, "Y' u8", bytes(values_at(width, height, value)))
    return channel


def pattern(x, y):
    return (7 * x + 13 * y) % 256


def with_one(row):
    """The argument for a row of the settings' table, with a non-default value."""
    return {row["key"].replace("-", "_"): row["argument"]}


@case
def every_setting_is_an_argument_that_the_layer_and_its_repainting_keep():
    source = new_layer(new_image())
    for row in SETTINGS:
        painted = paint(source, style_2="waves", **with_one(row))
        for layer in (painted, paint(painted, procedure="plug-in-neural-style-repaint")):
            settings = record(layer)["settings"]
            check(settings[row["key"]] == row["value"], f"{row['key']} is {settings[row['key']]}")


@case
def every_setting_of_a_preset_is_painted_with():
    folder = os.path.join(Gimp.directory(), "neural-style", "presets")
    os.makedirs(folder, exist_ok=True)
    source = new_layer(new_image())
    for row in SETTINGS:
        with open(os.path.join(folder, "Mine.neural-style.json"), "w") as file:
            json.dump({row["key"]: row["value"]}, file)
        settings = record(paint(source, style_2="waves", preset="Mine"))["settings"]
        check(settings[row["key"]] == row["value"], f"{row['key']} is {settings[row['key']]}")


@case
def every_choice_is_an_argument():
    source = new_layer(new_image())
    choices = {row["key"]: row["choices"] for row in SETTINGS if row["choices"]}
    for number in range(max(map(len, choices.values()))):
        chosen = {key: words[min(number, len(words) - 1)] for key, words in choices.items()}
        settings = record(paint(source, **{key.replace("-", "_"): word for key, word in chosen.items()}))["settings"]
        check({key: settings[key] for key in chosen} == chosen, settings)


@case
def an_untouched_call_has_the_default_settings():
    settings = record(paint(new_layer(new_image())))["settings"]
    for row in SETTINGS:
        check(settings.get(row["key"]) == row["default"], f"{row['key']} is {settings.get(row['key'])}")


@case
def several_styles_come_in_the_order_of_their_numbers():
    image = new_image()
    source = new_layer(image)
    mine = new_layer(image, 20, 30, name="Mine")
    arguments = {"style": "waves", "style_2": WAVES, "style_drawable_4": mine, "style_4": "not looked at",
                 "style_8": "starry-night"}
    check("styles 1280x720 1280x720 20x30 706x560," in recited(source, **arguments), recited(source, **arguments))
    styles = record(paint(source, **arguments))["styles"]
    check(styles[0] == {"name": "waves"} and styles[3] == {"name": "starry-night"}, styles)
    check(styles[1]["file"] == "waves.jpg" and styles[2]["layer"] == "Mine", styles)


@case
def each_style_takes_its_own_region():
    image = new_image()
    source = new_layer(image)
    channel = new_channel(image, pattern, "Sky")
    arguments = {"style_2": "waves", "style_3": "waves", "region_3": channel}
    check("styles 706x560 1280x720 1280x720@48x40," in recited(source, **arguments))
    check(grey_values(shown("region:3", source, **arguments)) == values_at(48, 40, pattern))
    check(set(grey_values(shown("region:1", source, **arguments))) == {0})
    painted = record(paint(source, **arguments))
    check(painted["styles"][2]["region"]["layer"] == "Sky" and "region" not in painted["styles"][1], painted)


@case
def a_mask_lies_where_it_lies_in_the_image():
    image = new_image(60, 50)
    source = new_layer(image, 40, 30, x=-5, y=8)
    channel = new_channel(image, pattern)
    # The layer's pixel (x, y) is the image's (x - 5, y + 8); outside the channel everything is 0.
    check(grey_values(shown("protect", source, protect=channel))
          == values_at(40, 30, lambda x, y: pattern(x - 5, y + 8) if x >= 5 else 0))
    small = new_layer(image, 10, 6, x=3, y=12)
    write(small, "R'G'B' u8", b"\xff" * 180)
    check(grey_values(shown("protect", source, protect=small))
          == values_at(40, 30, lambda x, y: 255 if 8 <= x < 18 and 4 <= y < 10 else 0))
    far = new_layer(image, 5, 5, x=500, y=500)
    check(set(grey_values(shown("protect", source, protect=far))) == {0})


@case
def a_mask_lies_where_it_lies_when_only_a_selection_is_painted():
    image = new_image(300, 280)
    source = new_layer(image, 290, 270, x=4, y=6)
    channel = new_channel(image, pattern)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 150, 140, 20, 10)
    check("content 148x138," in recited(source, protect=channel), recited(source, protect=channel))
    painted = shown("protect", source, protect=channel)
    inside = Gegl.Rectangle.new(150 - 4, 140 - 6, 20, 10)
    check(grey_values(painted, inside) == values_at(20, 10, lambda x, y: pattern(x + 150, y + 140)))


@case
def layer_masks_channels_the_selection_and_grey_layers_are_masks():
    image = new_image(precision=Gimp.Precision.U8_NON_LINEAR)
    source = new_layer(image)
    other = new_layer(image, 20, 10, x=6, y=7)
    mask = other.create_mask(Gimp.AddMaskType.WHITE)
    other.add_mask(mask)
    write(mask, "Y u8", bytes(values_at(20, 10, pattern)))
    there = values_at(48, 40, lambda x, y: pattern(x - 6, y - 7) if 6 <= x < 26 and 7 <= y < 17 else 0)
    check(grey_values(shown("protect", source, protect=mask)) == there)
    grey = new_layer(image, 20, 10, x=6, y=7)
    write(grey, "R'G'B' u8", bytes(value for value in values_at(20, 10, pattern) for _ in range(3)))
    close = grey_values(shown("protect", source, protect=grey))
    check(all(abs(a - b) <= 1 for a, b in zip(close, there)), "a grey layer is not as bright as it looks")
    # A shape on a transparent layer is a mask where it is opaque, whatever its colour.
    shape = new_layer(image, alpha=True)
    write(shape, "R'G'B'A u8", bytes(value for x in range(48 * 40) for value in (9, 9, 9, 255 if x % 3 else 0)))
    check(grey_values(shown("protect", source, protect=shape)) == [255 if x % 3 else 0 for x in range(48 * 40)])
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, 10, 40)
    selection = Gimp.Selection.save(image)
    Gimp.Selection.none(image)
    check(grey_values(shown("protect", source, protect=selection)) == values_at(48, 40, lambda x, y: 255 if x < 10 else 0))
    linear = new_image(precision=Gimp.Precision.U16_LINEAR)
    channel = Gimp.Channel.new(linear, "Linear", 48, 40, 50.0, Gegl.Color.new("red"))
    linear.insert_channel(channel, None, 0)
    write(channel, "Y u8", bytes(values_at(48, 40, pattern)))
    values = grey_values(shown("protect", source, protect=channel))
    check(values == values_at(48, 40, pattern), "a channel of a linear image is not taken as stored")


@case
def a_painting_to_refine_lies_where_it_lies_over_the_photo():
    image = new_image(60, 50)
    source = new_layer(image, 40, 30, x=5, y=8)
    painted = new_layer(image, 20, 10, x=10, y=10, alpha=True, seed=4)
    pixels = bytearray(read(painted, "R'G'B'A u8"))
    pixels[3::4] = bytes(255 if i % 2 else 0 for i in range(200))  # every second pixel is hidden
    write(painted, "R'G'B'A u8", bytes(pixels))
    before, result = read(source, "R'G'B' u8"), read(shown("refine", source, refine=painted), "R'G'B' u8")
    for index in range(40 * 30):
        x, y = index % 40 - 5, index // 40 - 2
        over = 0 <= x < 20 and 0 <= y < 10 and (y * 20 + x) % 2
        expected = pixels[(y * 20 + x) * 4:][:3] if over else before[index * 3:][:3]
        check(result[index * 3:][:3] == bytes(expected), f"pixel {index}")
    check(record(paint(source, refine=painted))["refine"]["layer"] == painted.get_name())
    far = new_layer(image, 5, 5, x=500, y=500)
    check("does not touch" in sentence_of(source, refine=far))


@case
def limits_and_snapshots_reach_the_engine():
    image = new_image()
    source = new_layer(image)
    check("memory-limit 3000000000, snapshot-every 0." in recited(source, memory_limit=3000))
    folder = os.path.join(FOLDER, "steps")
    paint(source, engine=echo("--updates", "7"), snapshot_every=3, snapshot_folder=Gio.File.new_for_path(folder))
    check(sorted(os.listdir(folder)) == ["painting-0001.png", "painting-0002.png"])
    snapshot = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(folder + "/painting-0001.png"))
    check(read(snapshot.get_layers()[0], "R'G'B' u8") == read(source, "R'G'B' u8"))
    check("holds snapshots already"
          in sentence_of(source, snapshot_every=3, snapshot_folder=Gio.File.new_for_path(folder)))


@case
def losses_are_a_table_with_a_line_for_each_step():
    path = os.path.join(FOLDER, "losses.tsv")
    paint(new_layer(new_image()), engine=echo("--updates", "30"), losses_file=Gio.File.new_for_path(path))
    with open(path) as table:
        lines = [line.rstrip("\n").split("\t") for line in table]
    check(lines[0] == ["width", "height", "iteration", "content", "style", "tv", "neighbors", "motion", "total"], lines[0])
    check([line[2] for line in lines[1:]] == [str(step) for step in range(1, 30)], lines)
    check(lines[4] == ["48", "40", "4", "0.25", "0.5", "0.125", "0", "0", "0.875"], lines[4])


@case
def what_does_not_fit_together_is_refused_before_the_work():
    image = new_image()
    source = new_layer(image)
    other = new_layer(image)
    nowhere = Gio.File.new_for_path(os.path.join(FOLDER, "no", "where"))
    for words, arguments in {
            "region 3 without a style 3": {"region_3": other},
            "one for each": {"blend": "1,2"},
            "list of numbers": {"blend": "1;2"},
            "argument layer-weights": {"layer_weights": "heavy"},
            "There is no bundled style “monet”": {"style_2": "monet"},
            "is not there: choose another picture": {"style_2": os.path.join(FOLDER, "missing.png")},
            "need a folder": {"snapshot_every": 5},
            "does not exist": {"snapshot_every": 5, "snapshot_folder": nowhere},
            "The folder": {"losses_file": nowhere}}.items():
        sentence = sentence_of(source, engine=echo("--fail", "internal"), **arguments)
        check(words in sentence, f"{arguments}: {sentence}")
    check(len(image.get_layers()) == 2)


finish()
