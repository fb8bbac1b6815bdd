# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws time and memory against pixels, ours and the peer's, as SVG.

    write_plots(sections_of_benchmarks_json, folder)    # growth.svg, sizes.svg
"""
import math
import re

WIDTH, HEIGHT, LEFT, TOP, GAP = 360, 260, 60, 34, 84  # of one diagram, in pixels, and around it
COLORS = ("#1b6ca8", "#6fb1de", "#b5442c", "#e79a80")
DASHES = ("", "5 3", "", "5 3")


def ticks(low, high):
    """1, 2 and 5 times powers of ten within the range."""
    exponents = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    found = [digit * 10.0 ** e for e in exponents for digit in (1, 2, 5) if low <= digit * 10.0 ** e <= high]
    return found if len(found) <= 7 else [value for value in found if f"{value:e}"[0] == "1"]


def diagram(number, title, unit, lines):
    """`lines`: {name: [(megapixels, value)]}; both axes are logarithmic."""
    left = LEFT + number * (WIDTH + GAP)
    xs = [x for points in lines.values() for x, _ in points]
    ys = [y for points in lines.values() for _, y in points]
    (x0, x1), (y0, y1) = ((min(values) / 1.2, max(values) * 1.2) for values in (xs, ys))

    def at(x, y):
        return (left + WIDTH * math.log(x / x0) / math.log(x1 / x0), TOP + HEIGHT * (1 - math.log(y / y0) / math.log(y1 / y0)))

    out = [f'<text x="{left}" y="{TOP - 12}" font-weight="bold">{title}</text>']
    for x in ticks(x0, x1):
        place = at(x, y0)[0]
        out.append(f'<path d="M{place:.1f} {TOP}V{TOP + HEIGHT}" stroke="#ddd"/><text x="{place:.1f}" y="{TOP + HEIGHT + 16}" text-anchor="middle">{x:g}</text>')
    for y in ticks(y0, y1):
        place = at(x0, y)[1]
        out.append(f'<path d="M{left} {place:.1f}H{left + WIDTH}" stroke="#ddd"/><text x="{left - 6}" y="{place + 4:.1f}" text-anchor="end">{y:g}</text>')
    out.append(f'<text x="{left + WIDTH / 2}" y="{TOP + HEIGHT + 34}" text-anchor="middle">megapixels</text>')
    out.append(f'<text x="{left - 44}" y="{TOP + HEIGHT / 2}" text-anchor="middle" transform="rotate(-90 {left - 44} {TOP + HEIGHT / 2})">{unit}</text>')
    for i, points in enumerate(lines.values()):
        places = [at(x, y) for x, y in sorted(points)]
        out.append(f'<polyline points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}" fill="none" stroke="{COLORS[i]}" stroke-width="2" '
                   f'stroke-dasharray="{DASHES[i]}"/>')
        out += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{COLORS[i]}"/>' for x, y in places]
    return out


def drawing(diagrams):
    """`diagrams`: [(title, unit, lines)], with the same names of lines."""
    names = list(diagrams[0][2])
    width, height = LEFT + len(diagrams) * (WIDTH + GAP), TOP + HEIGHT + 52 + 18 * len(names)
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="12">',
           f'<rect width="{width}" height="{height}" fill="white"/>']
    for number, (title, unit, lines) in enumerate(diagrams):
        out += diagram(number, title, unit, lines)
    for i, name in enumerate(names):
        y = TOP + HEIGHT + 56 + 18 * i
        out.append(f'<path d="M{LEFT} {y}h28" stroke="{COLORS[i]}" stroke-width="2" stroke-dasharray="{DASHES[i]}"/><text x="{LEFT + 36}" y="{y + 4}">{name}</text>')
    return "\n".join(out + ["</svg>", ""])


def write_plots(sections, folder):
    """Of the sections that have been measured."""
    if growth := sections.get("growth"):
        lines = {unit: {} for unit in ("s", "GiB")}
        for name, value in growth["figures"].items():
            line, side, unit = re.fullmatch(r"(.*), (\d+) px: (.*)", name).groups()
            lines[unit].setdefault(line, []).append((int(side) ** 2 / 1e6, value))
        (folder / "growth.svg").write_text(drawing([("one step", "seconds", lines["s"]), ("its memory", "GiB", lines["GiB"])]), encoding="utf-8")
    if sizes := sections.get("sizes"):
        lines = {unit: {"default, whole paintings": []} for unit in ("s", "GiB")}
        for name, value in sizes["figures"].items():
            megapixels, unit = re.fullmatch(r"(.*) MP: (.*)", name).groups()
            lines[unit]["default, whole paintings"].append((float(megapixels), value))
        (folder / "sizes.svg").write_text(drawing([("a painting", "seconds", lines["s"]), ("its memory", "GiB", lines["GiB"])]), encoding="utf-8")
