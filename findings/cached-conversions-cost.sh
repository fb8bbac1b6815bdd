#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# babl's cache of conversions makes programs start slower, and each touches 350 MB of memory for it, whether or not it converts anything.
#
#   findings/cached-conversions-cost.sh    needs mmdebstrap and a Debian mirror in apt's configuration
#
# Expected: a program that finds in ~/.cache/babl what earlier ones found out about conversions starts as fast as without, or faster, and takes a few megabytes.
# Observed on amd64 with Debian's libbabl-0.1-0=1:0.1.114-2: babl_init() alone, without a cache, takes 6 ms and leaves the process at a peak of 6 MB. One program
# then asks for the conversion of "Y u16" to "Y float" and ends with babl_exit(), which leaves a file of a few hundred bytes. From then on babl_init() takes 0.3 s and the
# peak is 364 MB, in every program that does no more than that; 0.1.128 of Debian testing does the same. For each conversion that it reads, babl asks whether a table would be faster, and before the first
# answer it measures tables of its own: one of 256 MB and pictures of two times 49 MB, each written to. Results are not part of the cache, so every start measures
# anew. With BABL_LUT=0 in the environment the start takes 6 ms and 6 MB again; the variable is read once, so setting it after somebody else in the process has
# started babl is too late.
# Consequence: GIMP leaves such a file in every user's home, so each start of a plug-in of GIMP 3 costs that, before its own code runs. Our programs set the variable
# first of all, the plug-in before it calls libgimp. Test: gimp processes, a_layer_with_a_mask_and_a_selection_takes_little_memory.
set -euo pipefail

babl=1:0.1.114-2
# shellcheck disable=SC2016 # apt expands these
mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 == "main" && !found { print $3; found = 1 }')
[[ -n $mirror ]] || { echo "apt knows no Debian mirror: run apt-get update." >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/start.c" <<'CODE'
#include <babl/babl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec + now.tv_nsec / 1e9;
}

int main(int count, char** words) {
    const double begin = seconds();
    babl_init();
    const double taken = seconds() - begin;
    if (count > 2)
        babl_fish(babl_format(words[1]), babl_format(words[2]));
    char line[256];
    long peak = 0;
    FILE* status = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof line, status))
        if (strncmp(line, "VmHWM:", 6) == 0)
            sscanf(line + 6, "%ld", &peak);
    fclose(status);
    fprintf(stderr, "babl_init took %.3f s, the peak is %ld MB\n", taken, peak / 1000);
    printf("%ld\n", peak / 1000);
    babl_exit();
    return 0;
}
CODE
cat >"$folder/start.sh" <<'START'
cd /root
export HOME=/root XDG_CACHE_HOME=/root/.cache
gcc start.c -o start -I/usr/include/babl-0.1 -lbabl-0.1
mkdir -p .cache
without=$(./start)
./start "Y u16" "Y float" >/dev/null
stat -c '%s bytes of cache' .cache/babl/babl-fishes
with=$(./start)
forbidden=$(BABL_LUT=0 ./start)
echo "peak without a cache $without MB, with it $with MB, with it and BABL_LUT=0 $forbidden MB"
((without < 30 && with > 300 && forbidden < 30)) || { echo "This has changed."; exit 1; }
START
# shellcheck disable=SC2016 # mmdebstrap expands it
mmdebstrap --quiet --variant=apt --include="libbabl-0.1-0=$babl,libbabl-dev=$babl,gcc,libc6-dev" --format=null \
  --customize-hook="copy-in $folder/start.c $folder/start.sh /root" --customize-hook='chroot "$1" bash /root/start.sh >&2' \
  trixie - "$mirror"
