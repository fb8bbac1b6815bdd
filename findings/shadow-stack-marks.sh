#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# A program that gcc compiles for shadow stacks and tracked branches is marked for neither.
#
#   findings/shadow-stack-marks.sh    needs mmdebstrap, a Debian mirror in apt's configuration, and a gigabyte for a few minutes
#
# Expected: with -fcf-protection=full, as hardened packages use it, the object files and the program are marked with IBT and SHSTK, which the kernel and the
# loader look for before they turn shadow stacks on.
# Observed on amd64 with Debian's gcc-14=14.2.0-19 and libc6-dev=2.41-12+deb13u5: the object file is, and so are gcc's own crtbeginS.o and crtendS.o, but the C
# library's Scrt1.o, crti.o and crtn.o are not, and the linker keeps a mark only where every part has it: the program has none, without a warning.
# With -z cet-report=error the linker refuses to link and names these three. Consequence: our flags mark the code, and whoever reads the programs'
# properties finds nothing; tests/installation/hardening_test.py counts the marked places instead, and SECURITY.md does not promise shadow stacks.
set -euo pipefail

compiler=14.2.0-19 library=2.41-12+deb13u5
# shellcheck disable=SC2016 # apt expands these
mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 == "main" && !found { print $3; found = 1 }')
[[ -n $mirror ]] || { echo "apt knows no Debian mirror: run apt-get update." >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/marks.sh" <<'END'
set -eu
cd "$(mktemp -d)"
printf '#include <stdio.h>\nint main(void) { return puts("hello") < 0; }\n' >hello.c
marks() { readelf -n "$1" | sed -n 's/.*x86 feature: //p' | tr -d ','; }
gcc-14 -O2 -fcf-protection=full -c hello.c
gcc-14 hello.o -o hello
started() { gcc-14 -print-file-name="$1"; }
said="object: $(marks hello.o); crtbeginS.o: $(marks "$(started crtbeginS.o)"); Scrt1.o: $(marks "$(started Scrt1.o)"); program: $(marks hello)"
blamed=$(gcc-14 -Wl,-z,cet-report=error hello.o -o checked 2>&1 | sed -n 's|.*/\(.*\): error: missing IBT and SHSTK properties|\1|p' | sort | tr '\n' ' ')
echo "$said; the linker names $blamed"
[ "$said; $blamed" = "object: IBT SHSTK; crtbeginS.o: IBT SHSTK; Scrt1.o: ; program: ; Scrt1.o crti.o crtn.o " ] || { echo "This has changed."; exit 1; }
END
# shellcheck disable=SC2016 # mmdebstrap expands it
mmdebstrap --quiet --variant=apt --include="gcc-14=$compiler,libc6-dev=$library" --format=null \
  --customize-hook="copy-in $folder/marks.sh /root" --customize-hook='chroot "$1" sh /root/marks.sh >&2' \
  trixie - "$mirror"
