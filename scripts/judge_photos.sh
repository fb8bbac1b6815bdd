#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Collects photos and paintings from Debian packages to judge changes by; few of them are used for training:
#
#   scripts/judge_photos.sh FOLDER        about 160 MB to download
#   ./run sheet FOLDER/photos FOLDER/paintings
#
# FOLDER/photos has pictures of up to 1280 pixels, FOLDER/large some of them with 6 megapixels, FOLDER/paintings public-domain
# paintings that are not bundled. For judging only: not every photo's licence allows including it in the repository.
#
# Needs apt-get with package lists (apt-get update), dpkg-deb, Python, ImageMagick, and FFmpeg for a frame of a film. A package that
# this Debian lacks is reported and skipped with its pictures; APT_CONFIG can name another Debian's lists. Existing files are not made
# again.
set -euo pipefail

if [ $# -ne 1 ]; then
    echo "Usage: scripts/judge_photos.sh FOLDER" >&2
    exit 2
fi

mkdir -p "$1/packages" "$1/files" "$1/photos" "$1/large" "$1/paintings"
folder=$(cd "$1" && pwd)

fetch() { # PACKAGE
    [ ! -e "$folder/files/$1" ] || return 0
    (cd "$folder/packages" && { compgen -G "${1}_*.deb" || apt-get -q download "$1"; }) > /dev/null || {
        echo "There is no package $1: its pictures are left out." >&2
        return 0
    }
    rm -rf "$folder/files/$1.part"
    dpkg-deb -x "$folder/packages/$1"_*.deb "$folder/files/$1.part"
    mv "$folder/files/$1.part" "$folder/files/$1"
}

# take TARGET SOURCE [OPTION of convert...]
take() {
    local target=$folder/$1 source=$folder/files/$2
    [ ! -e "$target" ] && [ -e "$source" ] || return 0
    convert "${source}[0]" -auto-orient -background white -alpha remove "${@:3}" -colorspace sRGB -strip -quality 95 "$target.part.jpg"
    mv "$target.part.jpg" "$target"
}

for package in budgie-backgrounds gcompris-qt-data opencv-doc python3-skimage wordpress-theme-twentytwentyfive wordpress-theme-twentytwentyone; do
    fetch "$package"
done

budgie='budgie-backgrounds/usr/share/backgrounds/budgie'
opencv='opencv-doc/usr/share/doc/opencv-doc/examples'
skimage=python3-skimage/usr/lib/python3/dist-packages/skimage/data
themes=usr/share/wordpress/wp-content/themes

# name, file
while read -r name file; do
    take "photos/$name.jpg" "$file" -resize '1280x1280>'
done << END
animal $budgie/oakland-zoo-otters.jpg
architecture $budgie/roman-colosseum.jpg
face $skimage/astronaut.png
face-closeup wordpress-theme-twentytwentyfive/$themes/twentytwentyfive/assets/images/hero-podcast.webp
night $budgie/singaporean-cityscape.jpg
sky $budgie/extreme-desert-hike.jpg
text $opencv/text/scenetext01.jpg
END
take large/animal.jpg $budgie/oakland-zoo-otters.jpg -resize '6000000@>'
take large/architecture.jpg $budgie/roman-colosseum.jpg -resize '6000000@>'
take large/night.jpg $budgie/singaporean-cityscape.jpg -resize '6000000@>'

film=$folder/files/$opencv/data/vtest.avi # people on a square
if [ ! -e "$folder/files/people.png" ] && [ -e "$film" ]; then
    ffmpeg -v error -ss 20 -i "$film" -frames:v 1 "$folder/files/people.png" ||
        echo "FFmpeg made no picture of the film: people.jpg is left out." >&2
fi
take photos/people.jpg people.png

take paintings/bois-de-boulogne.jpg wordpress-theme-twentytwentyone/$themes/twentytwentyone/assets/images/in-the-bois-de-boulogne.jpg -shave 30x30

# GCompris has paintings as jigsaw puzzles in a Qt resource file (rcc, version 1 to 3, big-endian): a tree of entries that point to
# names and data. A board gives the centre of each piece, in parts of 702 x 515 pixels.
puzzles=$folder/files/gcompris-qt-data/usr/share/gcompris-qt/rcc/paintings.rcc
if [ -e "$puzzles" ] && [ ! -e "$folder/files/puzzles" ]; then
    rm -rf "$folder/files/puzzles.part"
    python3 - "$puzzles" "$folder/files/puzzles.part" << 'END'
import pathlib
import re
import struct
import subprocess
import sys
import zlib

DIRECTORY, ZLIB = 2, 1
source, folder = map(pathlib.Path, sys.argv[1:])
data = source.read_bytes()
version, tree, contents, names = struct.unpack(">4I", data[4:20])
files = {}


def walk(number, path):
    at = tree + number * (14 if version < 2 else 22)
    name, flags = struct.unpack(">IH", data[at:at + 6])
    if number:
        length = struct.unpack(">H", data[names + name:names + name + 2])[0]
        path = path + [data[names + name + 6:names + name + 6 + 2 * length].decode("utf-16-be")]
    if flags & DIRECTORY:
        count, first = struct.unpack(">II", data[at + 6:at + 14])
        for child in range(first, first + count):
            walk(child, path)
        return
    begin = contents + struct.unpack(">I", data[at + 10:at + 14])[0]
    content = data[begin + 4:begin + 4 + struct.unpack(">I", data[begin:begin + 4])[0]]
    files["/".join(path[-2:])] = zlib.decompress(content[4:]) if flags & ZLIB else content


walk(0, [])
(folder / "image").mkdir(parents=True)
for name, content in files.items():
    if name.startswith("image/"):
        (folder / name).write_bytes(content)
for board in (name for name in files if name.startswith("board/")):
    text = files[board].decode()
    width, height = map(int, re.search(r'"width"\s*:\s*(\d+),\s*"height"\s*:\s*(\d+)', text).groups())
    command = ["convert", "-size", f"{width + 80}x{height + 80}", "xc:none"]
    for piece, x, y in re.findall(r'"pixmapfile"\s*:\s*"(image/[^"]+\.webp)",\s*"x"\s*:\s*"?([\d.]+)"?,\s*"y"\s*:\s*"?([\d.]+)', text):
        size = subprocess.run(["identify", "-format", "%w %h", folder / piece], check=True, capture_output=True, text=True).stdout
        left, top = (round(float(middle) * whole - int(length) / 2) + 40
                     for middle, whole, length in zip((x, y), (width, height), size.split()))
        command += [folder / piece, "-geometry", f"{left:+}{top:+}", "-composite"]
    # Lines that rounding leaves empty between the pieces are filled from their surroundings.
    command += ["-trim", "+repage", "(", "+clone", "-channel", "RGBA", "-blur", "0x2", "-alpha", "off", ")", "+swap", "-geometry", "+0+0", "-composite"]
    subprocess.run([*command, "-shave", "8x8", folder / f"{board[6:-4]}.png"], check=True)
END
    mv "$folder/files/puzzles.part" "$folder/files/puzzles"
fi
take paintings/ejiri.jpg puzzles/board6_0.png
take paintings/girls-at-the-piano.jpg puzzles/board18_0.png
take paintings/mona-lisa.jpg puzzles/board14_0.png
take paintings/ramparts.jpg puzzles/board20_0.png
take paintings/spring.jpg puzzles/board2_0.png
take photos/drawing.jpg puzzles/board9_0.png

echo "$(find "$folder/photos" -name '*.jpg' | wc -l) photos, $(find "$folder/paintings" -name '*.jpg' | wc -l) paintings in $folder"
