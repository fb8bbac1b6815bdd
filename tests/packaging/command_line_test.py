# SPDX-License-Identifier: GPL-3.0-or-later
"""Manual pages and completions have what the programs say in --help:
command_line_test.py NEURAL_STYLE ENGINE NEURAL_STYLE.1 ENGINE.1 BASH ZSH"""
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

NEURAL_STYLE, ENGINE = sys.argv[1:3]
MANUAL, ENGINE_MANUAL, BASH, ZSH = (Path(name).read_text(encoding="utf-8") for name in sys.argv[3:7])
BASH_FILE, ZSH_FILE = sys.argv[5:7]


def said(*words):
    return subprocess.run([*words], check=True, capture_output=True, text=True, timeout=60, env=os.environ | {"LC_ALL": "C"}).stdout


def options_in(help_text):
    return re.findall(r"^ +(?:(-\w), )?(--[\w-]+)", help_text, re.M)


HELP = said(NEURAL_STYLE, "--help")
WORDS = re.findall(r"^  ([a-z]+) ", HELP.split("Commands:")[1].split("\n\n")[0], re.M)
COMMANDS = [word for word in WORDS if word != "train"] + [f"train {what}" for what in ("style", "encoder", "decoder")]
OPTIONS = {command: options_in(said(NEURAL_STYLE, *command.split(), "--help")) for command in COMMANDS}
ENGINE_OPTIONS = options_in(said(ENGINE, "--help"))


def completed(*typed):
    """What bash offers for the last of these words."""
    script = 'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _neural_style; printf "%s\\n" "${COMPREPLY[@]}"'
    done = subprocess.run(["bash", "-c", script, "bash", BASH_FILE, *typed], check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.split()


def plain(manual):
    return manual.replace("\\-", "-").replace("\\fB", "").replace("\\fI", "").replace("\\fR", "")


class CommandLine(unittest.TestCase):
    def test_there_are_commands_with_options(self):
        self.assertGreater(len(COMMANDS), 8)
        self.assertTrue(all(OPTIONS.values()), OPTIONS)
        self.assertGreater(len(ENGINE_OPTIONS), 5)

    def test_the_manual_has_every_option_of_every_command(self):
        sections = dict(re.findall(r"^\.SS (.*)\n((?:(?!\.S[SH]).*\n)*)", plain(MANUAL), re.M))
        self.assertEqual(sorted(sections), sorted(COMMANDS))
        for command, options in OPTIONS.items():
            tags = re.findall(r"^\.TP\n(?:(-\w), )?(--[\w-]+)", sections[command], re.M)
            self.assertEqual(tags, [option for option in options if option[1] != "--help"], command)
        tags = re.findall(r"^\.TP\n(--[\w-]+)", plain(ENGINE_MANUAL), re.M)
        self.assertEqual(tags, [name for _, name in ENGINE_OPTIONS])

    def test_the_manual_is_well_formed(self):
        if not shutil.which("mandoc"):
            self.assertNotRegex(MANUAL + ENGINE_MANUAL, r"(?m)^\.(?!(SH|SS|TH|TP|PP|EX|EE|\\\")\b|\\\")")
            return
        for file in sys.argv[3:5]:
            found = subprocess.run(["mandoc", "-Tlint", "-Wwarning", file], capture_output=True, text=True, timeout=60)
            self.assertNotRegex(found.stdout, r"(?m)(WARNING|ERROR)(?!: missing date)", found.stdout)

    def test_bash_completes_every_option(self):
        for command, options in OPTIONS.items():
            wanted = sorted(word for option in options for word in option if word)
            self.assertEqual(sorted(set(completed("neural-style", *command.split(), "-")) - {"-h"}), sorted(set(wanted) - {"-h"}), command)
        self.assertEqual(sorted(completed("neural-style-engine", "-")), sorted(name for _, name in ENGINE_OPTIONS))

    def test_bash_completes_commands_and_values(self):
        self.assertEqual(completed("neural-style", ""), WORDS)
        self.assertEqual(completed("neural-style", "train", "e"), ["encoder"])
        for value in ("instant", "draft", "fine", "print"):
            self.assertIn(value, completed("neural-style", "paint", "boats.jpg", "--quality", ""))
        self.assertEqual(completed("neural-style", "video", "--quality", "=", "dr"), ["draft"])
        self.assertIn("starry-night", completed("neural-style", "paint", "-s", "star"))
        self.assertEqual(completed("neural-style", "paint", "--strength", ""), [])
        self.assertEqual(completed("neural-style", "networks", "sho"), ["show"])

    def test_bash_completes_files_and_networks_of_the_user(self):
        with tempfile.TemporaryDirectory() as folder:
            networks = Path(folder, "neural-style/networks")
            networks.mkdir(parents=True)
            (networks / "vgg19.safetensors").touch()
            os.environ["XDG_DATA_HOME"] = folder
            self.assertEqual(completed("neural-style", "paint", "--network", "vgg"), ["vgg19"])
            self.assertEqual(completed("neural-style", "paint", folder + "/neu"), [folder + "/neural-style"])
            self.assertEqual(completed("neural-style", "train", "style", "--photos", folder + "/neu"), [folder + "/neural-style"])

    def test_zsh_completes_the_same(self):
        cases = dict(re.findall(r"^    \('([\w -]+)'\)\n((?:(?!    \(').*\n)*)", ZSH, re.M))
        for command, options in [*((f"neural-style {command}", options) for command, options in OPTIONS.items()),
                                 ("neural-style-engine", ENGINE_OPTIONS)]:
            specs = re.findall(r"'\*(-{1,2}[\w-]+)=?\[", cases[command])
            self.assertEqual(sorted(set(specs) - {"-h"}), sorted({word for option in options for word in option if word} - {"-h"}), command)
        self.assertIn("{compadd -- instant draft fine print}", cases["neural-style paint"])
        if shutil.which("zsh"):
            subprocess.run(["zsh", "-n", ZSH_FILE], check=True, timeout=60)


unittest.main(argv=sys.argv[:1])
