# SPDX-License-Identifier: GPL-3.0-or-later
"""A style file is whatever GIMP opens: every kind gives the same style, is closed again, and leaves nothing behind."""
import shlex
import struct

from batch import *  # noqa: F403
from batch import Gimp, Gio, os

FOLDER = os.environ["NEURAL_STYLE_TEST_FOLDER"]
ECHO = os.environ["NEURAL_STYLE_TEST_ECHO_ENGINE"]
WIDTH, HEIGHT = 64, 48
# What can be told apart after the way to linear half floats and back.
TOLERANCE = 1


def at(name):
    return os.path.join(FOLDER, name)


def few_colors(seed=1):
    """A picture that GIF holds without loss, as R'G'B' u8."""
    return b"".join(bytes((seed * 40 % 256, 32 * (x // 8), 40 * (y // 8))) for y in range(HEIGHT) for x in range(WIDTH))


def image_of(*pixels):
    """An image with these layers, the first at the bottom."""
    image = new_image(WIDTH, HEIGHT)
    for number, data in enumerate(pixels):
        layer = new_layer(image, name=f"Layer {number}")
        write(layer, "R'G'B' u8", data)
    return image


def exported(image, name, procedure=None, **options):
    """Written by GIMP, with these options of its exporter; the image is closed."""
    file = Gio.File.new_for_path(at(name))
    if procedure:
        procedure = Gimp.get_pdb().lookup_procedure(procedure)
        config = procedure.create_config()
        config.set_property("run-mode", Gimp.RunMode.NONINTERACTIVE)
        config.set_property("image", image)
        config.set_property("file", file)
        for option, value in options.items():
            config.set_property(option.replace("_", "-"), value)
        check(procedure.run(config).index(0) == Gimp.PDBStatusType.SUCCESS, name)
    else:
        check(Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file, None), name)
    image.delete()
    return file.get_path()


def rows(half):
    """The rows of a picture of half the width."""
    length = WIDTH // 2 * 3
    return [half[begin:begin + length] for begin in range(0, len(half), length)]


def halves(picture):
    """The left and the right half of a picture."""
    both = rows(picture)
    return b"".join(both[0::2]), b"".join(both[1::2])


def style_in(path):
    """The style that the engine receives, in the size of the pictures here."""
    image = new_image(WIDTH, HEIGHT)
    try:
        return read(paint(new_layer(image), style_file=path, engine=shlex.join([ECHO, "--show", "style:1"])), "R'G'B' u8")
    finally:
        image.delete()


def style_size(path):
    """Width and height of the style that the engine receives."""
    words = sentence_of(new_layer(new_image()), style_file=path, engine=shlex.join([ECHO, "--recite"]))
    return tuple(int(number) for number in words.split("styles ")[1].split(",")[0].split("x"))


def check_same(style, expected, name):
    check(len(style) == len(expected), name)
    worst = max(abs(a - b) for a, b in zip(style, expected))
    check(worst <= TOLERANCE, f"{name}: differs by {worst}")


@case
def every_kind_that_gimp_opens_gives_the_style_that_a_png_gives():
    picture = few_colors()
    png = style_in(exported(image_of(picture), "style.png"))
    check(png == picture)
    for name in ("style.gif", "style.psd", "style.ppm", "style.tga", "style.bmp", "style.exr", "style.xcf", "style.xcf.gz",
                 "style.ora", "style.sgi", "style.tif"):
        image = image_of(picture)
        if name.endswith("gif"):
            image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 255, False, False, "")
        check_same(style_in(exported(image, name)), png, name)
    webp = exported(image_of(picture), "style.webp", "file-webp-export", lossless=True)
    check_same(style_in(webp), png, webp)


@case
def floats_and_16_bits_give_the_same_style_too():
    picture = few_colors()
    for number, precision in enumerate((Gimp.Precision.U16_NON_LINEAR, Gimp.Precision.HALF_NON_LINEAR,
                                        Gimp.Precision.HALF_LINEAR, Gimp.Precision.FLOAT_NON_LINEAR)):
        # GIMP writes PSD with a profile that does not fit the numbers, and 3.2 believes it: see findings/linear-images-as-psd.sh.
        believed = precision == Gimp.Precision.HALF_LINEAR and Gimp.MINOR_VERSION >= 2
        for ending in ("tif", "xcf") if believed else ("tif", "psd", "xcf"):
            image = image_of(picture)
            image.convert_precision(precision)
            name = f"deep-{number}.{ending}"
            check_same(style_in(exported(image, name)), picture, name)


@case
def a_grey_picture_is_a_style():
    picture = bytes((x * 4) % 256 for y in range(HEIGHT) for x in range(WIDTH))
    with open(at("grey.pgm"), "wb") as file:
        file.write(b"P5 %d %d 255\n" % (WIDTH, HEIGHT) + picture)
    check(style_in(at("grey.pgm")) == bytes(value for grey in picture for value in (grey,) * 3))


@case
def layers_are_merged_as_they_are_seen():
    below, above = few_colors(1), few_colors(2)
    for name in ("layers.xcf", "layers.psd"):
        image = image_of(below)
        right = new_layer(image, WIDTH // 2, HEIGHT, x=WIDTH // 2)
        write(right, "R'G'B' u8", halves(above)[1])
        new_layer(image, seed=5).set_visible(False)
        seen = b"".join(left + right for left, right in zip(*(rows(half) for half in (halves(below)[0], halves(above)[1]))))
        check_same(style_in(exported(image, name)), seen, name)


@case
def of_frames_and_pages_the_first_is_the_style():
    first, second = few_colors(1), few_colors(2)
    image = image_of(first, second)
    image.convert_indexed(Gimp.ConvertDitherType.NONE, Gimp.ConvertPaletteType.GENERATE, 255, False, False, "")
    frames = exported(image, "frames.gif", "file-gif-export", as_animation=True)
    check_same(style_in(frames), first, frames)
    frames = exported(image_of(first, second), "frames.webp", "file-webp-export", lossless=True, animation=True)
    check_same(style_in(frames), first, frames)
    check_same(style_in(exported(image_of(first, second), "pages.tif")), first, "pages.tif")


@case
def a_photo_held_upright_is_an_upright_style():
    jpeg = open(exported(image_of(few_colors()), "flat.jpg"), "rb").read()
    turned = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0"
    with open(at("turned.jpg"), "wb") as file:
        file.write(jpeg[:2] + b"\xff\xe1" + struct.pack(">H", len(turned) + 2) + turned + jpeg[2:])
    check(style_size(at("flat.jpg")) == (WIDTH, HEIGHT))
    check(style_size(at("turned.jpg")) == (HEIGHT, WIDTH), style_size(at("turned.jpg")))


@case
def a_huge_style_is_reduced_while_it_is_read():
    with open(at("huge.pgm"), "wb") as file:
        file.write(b"P5 8000 7000 255\n" + bytes(8000) * 7000)
    width, height = style_size(at("huge.pgm"))
    check(40e6 < width * height <= 50e6 and abs(width / height - 8 / 7) < 0.01, (width, height))


@case
def no_image_stays_open():
    picture = exported(image_of(few_colors()), "style.psd")
    with open(at("broken.psd"), "wb") as file:
        file.write(open(picture, "rb").read()[:200])
    source = new_layer(new_image())
    before = [image.get_id() for image in Gimp.get_images()]
    paint(source, style_file=picture)
    sentence_of(source, style_file=at("broken.psd"))
    check([image.get_id() for image in Gimp.get_images()] == before)


@case
def what_gimp_does_not_open_is_refused_by_its_name():
    source = new_layer(new_image())
    for name, content in (("text.txt", b"no picture" * 9), ("empty.gif", b""), ("cut.tif", b"II*\0"), ("cut.psd", b"8BPS")):
        with open(at(name), "wb") as file:
            file.write(content)
        sentence = sentence_of(source, style_file=at(name))
        check(name in sentence and "choose another" in sentence, sentence)
        check("execution error" not in sentence and "out of range" not in sentence, sentence)


finish()
