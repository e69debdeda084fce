#!/usr/bin/env python3
"""How often the normal patch most like a region lies at the same place of the part.

  similar.py [--program PATH] MODEL IMAGES…

Runs `students inspect --explain --json --recursive` on the images and compares, for each region that has
similar patches, its peak with the middle of the nearest one, in shares of the image's sides: whether they
lie within one receptive field of 33 of 256 pixels of each other, and within two. Beside that stands what a
random normal patch of another region of the same images would give.
"""
import argparse
import json
import random
import subprocess


def main():
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--program", default="students")
    options.add_argument("model")
    options.add_argument("images", nargs="+")
    given = options.parse_args()
    run = subprocess.run(
        [given.program, "inspect", given.model, *given.images, "--recursive", "--explain", "--json"],
        stdout=subprocess.PIPE, text=True, check=False)
    pairs = []
    for line in run.stdout.splitlines():
        found = json.loads(line)
        for region in found.get("regions", []):
            for similar in region.get("similar", [])[:1]:
                sides = found["width"], found["height"]
                # Good images of a set have one size.
                middle = similar["x"] + similar["width"] / 2, similar["y"] + similar["height"] / 2
                pairs.append((
                    tuple((region[key] + 0.5) / side for key, side in zip(("peakX", "peakY"), sides)),
                    tuple(place / side for place, side in zip(middle, sides)), similar["distance"]))
    if not pairs:
        raise SystemExit("no region with similar patches: is the model trained with --no-memory?")

    def apart(one, other):
        return max(abs(a - b) for a, b in zip(one, other))

    others = [pair[1] for pair in pairs]
    random.Random(1).shuffle(others)
    print(f"{len(pairs)} regions, median distance {sorted(pair[2] for pair in pairs)[len(pairs) // 2]:.2f}")
    for fields in (1, 2):
        limit = fields * 33 / 256
        near = sum(apart(place, similar) <= limit for place, similar, _ in pairs)
        chance = sum(apart(pair[0], other) <= limit for pair, other in zip(pairs, others))
        print(f"within {fields} receptive field{'s' * (fields > 1)}: {near / len(pairs):.2f}, "
              f"of a random one {chance / len(pairs):.2f}")


main()
