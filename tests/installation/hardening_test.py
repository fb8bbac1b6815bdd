# SPDX-License-Identifier: GPL-3.0-or-later
"""The programs are built hardened: hardening_test.py checked-calls|plain-calls PROGRAM..."""
import platform
import re
import subprocess
import sys
from pathlib import Path

checked_calls, programs = sys.argv[1] == "checked-calls", sys.argv[2:]
failed = []


def readelf(what, program):
    return subprocess.run(["readelf", "-W", what, program], check=True, capture_output=True, text=True).stdout


def check(program, promise, kept):
    if not kept:
        failed.append(f"{program}: {promise}")


checked = 0
for program in programs:
    segments, dynamic, symbols = readelf("--segments", program), readelf("--dynamic", program), readelf("--dyn-syms", program)
    check(program, "it can be loaded anywhere", "Elf file type is DYN" in segments)
    check(program, "no memory can be both written and executed", not re.search(r" RWE ", segments) and "GNU_STACK" in segments)
    check(program, "its tables of functions become read-only", "GNU_RELRO" in segments)
    check(program, "and do so before anything runs", re.search(r"\(FLAGS.*\bNOW\b|BIND_NOW", dynamic))
    check(program, "its stack is protected", "__stack_chk_fail" in symbols)
    if platform.machine() == "x86_64":  # endbr64, where indirect calls may arrive
        check(program, "indirect calls are marked", Path(program).read_bytes().count(b"\xf3\x0f\x1e\xfa") > 3)
    checked += bool(re.search(r"\b__\w+_chk\b", symbols))
check("all programs", "calls of the C library are checked", checked > 0 or not checked_calls)
check("all programs", "there are some", len(programs) > 0)
for what in failed:
    print(f"not so: {what}", file=sys.stderr)
sys.exit(bool(failed))
