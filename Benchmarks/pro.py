#!/usr/bin/env python3
"""Per-region overlap and pixel ROC-AUC of the maps that `students evaluate --maps` wrote, by other code.

  pro.py MAPS CATEGORY [--limit 0.3]

MAPS holds test/<defect>/<image>.tiff, as MVTec AD's own evaluation code expects them, CATEGORY is the
folder of the data set. Needs numpy, scipy, pillow and tifffile, and shares nothing with the program: every
threshold is tried by sorting all scores, regions are SciPy's, connected through corners, too. Masks of
another size than their maps are brought to it: each marked pixel marks the one that its middle lies in.
In a mask every value but 0 marks; in a JPEG, half the highest value and more.
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


def marked(file):
    """Which pixels a mask marks."""
    values = numpy.array(Image.open(file).convert("L")).astype(float)
    return values >= values.max() / 2 if file.suffix in (".jpg", ".jpeg") else values > 0


def figures(maps, category, limit=0.3):
    """PRO, pixel ROC-AUC, and the numbers of pixels and regions."""
    scores, shares, good = [], [], []
    regions = 0
    for path in sorted((maps / "test").rglob("*.tiff")):
        image = tifffile.imread(path).astype(float)
        defect = path.parent.name
        mask = numpy.zeros(image.shape, bool)
        if defect != "good":
            file, = (category / "ground_truth" / defect).glob(f"{path.stem}_mask.*")
            mask = fitted(marked(file), image.shape)
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
    steps = numpy.append(rate[rate < limit], limit)
    curve = numpy.append(overlap[rate < limit], numpy.interp(limit, rate, overlap))
    return {
        "pro": float(numpy.trapezoid(curve, steps) / limit),
        "pixelROCAUC": float(numpy.trapezoid(found, rate)),
        "pixels": len(scores), "regions": int(regions)}


def main():
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("maps", type=pathlib.Path)
    options.add_argument("category", type=pathlib.Path)
    options.add_argument("--limit", type=float, default=0.3)
    given = options.parse_args()
    found = figures(given.maps, given.category, given.limit)
    print(f"{found['pixels']} pixels, {found['regions']} regions")
    print(f"PRO {found['pro']:.6f}")
    print(f"pixel ROC-AUC {found['pixelROCAUC']:.6f}")


if __name__ == "__main__":
    main()
