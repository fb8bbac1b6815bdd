#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A program built as LibTorch's CMake package says runs its own at::parallel_for loops on one thread.
#
#   findings/parallel-loops-on-one-thread.sh      needs mmdebstrap, a Debian mirror in apt's configuration, three gigabytes, two cores,
#                                                 and ten minutes
#
# Expected: LibTorch is built with OpenMP and says so (at::get_parallel_info), so a loop of at::parallel_for in a program that is built with
# find_package(Torch), TORCH_LIBRARIES and TORCH_CXX_FLAGS runs on as many threads as at::get_num_threads() says.
# Observed with Debian's libtorch-dev=2.6.0+dfsg-7: on one, without a warning. The loop is a template in a header that looks for the compiler's
# own OpenMP, and the package does not ask for it, though it asks for all else that the program needs. With -fopenmp the same source runs on all.
# Consequence: engine/libtorch/meson.build compiles with OpenMP where LibTorch has it, and a test counts threads.
set -euo pipefail

version=2.6.0+dfsg-7
# shellcheck disable=SC2016 # apt expands these
mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 == "main" && !found { print $3; found = 1 }')
[[ -n $mirror ]] || { echo "apt knows no Debian mirror: run apt-get update." >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/CMakeLists.txt" <<'END'
cmake_minimum_required(VERSION 3.18)
project(loops CXX)
find_package(Torch REQUIRED)
set(CMAKE_CXX_FLAGS "${CMAKE_CXX_FLAGS} ${TORCH_CXX_FLAGS}")
foreach(name plain asked)
  add_executable(${name} loops.cpp)
  set_property(TARGET ${name} PROPERTY CXX_STANDARD 17)
  target_link_libraries(${name} ${TORCH_LIBRARIES})
endforeach()
target_compile_options(asked PRIVATE -fopenmp)
target_link_options(asked PRIVATE -fopenmp)
END
cat >"$folder/loops.cpp" <<'END'
#include <ATen/Parallel.h>
#include <iostream>
#include <mutex>
#include <set>
#include <thread>

// Prints what LibTorch says of its threads, and on how many a loop of two long pieces ran.
int main() {
    at::set_num_threads(2);
    std::set<std::thread::id> seen;
    std::mutex mutex;
    at::parallel_for(0, 2, 1, [&](auto, auto) {
        const std::scoped_lock lock(mutex);
        seen.insert(std::this_thread::get_id());
    });
    const bool openmp = at::get_parallel_info().find("ATen parallel backend: OpenMP") != std::string::npos;
    std::cout << (openmp ? "OpenMP" : "other threads") << ", " << at::get_num_threads() << " threads, the loop ran on "
              << seen.size() << "\n";
}
END
cat >"$folder/measure.sh" <<'END'
set -eu
cmake -S /root/loops -B /root/built -DCMAKE_BUILD_TYPE=Release >/root/log 2>&1 && cmake --build /root/built >>/root/log 2>&1 || { tail -n 20 /root/log; exit 1; }
plain=$(/root/built/plain) asked=$(/root/built/asked)
echo "as the package says: $plain; with -fopenmp: $asked"
[ "$plain" = "OpenMP, 2 threads, the loop ran on 1" ] && [ "$asked" = "OpenMP, 2 threads, the loop ran on 2" ] || { echo "This has changed."; exit 1; }
END
# shellcheck disable=SC2016 # mmdebstrap expands it
mmdebstrap --quiet --variant=apt --include="libtorch-dev=$version,cmake,g++,make" --format=null \
  --customize-hook='mkdir "$1/root/loops"' \
  --customize-hook="copy-in $folder/CMakeLists.txt $folder/loops.cpp /root/loops" \
  --customize-hook="copy-in $folder/measure.sh /root" \
  --customize-hook='chroot "$1" sh /root/measure.sh >&2' \
  trixie - "$mirror"
