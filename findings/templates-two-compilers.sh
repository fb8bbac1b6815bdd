#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Clang and GCC name some of LibTorch's functions otherwise, so that a program from the one does not link with a library from the other.
#
#   findings/templates-two-compilers.sh    needs mmdebstrap, a Debian mirror in apt's configuration, and three gigabytes for a few minutes
#
# Expected: a program that clang compiles links with a library that GCC has compiled, both following the same C++ ABI.
# Observed on amd64 with Debian's libtorch-dev=2.6.0+dfsg-7, g++-14=14.2.0-19 and clang-19=1:19.1.7-3+b1: a call of Tensor::const_data_ptr<float>() does not link. That function is a
# template with a second parameter of type enable_if_t<...>. The ABI wants such a parameter's type in the name, since templates can differ in nothing else; clang writes it there since version 18
# ("Tn" and the type), GCC 14 writes none, so that clang asks for a name that the library does not have. With -fclang-abi-compat=17 it asks for GCC's, links and runs. Most other functions, without
# such parameters, link either way, so that a program may build for years until it calls one. Consequence: engine/libtorch/meson.build gives clang that option, without which the fuzzers would not link.
set -euo pipefail

torch=2.6.0+dfsg-7 gcc=14.2.0-19 clang=1:19.1.7-3+b1
# shellcheck disable=SC2016 # apt expands these
mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 == "main" && !found { print $3; found = 1 }')
[[ -n $mirror ]] || { echo "apt knows no Debian mirror: run apt-get update." >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/link.sh" <<'END'
set -eu
cd /root
cat >one.cpp <<'CPP'
#include <ATen/ATen.h>
int main() { return at::ones({1}).const_data_ptr<float>()[0] == 1 ? 0 : 1; }
CPP
# tried NAME COMPILER...: whether it links, and which name of the function it asks for.
tried() {
  name=$1
  shift
  "$@" -std=c++17 -O0 -c one.cpp -o "$name.o"
  wanted=$(nm -u "$name.o" | grep -o '_ZNK2at10TensorBase14const_data_ptr.*')
  if "$@" "$name.o" -ltorch -ltorch_cpu -lc10 -o "$name" 2>"$name.txt"; then echo "$name links, and runs with status $(./"$name"; echo $?): $wanted"
  else echo "$name does not link: $wanted"; fi
}
seen=$(
  tried gcc g++-14
  tried clang clang++-19
  tried clang-as-17 clang++-19 -fclang-abi-compat=17
)
echo "$seen"
short=_ZNK2at10TensorBase14const_data_ptrIfLi0EEEPKT_v long=_ZNK2at10TensorBase14const_data_ptrIfTnNSt9enable_ifIXntsr3stdE10is_const_vIT_EEiE4typeELi0EEEPKS3_v
wanted="gcc links, and runs with status 0: $short
clang does not link: $long
clang-as-17 links, and runs with status 0: $short"
[ "$seen" = "$wanted" ] || { cat ./*.txt; echo "This has changed."; exit 1; }
END
# shellcheck disable=SC2016 # mmdebstrap expands it
mmdebstrap --quiet --variant=apt --include="libtorch-dev=$torch,g++-14=$gcc,clang-19=$clang" --format=null \
  --customize-hook="copy-in $folder/link.sh /root" --customize-hook='chroot "$1" sh /root/link.sh >&2' \
  trixie - "$mirror"
