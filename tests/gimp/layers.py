# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the new layer goes, for every kind of layer that can be painted."""
from batch import *  # noqa: F403


@case
def the_new_layer_sits_above_with_size_and_offsets_of_the_source():
    image = new_image()
    new_layer(image, name="Below")
    source = new_layer(image, 30, 20, x=5, y=-7, alpha=True)
    new_layer(image, name="Above")
    painted = paint(source)
    check(painted.get_name() == "Neural Style")
    check(sits_above(painted, source))
    check(offsets(painted) == (5, -7))
    check((painted.get_width(), painted.get_height()) == (30, 20))
    check(painted.has_alpha())
    check(painted.get_visible())
    check(read(painted, "R'G'B'A u8") != bytes(30 * 20 * 4))


finish()
