# SPDX-License-Identifier: GPL-3.0-or-later
"""Rooms use exactly what the table in CONTRIBUTING.md allows: rooms_test.py PROJECT."""
import pathlib
import re
import sys

project = pathlib.Path(sys.argv[1])
failed = 0

# Prefixes of includes of the libraries in the table.
LIBRARIES = {
    "OpenCV": r"opencv2/",
    "FFmpeg": r"lib(av|sw)\w+/",
    "LibTorch": r"(torch|ATen|c10)/",
    "nlohmann-json": r"nlohmann/",
    "GEGL": r"(gegl|babl)\b",
    "GTK": r"gtk/",
    "libgimp": r"libgimp/",
    "libvips": r"vips/",
    "OpenEXR": r"(Imf|Imath|Iex|OpenEXR/)",
    "libtiff": r"tiff",
    "Little CMS": r"lcms2",
}


def tell(what):
    global failed
    failed += 1
    print(what, file=sys.stderr)


def rooms():
    """{folder: (folders, libraries)}, from the table under "Where things go"."""
    table = (project / "CONTRIBUTING.md").read_text(encoding="utf-8").split("\n## Where things go\n")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("| `")]
    found = {re.search(r"`([^`]+)`", row[0])[1]: row[2] for row in rows if row[2] not in ("", "anything")}
    by_name = {folder.split("/")[-1]: folder for folder in found}
    result = {}
    for folder, granted in found.items():
        names = re.findall(r"`([^`]+)`", granted)
        for name in names:
            if name not in found and name not in by_name:
                tell(f"CONTRIBUTING.md: {folder} may use {name}, which has no row")
        libraries = {library for library in LIBRARIES if re.search(rf"\b{library}\b", granted.split("never")[0])}
        result[folder] = ({by_name.get(name, name) for name in names}, libraries)
    return result


table = rooms()
if len(table) < 10:
    tell(f"only {len(table)} rooms were found in the table of CONTRIBUTING.md")


def room_of(file):
    above = [parent.relative_to(project).as_posix() for parent in file.parents if project in parent.parents]
    return next((folder for folder in above if folder in table), None)


def libraries_within_reach(room, seen=()):
    return table[room][1].union(*(libraries_within_reach(other, (*seen, room)) for other in table[room][0] if other in table and other not in seen))


sources = [file for folder in sorted({room.split("/")[0] for room in table}) for file in sorted((project / folder).rglob("*.[ch]pp"))]
headers = [file for file in sources if file.suffix == ".hpp"]
used = {room: set() for room in table}
for file in sources:
    room = room_of(file)
    where = file.relative_to(project)
    if room is None:
        tell(f"{where} is in no room of CONTRIBUTING.md's table")
        continue
    allowed, reach = table[room][0], libraries_within_reach(room)
    for mark, name in re.findall(r'^#include ([<"])([^>"]+)', file.read_text(encoding="utf-8"), re.M):
        for library, beginning in LIBRARIES.items():
            if mark == "<" and re.match(beginning, name) and library not in reach:
                tell(f"{where} includes <{name}>: {room} may not use {library}")
        if (file.parent / name).exists():
            continue
        meant = {room_of(header) for header in headers if header.as_posix().endswith("/" + name)}
        if not meant or room in meant:
            if mark == '"' and not meant:
                tell(f"{where} includes \"{name}\", which is nowhere")
            continue
        if not meant & allowed:
            tell(f"{where} includes \"{name}\" of {', '.join(sorted(map(str, meant)))}: {room} may not use that")
        used[room] |= meant & allowed
for room, (allowed, _) in table.items():
    for other in sorted(allowed - used[room]):
        tell(f"CONTRIBUTING.md: {room} may use {other}, and does not")
sys.exit(1 if failed else 0)
