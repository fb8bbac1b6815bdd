# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside GIMP (gimp_kinds.py): paints a layer of an image while something dies, and compares what is left."""
import hashlib

from batch import *  # noqa: F403
from batch import Gimp, PaintFailed, os, sys, time

STEPS = int(os.environ.get("NEURAL_STYLE_CHAOS_STEPS", "10000"))


def state(image):
    """Every layer with its place, mask and pixels, the selection, and what is seen of all."""
    seen = Gimp.Layer.new_from_visible(image, image, "seen")
    rows = [hashlib.sha256(read(seen, "R'G'B'A u8")).hexdigest(), hashlib.sha256(read(image.get_selection(), "Y u8")).hexdigest()]
    seen.delete()

    def walk(layers):
        for layer in layers:
            mask = layer.get_mask()
            rows.append((layer.get_id(), layer.get_name(), offsets(layer), layer.get_visible(),
                         hashlib.sha256(read(layer, "R'G'B'A u16")).hexdigest(),
                         mask and hashlib.sha256(read(mask, "Y u16")).hexdigest()))
            if layer.is_group():
                walk(layer.get_children())

    walk(image.get_layers())
    return rows


image = new_image(96, 64, precision=Gimp.Precision.U16_NON_LINEAR)
below = new_layer(image, seed=1)
group = Gimp.GroupLayer.new(image, "Group")
image.insert_layer(group, None, 0)
layer = new_layer(image, 70, 50, 5, 9, alpha=True, parent=group, name="Photo", seed=2)
layer.add_mask(layer.create_mask(Gimp.AddMaskType.ALPHA))
image.select_rectangle(Gimp.ChannelOps.REPLACE, 10, 12, 50, 40)
before = state(image)
image.clean_all()
print("painting begins", file=sys.stderr, flush=True)
try:
    painted, happened = paint(layer, quality="draft", precision="float32", iterations=STEPS), "painted"
    image.remove_layer(painted)
except (PaintFailed, TypeError, IndexError) as failed:  # GIMP has no answer to give where the plug-in died
    happened = f"refused ({failed})"
    check(not image.is_dirty(), "a painting that failed is an undo step")
# Until then whoever dies may die again.
print("painting ended", file=sys.stderr, flush=True)
until = time.monotonic() + 60
while not os.path.exists(os.environ["NEURAL_STYLE_CHAOS_GO_ON"]) and time.monotonic() < until:
    time.sleep(0.01)
check(state(image) == before, "the image is another one")
again = paint(layer, quality="draft", precision="float32", iterations=2)
check((again.get_width(), again.get_height()) == (70, 50) and sits_above(again, layer), "the next painting is another one")
print("the image is well:", happened.replace("\n", " "), file=sys.stderr, flush=True)
