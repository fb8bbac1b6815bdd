#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# An image of linear precision, exported as PSD by GIMP: the numbers have sRGB's curve, and the profile beside them says that they have none.
#
#   findings/linear-images-as-psd.sh    needs mmdebstrap and a Debian mirror in apt's configuration
#
# Expected: what an export writes and the profile that it embeds belong together, so that whoever follows the profile sees the same picture: linear numbers with the
# linear profile, or numbers with a curve and none; and that opening the file again shows whether they do.
# Observed on amd64 with Debian's gimp=3.0.4-3+deb13u11: four pixels of sRGB 10, 100, 200 and 250 in an image of 16 bits, linear light, become 2571, 25701, 51400 and
# 64250 of 65535 in the PSD, which are sRGB's numbers, and the profile in the file is "GIMP built-in Linear sRGB". A TIFF of the same
# image has the same numbers, and a profile with a curve. GIMP 3.0 opens its own PSD as if nothing were wrong. GIMP 3.2.6 writes the same file and follows the profile when it opens it: 56, 168, 229 and 253, a picture in a fog.
# Consequence: a painting used as a style, or a photo, that was exported this way is lighter in every program that believes profiles, ours among them; nothing in the
# file tells it from one that is meant so. tests/gimp/style_files.py compares such styles as TIFF and XCF, and as PSD only with GIMP 3.0.
set -euo pipefail

version=3.0.4-3+deb13u11
# shellcheck disable=SC2016 # apt expands these
mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 == "main" && !found { print $3; found = 1 }')
[[ -n $mirror ]] || { echo "apt knows no Debian mirror: run apt-get update." >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/export.py" <<'END'
from gi.repository import Gegl, Gimp, Gio

Gegl.init(None)
image = Gimp.Image.new(4, 1, Gimp.ImageBaseType.RGB)
layer = Gimp.Layer.new(image, "layer", 4, 1, Gimp.ImageType.RGB_IMAGE, 100, Gimp.LayerMode.NORMAL)
image.insert_layer(layer, None, 0)
buffer = layer.get_buffer()
buffer.set(Gegl.Rectangle.new(0, 0, 4, 1), "R'G'B' u8", bytes(value for value in (10, 100, 200, 250) for channel in range(3)))
buffer.flush()
image.convert_precision(Gimp.Precision.U16_LINEAR)
for ending in ("psd", "tif"):
    file = Gio.File.new_for_path(f"/root/linear.{ending}")
    Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file, None)
    opened = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file)
    profile = opened.get_color_profile() or opened.get_effective_color_profile()
    with open("/root/profiles", "a", encoding="utf-8") as told:
        print(f"{ending}: the profile is {'linear' if profile.is_linear() else 'not linear'}", file=told)
END
cat >"$folder/numbers.py" <<'END'
import struct


def in_psd(data):  # channels one after the other, each row packed by PackBits
    channels, height = struct.unpack(">HI", data[12:18])
    place = 26
    for section in range(3):
        place += 4 + struct.unpack(">I", data[place:place + 4])[0]
    packing, = struct.unpack(">H", data[place:place + 2])
    place += 2
    if packing == 0:
        return struct.unpack(">4H", data[place:place + 8])
    place, row = place + 2 * channels * height, b""
    while len(row) < 8:
        count = data[place]
        if count < 128:
            row += data[place + 1:place + 2 + count]
            place += 2 + count
        else:
            row += data[place + 1:place + 2] * (257 - count if count > 128 else 0)
            place += 2 if count > 128 else 1
    return struct.unpack(">4H", row[:8])


def in_tiff(data):  # one strip of pixels that are not packed
    order = "<" if data[:2] == b"II" else ">"
    first, = struct.unpack(order + "I", data[4:8])
    entries, = struct.unpack(order + "H", data[first:first + 2])
    for i in range(entries):
        entry = data[first + 2 + 12 * i:first + 14 + 12 * i]
        tag, kind = struct.unpack(order + "HH", entry[:4])
        if tag == 273:
            begin, = struct.unpack(order + ("I" if kind == 4 else "H"), entry[8:12 if kind == 4 else 10])
    return struct.unpack(order + "12H", data[begin:begin + 24])[::3]


print(open("/root/profiles", encoding="utf-8").read(), end="")
print("psd:", *in_psd(open("/root/linear.psd", "rb").read()))
print("tif:", *in_tiff(open("/root/linear.tif", "rb").read()))
END
cat >"$folder/run.sh" <<'END'
set -eu
cd /root
export HOME=/root
gimp-console-3.0 --no-data --no-interface --quit --batch-interpreter python-fu-eval --batch 'exec(open("/root/export.py").read())' >log 2>&1 || true
[ -s profiles ] || { cat log; exit 1; }
gimp-console-3.0 --version
python3 numbers.py | tee seen
cat >expected <<'LINES'
psd: the profile is linear
tif: the profile is not linear
psd: 2571 25701 51400 64250
tif: 2571 25701 51400 64250
LINES
cmp -s seen expected || { echo "This has changed."; exit 1; }
END
# shellcheck disable=SC2016 # mmdebstrap expands it
mmdebstrap --quiet --variant=apt --include="gimp=$version,gir1.2-gimp-3.0=$version,python3-gi" --format=null \
  --customize-hook="copy-in $folder/export.py $folder/numbers.py $folder/run.sh /root" --customize-hook='chroot "$1" sh /root/run.sh >&2' \
  trixie - "$mirror"
