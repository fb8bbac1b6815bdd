# SPDX-License-Identifier: GPL-3.0-or-later
"""Every file that a document names exists, and the tree has every source: files_test.py PROJECT."""
import pathlib
import re
import sys

project = pathlib.Path(sys.argv[1])
failed = 0


def tell(document, what):
    global failed
    failed += 1
    print(f"{document.relative_to(project)}: {what}", file=sys.stderr)


def documents():
    for folder in ("", "docs", "data", "engine", "tests"):
        pattern = "*.md" if folder == "" else "**/*.md"
        yield from sorted((project / folder).glob(pattern))


def check_links(document, text):
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if re.match(r"[a-z]+:|#", target):
            continue
        if not (document.parent / target.split("#")[0]).exists():
            tell(document, f"the link to {target} leads nowhere")


def check_names(document, text):
    """`folder/file` if the folder is one of the project's, and `path` in the tree's notation."""
    folders = {entry.name for entry in project.iterdir() if entry.is_dir() and entry.name != "build"} - {"out"}
    for name in re.findall(r"`([\w.+-]+(?:/[\w.+-]+)+)/?`", text):
        if name.split("/")[0] in folders and not (project / name).exists():
            tell(document, f"there is no {name}")


def check_tree(document, text):
    """The annotated tree: two more blanks per level, names separated by two blanks, then their purpose."""
    if "\n## The tree\n" not in text:
        return set()
    block = text.split("\n## The tree\n")[1].split("\n## ")[0]
    names = set()
    parents = []  # (indentation, path)
    for line in block.splitlines():
        if not line.strip():
            continue
        indentation = len(line) - len(line.lstrip(" "))
        while parents and parents[-1][0] >= indentation:
            parents.pop()
        folder = parents[-1][1] if parents else project
        for word in re.findall(r"[\w./+-]+", line.strip().split("   ")[0]):
            if "." not in word and "/" not in word and word != "run":
                break  # the purpose begins
            names.add(folder / word)
            if not (folder / word).exists():
                tell(document, f"the tree names {(folder / word).relative_to(project)}, which is not there")
            if word.endswith("/"):
                parents.append((indentation, folder / word))
    return names


def check_sources(named):
    """A source and its header are named once, by either name."""
    named = {name.with_suffix("") for name in named}
    for folder in ("engine", "pixels", "plugin"):
        for source in sorted((project / folder).rglob("*.[ch]pp")):
            if source.with_suffix("") not in named:
                tell(project / "ARCHITECTURE.md", f"the tree lacks {source.relative_to(project)}")


names = set()
for document in documents():
    text = document.read_text(encoding="utf-8")
    check_links(document, text)
    check_names(document, text)
    names |= check_tree(document, text)
check_sources(names)
if len(names) < 50:
    print(f"only {len(names)} names were found in the tree of ARCHITECTURE.md", file=sys.stderr)
    failed += 1
sys.exit(1 if failed else 0)
