# SPDX-License-Identifier: GPL-3.0-or-later
"""What cannot be painted is refused with a sentence that says what to do, and the image does not change."""
from batch import *  # noqa: F403
from batch import Gegl, Gimp, os

FOLDER = os.environ["NEURAL_STYLE_TEST_FOLDER"]
ECHO = os.environ["NEURAL_STYLE_TEST_ECHO_ENGINE"]


def picture(name, content):
    path = os.path.join(FOLDER, name)
    with open(path, "wb") as file:
        file.write(content)
    return path


def refused(words, drawables, **arguments):
    """Checks the sentence, and that no layer was added."""
    image = (drawables[0] if isinstance(drawables, list) else drawables).get_image()
    before = len(image.get_layers())
    sentence = sentence_of(drawables, **arguments)
    check(words in sentence, sentence)
    check(len(image.get_layers()) == before)


@case
def an_indexed_image_is_refused():
    image = new_image()
    source = new_layer(image)
    image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 8, False, False, "")
    refused("Image > Mode > RGB", source)


@case
def a_layer_mask_is_refused():
    image = new_image()
    source = new_layer(image)
    mask = source.create_mask(Gimp.AddMaskType.WHITE)
    source.add_mask(mask)
    refused("click the layer itself", mask, image=image)


@case
def a_channel_is_refused():
    image = new_image()
    new_layer(image)
    channel = Gimp.Channel.new(image, "Channel", 48, 40, 50.0, Gegl.Color.new("red"))
    image.insert_channel(channel, None, 0)
    refused("A channel cannot be painted", channel, image=image)


@case
def a_floating_selection_is_refused():
    image = new_image()
    source = new_layer(image)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 5, 5, 10, 10)
    floating = Gimp.Selection.float(image, [source], 0, 0)
    refused("anchor it", floating)


@case
def one_that_cannot_be_painted_among_several_layers_leaves_all_as_they_are():
    image = new_image()
    source = new_layer(image)
    mask = source.create_mask(Gimp.AddMaskType.WHITE)
    source.add_mask(mask)
    refused("click the layer itself", [new_layer(image), mask], image=image)


@case
def a_locked_layer_is_not_replaced_but_painted():
    source = new_layer(new_image())
    source.set_lock_content(True)
    refused("pixels are locked", source, output="replace")
    check(paint(source).get_name() == "Neural Style")


@case
def a_layer_that_was_not_painted_is_not_repainted():
    refused("was not painted by Neural Style", new_layer(new_image()), procedure="plug-in-neural-style-repaint")


@case
def an_original_that_is_gone_is_not_repainted():
    image = new_image()
    source = new_layer(image)
    painted = paint(source)
    image.remove_layer(source)
    refused("that this one was painted from is gone", painted, procedure="plug-in-neural-style-repaint")


@case
def no_layer_is_refused():
    check("There is no layer" in sentence_of([], image=new_image()))


@case
def a_selection_beside_the_layer_is_refused():
    image = new_image(100, 100)
    source = new_layer(image, 20, 20)
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 50, 50, 20, 20)
    refused("The selection does not touch the layer", source)


@case
def an_unknown_style_is_refused_and_the_known_ones_are_named():
    source = new_layer(new_image())
    refused("There is no bundled style “stary-night”: choose one of starry-night, waves", source, style="stary-night")


@case
def an_unknown_preset_is_refused_and_the_known_ones_are_named():
    refused("There is no preset “postr”: choose one of subtle, painterly", new_layer(new_image()), preset="postr")


@case
def a_missing_style_file_is_refused():
    # GIMP 3.0 refuses it before calling the plug-in, and names the argument.
    sentence = sentence_of(new_layer(new_image()), style_file="/nowhere/at/all.png")
    check("check the name of the picture" in sentence or "style-file" in sentence, sentence)


@case
def a_style_file_that_is_no_picture_is_refused():
    source = new_layer(new_image())
    for name, content in (("empty.png", b""), ("text.jpg", b"This is no picture."), ("cut.png", b"\x89PNG\r\n\x1a\n")):
        refused(f"GIMP cannot open “{name}”", source, style_file=picture(name, content))


@case
def an_engine_that_is_not_there_is_refused():
    source = new_layer(new_image())
    refused("could not be started", source, engine="/nowhere/neural-style-engine")


@case
def a_command_line_with_a_lost_quotation_mark_is_refused():
    refused("quotation marks", new_layer(new_image()), engine="ssh 'workshop")


@case
def an_engine_that_misbehaves_gets_a_sentence():
    source = new_layer(new_image())
    for options, words in (("--other-version", "another version"), ("--rubbish", "does not speak its language"),
                           ("--rubbish-after 2", "does not speak its language"), ("--die-after 3", "went away"),
                           ("--fail out-of-memory", "Memory ran out"), ("--fail bad-weights", "network file"),
                           ("--fail over-limit", "needs more memory than there is")):
        refused(words, source, engine=f"{ECHO} {options}")


@case
def a_program_that_is_no_engine_gets_a_sentence():
    refused("ended before it was ready", new_layer(new_image()), engine="/bin/true")


@case
def the_next_painting_after_a_refusal_succeeds():
    source = new_layer(new_image())
    refused("went away", source, engine=f"{ECHO} --die-after 1")
    paint(source)


finish()
