# SPDX-License-Identifier: GPL-3.0-or-later
"""Every example in docs/scripting.md runs as printed, with an engine that echoes: scripting_test.py PAGE PHOTO GIMP_TESTS.

The first line of an example gives its name and the files that it makes.
"""
import pathlib
import re
import shutil
import subprocess
import sys

from PIL import Image

page, photo = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
sys.path.insert(0, sys.argv[3])

from private_gimp import PrivateGimp, Programs  # noqa: E402

HOME = "/home/me"
# What people name their photos; those that paint many go on after the broken one, and their status tells of it.
ALBUM, BROKEN = ["first.jpg", "second.jpg", "it's \"third\".JPG", "fourth.jpeg"], "broken.jpg"
OF_ALBUMS = {"folder.py": lambda photo: f"painted/{photo}.png",
             "album.sh": lambda photo: str(pathlib.Path(photo).with_suffix("")) + "-painted.png"}
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
        for picture in ("photo.jpg", "painting.jpg", *ALBUM, *(f"photos/{good}" for good in ALBUM)):
            shutil.copy(photo, folder / picture)
        with Image.open(photo) as picture:
            small = picture.resize((96, 64))
        small.save(folder / "animation.gif", save_all=True, append_images=[small.rotate(180)], duration=[100, 200], loop=0)
        for broken in (BROKEN, f"photos/{BROKEN}"):
            (folder / broken).write_bytes(b"no picture")
        (folder / name).write_text(script.replace(HOME, str(folder)), encoding="utf-8")
        if language == "sh":
            done = subprocess.run(["sh", name, *(str(folder / picture) for picture in (BROKEN, *ALBUM))], cwd=folder,
                                  env=gimp.environment([programs.echo_engine]), timeout=300, stdin=subprocess.DEVNULL,
                                  capture_output=True, text=True, errors="replace")
        else:
            interpreter, load = {"scheme": ("plug-in-script-fu-eval", '(load "{}")'),
                                 "python": ("python-fu-eval", "exec(open('{}').read())")}[language]
            done = gimp.run(interpreter, load.format(folder / name), engine=[programs.echo_engine],
                            NEURAL_STYLE_DATA=str(programs.data))
        made = results.split() + [OF_ALBUMS[name](picture) for picture in ALBUM if name in OF_ALBUMS]
        missing = [result for result in made if not (folder / result).exists()]
        unpainted = [result for result in made if result.endswith(".xcf") and not missing
                     and not any(mark in (folder / result).read_bytes() for mark in (b"neural-style-settings", b"neural-style:paint"))]
        told = done.returncode != 0 and BROKEN in done.stderr[-3000:] if name in OF_ALBUMS else done.returncode == 0
        if not told or missing or unpainted:
            print(f"{name}: status {done.returncode}, missing: {missing}, without a painting: {unpainted}\n{done.stderr}",
                  file=sys.stderr)
            failed += 1
        else:
            print(f"ok {name}", file=sys.stderr)
sys.exit(1 if failed else 0)
