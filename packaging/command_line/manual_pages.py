# SPDX-License-Identifier: GPL-3.0-or-later
"""The manual pages, from what the programs tell of themselves:
manual_pages.py DESCRIPTION ENGINE_HELP VERSION NEURAL_STYLE.1 NEURAL_STYLE_ENGINE.1"""
import pathlib
import re
import sys

from command_line import block, described, engine_options

LETTERS = {"\\": "\\e", "-": "\\-", "…": "\\&...", "“": "\\(lq", "”": "\\(rq"}


def roff(text):
    """Text as it is: groff(7)."""
    escaped = "".join(LETTERS.get(letter, letter) for letter in text)
    return "\n".join("\\&" + line if line.startswith((".", "'")) else line for line in escaped.split("\n"))


def paragraphs(text):
    """Paragraphs and, where lines are indented, examples."""
    out, example = [], False
    for line in text.strip("\n").split("\n"):
        if line.startswith("  ") != example and line.strip():
            example = not example
            out.append(".PP\n.EX" if example else ".EE")
        if not line.strip():
            out.append(".PP" if not example else "")
        else:
            out.append(roff(line))
    if example:
        out.append(".EE")
    return "\n".join(out)


def tagged(tag, description):
    return f".TP\n{tag}\n{roff(description)}"


def option_tag(option):
    letter = f"\\fB\\-{option['letter']}\\fR, " if option["letter"] else ""
    value = f"=\\fI{roff(option['value'])}\\fR" if option["value"] else ""
    return f"{letter}\\fB\\-\\-{roff(option['name'])}\\fR{value}"


def command_section(command):
    words = command["program"].removeprefix("neural-style ")
    usage = f" \\fI{roff(command['usage'])}\\fR" if command["usage"] else ""
    parts = [f".SS {roff(words)}", f"\\fB{roff(command['program'])}\\fR [\\fIOPTION\\fR\\&...]{usage}", ".PP",
             paragraphs(command["summary"])]
    # As in --help, those for few come last.
    options = sorted(command["options"], key=lambda option: option["advanced"])
    parts += [tagged(option_tag(option), option["description"]) for option in options]
    # Statuses have a section of their own.
    description = re.sub(r"(?m)^Exit status:.*$", "", command["description"]).strip("\n")
    if description:
        parts += [".PP", paragraphs(description)]
    return "\n".join(parts)


def page(name, version, purpose, sections):
    head = f'.\\" Made from what the program tells of itself.\n.TH {name.upper()} 1 "" "Neural Style {version}" "User Commands"'
    return "\n".join([head, ".SH NAME", f"{roff(name)} \\- {roff(purpose)}", *sections]) + "\n"


def neural_style_page(description, version):
    help_text, commands = described(description)
    statuses = re.search(r"^Exit status: (.*)$", help_text, re.M)[1]
    return page("neural-style", version, "paint photos and films in the manner of a picture", [
        ".SH SYNOPSIS", "\\fBneural\\-style\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR\\&...]",
        ".SH DESCRIPTION", roff(help_text.split("\n")[2]),
        ".SH COMMANDS", *[command_section(command) for command in commands],
        ".SH ENVIRONMENT", *[tagged(f"\\fB{roff(name)}\\fR", text) for name, text in block(help_text, "Environment")],
        ".SH EXIT STATUS", roff(statuses),
        ".SH SEE ALSO", "\\fBneural\\-style\\-engine\\fR(1), \\fBgimp\\fR(1), \\fBmpirun\\fR(1)"])


def engine_page(help_file, version):
    help_text = pathlib.Path(help_file).read_text(encoding="utf-8")
    about = help_text.split("\n\n")[1]
    statuses = re.search(r"^Exit status: ((?:.+\n)+)", help_text, re.M)[1]
    options = [tagged(f"\\fB{roff(option)}\\fR" + (f" \\fI{value}\\fR" if value else ""), text)
               for option, value, text in engine_options(help_text)]
    return page("neural-style-engine", version, "paint for the GIMP plug-in of Neural Style", [
        ".SH SYNOPSIS", "\\fBneural\\-style\\-engine\\fR [\\fIOPTION\\fR]\\&...",
        ".SH DESCRIPTION", roff(about), ".SH OPTIONS", *options, ".SH EXIT STATUS", roff(statuses.strip()),
        ".SH SEE ALSO", "\\fBneural\\-style\\fR(1), \\fBgimp\\fR(1), \\fBssh\\fR(1)"])


if __name__ == "__main__":
    description, engine_help, version, neural_style, engine = sys.argv[1:]
    pathlib.Path(neural_style).write_text(neural_style_page(description, version), encoding="utf-8")
    pathlib.Path(engine).write_text(engine_page(engine_help, version), encoding="utf-8")
