#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Loading Debian's LibTorch starts a thread: not LibTorch's, but that of a communication library which MPI loads.
#
#   findings/thread-before-main.sh    needs mmdebstrap, a Debian mirror in apt's configuration, and two gigabytes for a few minutes
#
# Expected: a process that has only loaded LibTorch, with one OpenMP thread wanted, has one thread, so that what it gives up now (Landlock's rules, a user
# id by the system call) holds for all of it.
# Observed on amd64 with Debian's libtorch2.6=2.6.0+dfsg-7, libopenmpi40=5.0.7-1 and libucx0=1.18.1+ds-2+b1: it has started another. libtorch_cpu.so needs libmpi.so, which
# needs libucs.so, and that serves its inner state to a file system from a thread called "fuse". Loading libucs.so alone does the same. With
# UCX_VFS_ENABLE=n in the environment there is no such thread. Consequence: Landlock binds the thread that asks and those that it starts afterwards, so this
# one kept its rights on files; engine/launcher sets the variable, and tests/support/intrusion.hpp tries every thread of an engine.
set -euo pipefail

torch=2.6.0+dfsg-7 mpi=5.0.7-1 ucx=1.18.1+ds-2+b1 strace=6.13+ds-1
# shellcheck disable=SC2016 # apt expands these
mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 == "main" && !found { print $3; found = 1 }')
[[ -n $mirror ]] || { echo "apt knows no Debian mirror: run apt-get update." >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/threads.sh" <<'END'
set -eu
export OMP_NUM_THREADS=1
# started LIBRARY: how many threads loading it starts.
started() {
  strace -f -o /root/calls -e trace=clone,clone3 python3 -c "import ctypes; ctypes.CDLL('$1')"
  grep -c 'CLONE_THREAD.*= [0-9]\|CLONE_THREAD.*=> ' /root/calls || true
}
seen=$(for library in libtorch_cpu.so.2.6 libmpi.so.40 libucs.so.0; do echo "$library $(started "$library")"; done)
quiet=$(UCX_VFS_ENABLE=n started libtorch_cpu.so.2.6)
printf '%s\nlibtorch_cpu.so.2.6 with UCX_VFS_ENABLE=n %s\n' "$seen" "$quiet"
wanted='libtorch_cpu.so.2.6 1
libmpi.so.40 1
libucs.so.0 1'
[ "$seen" = "$wanted" ] && [ "$quiet" = 0 ] || { cat /root/calls; echo "This has changed."; exit 1; }
END
# shellcheck disable=SC2016 # mmdebstrap expands it
mmdebstrap --quiet --variant=apt --include="libtorch2.6=$torch,libopenmpi40=$mpi,libucx0=$ucx,strace=$strace,python3" --format=null \
  --customize-hook="copy-in $folder/threads.sh /root" --customize-hook='chroot "$1" sh /root/threads.sh >&2' \
  trixie - "$mirror"
