# SPDX-License-Identifier: GPL-3.0-or-later
"""The scripts in README.md run in GIMP as printed, with an engine that echoes: scripts_test.py README PHOTO GIMP_TESTS."""
import pathlib
import re
import shutil
import sys

readme, photo = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
sys.path.insert(0, sys.argv[3])

from private_gimp import PrivateGimp, Programs  # noqa: E402

HOME = "/home/me"  # whose pictures the scripts open


def script(language):
    blocks = re.findall(rf"^```{language}\n(.*?)^```$", readme.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    if len(blocks) != 1 or HOME not in blocks[0]:
        sys.exit(f"README.md has {len(blocks)} scripts in {language} instead of one that opens pictures of {HOME}")
    return blocks[0]


programs = Programs.from_environment()
failed = 0
with PrivateGimp(programs) as gimp:
    for language, interpreter, name, load, results in [
            ("scheme", "plug-in-script-fu-eval", "paint.scm", '(load "{}")', ["painting.xcf", "painting.png"]),
            ("python", "python-fu-eval", "paint.py", "exec(open('{}').read())", ["painting.xcf"])]:
        folder = gimp.folder / language
        folder.mkdir()
        for picture in ("photo.jpg", "painting.jpg"):
            shutil.copy(photo, folder / picture)
        (folder / name).write_text(script(language).replace(HOME, str(folder)), encoding="utf-8")
        done = gimp.run(interpreter, load.format(folder / name), engine=[programs.echo_engine])
        missing = [result for result in results if not (folder / result).exists()]
        # An image with a painted layer above the photo, not just the photo.
        painted = not missing and b"neural-style-settings" in (folder / "painting.xcf").read_bytes()
        if done.returncode != 0 or not painted:
            print(f"{name}: status {done.returncode}, missing: {missing}\n{done.stderr}", file=sys.stderr)
            failed += 1
sys.exit(1 if failed else 0)
