#!/usr/bin/env python3
"""Per-region overlap and pixel ROC-AUC of the maps that `students evaluate --maps` wrote, by other code.

  pro.py MAPS CATEGORY [--limit 0.3]

MAPS holds test/<defect>/<image>.tiff, as MVTec AD's own evaluation code expects them, CATEGORY is the
folder of the data set. Needs numpy, scipy, pillow and tifffile, and shares nothing with the program: every
threshold is tried by sorting all scores, regions are SciPy's, connected through corners, too. Masks of
another size than their maps are brought to it: each marked pixel marks the one that its middle lies in.
"""
import argparse
import pathlib

import numpy
import scipy.ndimage
import tifffile
from PIL import Image


def fitted(mask, shape):
    if mask.shape == shape:
        return mask
    rows, columns = numpy.nonzero(mask)
    small = numpy.zeros(shape, bool)
    small[((2 * rows + 1) * shape[0]) // (2 * mask.shape[0]),
          ((2 * columns + 1) * shape[1]) // (2 * mask.shape[1])] = True
    return small


def main():
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("maps", type=pathlib.Path)
    options.add_argument("category", type=pathlib.Path)
    options.add_argument("--limit", type=float, default=0.3)
    given = options.parse_args()
    scores, shares, good = [], [], []
    regions = 0
    for path in sorted((given.maps / "test").rglob("*.tiff")):
        image = tifffile.imread(path).astype(float)
        defect = path.parent.name
        mask = numpy.zeros(image.shape, bool)
        if defect != "good":
            file = given.category / "ground_truth" / defect / f"{path.stem}_mask.png"
            mask = fitted(numpy.array(Image.open(file).convert("L")) > 0, image.shape)
        labels, count = scipy.ndimage.label(mask, numpy.ones((3, 3)))
        sizes = numpy.bincount(labels.ravel(), minlength=count + 1).astype(float)
        weights = numpy.where(labels > 0, 1 / sizes[labels], 0)
        scores.append(image.ravel())
        shares.append(weights.ravel())
        good.append((labels == 0).ravel())
        regions += count
    scores, shares, good = map(numpy.concatenate, (scores, shares, good))
    order = numpy.argsort(-scores, kind="stable")
    last = numpy.append(numpy.diff(scores[order]) != 0, True)
    rate = numpy.append(0, numpy.cumsum(good[order])[last] / good.sum())
    found = numpy.append(0, numpy.cumsum(~good[order])[last] / (~good).sum())
    overlap = numpy.append(0, numpy.cumsum(shares[order])[last] / regions)
    steps = numpy.append(rate[rate < given.limit], given.limit)
    curve = numpy.append(
        overlap[rate < given.limit], numpy.interp(given.limit, rate, overlap))
    print(f"{len(scores)} pixels, {regions} regions")
    print(f"PRO {numpy.trapezoid(curve, steps) / given.limit:.6f}")
    print(f"pixel ROC-AUC {numpy.trapezoid(found, rate):.6f}")


main()
