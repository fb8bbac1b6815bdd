# shellcheck shell=bash disable=SC2154 # names shared with the other parts of ./run
# SPDX-License-Identifier: GPL-3.0-or-later
# Collects what scripts/gpu_check.py needs on a machine without packages and network: a few headers, a library, pictures.
#
# Reads: project. Writes subprojects/, which git ignores and Meson searches for dependencies that the system lacks.

# wrapped NAME DEPENDENCY: a folder that Meson takes for that dependency.
wrapped() {
  local folder=$project/subprojects/$1
  rm -rf "$folder"
  mkdir -p "$folder/include" "$folder/lib"
  cat >"$folder/meson.build" <<END
project('$1', 'cpp', version: '$(enter pkg-config --modversion "$1")')
meson.override_dependency('$1', declare_dependency(
  include_directories: include_directories('include', is_system: true), dependencies: $2, version: meson.project_version()))
END
  echo "$folder"
}

collect_gpu_needs() {
  local folder
  folder=$(wrapped nlohmann_json '[]')
  enter cp -r /usr/include/nlohmann "$folder/include"
  folder=$(wrapped cmocka "meson.get_compiler('cpp').find_library('cmocka', dirs: meson.current_source_dir() / 'lib')")
  enter cp /usr/include/cmocka.h "$folder/include"
  # shellcheck disable=SC2016 # the inner shell's
  enter bash -c 'cp -L "$(pkg-config --variable=libdir cmocka)"/libcmocka.so.0 "$0" && ln -sf libcmocka.so.0 "$0/libcmocka.so"' "$folder/lib"
  folder=$project/subprojects/pictures
  mkdir -p "$folder"
  # As bytes, since the machine may have nothing that reads a JPEG.
  enter convert "$project/data/photos/boats.jpg" -resize '1500x1000^' -gravity center -extent 1500x1000 -depth 8 "rgb:$folder/photo.rgb"
  enter convert "$project/data/styles/starry-night.jpg" -resize '800x600!' -depth 8 "rgb:$folder/style.rgb"
  du -sh "$project/subprojects" >&2
  echo "Copy this folder with subprojects/ to the machine with the card, and start there: python3 scripts/gpu_check.py --report report"
}
