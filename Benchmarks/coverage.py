#!/usr/bin/env python3
"""Real rates of false alarms by where the moments of the channels come from; needs NumPy.

An image has six channels (error and uncertainty of three receptive fields) of 64 pixels. Each channel of
each image has a spread of its own, exp(N(0, 1)), and one image in ten is odd in one channel: ten times
the spread. On images that were learnt from all channels are smaller by a fifth, and vary as they do
otherwise. The score is the highest mean over the channels, each brought to mean 0 and deviation 1 by the
moments; the threshold is the highest score of the calibrating images.

    coverage.py [TRIALS]
"""
import sys
import numpy as np

TRIALS = int(sys.argv[1]) if len(sys.argv) > 1 else 20_000
random = np.random.default_rng(1)


def images(count, channels, learnt=False):
    spread = np.exp(random.normal(size=(count, channels, 1)))
    odd = random.random(count) < 0.1
    spread[np.arange(count), random.integers(channels, size=count), 0] *= np.where(odd, 10, 1)
    pixels = spread * np.abs(random.normal(size=(count, channels, 64)))
    return pixels * (0.8 if learnt else 1.0)


def moments(pixels):
    return pixels.mean(axis=(0, 2))[:, None], pixels.std(axis=(0, 2))[:, None]


def scores(pixels, moments):
    mean, deviation = moments
    return ((pixels - mean) / deviation).mean(axis=1).max(axis=-1)


def same(held, new, channels):
    """The calibrating images themselves, as it once was."""
    own = moments(held)
    return scores(held, own), scores(new, own)


def training(held, new, channels):
    """Training images."""
    own = moments(images(50, channels, learnt=True))
    return scores(held, own), scores(new, own)


def third(held, new, channels):
    """A third set: half of the images that are held out."""
    half = len(held) // 2
    own = moments(held[:half])
    return scores(held[half:], own), scores(new, own)


def crossed(held, new, channels):
    """The calibrating images, each scored by the moments of the others."""
    others = [moments(np.delete(held, number, axis=0)) for number in range(len(held))]
    calibrating = [scores(held[number : number + 1], others[number])[0] for number in range(len(held))]
    return np.array(calibrating), scores(new, moments(held))


print("| moments of | channels | promised | real | deviation of the real rate |")
print("|---|---|---|---|---|")
for channels in (1, 6):
    for rule in (same, training, third, crossed):
        alarms = np.zeros(TRIALS)
        for trial in range(TRIALS):
            held, new = images(9, channels), images(1, channels)
            calibrating, found = rule(held, new, channels)
            alarms[trial] = found[0] > calibrating.max()
            promised = 1 / (len(calibrating) + 1)
        error = alarms.std() / TRIALS**0.5
        name = rule.__doc__.split(":")[0].rstrip(".").lower()
        print(f"| {name} | {channels} | {promised:.3f} | {alarms.mean():.3f} | {error:.3f} |", flush=True)
