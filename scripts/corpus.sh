#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Collects the training photos of the networks from Debian packages, scaled to 768 pixels at most:
#
#   scripts/corpus.sh FOLDER        about 570 MB to download; the photos end up in FOLDER/photos
#
# Needs apt-get with package lists (apt-get update), dpkg-deb and ImageMagick. Existing files are not made again.
set -euo pipefail

if [ $# -ne 1 ]; then
    echo "Usage: scripts/corpus.sh FOLDER" >&2
    exit 2
fi

# Wallpapers, samples, puzzles: photos of landscapes, plants, animals, people, rooms; and painted pictures.
packages=(
    breeze-wallpaper budgie-backgrounds grub2-splashimages jigzo-data lomiri-wallpapers-16.04 lomiri-wallpapers-20.04
    mate-backgrounds opencv-doc palapeli-data phosh-wallpapers plasma-workspace-wallpapers python3-skimage
    tuxpaint-stamps-default ukui-wallpapers wesnoth-1.18-data)

mkdir -p "$1/packages" "$1/files" "$1/photos"
folder=$(cd "$1" && pwd)

cd "$folder/packages"
for package in "${packages[@]}"; do
    compgen -G "${package}_*.deb" > /dev/null || apt-get -q download "$package"
    [ -e "$folder/files/$package" ] || {
        rm -rf "$folder/files/$package.part"
        dpkg-deb -x "${package}"_*.deb "$folder/files/$package.part"
        mv "$folder/files/$package.part" "$folder/files/$package"
    }
done

# One file per picture: wallpapers come in many sizes, named by size in a folder named after the picture, and
# OpenCV's samples have each chessboard thirteen times. Pictures narrower than 320 pixels are icons and
# diagrams.
cd "$folder/files"
find . -type f \( -iname '*.jpg' -o -iname '*.jpeg' -o -iname '*.png' -o -iname '*.webp' \) \
    ! -ipath '*thumb*' ! -ipath '*screenshot*' ! -ipath '*icons*' ! -ipath '*/html/*' \
    ! -ipath '*portrait*' ! -ipath '*chessboard*' ! -name 'left[0-9]*' ! -name 'right[0-9]*' -size +24k -printf '%s %p\n' | sort -k2 |
    while read -r size path; do
        case $path in
            */contents/images*/*) key=${path%/contents/*}-$(basename "$(dirname "$path")") ;;
            *) key=${path%.*} ;;
        esac
        printf '%s\t%s\t%s\n' "$key" "$size" "$path"
    done | sort -t $'\t' -k1,1 -k2,2nr | awk -F '\t' '!seen[$1]++ { print $3 }' |
    while read -r path; do
        name=$(printf '%s' "${path#./}" | sed -e 's|/usr/share/||' -e 's|[^A-Za-z0-9.]|-|g')
        target="$folder/photos/${name%.*}.jpg"
        [ -e "$target" ] && continue
        read -r width height < <(identify -format '%w %h\n' "${path}[0]" 2> /dev/null || echo 0 0)
        if [ "$width" -lt 320 ] || [ "$height" -lt 240 ]; then continue; fi
        convert "${path}[0]" -auto-orient -resize '768x768>' -background white -flatten -colorspace sRGB -strip -quality 95 \
            "$target.part.jpg" || { rm -f "$target.part.jpg"; continue; }
        mv "$target.part.jpg" "$target"
    done
echo "$(find "$folder/photos" -name '*.jpg' | wc -l) photos in $folder/photos"
