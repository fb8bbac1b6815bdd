# SPDX-License-Identifier: GPL-3.0-or-later
"""The documents' tables of settings match the program: setting_tables_test.py SETTING_TABLES DOCUMENT...

With --write as the last argument it updates them.
"""
import pathlib
import re
import subprocess
import sys

program, *names = sys.argv[1:]
write = names[-1] == "--write"
failed = 0
for document in map(pathlib.Path, names[:-1] if write else names):
    table = subprocess.run([program, document.name], check=True, capture_output=True, encoding="utf-8", timeout=60).stdout
    text = document.read_text(encoding="utf-8")
    current, marks = re.subn(r"(<!-- settings -->\n).*?(<!-- /settings -->)", lambda m: m[1] + table + m[2], text,
                             flags=re.DOTALL)
    if marks != 1 or len(table.splitlines()) < 30:
        print(f"{document.name} has {marks} places for the table of {len(table.splitlines())} lines", file=sys.stderr)
        failed += 1
    elif write:
        document.write_text(current, encoding="utf-8")
    elif current != text:
        print(f"{document.name} does not say what the settings are now: run ninja setting-tables-update", file=sys.stderr)
        failed += 1
sys.exit(1 if failed else 0)
