"""Structural similarity of small pictures, by scikit-image."""
import json
import os

import numpy as np
import skimage
from skimage.metrics import structural_similarity

os.chdir(os.path.dirname(os.path.abspath(__file__)))
side = 24
y, x = np.mgrid[0:side, 0:side]
random = np.random.default_rng(1)
plain = 0.5 + 0.3 * np.sin(0.5 * x) * np.cos(0.3 * y)
pictures = {
    "noise": np.clip(plain + 0.1 * random.standard_normal((side, side)), 0, 1),
    "darker": 0.7 * plain,
    "moved": np.roll(plain, 3, axis=1),
    "same": plain,
}


def rounded(values):
    return [round(float(value), 7) for value in np.asarray(values).ravel()]


values = {"skimage": skimage.__version__, "side": side, "plain": rounded(plain), "pairs": []}
for name, other in pictures.items():
    a, b = np.array(rounded(plain)).reshape(side, side), np.array(rounded(other)).reshape(side, side)
    _, full = structural_similarity(
        a, b, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0,
        full=True)
    # Where the whole window lies within the pictures.
    inner = full[5:-5, 5:-5]
    values["pairs"].append({
        "name": name, "other": rounded(b), "map": rounded(inner), "mean": float(inner.mean())})
json.dump(values, open("values.json", "w"), separators=(",", ":"))
