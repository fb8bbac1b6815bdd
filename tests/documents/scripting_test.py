# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example in docs/scripting.md runs as printed, with an engine that echoes: scripting_test.py PAGE PHOTO GIMP_TESTS.

The first line of an example gives its name and the files that it makes.
"""
import pathlib
import re
import shutil
import subprocess
import sys

page, photo = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
sys.path.insert(0, sys.argv[3])

from private_gimp import PrivateGimp, Programs  # noqa: E402

HOME = "/home/me"
EXAMPLE = re.compile(r"^```(\w+) (\S+) -> ([^\n]+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)

programs = Programs.from_environment()
examples = EXAMPLE.findall(page.read_text(encoding="utf-8"))
if len(examples) < 6 or len(examples) != page.read_text(encoding="utf-8").count("\n```") // 2:
    sys.exit(f"{len(examples)} examples were found: every one names its file and what it makes")
failed = 0
with PrivateGimp(programs) as gimp:
    for language, name, results, script in examples:
        folder = gimp.folder / pathlib.Path(name).stem
        (folder / "photos").mkdir(parents=True)
        for picture in ("photo.jpg", "painting.jpg", "first.jpg", "second.jpg", "photos/first.jpg", "photos/second.jpg"):
            shutil.copy(photo, folder / picture)
        (folder / name).write_text(script.replace(HOME, str(folder)), encoding="utf-8")
        if language == "sh":
            done = subprocess.run(["sh", name, str(folder / "first.jpg"), str(folder / "second.jpg")], cwd=folder,
                                  env=gimp.environment([programs.echo_engine]), timeout=300, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, errors="replace")
        else:
            interpreter, load = {"scheme": ("plug-in-script-fu-eval", '(load "{}")'),
                                 "python": ("python-fu-eval", "exec(open('{}').read())")}[language]
            done = gimp.run(interpreter, load.format(folder / name), engine=[programs.echo_engine])
        missing = [result for result in results.split() if not (folder / result).exists()]
        unpainted = [result for result in results.split() if result.endswith(".xcf") and not missing
                     and b"neural-style-settings" not in (folder / result).read_bytes()]
        if done.returncode != 0 or missing or unpainted:
            print(f"{name}: status {done.returncode}, missing: {missing}, without a painting: {unpainted}\n{done.stderr}",
                  file=sys.stderr)
            failed += 1
        else:
            print(f"ok {name}", file=sys.stderr)
sys.exit(1 if failed else 0)
