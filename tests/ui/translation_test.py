# SPDX-License-Identifier: GPL-3.0-or-later
"""The plug-in in a Chinese GIMP: menu, dialog and sentences come from its own translations."""
import gettext
import pathlib
import subprocess
import sys

from desktop import Desktop, program, skip

from private_gimp import PrivateGimp, Programs

programs = Programs.from_environment()


def made_locale(folder):
    """zh_CN.UTF-8, whether or not this machine has it: C.UTF-8 would ignore LANGUAGE."""
    localedef = program("localedef")
    if not pathlib.Path("/usr/share/i18n/locales/zh_CN").exists():
        skip("the package locales is not installed")
    folder.mkdir()
    subprocess.run([localedef, "-i", "zh_CN", "-f", "UTF-8", str(folder / "zh_CN.UTF-8")], check=True, timeout=120,
                   stdin=subprocess.DEVNULL)
    return folder


translation = gettext.translation("plug-in-neural-style", programs.locale, ["zh_CN"])


def translated(text):
    """As it is seen: mnemonics in parentheses keep their letter without the underscore."""
    chinese = translation.gettext(text)
    if not any(ord(letter) > 0x2E80 for letter in chinese):
        raise AssertionError(f"not translated: {text}")
    return chinese.replace("_", "")


with PrivateGimp(programs, console=False) as gimp, Desktop(gimp.folder, sys.argv[1]) as desktop:
    from gimp_window import GimpWindow, check, wait_for

    locale = made_locale(gimp.folder / "locale")
    picture = gimp.folder / "photo.png"
    subprocess.run([program("convert"), "-size", "320x240", "plasma:red-blue", "-strip", f"PNG24:{picture}"], check=True,
                   timeout=60)
    window = GimpWindow(desktop, gimp, picture, [programs.echo_engine, "--updates", "20", "--slow", "100"],
                        LANG="zh_CN.UTF-8", LANGUAGE="zh_CN", LOCPATH=str(locale))
    try:
        window.menu(translated("_Neural Style…"))
        dialog = window.dialog(translated("Neural Style"))
        for label in ("St_yle", "_Quality", "Colors _taken from"):
            dialog.find("label", translated(label))
        for spin in ("Stren_gth", "Stro_ke size (%)"):
            dialog.find("spin button", translated(spin))
        check(dialog.choices(translated("_Quality")) == [translated(word) for word in ("Draft", "Fine", "Print")])
        desktop.screenshot("dialog-zh_CN")
        dialog.find("button", "确定(O)").queryAction().doAction(0)
        words = translated("Painting at {} × {}, step {} of {}").split("{}")[0]
        wait_for("progress in Chinese", lambda: any(words in text for text in dialog.texts()))
        desktop.screenshot("painting-zh_CN")
        wait_for("the new layer", lambda: "(2 " in window.title())
        print("ok the plug-in speaks Chinese", file=sys.stderr)
    except BaseException:
        desktop.screenshot("failed-zh_CN")
        sys.stderr.write(window.log_path.read_text()[-3000:])
        raise
    finally:
        window.close()
