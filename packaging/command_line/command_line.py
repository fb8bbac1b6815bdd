# SPDX-License-Identifier: GPL-3.0-or-later
"""What the programs tell of themselves, for manual pages and completions."""
import json
import re
import struct


def described(file):
    """`neural-style --describe`: (text of --help, commands)."""
    with open(file, encoding="utf-8") as text:
        all_of_it = json.load(text)
    return all_of_it["help"], all_of_it["commands"]


def engine_options(help_text):
    """The options in `neural-style-engine --help`: [(option, placeholder of its value or "", description)]."""
    options = []
    for line in help_text.splitlines():
        if begin := re.match(r"  (--[\w-]+)(?: ([A-Z]+))? +(\S.*)$", line):
            options.append([begin[1], begin[2] or "", begin[3]])
        elif options and re.match(r" {8,}\S", line):
            options[-1][2] += " " + line.strip()
    return [tuple(option) for option in options]


def block(help_text, title):
    """The indented lines below "TITLE:", as [(word, description)]."""
    lines = re.search(rf"^{title}:\n((?:  .*\n)+)", help_text, re.M)[1]
    found = []
    for line in lines.splitlines():
        if row := re.match(r"  (\S.*?) {2,}(\S.*)$", line):
            found.append([row[1], row[2]])
        else:
            found[-1][1] += " " + line.strip()
    return [tuple(row) for row in found]


def names_in_catalog(file):
    with open(file, encoding="utf-8") as text:
        return [entry["name"] for entry in json.load(text)]


def trained_styles(folder):
    """The names of the networks in that folder that paint in one style."""
    names = []
    for file in sorted(folder.glob("*.safetensors")):
        with open(file, "rb") as stream:
            head = json.loads(stream.read(struct.unpack("<Q", stream.read(8))[0]))
        if head["__metadata__"]["format"].startswith("neural-style-feed-forward/"):
            names.append(file.stem)
    return names
