# SPDX-License-Identifier: GPL-3.0-or-later
"""Judges paintings by a feature network, not necessarily the one that painted them, and by numbers that need no network.

    judge.py --network data/models/encoder.safetensors photo.jpg style.jpg painting.png [painting.png...]
    judge.py --network FILE --list paintings.tsv --json     # lines of photo, style, painting, separated by tabs

    judge = Judge(FeatureNetwork.read(file))
    judge.verdict("photo.jpg", "style.jpg", "painting.png")["style"]   # 0: its Gram matrices are the style's

The photo is scaled to the painting's size; the style as in the engine. Lower errors are better; the settings decide which of the two errors
may grow. A painter that minimises an error of the same network looks better to it than to the eye.
"""
import argparse
import functools
import json
import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "support"))

from feature_network import FeatureNetwork
from paint_numbers import laid_out_size, paint_numbers, picture, size

COLUMNS = ["style", "content", "directional", "directional-quiet", "chroma-ratio", "contrast-ratio", "saturation-ratio", "border-energy",
           "border-spread", "border-shift"]

EXPLANATION = ("errors of style and content are better the lower; a directional energy of 1 has no mesh along the axes, also in the quietest "
               "quarter of the picture; ratios compare with the style, those of the border with what lies inside.")


def gram(features):
    """F F^T / positions of [channels, positions]."""
    return features @ features.T / features.shape[1]


class Judge:
    def __init__(self, network, pooling="given", stroke_size=100):
        if pooling != "given":
            network.graph = [step | {"pool": pooling} if "pool" in step else step for step in network.graph]
        self.chain, self.stroke_size = network.modules(), stroke_size
        self.style_taps, self.content_taps = network.style_taps, network.content_taps
        self.picture = functools.lru_cache(8)(picture)
        self.style_grams = functools.lru_cache(32)(self.style_grams)
        self.content = functools.lru_cache(4)(self.content)

    @torch.no_grad()
    def features(self, colors, taps):
        """{tap: [channels, positions]}"""
        values, found = torch.from_numpy(colors).float().permute(2, 0, 1)[None], {}
        for name, module in self.chain:
            values = module(values)
            if name in taps:
                found[name] = values.flatten(2)[0]
            if len(found) == len(set(taps)):
                break
        return found

    def style_grams(self, file, size_):
        return {tap: gram(features) for tap, features in self.features(self.picture(file, size_), self.style_taps).items()}

    def content(self, file, size_):
        return self.features(self.picture(file, size_), self.content_taps)

    def verdict(self, photo, style, painting):
        """style     mean over the style taps of |G_painting - G_style| / |G_style|, Frobenius norms of Gram matrices per position
        content   |F_painting - F_photo| / |F_photo - its means over positions| at the content taps
        and each style tap's error, and the results of paint_numbers()."""
        colors = picture(painting)
        there = colors.shape[1::-1]
        style_there = laid_out_size(size(style), there, self.stroke_size)
        features = self.features(colors, self.style_taps + self.content_taps)
        grams = self.style_grams(str(style), style_there)
        taps = {tap: ((gram(features[tap]) - grams[tap]).norm() / grams[tap].norm()).item() for tap in self.style_taps}
        contents = []
        for tap, wanted in self.content(str(photo), there).items():
            contents.append(((features[tap] - wanted).norm() / (wanted - wanted.mean(1, keepdim=True)).norm().clamp_min(1e-9)).item())
        return {"style": sum(taps.values()) / len(taps), "content": sum(contents) / len(contents), "style-taps": taps,
                **paint_numbers(colors, self.picture(str(style), style_there))}


def mean(verdicts):
    return {column: sum(verdict[column] for verdict in verdicts) / len(verdicts) for column in COLUMNS}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--network", required=True, help="feature network, as data/models/encoder.safetensors")
    parser.add_argument("--pooling", choices=["given", "average", "max"], default="given", help="instead of the network's own")
    parser.add_argument("--stroke-size", type=float, default=100, metavar="PERCENT", help="what the paintings were painted with")
    parser.add_argument("--list", metavar="TSV", help="lines of photo, style and painting, separated by tabs")
    parser.add_argument("--json", action="store_true", help="one object a line, and the means as the last")
    parser.add_argument("--table", metavar="FILE", help="write a Markdown table there as well")
    parser.add_argument("pictures", nargs="*", metavar="PICTURE", help="photo, style, and paintings")
    options = parser.parse_args()
    works = [line.split("\t") for line in pathlib.Path(options.list).read_text().splitlines() if line] if options.list else []
    if options.pictures:
        works += [[*options.pictures[:2], painting] for painting in options.pictures[2:]]
    if not works or any(len(work) != 3 for work in works):
        parser.error("name a photo, a style and paintings, or a --list of them")

    judge, verdicts = Judge(FeatureNetwork.read(options.network), options.pooling, options.stroke_size), []
    if not options.json:
        print("\t".join(["painting", *COLUMNS]))
    for photo, style, painting in works:
        verdicts.append(judge.verdict(photo, style, painting))
        if options.json:
            print(json.dumps({"photo": photo, "style-picture": style, "painting": painting} | verdicts[-1]), flush=True)
        else:
            print("\t".join([painting, *(f"{verdicts[-1][column]:.3f}" for column in COLUMNS)]), flush=True)
    if len(works) > 1:
        means = mean(verdicts)
        print(json.dumps({"mean": means}) if options.json else "\t".join(["mean", *(f"{means[column]:.3f}" for column in COLUMNS)]))
    if options.table:
        lines = [["photo", "like", "style error", "content error", *COLUMNS[2:]], ["---", "---", *["--:"] * len(COLUMNS)]]
        names = [[pathlib.Path(file).stem for file in work[:2]] for work in works] + [["**mean**", ""]]
        lines += [name + [f"{verdict[column]:.3f}" for column in COLUMNS] for name, verdict in zip(names, [*verdicts, mean(verdicts)])]
        text = f"Judged by `{pathlib.Path(options.network).name}`, pooling as {options.pooling}; {EXPLANATION}\n\n"
        pathlib.Path(options.table).write_text(text + "".join("| " + " | ".join(line) + " |\n" for line in lines), encoding="utf-8")


if __name__ == "__main__":
    main()
