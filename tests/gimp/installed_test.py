# SPDX-License-Identifier: GPL-3.0-or-later
"""Installed as `./run install` does, into an empty home: GIMP finds and runs filter and layer effect there, and uninstalling
leaves nothing: installed_test.py PROJECT BUILD."""
import os
import pathlib
import subprocess
import sys
import tempfile

from private_gimp import program

PROJECT, BUILD = map(pathlib.Path, sys.argv[1:3])
SHELL = """set -euo pipefail
shopt -s nullglob
stop() { echo "$*" >&2; exit 1; }
temporaries=() stage=$2
source "$1/scripts/gimp.sh"
"$3"
"""
PAINT = """
import gi
gi.require_version("Gimp", "3.0")
gi.require_version("Gegl", "0.4")
from gi.repository import Gegl, Gimp, Gio

image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path({photo!r}))
image.scale(96, 60)
photo = image.get_layers()[0]

def pixels(layer):
    return bytes(layer.get_buffer().get(Gegl.Rectangle.new(0, 0, 96, 60), 1.0, "R'G'B' u8", Gegl.AbyssPolicy.NONE))

before = pixels(photo)
filter = Gimp.get_pdb().lookup_procedure("plug-in-neural-style")
config = filter.create_config()
config.set_property("image", image)
config.set_core_object_array("drawables", [photo])
config.set_property("quality", "instant")
painted = filter.run(config).index(1)
assert pixels(painted) != before, "the filter does not paint"
config.set_property("output", "layer-effect")
assert filter.run(config).index(1).get_id() == photo.get_id()
photo.merge_filters()
assert pixels(photo) != before, "the effect does not paint"
print("PAINTED BY BOTH")
"""


def files_below(home):
    return {str(path.relative_to(home)) for path in home.rglob("*") if not path.is_dir() or path.is_symlink()}


with tempfile.TemporaryDirectory(prefix="neural-style-") as folder:
    home = pathlib.Path(folder) / "home"
    home.mkdir()
    program("gimp-console")
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "LANG": "C.UTF-8", "TMPDIR": folder, "OMP_NUM_THREADS": "1",
                   "PYTHONDONTWRITEBYTECODE": "1"}

    def run(*command, **more):
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300, **more)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    subprocess.run(["meson", "install", "--no-rebuild", "--quiet", "--destdir", folder + "/staged"], cwd=BUILD, check=True,
                   timeout=300, stdin=subprocess.DEVNULL)
    stage = next(path.parent for path in pathlib.Path(folder, "staged").rglob("bin") if path.is_dir())

    def installer(verb):
        return run("bash", "-c", SHELL, "bash", str(PROJECT), str(stage), verb)

    def painting():
        code = PAINT.format(photo=str(PROJECT / "data" / "photos" / "boats.jpg"))
        return run("gimp-console", "-idf", "--quit", "--batch-interpreter", "python-fu-eval", "-b", code)

    for _ in range(2):  # over an older version, too
        assert "Installed into" in installer("install_plug_in")
    text = painting()
    assert "PAINTED BY BOTH" in text, text
    assert "Removed" in installer("uninstall_plug_in")
    left = sorted(name for name in files_below(home) if "neural" in name.lower())
    assert not left, left
    assert "not installed" in installer("uninstall_plug_in")
