# SPDX-License-Identifier: GPL-3.0-or-later
"""The plug-in in GIMPs of other languages: menu, dialog and sentences come from its own translations, and all fits the screen."""
import gettext
import pathlib
import subprocess
import sys
import time
import traceback

from desktop import Desktop, program, skip

from private_gimp import PrivateGimp, Programs

programs = Programs.from_environment()
# Two of every writing and length; the screenshots of all others can be had by naming them behind the folder.
LANGUAGES = sys.argv[2:] or ["zh_CN", "de"]
COUNTRIES = {"de": "de_DE", "fr": "fr_FR", "es": "es_ES", "ja": "ja_JP"}


def made_locale(folder, language):
    """LANGUAGE.UTF-8, whether or not this machine has it: C.UTF-8 would ignore LANGUAGE."""
    name = COUNTRIES.get(language, language)
    localedef = program("localedef")
    if not pathlib.Path(f"/usr/share/i18n/locales/{name}").exists():
        skip("the package locales is not installed")
    folder.mkdir(exist_ok=True)
    subprocess.run([localedef, "-i", name, "-f", "UTF-8", str(folder / f"{name}.UTF-8")], check=True, timeout=120,
                   stdin=subprocess.DEVNULL)
    return f"{name}.UTF-8"


def the_plug_in_speaks(language):
    ours = gettext.translation("plug-in-neural-style", programs.locale, [language])
    gimps = gettext.translation("gimp30-libgimp", "/usr/share/locale", [language], fallback=True)

    def translated(text):
        """As it is seen: mnemonics in parentheses keep their letter without the underscore."""
        words = ours.gettext(text)
        check(words != text, f"not translated: {text}")
        return words.replace("_", "")

    locale = made_locale(gimp.folder / "locale", language)
    window = GimpWindow(desktop, gimp, picture, [programs.echo_engine, "--mix", "--updates", "10", "--slow", "50"],
                        LANG=locale, LANGUAGE=language, LOCPATH=str(gimp.folder / "locale"),
                        NEURAL_STYLE_DATA=str(programs.data))
    try:
        # The menu is another language's until GIMP has asked all plug-ins again.
        window.menu(translated("_Neural Style…"))
        dialog = window.dialog(ours.gettext("Neural Style"))
        finished = translated("The preview is finished")
        wait_for("the preview", lambda: finished in dialog.texts())
        for label in ("_Quality", "Colors _taken from"):
            dialog.find("label", translated(label))
        for spin in ("Stren_gth", "Stro_ke size (%)"):
            dialog.find("spin button", translated(spin))
        choices = dialog.choices(ours.gettext("_Quality").replace("_", ""))
        check({translated("Draft"), translated("Fine")} <= set(choices), choices)
        desktop.screenshot(f"dialog-{language}")
        for expander in ("Styles and _regions", "_More settings", "E_xpert settings"):
            toggle = dialog.find("toggle button", translated(expander))
            toggle.queryAction().doAction(0)
            time.sleep(0.5)
            desktop.screenshot(f"dialog-{language}-{expander.replace('_', '').split()[0].lower()}")
            toggle.queryAction().doAction(0)
            time.sleep(0.3)
        width, height = dialog.size()  # it only grows
        check(width <= 1340 and height <= 720, f"{language}: {width} x {height}")
        dialog.press(gimps.gettext("_OK").replace("_", ""))
        words = translated("Painting at {} × {}, step {} of {}").split("{}")[0]
        wait_for("progress", lambda: any(words in text for text in dialog.texts()))
        desktop.screenshot(f"painting-{language}")
        wait_for("the new layer", lambda: "(2 " in window.title())
    except BaseException:
        desktop.screenshot(f"failed-{language}")
        sys.stderr.write(window.log_path.read_text()[-3000:])
        raise
    finally:
        window.close()


failed = 0
with PrivateGimp(programs, console=False) as gimp, Desktop(gimp.folder, sys.argv[1], 1366, 768) as desktop:
    from gimp_window import GimpWindow, check, wait_for

    picture = gimp.folder / "photo.png"
    subprocess.run([program("convert"), str(programs.data / "photos" / "boats.jpg"), "-resize", "640x480", "-strip",
                    f"PNG24:{picture}"], check=True, timeout=60)
    for language in LANGUAGES:
        try:
            the_plug_in_speaks(language)
            print(f"ok the plug-in speaks {language}", file=sys.stderr)
        except Exception:
            failed += 1
            traceback.print_exc()
sys.exit(1 if failed else 0)
