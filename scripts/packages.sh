# shellcheck shell=bash disable=SC2034 # read by the files that source this one
# SPDX-License-Identifier: GPL-3.0-or-later
# The Debian packages that each part of the project needs.

# For building and running the programs. libopenblas: with the reference BLAS a Gram matrix takes fifty times as
# long.
base_packages=(
  g++ meson ninja-build pkgconf gettext
  gimp libgimp-3.0-dev nlohmann-json3-dev
  libvips-dev libopenexr-dev libtiff-dev liblcms2-dev # picture files are read
  libexiv2-dev libpng-dev libspng-dev libjxl-dev libheif-dev libheif-plugin-aomenc libturbojpeg0-dev # and written, with their metadata
  libcurl4-openssl-dev libssl-dev # networks are fetched, and their SHA-256 is checked
  libavformat-dev libavcodec-dev libswscale-dev libopencv-video-dev # films are read and written, their motion is followed
  libopenblas0-openmp libopenblas-openmp-dev
  dbus-daemon # a separate session bus for `./run gimp`
)
torch_package=libtorch-dev
torch_package_cuda=libtorch-cuda-dev

# Only in the private root: hosts have their own.
root_packages=(ca-certificates locales)

# Additional packages for the tests: an independent reference, a virtual screen, and tools to see
# and operate it.
test_packages=(
  libcmocka-dev python3-numpy
  xvfb openbox xdotool x11-utils imagemagick dbus at-spi2-core libatk-adaptor python3-pyatspi fonts-noto-cjk
  procps strace libimage-exiftool-perl locales shellcheck
  gegl # the program, which renders with the layer effect
  libopenmpi-dev openmpi-bin # several processes paint one picture
  ffmpeg slurmctld slurmd slurm-client munge parallel # another maker of films, and schedulers
  libvips-tools python3-tifffile python3-pil libheif-plugin-x265 # other makers and readers of picture files
)
# Additional packages for the fuzzers: their compiler.
fuzz_packages=(clang libclang-rt-dev)

# Additional packages for making packages: Debian's tools and judge, and what only the packages are built with.
package_packages=(build-essential debhelper lintian appstream libopenmpi-dev flatpak-builder)
torch_reference_package=python3-torch
torch_reference_package_cuda=python3-torch-cuda
