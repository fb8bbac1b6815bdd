# SPDX-License-Identifier: GPL-3.0-or-later
"""Every language is complete: translations_test.py SOURCE_FOLDER."""
import pathlib
import re
import subprocess
import sys
import tempfile

source = pathlib.Path(sys.argv[1])
po = source / "po"


def run(*command):
    return subprocess.run(command, cwd=source, check=True, capture_output=True, text=True, timeout=60).stdout


def every_file_with_text_for_users_is_listed():
    listed = set((po / "POTFILES.in").read_text().split())
    with_text = {str(path.relative_to(source)) for folder in ("plugin", "pixels", "engine", "engine_client", "gegl") for path in
                 (source / folder).rglob("*.[ch]pp") if path.name != "translation.hpp" and re.search(r'\b(N?_|ngettext_)\(\s*"', path.read_text())}
    assert with_text == listed, f"missing or too many in po/POTFILES.in: {with_text ^ listed}"


def every_sentence_of_an_error_is_for_translation():
    """Of errors with a code: "failure(ErrorCode::out_of_memory, "Too much.")" instead of _("Too much.")."""
    for folder in ("plugin", "pixels", "engine/cli", "engine_client", "gegl"):
        for path in sorted((source / folder).rglob("*.cpp")):
            bare = re.findall(r'\bfailure\(\s*ErrorCode::\w+,\s*("[^"]+")', path.read_text())
            assert not bare, f"{path}: {bare}"


def every_text_is_translated():
    with tempfile.TemporaryDirectory() as folder:
        template = f"{folder}/texts.pot"
        run("xgettext", "--from-code=UTF-8", "--language=C++", "--keyword=_", "--keyword=N_", "--keyword=ngettext_:1,2", "--files-from=po/POTFILES.in", "-o", template)
        for language in (po / "LINGUAS").read_text().split():
            merged, rest = f"{folder}/{language}.po", {}
            run("msgmerge", "--quiet", f"po/{language}.po", template, "-o", merged)
            for kind in ("--untranslated", "--only-fuzzy"):
                rest[kind] = run("msgattrib", kind, "--no-obsolete", merged).strip()
            assert not any(rest.values()), f"{language}: {rest}"


def formats_fit():
    for language in (po / "LINGUAS").read_text().split():
        run("msgfmt", "--check", "-o", "/dev/null", f"po/{language}.po")


def every_language_speaks_for_itself():
    """Text that stays English is a name or a word for scripts: under a tenth of all."""
    for language in (po / "LINGUAS").read_text().split():
        entries = re.findall(r'^msgid ((?:".*"\n)+)msgstr ((?:".*"\n)+)', (po / f"{language}.po").read_text(), re.M)
        entries = [(text, translation) for text, translation in entries if text != '""\n']
        same = [text for text, translation in entries if text == translation]
        assert len(entries) > 200 and len(same) < len(entries) / 10, f"{language}: {len(same)} of {len(entries)}: {same}"


for case in (every_file_with_text_for_users_is_listed, every_sentence_of_an_error_is_for_translation, every_text_is_translated, formats_fit, every_language_speaks_for_itself):
    case()
    print(f"ok {case.__name__}", file=sys.stderr)
