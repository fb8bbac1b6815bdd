#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# GIMP's XCF files round the numbers of layer effects to single precision.
#
#   findings/effect-numbers-in-xcf.sh    needs mmdebstrap, a Debian mirror in apt's configuration, and a gigabyte for a few minutes
#
# Expected: numbers of a GEGL operation are doubles, so those of an effect are the same after its file was saved and opened, as they are in a copy of
# the image.
# Observed with Debian's gimp=3.0.4-3+deb13u11 and GIMP's own effect gegl:gaussian-blur: 0.8 comes back as 0.800000011920929 and 1234.5678901 as
# 1234.56787109375, the nearest float32 in both cases, and the opacity 0.7 as 0.699999988079071; `gimp_image_duplicate` keeps all bits. So an effect that looks
# for what it computed before, by its numbers, computes it again in a file that was opened, and whatever depends on the last bits differs. Consequence: gegl/
# rounds its operation's numbers to four decimal places before it uses them; tests/gimp/layer_effect.py compares the painting before and after.
set -euo pipefail

version=3.0.4-3+deb13u11
# shellcheck disable=SC2016 # apt expands these
mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 == "main" && !found { print $3; found = 1 }')
[[ -n $mirror ]] || { echo "apt knows no Debian mirror: run apt-get update." >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/numbers.py" <<'END'
from gi.repository import Gimp, Gio

WANTED = (0.8, 1234.5678901, 0.7)

image = Gimp.Image.new(64, 64, Gimp.ImageBaseType.RGB)
layer = Gimp.Layer.new(image, "layer", 64, 64, Gimp.ImageType.RGB_IMAGE, 100, Gimp.LayerMode.NORMAL)
image.insert_layer(layer, None, 0)
effect = Gimp.DrawableFilter.new(layer, "gegl:gaussian-blur", "blur")
effect.get_config().set_property("std-dev-x", WANTED[0])
effect.get_config().set_property("std-dev-y", WANTED[1])
effect.set_opacity(WANTED[2])
effect.update()
layer.append_filter(effect)
file = Gio.File.new_for_path("/root/numbers.xcf")
Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, file, None)


def numbers(picture):
    (found,) = picture.get_layers()[0].get_filters()
    config = found.get_config()
    return config.get_property("std-dev-x"), config.get_property("std-dev-y"), found.get_opacity()


with open("/root/seen", "w", encoding="ascii") as seen:
    for name, picture in (("as set", image), ("copied", image.duplicate()), ("saved and opened", Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, file))):
        print(f"{name}:", *numbers(picture), file=seen)
END
cat >"$folder/numbers.sh" <<'END'
set -eu
cd /root
export HOME=/root
gimp-console-3.0 --no-data --no-interface --quit --batch-interpreter python-fu-eval --batch 'exec(open("/root/numbers.py").read())' >log 2>&1 || true
[ -s seen ] || { cat log; exit 1; }
gimp-console-3.0 --version
cat seen
cat >expected <<'LINES'
as set: 0.8 1234.5678901 0.7
copied: 0.8 1234.5678901 0.7
saved and opened: 0.800000011920929 1234.56787109375 0.699999988079071
LINES
cmp -s seen expected || { echo "This has changed."; exit 1; }
END
# shellcheck disable=SC2016 # mmdebstrap expands it
mmdebstrap --quiet --variant=apt --include="gimp=$version,gir1.2-gimp-3.0=$version,python3-gi" --format=null \
  --customize-hook="copy-in $folder/numbers.py $folder/numbers.sh /root" --customize-hook='chroot "$1" sh /root/numbers.sh >&2' \
  trixie - "$mirror"
