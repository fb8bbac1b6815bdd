# SPDX-License-Identifier: GPL-3.0-or-later
"""The example at the head of each public header compiles: examples_test.py INCLUDE_FOLDER COMPILER..."""
import pathlib
import subprocess
import sys
import tempfile

include, compiler = pathlib.Path(sys.argv[1]), sys.argv[2:]

# What an example leaves to its reader.
SURROUNDINGS = """
#include <neural_style/engine.hpp>
#include <{header}>
#include <array>
#include <fstream>
#include <iostream>
using namespace neural_style;
void report(const Error&);
void show(double);
void {before}
"""
BEFORE = {
    "descriptor.hpp": "example(int number) {",
    "drivers.hpp": "example() {",
    "engine.hpp": "example(ImageView photo, ImageView starry_night) {",
    "error.hpp": "example(Engine& engine, const Request& request) {",
    "formatted.hpp": "example(int done, int total) {",
    "image.hpp": "example() {",
    "kept_state.hpp": "example(KeptState& state, std::array<double, 3> numbers, const std::vector<std::span<float>>& pictures) {",
    "losses.hpp": "example() {",
    "plain_text.hpp": "example(const std::string& title) {",
    "ranks.hpp": "example(Ranks& ranks, double own, std::span<const float> last_rows, std::span<float> rows_above) {",
    "samples.hpp": "example(const Bytes& rows) {",
    "setting_table.hpp": "example() {",
    "setting_text.hpp": "example() {",
    "settings.hpp": "example() {",
}


def example(header):
    """The lines indented by five blanks within the comment, up to the first #pragma."""
    head = header.read_text(encoding="utf-8").split("#pragma once")[0]
    return [line.removeprefix("///     ") for line in head.splitlines() if line.startswith("///     ")]


def compiles(source, folder):
    file = folder / "example.cpp"
    file.write_text(source, encoding="utf-8")
    command = [*compiler, "-std=c++23", "-fsyntax-only", "-I", str(include), str(file)]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.returncode == 0, done.stderr


failed = 0
with tempfile.TemporaryDirectory() as folder:
    folder = pathlib.Path(folder)
    headers = sorted((include / "neural_style").glob("*.hpp"))
    for header in headers:
        lines = example(header)
        if not lines or header.name not in BEFORE:
            print(f"{header.name} has no example, or this test does not know what surrounds it", file=sys.stderr)
            failed += 1
            continue
        around = SURROUNDINGS.format(header=f"neural_style/{header.name}", before=BEFORE[header.name])
        good, why = compiles("\n".join([around, *lines, "}"]), folder)
        if not good:
            print(f"the example of {header.name} does not compile:\n{why}", file=sys.stderr)
            failed += 1
    # The test would be worthless if everything compiled.
    if compiles(SURROUNDINGS.format(header="neural_style/engine.hpp", before="example() { no_such_thing(); }"), folder)[0]:
        print("the compiler accepts a name that nobody declared", file=sys.stderr)
        failed += 1
if not headers:
    failed += 1
sys.exit(1 if failed else 0)
