# shellcheck shell=bash disable=SC2154 # names shared with the other parts of ./run
# SPDX-License-Identifier: GPL-3.0-or-later
# Paints every photo of a folder with every painting of another and lays them out on one sheet, to judge defaults by eye.
#
# Reads: stage, project. Sets nothing.

sheet_usage="'sheet' needs a folder of photos and a folder of paintings: ./run sheet PHOTOS PAINTINGS [SHEET.jpg [OPTIONS of neural-style paint]]."

paint_sheet() {
  if (($# < 2)) || [[ ! -d $1 || ! -d $2 ]]; then stop "$sheet_usage"; fi
  local photos=("$1"/*.{jpg,jpeg,png,webp}) paintings=("$2"/*.{jpg,jpeg,png,webp}) sheet=${3:-$project/out/sheet.jpg}
  local options=("${@:4}") photo painting name row=() folder
  ((${#photos[@]} > 0 && ${#paintings[@]} > 0)) || stop "There are no pictures in $1 or $2: put JPEG, PNG or WebP files there."
  folder=$(mktemp -d "$project/build/sheet.XXXXXX")
  temporaries+=("$folder")
  mkdir -p "$(dirname "$sheet")"
  row=(null:)
  for painting in "${paintings[@]}"; do row+=("$painting"); done
  for photo in "${photos[@]}"; do
    row+=("$photo")
    for painting in "${paintings[@]}"; do
      name=$folder/${photo##*/}-${painting##*/}.png
      say "${photo##*/} like ${painting##*/}"
      enter "$stage/bin/neural-style" paint "$photo" --style "$painting" --size-limit 512 "${options[@]}" -o "$name" </dev/null
      row+=("$name")
    done
  done
  enter montage "${row[@]}" -tile "$((${#paintings[@]} + 1))x" -geometry 320x264+4+4 -background white -quality 88 "$sheet"
  echo "The sheet is $sheet."
}
