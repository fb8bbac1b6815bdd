# SPDX-License-Identifier: GPL-3.0-or-later
"""What bash and zsh complete, from what the programs tell of themselves: completions.py DESCRIPTION ENGINE_HELP DATA BASH ZSH"""
import pathlib
import re
import sys
from collections import defaultdict
from dataclasses import dataclass

from command_line import described, engine_options, names_in_catalog, trained_styles

HEAD = "# SPDX-License-Identifier: GPL-3.0-or-later\n# Made from what the program tells of itself.\n"


@dataclass(frozen=True)
class Values:
    """What can be completed in a place."""
    words: tuple = ()
    files: bool = False
    folders: bool = False
    added_networks: bool = False


FILES = Values(files=True)
OF_PLACEHOLDER = dict.fromkeys(("FILE", "PICTURE", "MASK", "PAINTING"), FILES) | dict.fromkeys(("FOLDER", "DIR"), Values(folders=True))


@dataclass
class Option:
    spellings: list
    placeholder: str  # of its value; "": none
    description: str
    values: Values


@dataclass
class Command:
    name: str  # as the user types it: "neural-style train style"
    summary: str
    options: list
    operands: Values  # what it takes besides options


def first_sentence(text):
    return re.split(r"[.:,] ", text.replace("\n", " "), maxsplit=1)[0].rstrip(".")


def all_commands(description, engine_help, data):
    names = {"style": Values(tuple(names_in_catalog(data / "styles/catalog.json")), files=True),
             "preset": Values(tuple(names_in_catalog(data / "presets/catalog.json"))),
             "trained-style": Values(tuple(trained_styles(data / "models"))),
             "device": Values(("automatic", "cpu", "cuda")),
             "network": Values(files=True, added_networks=True)}

    def values(name, placeholder, choices=()):
        return Values(tuple(choices)) if choices else names.get(name, OF_PLACEHOLDER.get(placeholder, Values()))

    _, described_commands = described(description)
    commands = []
    for command in described_commands:
        options = [Option(["--" + option["name"]] + (["-" + option["letter"]] if option["letter"] else []), option["value"],
                          option["description"], values(option["name"], option["value"], option["choices"]))
                   for option in command["options"]]
        options.append(Option(["--help", "-h"], "", "show this help", Values()))
        # "add FILE | get NAME | list"
        words = tuple(re.findall(r"(?:^|\| )([a-z]+)", command["usage"])) if "|" in command["usage"] else ()
        commands.append(Command(command["program"], first_sentence(command["summary"]), options,
                                Values(words, files=command["usage"] != "")))
    options = [Option([name], placeholder, text, values(name.removeprefix("--"), placeholder))
               for name, placeholder, text in engine_options(engine_help)]
    return commands + [Command("neural-style-engine", "", options, Values())]


def next_words(commands):
    """{what has been typed: {the word that may follow: what for}}."""
    following = defaultdict(dict)
    for command in commands:
        words = command.name.split(" ")
        for i in range(1, len(words)):
            last = i == len(words) - 1
            following[" ".join(words[:i])].setdefault(words[i], command.summary if last else "")
    return following


BASH = HEAD + r'''
_neural_style_networks() {
  local file
  for file in "${XDG_DATA_HOME:-$HOME/.local/share}"/neural-style/networks/*.safetensors; do
    [[ ! -e $file ]] || basename "$file" .safetensors
  done
}

_neural_style() {
  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]} typed=${COMP_WORDS[0]##*/} options='' words='' kinds='' i
  # In --option=value the sign is a word of its own.
  if [[ $word == = ]]; then
    word=
  elif [[ $before == = ]]; then
    before=${COMP_WORDS[COMP_CWORD - 2]}
  fi
  for ((i = 1; i < COMP_CWORD; ++i)); do
    case "$typed ${COMP_WORDS[i]}" in
      @COMMANDS@) typed+=" ${COMP_WORDS[i]}" ;;
      *) break ;;
    esac
  done
  case $typed in
@OPERANDS@
  esac
  case "$typed $before" in
@VALUES@
  esac
  [[ $word != -* || -z $options ]] || words=$options kinds=
  [[ $kinds != *networks* ]] || words+=" $(_neural_style_networks)"
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$word")
  if [[ $kinds == *files* ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
  elif [[ $kinds == *folders* ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -d -- "$word")
  fi
}

complete -F _neural_style neural-style neural-style-engine
'''


def bash_assignments(values):
    kinds = [kind for kind, given in (("networks", values.added_networks), ("files", values.files), ("folders", values.folders)) if given]
    return f"words='{' '.join(values.words)}' kinds='{' '.join(kinds)}'"


def bash_completion(commands):
    following = next_words(commands)
    patterns = " | ".join(f'"{typed} {word}"' for typed, words in following.items() for word in words)
    operands = [f"    '{typed}') options='--help{'' if ' ' in typed else ' --version'}' words='{' '.join(words)}' ;;"
                for typed, words in following.items()]
    places = defaultdict(list)
    for command in commands:
        options = " ".join(spelling for option in command.options for spelling in option.spellings)
        operands.append(f"    '{command.name}') options='{options}' {bash_assignments(command.operands)} ;;")
        for option in command.options:
            if option.placeholder:
                places[option.values] += [f"'{command.name} {spelling}'" for spelling in option.spellings]
    values = [f"    {' | '.join(where)})\n      options='' {bash_assignments(what)}\n      ;;" for what, where in places.items()]
    return BASH.replace("@COMMANDS@", patterns).replace("@OPERANDS@", "\n".join(operands)).replace("@VALUES@", "\n".join(values))


ZSH = "#compdef neural-style neural-style-engine\n" + HEAD + r'''
_neural_style_networks() {
  local -a files=(${XDG_DATA_HOME:-$HOME/.local/share}/neural-style/networks/*.safetensors(N:t:r))
  compadd -a files
}

_neural_style() {
  local typed=${words[1]:t}
  while ((CURRENT > 2)); do
    case "$typed $words[2]" in
      (@COMMANDS@) typed+=" $words[2]"; shift words; ((CURRENT--)) ;;
      (*) break ;;
    esac
  done
  case $typed in
@OPERANDS@
  esac
}

_neural_style "$@"
'''


def zsh_quoted(text):
    return "'" + text.replace("'", "'\\''") + "'"


def zsh_described(text):
    return re.sub(r"([\[\]:\\])", r"\\\1", text)


def zsh_action(values):
    actions = []
    if values.words:
        actions.append("compadd -- " + " ".join(values.words))
    if values.added_networks:
        actions.append("_neural_style_networks")
    if values.files or values.folders:
        actions.append("_files" if values.files else "_files -/")
    return "{" + "; ".join(actions) + "}" if actions else " "


def zsh_option(option):
    specs = []
    for spelling in option.spellings:
        sign = "=" if option.placeholder and spelling.startswith("--") else ""
        value = f":{zsh_described(option.placeholder)}:{zsh_action(option.values)}" if option.placeholder else ""
        specs.append(zsh_quoted(f"*{spelling}{sign}[{zsh_described(option.description)}]{value}"))
    return specs


def zsh_completion(commands):
    following = next_words(commands)
    patterns = "|".join(f'"{typed} {word}"' for typed, words in following.items() for word in words)
    operands = []
    for typed, words in following.items():
        choices = " ".join(zsh_quoted(word + (f"[{zsh_described(text)}]" if text else "")) for word, text in words.items())
        operands.append(f"    ({zsh_quoted(typed)})\n      _values command {choices}\n      ;;")
    for command in commands:
        specs = [spec for option in command.options for spec in zsh_option(option)]
        if command.operands != Values():
            specs.append(zsh_quoted(f"*: :{zsh_action(command.operands)}"))
        operands.append(f"    ({zsh_quoted(command.name)})\n      _arguments -s \\\n        " + " \\\n        ".join(specs) + "\n      ;;")
    return ZSH.replace("@COMMANDS@", patterns).replace("@OPERANDS@", "\n".join(operands))


if __name__ == "__main__":
    description, engine_help, data, bash, zsh = map(pathlib.Path, sys.argv[1:])
    commands = all_commands(description, engine_help.read_text(encoding="utf-8"), data)
    bash.write_text(bash_completion(commands), encoding="utf-8")
    zsh.write_text(zsh_completion(commands), encoding="utf-8")
