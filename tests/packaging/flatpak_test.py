# SPDX-License-Identifier: GPL-3.0-or-later
"""The recipe of the Flatpak names what the project has, and says of every source what it must be: flatpak_test.py PROJECT"""
import json
import re
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

project = Path(sys.argv[1])
recipe_file = project / "packaging/flatpak/org.gimp.GIMP.Plugin.NeuralStyle.json"
recipe = json.loads(recipe_file.read_text(encoding="utf-8"))
metainfo = xml.parse(project / "packaging/desktop/org.gimp.GIMP.Plugin.NeuralStyle.metainfo.xml.in").getroot()

assert recipe["id"] == recipe_file.stem == metainfo.findtext("id")
assert recipe["runtime"] == metainfo.findtext("extends") and recipe["build-extension"]
prefix = recipe["build-options"]["prefix"]
assert prefix == "/app/extensions/" + recipe["id"].split(".")[-1]
for module in recipe["modules"]:
    for source in module["sources"]:
        if source["type"] == "dir":
            assert (recipe_file.parent / source["path"] / "meson.build").exists()
        else:
            assert source["path"].startswith("sources/") and re.fullmatch("[0-9a-f]{64}", source["sha256"]), source
ours = recipe["modules"][-1]["config-opts"]
options = set(re.findall(r"^option\('(\w+)'", (project / "meson.options").read_text(), re.M))
named = {re.match(r"-D(\w+)=", option)[1] for option in ours}
assert named <= options, named - options
assert f"-Dplugindir={prefix}/plug-ins" in ours
