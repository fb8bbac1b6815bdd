# SPDX-License-Identifier: GPL-3.0-or-later
"""The program gegl paints with neural-style:paint, as docs/scripting.md says."""
import array
import os
import shutil
import subprocess
import sys
import tempfile

PROGRAM = shutil.which("gegl")
if not PROGRAM:
    print("SKIPPED: gegl is not installed", file=sys.stderr)
    sys.exit(77)

ENVIRONMENT = os.environ | {"GEGL_PATH": os.environ["NEURAL_STYLE_TEST_GEGL_PATH"],
                            "NEURAL_STYLE_ENGINE": os.environ["NEURAL_STYLE_TEST_ECHO_ENGINE"] + " --mix"}


def samples(path):
    """Red, green, blue and alpha of each pixel, in 16 bits."""
    return array.array("H", subprocess.run(["convert", path, "-depth", "16", "-endian", "LSB", "rgba:-"], check=True, capture_output=True).stdout)


with tempfile.TemporaryDirectory() as folder:
    for depth in (8, 16):
        photo, painting = (os.path.join(folder, f"{name}{depth}.png") for name in ("photo", "painting"))
        subprocess.run(["convert", "-size", "120x80", "gradient:red-blue", "-alpha", "set", "-channel", "A", "-evaluate", "multiply",
                        "0.7", "-depth", str(depth), f"PNG{depth * 4}:{photo}"], check=True)
        done = subprocess.run([PROGRAM, photo, "-o", painting, "--", "neural-style:paint", "style=waves", "strength=0.8"], env=ENVIRONMENT,
                              timeout=120, capture_output=True, text=True)
        assert done.returncode == 0 and os.path.exists(painting), done.stderr
        before, after = samples(photo), samples(painting)
        assert before != after and len(before) == len(after), "nothing was painted"
        assert before[3::4] == after[3::4], "alpha"
        # gegl writes 16 bits; a photo of 8 was painted in 8.
        assert (depth == 8) == all(value % 257 == 0 for value in after), f"not in {depth} bits"
        print(f"ok {depth} bits", file=sys.stderr)
