#!/usr/bin/env python3
"""Compares the maps of a model of this package with those of PatchCore, on the same test images, by the same code.

    quality.py CATEGORY --model MODEL.students --patchcore FOLDER [--program students] [--maps FOLDER]

FOLDER is what patchcore.py wrote. Maps of MODEL are written by `students evaluate --maps` and read by Benchmarks/pro.py,
as PatchCore's are: PRO up to a false-positive rate of 0.3 and pixel ROC-AUC, at 256 x 256. Image ROC-AUC is of the
score that each gives to a whole image; its interval is where it would lie in 95 of 100 test sets like this one, by
drawing images with replacement (2,000 times, seed 1). Needs what requirements.txt says.
"""
import argparse
import json
import pathlib
import subprocess
import sys
import tempfile

import numpy
import scipy.stats

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from pro import figures


def area(scores, anomalous):
    ranks = scipy.stats.rankdata(scores)
    ones = anomalous.sum()
    zeros = len(scores) - ones
    return (ranks[anomalous].sum() - ones * (ones + 1) / 2) / (ones * zeros)


def image_figures(scores):
    """Of scores by DEFECT/FILE: the area, and its interval."""
    anomalous = numpy.array([not name.startswith("good/") for name in scores])
    values = numpy.array(list(scores.values()))
    generator = numpy.random.default_rng(1)
    areas = []
    while len(areas) < 2000:
        drawn = generator.integers(len(values), size=len(values))
        if 0 < anomalous[drawn].sum() < len(drawn):
            areas.append(area(values[drawn], anomalous[drawn]))
    low, high = numpy.quantile(areas, [0.025, 0.975])
    return {"imageROCAUC": float(area(values, anomalous)), "imageROCAUCInterval": [float(low), float(high)]}


def ours(given):
    folder = given.maps
    # What evaluate writes lies in a folder of the category's name.
    said = json.loads(subprocess.run(
        [given.program, "evaluate", given.model, given.category, "--json", "--maps", folder,
         "--map-size", "model", "--threads", str(given.threads)], check=True, stdout=subprocess.PIPE).stdout)
    lines = subprocess.run(
        [given.program, "inspect", given.model, given.category / "test", "--recursive", "--json",
         "--threads", str(given.threads)], stdout=subprocess.PIPE, text=True).stdout.splitlines()
    scores = {}
    for line in map(json.loads, lines):
        path = pathlib.Path(line["image"])
        scores[f"{path.parent.name}/{path.name}"] = line["score"]
    found = image_figures(scores) | figures(folder / given.category.name, given.category)
    # The program's own figures are those of the other code, or something is wrong with either.
    for key in ("imageROCAUC", "pixelROCAUC", "pro"):
        assert abs(found[key] - said[key]) < 1e-4, (key, found[key], said[key])
    kept = {key: said[key] for key in ("pixelROCAUCInterval", "proInterval", "secondsPerImage")}
    return found | kept | {"modelMB": given.model.stat().st_size / 1e6}


def main():
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("category", type=pathlib.Path)
    options.add_argument("--model", type=pathlib.Path)
    options.add_argument("--patchcore", type=pathlib.Path, help="the folder that patchcore.py wrote")
    options.add_argument("--program", default=".build/release/students")
    options.add_argument("--maps", type=pathlib.Path)
    options.add_argument("--threads", type=int, default=2)
    given = options.parse_args()
    rows = {}
    if given.model:
        with tempfile.TemporaryDirectory() as folder:
            given.maps = given.maps or pathlib.Path(folder)
            rows["students"] = ours(given)
    if given.patchcore:
        measured = json.loads((given.patchcore / "measured.json").read_text())
        scores = measured.pop("scores")
        rows["patchcore"] = image_figures(scores) | figures(given.patchcore / "maps", given.category) | measured
    print(json.dumps({given.category.name: rows}, indent=1))


if __name__ == "__main__":
    main()
