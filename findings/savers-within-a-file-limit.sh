#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# GEGL's savers where a file may not become large enough: JPEG ends the process, the others go on as if all were well, one of them without a word.
#
#   findings/savers-within-a-file-limit.sh    needs mmdebstrap and a Debian mirror in apt's configuration
#
# Expected: a saver that runs out of room behaves alike for every kind of file: a warning, and the process decides what to do; the program `gegl` ends with a
# status that is not 0.
# Observed on amd64 with Debian's gegl=1:0.4.62-2+deb13u2, a picture of noise of 200 x 200, and 8 KiB as the limit of file sizes (its signal ignored, so that write()
# fails): gegl:jpg-save ends the whole process with status 1, with libjpeg's last words "Suspension not allowed here"; gegl:png-save,
# tiff-save, webp-save and exr-save warn, and the program ends with status 0 and a file that is cut off at 8192 bytes; gegl:ppm-save leaves such a file without
# a word. libjpeg says so when the destination that it was given answers that it cannot take bytes now, which only makes sense for one that is asked again later.
# Consequence: a program that saves JPEG through GEGL can neither tell its user nor tidy up, so our command line writes JPEG with TurboJPEG. Test: cli command_line,
# test_a_file_that_grows_too_large_leaves_nothing.
set -euo pipefail

gegl=1:0.4.62-2+deb13u2
# shellcheck disable=SC2016 # apt expands these
mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 == "main" && !found { print $3; found = 1 }')
[[ -n $mirror ]] || { echo "apt knows no Debian mirror: run apt-get update." >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/save.sh" <<'SAVE'
cd /root
{ printf 'P6\n200 200\n255\n'; head -c 120000 /dev/urandom; } >noise.ppm
seen=
for kind in jpg png tif webp exr ppm; do
  status=0
  words=$(ulimit -f 8; trap '' XFSZ; gegl noise.ppm -o "saved.$kind" 2>&1) || status=$?
  said=silent
  [[ -z ${words//[[:space:]]/} ]] || said=warned
  echo "$kind: status $status, $said, $(stat -c %s "saved.$kind") bytes: $(tail -n 1 <<<"$words")"
  [[ $kind != jpg || $words == *"Suspension not allowed here"* ]] || said=otherwise
  [[ $(stat -c %s "saved.$kind") == 8192 ]] || said=whole
  seen+="$kind $status $said "
done
[[ $seen == "jpg 1 warned png 0 warned tif 0 warned webp 0 warned exr 0 warned ppm 0 silent " ]] || { echo "This has changed."; exit 1; }
SAVE
# shellcheck disable=SC2016 # mmdebstrap expands it
mmdebstrap --quiet --variant=apt --include="gegl=$gegl" --format=null \
  --customize-hook="copy-in $folder/save.sh /root" --customize-hook='chroot "$1" bash /root/save.sh >&2' \
  trixie - "$mirror"
