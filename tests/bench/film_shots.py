# SPDX-License-Identifier: GPL-3.0-or-later
"""Shots made of a photo, whose motion is known to the pixel, and what a film does between their frames.

    shot = Shot(photo, "pan")
    frames = [shot.frame(n) for n in range(12)]     # [height, width, 3], 0..1
    warping_error(frames, shot)                     # of Lai et al. 2018
"""
import numpy

SIZE = (640, 360)
# What the camera does from frame to frame: pixels across and down, factor, radians; pixels that an object in front goes.
SHOTS = {"pan": ((2.3, -0.7), 1, 0, 0), "zoom": ((0, 0), 1.01, 0, 0), "rotation": ((0, 0), 1, 0.008, 0),
         "object": ((0.6, 0), 1, 0, 6.5)}


def sampled(picture, x, y):
    """Bilinear, beyond the border the border."""
    height, width = picture.shape[:2]
    x, y = numpy.clip(x, 0, width - 1.001), numpy.clip(y, 0, height - 1.001)
    left, top = x.astype(int), y.astype(int)
    u, v = (x - left)[..., None], (y - top)[..., None]
    return ((1 - v) * ((1 - u) * picture[top, left] + u * picture[top, left + 1])
            + v * ((1 - u) * picture[top + 1, left] + u * picture[top + 1, left + 1]))


class Shot:
    def __init__(self, photo, name, size=SIZE):
        self.photo, (self.width, self.height) = photo, size
        self.pan, self.zoom, self.turn, self.object = SHOTS[name]
        self.y, self.x = numpy.mgrid[0:self.height, 0:self.width].astype(float)

    def camera(self, number):
        """Matrix and offset from the frame, around its centre, to the photo."""
        cos, sin, factor = numpy.cos(self.turn * number), numpy.sin(self.turn * number), self.zoom ** -number
        center = numpy.array([self.photo.shape[1], self.photo.shape[0]]) / 2
        return factor * numpy.array([[cos, -sin], [sin, cos]]), center + numpy.array(self.pan) * number

    def middle(self, number):
        return 0.2 * self.width + self.object * number, self.height / 2

    def in_object(self, number, x, y):
        left, top = self.middle(number)
        return (numpy.hypot(x - left, y - top) < self.height / 5) if self.object else numpy.zeros(x.shape, bool)

    def frame(self, number):
        matrix, offset = self.camera(number)
        around = numpy.stack([self.x - self.width / 2, self.y - self.height / 2], -1) @ matrix.T + offset
        inside = self.in_object(number, self.x, self.y)
        left, top = self.middle(number)
        around[inside] = (numpy.stack([self.x - left, self.y - top], -1) + 200)[inside]
        return numpy.round(sampled(self.photo, around[..., 0], around[..., 1]) * 255) / 255

    def before(self, number):
        """Where the frame before showed what this one shows, and whether it did."""
        matrix, offset = self.camera(number)
        earlier, earlier_offset = self.camera(number - 1)
        around = numpy.stack([self.x - self.width / 2, self.y - self.height / 2], -1) @ matrix.T + offset - earlier_offset
        there = around @ numpy.linalg.inv(earlier).T + numpy.array([self.width / 2, self.height / 2])
        inside = self.in_object(number, self.x, self.y)
        there[inside] = numpy.stack([self.x - self.object, self.y], -1)[inside]
        x, y = there[..., 0], there[..., 1]
        seen = ((x >= 0) & (x <= self.width - 1) & (y >= 0) & (y <= self.height - 1)
                & (self.in_object(number - 1, x, y) == inside))
        return x, y, seen


def warping_error(frames, shot):
    """Mean squared difference of each frame and the one before, moved by the exact flow, where both are seen: E_warp of Lai, Huang, Wang,
    Shechtman, Yumer, Yang 2018, "Learning blind video temporal consistency", equation 6, averaged over frames; of 0..1."""
    errors = []
    for number in range(1, len(frames)):
        x, y, seen = shot.before(number)
        errors.append(numpy.square(frames[number] - sampled(frames[number - 1], x, y))[seen].mean())
    return float(numpy.mean(errors))
