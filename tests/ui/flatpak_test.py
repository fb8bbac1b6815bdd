# SPDX-License-Identifier: GPL-3.0-or-later
"""In a GIMP from Flatpak the dialog fills in how to start the computer's engine: flatpak_test.py SCREENSHOTS"""
import subprocess
import sys

from desktop import Desktop, program

from private_gimp import PrivateGimp, Programs

programs = Programs.from_environment()
WANTED = "flatpak-spawn --host neural-style-engine"
BUTTON = "Use this computer's engine"

with PrivateGimp(programs, console=False) as gimp, Desktop(gimp.folder, sys.argv[1], 1366, 768) as desktop:
    from gimp_window import FILTER, GimpWindow, check, find, wait_for

    photo = gimp.folder / "photo.png"
    subprocess.run([program("convert"), "-size", "64x48", "gradient:", f"PNG24:{photo}"], check=True, timeout=60)
    for environment, offered in (({}, False), ({"FLATPAK_ID": "org.gimp.GIMP"}, True)):
        window = GimpWindow(desktop, gimp, photo, [programs.echo_engine], **environment)
        try:
            window.menu(*FILTER)
            dialog = window.dialog()
            dialog.find("toggle button", "Expert settings").queryAction().doAction(0)
            command = dialog.find("text", "Engine command")
            check((find(dialog.window, None, BUTTON) is not None) == offered, environment)
            if offered:
                desktop.screenshot("flatpak")
                dialog.press(BUTTON)
                wait_for("the command", lambda: command.queryText().getText(0, -1) == WANTED)
            else:
                check(command.queryText().getText(0, -1) != WANTED)
            dialog.press("Cancel")
            window.no_dialog()
        except BaseException:
            desktop.screenshot("failed-flatpak")
            sys.stderr.write(window.log_path.read_text()[-3000:])
            raise
        finally:
            window.close()
