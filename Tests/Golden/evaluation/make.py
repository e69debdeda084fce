"""Areas under ROC curves by scikit-learn, and per-region overlap by scipy's labelling.

Scores come from a linear congruential generator that the test repeats.
"""
import json
import os

import numpy as np
import scipy
import sklearn
from scipy import ndimage
from sklearn.metrics import roc_auc_score

os.chdir(os.path.dirname(os.path.abspath(__file__)))


def generator(seed):
    state = seed
    while True:
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        yield (state >> 33) / 2**31


def overlap(scores, masks):
    """Area under the mean region overlap up to a false-positive rate of 0.3, over 0.3."""
    labels, count = [], 0
    for mask in masks:
        found, number = ndimage.label(mask, structure=np.ones((3, 3)))
        labels.append(np.where(found > 0, found + count, 0))
        count += number
    labels = np.stack(labels)
    area = np.bincount(labels.ravel(), minlength=count + 1)
    xs, ys = [0.0], [0.0]
    for threshold in np.unique(scores)[::-1]:
        above = scores >= threshold
        hit = np.bincount(labels[above], minlength=count + 1)
        xs.append(hit[0] / area[0])
        ys.append(float(np.mean(hit[1:] / area[1:])))
    xs, ys = np.array(xs), np.array(ys)
    end = np.interp(0.3, xs, ys)
    inside = xs < 0.3
    return float(np.trapezoid(np.append(ys[inside], end), np.append(xs[inside], 0.3)) / 0.3)


cases = []
for seed, levels in [(1, 10), (2, 50), (3, 1000), (4, 100000)]:
    random = generator(seed)
    count, height, width = 5, 24, 31
    values = np.array([next(random) for _ in range(count * height * width)])
    noise = np.array([next(random) for _ in range(count * height * width)])
    scores = np.floor(values * levels).reshape(count, height, width)
    # Blocks of 4 x 4 pixels are defects where their first pixel's noise says so.
    blocks = noise.reshape(count, height, width)[:, ::4, ::4] < 0.25
    masks = np.repeat(np.repeat(blocks, 4, axis=1), 4, axis=2)[:, :height, :width]
    masks[0] = False
    scores = scores + np.floor(masks * levels * 0.2)
    cases.append({
        "seed": seed, "levels": levels, "count": count, "height": height, "width": width,
        "rocAUC": float(roc_auc_score(masks.ravel(), scores.ravel())),
        "pro": overlap(scores, masks),
        "regions": int(sum(ndimage.label(m, structure=np.ones((3, 3)))[1] for m in masks)),
    })
json.dump(
    {"made with": f"scikit-learn {sklearn.__version__}, scipy {scipy.__version__}, numpy {np.__version__}",
     "cases": cases}, open("values.json", "w"), indent=1)
