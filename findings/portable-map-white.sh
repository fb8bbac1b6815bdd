#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# libvips takes the samples of a portable graymap as they are, whatever the file says is white.
#
#   findings/portable-map-white.sh    needs mmdebstrap, a Debian mirror in apt's configuration, and half a gigabyte for a few minutes
#
# Expected: a sample that equals the maximum in the file's head is white, as the formats' definition has it, and becomes white in a PNG.
# Observed with Debian's libvips-tools=8.16.1-1+deb13u2: only 255 and 65535 do. White of a picture of 10 bits (maximum 1023) becomes 1023 of 65535,
# almost black, and white of one with the maximum 100 becomes 100 of 255; no warning is given, nor does the copy's PNG say so. Netpbm's own converter makes
# all of them white. Consequence: reader/pnm_head.cpp reads the maximum, and reader/library_picture.cpp divides by it.
set -euo pipefail

version=8.16.1-1+deb13u2
# shellcheck disable=SC2016 # apt expands these
mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 == "main" && !found { print $3; found = 1 }')
[[ -n $mirror ]] || { echo "apt knows no Debian mirror: run apt-get update." >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/white.sh" <<'END'
set -eu
cd "$(mktemp -d)"
# Two pixels, black and white.
printf 'P5\n2 1\n255\n\0\377' >255.pgm
printf 'P5\n2 1\n100\n\0\144' >100.pgm
printf 'P5\n2 1\n65535\n\0\0\377\377' >65535.pgm
printf 'P5\n2 1\n1023\n\0\0\3\377' >1023.pgm
said=
for most in 255 100 65535 1023; do
  vips copy $most.pgm $most.png
  pnmtopng $most.pgm >$most.netpbm.png 2>/dev/null
  # pnmtopng chooses the smallest depth that keeps the two values, so only the share of white counts.
  theirs=$(pngtopnm $most.netpbm.png | pamdepth 255 2>/dev/null | pamtopnm -plain | tail -n 1 | awk '{ print $NF }')
  said="$said $most:$(vips getpoint $most.png 1 0 | tr -d ' '):$theirs"
done
echo "maximum:white by libvips:white by Netpbm, of 255:$said"
[ "$said" = " 255:255:255 100:100:255 65535:65535:255 1023:1023:255" ] || { echo "This has changed."; exit 1; }
END
# shellcheck disable=SC2016 # mmdebstrap expands it
mmdebstrap --quiet --variant=apt --include="libvips-tools=$version,netpbm" --format=null \
  --customize-hook="copy-in $folder/white.sh /root" --customize-hook='chroot "$1" sh /root/white.sh >&2' \
  trixie - "$mirror"
