# SPDX-License-Identifier: GPL-3.0-or-later
"""Debian's packages have one version, need what the build needs, and state every licence: debian_test.py PROJECT VERSION"""
import re
import subprocess
import sys
from pathlib import Path

project, version = Path(sys.argv[1]), sys.argv[2]
debian = project / "packaging/debian"
control = (debian / "control").read_text(encoding="utf-8")


def sourced(script):
    text = f'set -eu; stop() {{ echo "$*"; exit 1; }}; project=$1; source "$1/scripts/packages.sh"; source "$1/scripts/package.sh"; {script}'
    return subprocess.run(["bash", "-c", text, "bash", str(project)], check=True, capture_output=True, text=True, timeout=60).stdout.split()


def the_version_is_that_of_the_build():
    assert not (debian / "changelog").exists(), "the changelog is written when packages are made"
    # The build environment has no git, and a source archive no history.
    found = sourced("git() { echo '~git20260102.1a2b3c4'; }; debian_version")
    assert len(found) == 1 and re.fullmatch(re.escape(version) + r"(~git20260102\.1a2b3c4)?-0\.1", found[0]), found


def the_build_needs_what_the_build_environment_has():
    wanted = {name for name in sourced('printf "%s\\n" "${base_packages[@]}" "$torch_package" "${package_packages[@]}"') if name.endswith("-dev")}
    fields = re.split(r"\n(?=\S)", control)
    build_depends = next(field for field in fields if field.startswith("Build-Depends:"))
    given = set(re.findall(r"[a-z0-9][a-z0-9.+-]+-dev\b", build_depends))
    # What these depend on may be named, too.
    assert wanted <= given, wanted - given


def every_bundled_picture_and_network_has_a_licence():
    copyright_file = (debian / "copyright").read_text(encoding="utf-8")
    stanzas = re.findall(r"^Files: ((?:.*\n(?: .*\n)*))", copyright_file, re.M)
    patterns = [pattern for stanza in stanzas for pattern in stanza.split("\nCopyright")[0].split()]
    for pattern in patterns:
        assert list(project.glob(pattern)), f"copyright names {pattern}, and there is none"
    for file in [*(project / "data").rglob("*.jpg"), project / "data/models/painter.safetensors"]:
        path = file.relative_to(project)
        assert any(pattern != "*" and path.match(pattern) for pattern in patterns), f"copyright lacks {path}"
    licences = set(re.findall(r"^License: (\S+)$", copyright_file, re.M))
    explained = set(re.findall(r"^License: (\S+)\n ", copyright_file, re.M))
    assert licences == explained, licences ^ explained


for case in (the_version_is_that_of_the_build, the_build_needs_what_the_build_environment_has,
             every_bundled_picture_and_network_has_a_licence):
    case()
    print(f"ok {case.__name__}", file=sys.stderr)
