"""Areas under per-image overlap curves (AUPIMO, Bertoldo et al. 2024), by NumPy.

Threshold by threshold, from the definition: the false-positive rate is the mean over good images of
the share of their pixels at or above a threshold; the overlap of an image is the share of its
defective pixels at or above it. The curve holds the overlap of the lowest threshold that keeps to a
rate, and is integrated over the logarithm of the rate.

The authors' program takes thresholds from a grid and joins them by lines. That is computed too, and
must agree where scores do not tie: both are one curve then.

Scores come from a linear congruential generator that the test repeats.
"""
import json
import os

import numpy as np

os.chdir(os.path.dirname(os.path.abspath(__file__)))


def generated(seed, count):
    values = np.empty(count)
    state = seed
    for place in range(count):
        state = (state * 6364136223846793005 + 1442695040888963407) % 2**64
        values[place] = (state >> 33) / 2**31
    return values


def curves(scores, masks, thresholds):
    """The false-positive rate, and the overlap of each image with a defect, at each threshold."""
    def shares(values):
        values = np.sort(values)
        return 1 - np.searchsorted(values, thresholds, side="left") / len(values)

    rate = np.mean([shares(s.ravel()) for s, m in zip(scores, masks) if not m.any()], axis=0)
    return rate, [shares(s[m]) for s, m in zip(scores, masks) if m.any()]


def exact(scores, masks, low, high):
    rate, overlaps = curves(scores, masks, np.unique(scores)[::-1])
    # Rates at which a curve may step, and for each piece the last threshold that keeps to its rate.
    steps = np.unique(np.concatenate([[low], rate[(rate > low) & (rate < high)], [high]]))
    last = np.searchsorted(rate, steps[:-1], side="right") - 1
    lengths = np.diff(np.log(steps)) / np.log(high / low)
    return [float(np.sum(lengths * np.where(last < 0, 0, overlap[last]))) for overlap in overlaps]


def joined(scores, masks, low, high):
    good = np.concatenate([s.ravel() for s, m in zip(scores, masks) if not m.any()])
    rate, overlaps = curves(scores, masks, np.linspace(good.max(), good.min(), 300_000))
    ends = [int(np.argmin(np.abs(rate - limit))) for limit in (low, high)]
    part = slice(ends[0], ends[1] + 1)
    return [float(np.trapezoid(overlap[part], np.log(rate[part])) / np.log(high / low))
            for overlap in overlaps]


cases = []
for seed, levels, spread, count, good, side, low, high in [
    (1, 0.1, 100, 5, 2, 24, 1e-3, 1e-1), (2, 2.0, 100, 6, 3, 24, 1e-3, 1e-1),
    (3, 1000.0, 20, 5, 2, 30, 1e-2, 2e-1), (4, 1000.0, 4000, 8, 5, 200, 1e-5, 1e-4),
    (5, 0.01, 4000, 4, 1, 150, 1e-5, 1e-4),
]:
    values = generated(seed, count * side * side).reshape(count, side, side)
    # Few pixels lie far out, as in maps: one in 10,000 above 5,000 levels, one in 100,000 above 9,000.
    scores = np.floor(levels / (1.0001 - values))
    masks = np.zeros(scores.shape, bool)
    for number in range(good, count):
        # Defects grow, and score higher, from image to image.
        masks[number, 3:9 + number, 5:12] = True
        defect = np.floor(levels * spread * (number - good + 1) * values[number])
        scores[number] = np.where(masks[number], defect, scores[number])
    areas = exact(scores, masks, low, high)
    if levels == 1000:
        worst = max(abs(a - b) for a, b in zip(areas, joined(scores, masks, low, high)))
        print(f"seed {seed}: {worst:.5f} from lines between thresholds on a grid")
        assert worst < 2e-3
    print(f"seed {seed}:", *(f"{area:.4f}" for area in areas))
    cases.append({"seed": seed, "levels": levels, "spread": spread, "count": count, "good": good,
                  "side": side, "low": low, "high": high, "areas": areas})
json.dump({"made with": f"numpy {np.__version__}", "cases": cases},
          open("aupimo.json", "w"), indent=1)
