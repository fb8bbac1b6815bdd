# SPDX-License-Identifier: GPL-3.0-or-later
"""Numbers of a painting that need no network: pictures are [height, width, 3] arrays of R'G'B', 0..1.

    painting = picture("painting.png")
    style = picture("style.jpg", laid_out_size(size("style.jpg"), painting.shape[1::-1]))
    paint_numbers(painting, style)["directional"]   # 1: no direction is preferred; a mesh along the axes has 2 and more
"""
import subprocess

import numpy

LUMA = numpy.array([0.2126, 0.7152, 0.0722])  # ITU-R BT.709-6, item 3.2
BLOCK = 64  # side in pixels; blocks overlap by half
FINEST = (0.25, 0.5)  # cycles per pixel: the highest octave that pixels can represent
AXIS = 15  # degrees to either side of an axis
ROUNDING = 1 / 255 ** 2 / 12  # variance added by rounding to eight bits
RING, INSIDE = 8, 24  # pixels from the border

# Björn Ottosson, "A perceptual color space for image processing" (2020): linear sRGB to cone answers, these to OKLab.
CONES = numpy.array([[0.4122214708, 0.5363325363, 0.0514459929],
                     [0.2119034982, 0.6806995451, 0.1073969566],
                     [0.0883024619, 0.2817188376, 0.6299787005]])
OKLAB = numpy.array([[0.2104542553, 0.7936177850, -0.0040720468],
                     [1.9779984951, -2.4285922050, 0.4505937099],
                     [0.0259040371, 0.7827717662, -0.8086757660]])


# ---- files

def size(file):
    """(width, height)"""
    text = subprocess.run(["convert", f"{file}[0]", "-auto-orient", "-format", "%w %h", "info:"], check=True, capture_output=True,
                          text=True).stdout
    return tuple(map(int, text.split()))


def picture(file, size_=None):
    """Read by ImageMagick, on white, and scaled to (width, height) if given, like in the engine by Catmull and Rom's
    cubic."""
    width, height = size_ or size(file)
    scaled = [] if size_ is None else ["-filter", "Catrom", "-resize", f"{width}x{height}!"]
    raw = subprocess.run(["convert", f"{file}[0]", "-auto-orient", "-background", "white", "-alpha", "remove", "-colorspace", "sRGB",
                          *scaled, "-depth", "16", "-endian", "LSB", "rgb:-"], check=True, capture_output=True).stdout
    return numpy.frombuffer(raw, "<u2").reshape(height, width, 3) / 65535


def laid_out_size(style_size, painting_size, stroke_size=100):
    """(width, height) of a style beside a painting: never larger than the painting's side, the square root of its area, times
    `stroke_size` percent; never enlarged by less strokes. As style_size() of engine/pictures/style_parts.cpp."""
    side, style_side = ((width * height) ** 0.5 for width, height in (painting_size, style_size))
    factor = stroke_size / 100 * min(side / style_side, 1)
    return tuple(max(1, round(length * factor)) for length in style_size)


# ---- planes

def luma(colors):
    """Weighted R'G'B', 0..1."""
    return colors @ LUMA


def oklab(colors):
    linear = numpy.where(colors <= 0.04045, colors / 12.92, ((colors + 0.055) / 1.055) ** 2.4)  # IEC 61966-2-1
    return numpy.cbrt(linear @ CONES.T) @ OKLAB.T


# ---- directions

def spectrum(plane):
    """Powers of blocks under a Hann window, divided by the window's energy, so that white noise of variance v has v everywhere: [blocks,
    BLOCK, BLOCK]. Blocks overlap by half. A plane narrower than a block is one block."""
    block = min(BLOCK, *plane.shape)
    window = numpy.hanning(block + 2)[1:-1]
    window = numpy.outer(window, window)
    tops, lefts = (range(0, length - block + 1, max(1, block // 2)) for length in plane.shape)
    blocks = numpy.stack([plane[top:top + block, left:left + block] for top in tops for left in lefts])
    blocks = blocks - blocks.mean((1, 2), keepdims=True)
    return numpy.abs(numpy.fft.fft2(blocks * window)) ** 2 / (window ** 2).sum()


def directions(plane):
    """For each block: mean power of the finest octave within AXIS degrees of the horizontal or vertical direction, and in all other
    directions. Means over frequencies are energies per unit of spectral area."""
    powers = spectrum(plane)
    frequencies = numpy.fft.fftfreq(powers.shape[1])
    down, across = numpy.meshgrid(frequencies, frequencies, indexing="ij")
    radius = numpy.hypot(down, across)
    octave = (radius >= FINEST[0]) & (radius <= FINEST[1])
    angle = numpy.degrees(numpy.arctan2(numpy.minimum(abs(down), abs(across)), numpy.maximum(abs(down), abs(across))))
    along, others = octave & (angle <= AXIS), octave & (angle > AXIS)
    return powers[:, along].mean(1), powers[:, others].mean(1)


def directional_energy(plane, quietest=1):
    """(A + n) / (O + n), with A and O the finest octave's energy per spectral area along the axes and elsewhere, summed over blocks, and n
    the contribution of rounding to eight bits. White noise has 1, whatever its strength; a mesh along the axes has several.
    With `quietest` below 1 only that share of the blocks counts, those with the least energy."""
    along, others = directions(plane)
    still = numpy.argsort(along + others, kind="stable")[:max(1, round(quietest * len(along)))]
    return float((along[still].mean() + ROUNDING) / (others[still].mean() + ROUNDING))


# ---- colours

def halved(planes):
    """Means of 2 x 2 pixels."""
    height, width = (length // 2 * 2 for length in planes.shape[:2])
    planes = planes[:height, :width]
    return (planes[::2, ::2] + planes[1::2, ::2] + planes[::2, 1::2] + planes[1::2, 1::2]) / 4


def doubled(planes):
    """Bilinear at pixel centres: three quarters of the nearest pixel, one quarter of the next."""
    for axis in (0, 1):
        length = planes.shape[axis]
        before, after = (planes.take(numpy.clip(numpy.arange(length) + step, 0, length - 1), axis) for step in (-1, 1))
        planes = numpy.stack([(3 * planes + before) / 4, (3 * planes + after) / 4], axis + 1)
        planes = planes.reshape(*planes.shape[:axis], 2 * length, *planes.shape[axis + 2:])
    return planes


def finest_chroma(colors):
    """sqrt(mean((a - a')^2 + (b - b')^2)) of OKLab's a and b, where a' and b' are a and b halved and doubled again: how
    much colour changes from pixel to pixel. A JPEG with half the resolution for colours has little until it is scaled down."""
    planes = oklab(colors)[..., 1:]
    coarse = doubled(halved(planes))
    rest = planes[:coarse.shape[0], :coarse.shape[1]] - coarse
    return float((rest ** 2).sum(2).mean() ** 0.5)


def saturation(colors):
    """Mean of OKLab's C = sqrt(a^2 + b^2)."""
    return float(numpy.hypot(*oklab(colors)[..., 1:].transpose(2, 0, 1)).mean())


def contrast(colors):
    """Standard deviation of luma."""
    return float(luma(colors).std())


# ---- border

def gradient_energy(plane):
    """Squared differences to the next pixel across and down, [height - 1, width - 1]."""
    return (plane[:-1, 1:] - plane[:-1, :-1]) ** 2 + (plane[1:, :-1] - plane[:-1, :-1]) ** 2


def rings(plane):
    """Values up to RING pixels from the border, and those from there up to INSIDE pixels."""
    distances = (numpy.minimum(numpy.arange(length), numpy.arange(length)[::-1]) for length in plane.shape)
    distance = numpy.minimum(*numpy.meshgrid(*distances, indexing="ij"))
    return plane[distance < RING], plane[(distance >= RING) & (distance < INSIDE)]


def border(plane):
    """The outer ring against the next one; rounding's noise n is added so that flat borders are comparable:

        energy   (mean of gradient_energy there + 4 n) / (the same inside + 4 n)
        spread   sqrt((variance there + n) / (variance inside + n))
        shift    |mean there - mean inside| / sqrt(variance inside + n)
    """
    outer, inner = rings(gradient_energy(plane))
    energy = (outer.mean() + 4 * ROUNDING) / (inner.mean() + 4 * ROUNDING)
    outer, inner = rings(plane)
    deviation = (inner.var() + ROUNDING) ** 0.5
    return {"energy": float(energy), "spread": float((outer.var() + ROUNDING) ** 0.5 / deviation),
            "shift": float(abs(outer.mean() - inner.mean()) / deviation)}


# ---- all of them

def ratio(value, reference):
    return value / max(reference, 1e-9)


def paint_numbers(painting, style):
    """`style` in its size beside the painting. Names that end in -ratio: 1 if the painting equals the style."""
    plane = luma(painting)
    ring = border(plane)
    return {"directional": directional_energy(plane), "directional-quiet": directional_energy(plane, quietest=0.25),
            "chroma": finest_chroma(painting), "chroma-ratio": ratio(finest_chroma(painting), finest_chroma(style)),
            "contrast-ratio": ratio(contrast(painting), contrast(style)),
            "saturation-ratio": ratio(saturation(painting), saturation(style)),
            "border-energy": ring["energy"], "border-spread": ring["spread"], "border-shift": ring["shift"]}
