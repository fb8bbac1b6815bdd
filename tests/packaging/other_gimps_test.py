# SPDX-License-Identifier: GPL-3.0-or-later
"""`./run install` says of each GIMP that it cannot install into why, and what to do: other_gimps_test.py PROJECT"""
import pathlib
import subprocess
import sys
import tempfile

PROJECT = pathlib.Path(sys.argv[1])
SHELL = """set -euo pipefail
shopt -s nullglob
stop() { echo "$*" >&2; exit 1; }
system_flatpak=$2
source "$1/scripts/gimp.sh"
"$3"
"""

with tempfile.TemporaryDirectory(prefix="neural-style-") as folder:
    home, system, tools = (pathlib.Path(folder, name) for name in ("home", "system", "tools"))
    for made in (home / "Applications", system, tools):
        made.mkdir(parents=True)

    def script(verb, **more):
        environment = {"HOME": str(home), "PATH": f"{tools}:/usr/bin:/bin", **more}
        return subprocess.run(["bash", "-c", SHELL, "bash", str(PROJECT), str(system), verb], env=environment, capture_output=True,
                              text=True, timeout=60, stdin=subprocess.DEVNULL)

    def sentences():
        done = script("tell_other_gimps")
        assert done.returncode == 0 and not done.stderr, done.stderr
        return done.stdout.splitlines()

    assert sentences() == []
    (home / "Applications/GIMP-3.0.4-x86_64.AppImage").touch()
    (home / "Applications/Krita-5.3.AppImage").touch()
    (home / "Applications/GIMP-2.10.38-x86_64.AppImage").touch()
    told = sentences()
    assert len(told) == 1 and "GIMP-3.0.4" in told[0] and "AppImage" in told[0] and "use a GIMP of this system" in told[0], told
    for place in (home / ".local/share/flatpak", system):
        (place / "app/org.gimp.GIMP").mkdir(parents=True)
    told = sentences()
    assert len(told) == 3 and all("Flatpak" in line and "docs/packages.md" in line for line in told[:2]), told
    assert (PROJECT / "docs/packages.md").exists()

    # Debian's package and a copy in the profile would take turns.
    query = tools / "dpkg-query"
    for state, allowed in (("installed", False), ("config-files", True)):
        query.write_text(f"#!/bin/sh\necho {state}\n")
        query.chmod(0o755)
        done = script("stop_where_packaged")
        assert (done.returncode == 0) == allowed, done
        assert allowed or "remove the package first" in done.stderr, done.stderr
