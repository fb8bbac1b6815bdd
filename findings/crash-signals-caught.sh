#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Loading Debian's LibTorch makes a process catch its own crashes, and hangups: by a communication library that MPI loads.
#
#   findings/crash-signals-caught.sh    needs mmdebstrap, a Debian mirror in apt's configuration, and two gigabytes for a few minutes
#
# Expected: a library for arithmetic, and the MPI that it is linked with, leave the signals of a process as they were: whoever wants traces of crashes installs a
# handler (as Python's faulthandler does when asked), so that a crash ends a process at once with the signal's status, and a hangup ends it too.
# Observed on amd64 with Debian's libtorch2.6=2.6.0+dfsg-7, libopenmpi40=5.0.7-1 and libucx0=1.18.1+ds-2+b1: after dlopen of libtorch_cpu.so, /proc/self/status has
# SIGILL, SIGBUS, SIGFPE, SIGSEGV and SIGHUP among the signals caught, and a hangup no longer ends the process; libucs.so alone does the same, at load, before
# anything of MPI or UCX was called. A handler for SIGHUP that was installed before is gone: a hangup makes UCX write traces to standard output instead. With
# UCX_HANDLE_ERRORS=none only SIGHUP is left.
# Consequence: the handler of crashes prints a trace, for which it takes locks. About one in ten of our engines that were ended by SIGSEGV while they painted did
# not end: every thread waited for a futex, and so did the client. engine/launcher restores what signals did once libraries are loaded; of a hundred none stood
# still then. Test: worker engine, a_crash_is_caught_by_nobody and a_hangup_ends_a_painting_engine.
set -euo pipefail

torch=2.6.0+dfsg-7 mpi=5.0.7-1 ucx=1.18.1+ds-2+b1
# shellcheck disable=SC2016 # apt expands these
mirror=$(apt-get indextargets --format '$(ORIGIN) $(COMPONENT) $(REPO_URI)' 'Created-By: Packages' |
  awk '$1 == "Debian" && $2 == "main" && !found { print $3; found = 1 }')
[[ -n $mirror ]] || { echo "apt knows no Debian mirror: run apt-get update." >&2; exit 1; }

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cat >"$folder/signals.py" <<'END'
import os, subprocess, sys

CAUGHT = {"SIGHUP", "SIGILL", "SIGBUS", "SIGFPE", "SIGSEGV"}
HANGUP = "import ctypes, os, signal; signal.signal(signal.SIGHUP, lambda *_: os._exit(3)); ctypes.CDLL('libtorch_cpu.so.2.6'); os.kill(os.getpid(), signal.SIGHUP); print('lives')"
ASK = """
import ctypes, re, signal, sys
def caught():
    mask = int(re.search(r"SigCgt:\\s*(\\w+)", open("/proc/self/status").read())[1], 16)
    return {one.name for one in signal.Signals if mask >> (one - 1) & 1}
before = caught()
ctypes.CDLL(sys.argv[1])
print(*[one.name for one in signal.Signals if one.name in caught() - before])
"""

def caught(library, **more):
    return subprocess.run([sys.executable, "-c", ASK, library], env=os.environ | more, capture_output=True, text=True, check=True).stdout.split()

seen = {name: caught(name) for name in ("libtorch_cpu.so.2.6", "libmpi.so.40", "libucs.so.0", "libopenblas.so.0")}
quiet = caught("libtorch_cpu.so.2.6", UCX_HANDLE_ERRORS="none")
for name, signals in seen.items():
    print(f"{name}: catches {' '.join(signals) or 'nothing'}")
print(f"libtorch_cpu.so.2.6 with UCX_HANDLE_ERRORS=none: catches {' '.join(quiet) or 'nothing'}")
hung_up = subprocess.run([sys.executable, "-c", HANGUP], capture_output=True, text=True)
lives, traces = "lives\n" in hung_up.stdout, "UCX" in hung_up.stdout
print(f"after a hangup that a handler should have ended: {'lives' if lives else 'ended'}, {'traces' if traces else 'nothing'} on standard output")
if [set(signals) for signals in seen.values()] != [CAUGHT] * 3 + [set()] or quiet != ["SIGHUP"] or not lives or not traces:
    sys.exit("This has changed.")
END
# shellcheck disable=SC2016 # mmdebstrap expands it
mmdebstrap --quiet --variant=apt --include="libtorch2.6=$torch,libopenmpi40=$mpi,libucx0=$ucx,libopenblas0-pthread,python3" --format=null \
  --customize-hook="copy-in $folder/signals.py /root" --customize-hook='chroot "$1" python3 /root/signals.py >&2' \
  trixie - "$mirror"
