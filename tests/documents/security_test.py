# SPDX-License-Identifier: GPL-3.0-or-later
"""Each promise of SECURITY.md has tests, and they exist: security_test.py PROJECT."""
import pathlib
import re
import sys

project = pathlib.Path(sys.argv[1])
failed = []


def is_test(name, text):
    """As a test of CMocka or unittest, or a table of cases."""
    return re.search(rf"\bTEST\({name}\)|^ *def {name}\(", text, re.M)


promises = [line for line in (project / "SECURITY.md").read_text(encoding="utf-8").splitlines() if line.startswith("| **")]
for promise in promises:
    tests = promise.split(" | ")[-1]
    files = re.findall(r"`(tests/[\w./]+)`:((?: `\w+`,?)+)", tests)
    if not files or re.sub(r"`tests/[\w./]+`:(?: `\w+`,?)+", "", tests).strip(" ;|"):
        failed.append(f"not of the form `tests/FILE`: `NAME`, `NAME`: {tests}")
    for file, names in files:
        path = project / file
        text = path.read_text(encoding="utf-8") if path.exists() else ""
        failed += [f"{file} has no test {name}" for name in re.findall(r"`(\w+)`", names) if not is_test(name, text)]
if len(promises) < 5:
    failed.append(f"only {len(promises)} promises were found")
for what in failed:
    print(f"SECURITY.md: {what}", file=sys.stderr)
sys.exit(bool(failed))
