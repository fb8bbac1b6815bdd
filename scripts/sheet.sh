# shellcheck shell=bash disable=SC2154 # names shared with the other parts of ./run
# SPDX-License-Identifier: GPL-3.0-or-later
# Paints every photo of a folder in the style of every painting of another and lays them out on one sheet, to judge defaults by eye,
# with a table of tests/bench/judge.py's results.
#
# Reads: stage, project. Sets nothing.

sheet_usage="'sheet' needs a folder of photos and a folder of paintings: ./run sheet [--crops] [--judge=NETWORK] PHOTOS PAINTINGS [SHEET.jpg [OPTIONS of neural-style paint]]."
sheet_cell=320x264

# lay_out COLUMNS SHEET PICTURE...
lay_out() { enter montage "${@:3}" -tile "$1x" -geometry "$sheet_cell+4+4" -background white -quality 88 "$2"; }

# crop PICTURE SIZE INTO: the part of a cell at 100 %: the centre of PICTURE at SIZE.
crop() { enter convert "$1" -auto-orient -resize "$2!" -gravity center -crop "$sheet_cell+0+0" +repage "$3" </dev/null; }

paint_sheet() {
  local crops=no judge=$project/data/models/encoder.safetensors
  while [[ ${1:-} == --* ]]; do
    case $1 in
      --crops) crops=yes ;;
      --judge=?*) judge=${1#*=} ;;
      *) stop "$sheet_usage" ;;
    esac
    shift
  done
  if (($# < 2)) || [[ ! -d $1 || ! -d $2 ]]; then stop "$sheet_usage"; fi
  [[ -f $judge ]] || stop "There is no network $judge to judge by: name a feature network, such as data/models/encoder.safetensors."
  local photos=("$1"/*.{jpg,jpeg,png,webp}) paintings=("$2"/*.{jpg,jpeg,png,webp}) sheet=${3:-$project/out/sheet.jpg}
  local options=("${@:4}") photo painting name size row=() crop_row=() works stroke_size=100 number folder
  ((${#photos[@]} > 0 && ${#paintings[@]} > 0)) || stop "There are no pictures in $1 or $2: put JPEG, PNG or WebP files there."
  for number in "${!options[@]}"; do
    case ${options[number]} in
      --stroke-size) stroke_size=${options[number + 1]:-100} ;;
      --stroke-size=*) stroke_size=${options[number]#*=} ;;
    esac
  done
  folder=$(mktemp -d "$project/build/sheet.XXXXXX")
  temporaries+=("$folder")
  works=$folder/works.tsv
  mkdir -p "$(dirname "$sheet")"
  row=(null:)
  for painting in "${paintings[@]}"; do row+=("$painting"); done
  crop_row=("${row[@]}")
  for photo in "${photos[@]}"; do
    row+=("$photo")
    size=
    for painting in "${paintings[@]}"; do
      name=$folder/${photo##*/}-${painting##*/}.png
      say "${photo##*/} like ${painting##*/}"
      enter "$stage/bin/neural-style" paint "$photo" --style "$painting" --size-limit 512 "${options[@]}" -o "$name" </dev/null
      row+=("$name")
      printf '%s\t%s\t%s\n' "$photo" "$painting" "$name" >>"$works"
      [[ $crops == yes ]] || continue
      if [[ -z $size ]]; then
        size=$(enter identify -format '%wx%h' "$name" </dev/null)
        crop "$photo" "$size" "$folder/crop-${photo##*/}.png"
        crop_row+=("$folder/crop-${photo##*/}.png")
      fi
      crop "$name" "$size" "$folder/crop-${name##*/}"
      crop_row+=("$folder/crop-${name##*/}")
    done
  done
  lay_out "$((${#paintings[@]} + 1))" "$sheet" "${row[@]}"
  echo "The sheet is $sheet."
  if [[ $crops == yes ]]; then
    lay_out "$((${#paintings[@]} + 1))" "${sheet%.*}-crops.jpg" "${crop_row[@]}"
    echo "The middles at 100 % are ${sheet%.*}-crops.jpg."
  fi
  enter python3 "$project/tests/bench/judge.py" --network "$judge" --stroke-size "$stroke_size" --list "$works" \
    --table "${sheet%.*}.md" </dev/null >/dev/null
  echo "What the judge says of each is ${sheet%.*}.md."
}
