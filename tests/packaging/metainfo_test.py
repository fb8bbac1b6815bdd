# SPDX-License-Identifier: GPL-3.0-or-later
"""What software centres show is well formed and names files that are there: metainfo_test.py METAINFO"""
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as xml
from pathlib import Path

file = Path(sys.argv[1])
project = Path(__file__).resolve().parents[2]
component = xml.parse(file).getroot()
identifier = component.findtext("id")
assert component.get("type") == "addon" and component.findtext("extends") == "org.gimp.GIMP"
assert (project / "packaging/desktop" / (component.findtext("icon") + ".svg")).exists()
xml.parse(project / "packaging/desktop" / (component.findtext("icon") + ".svg"))
languages = {summary.get("{http://www.w3.org/XML/1998/namespace}lang") for summary in component.findall("summary")}
assert languages == {None, *(project / "po/LINGUAS").read_text().split()}, languages
for picture in re.findall(r"'([\w.-]+\.(?:png|jpg))':", (project / "packaging/desktop/meson.build").read_text()):
    assert (project / "docs/pictures" / picture).exists(), picture
if shutil.which("appstreamcli"):  # the homepage is only known to who gives it to the build
    done = subprocess.run(["appstreamcli", "validate", "--no-net", "--explain", "--override=url-homepage-missing=info", file], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stdout
