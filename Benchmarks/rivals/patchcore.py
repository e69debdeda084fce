#!/usr/bin/env python3
"""Trains PatchCore of anomalib on a category, and writes its maps of the test images.

    patchcore.py CATEGORY --weights RESNET18.safetensors -o FOLDER [--coreset 0.01] [--threads 2] [--seed 1]
                 [--products]

CATEGORY has the layout of MVTec AD. The backbone is ResNet-18, its layers 2 and 3 are looked at, and images are
256 x 256, as anomalib has them by default. RESNET18 holds torchvision's ImageNet weights from conv1 to layer3, batch
normalisation folded into weights and biases.

FOLDER then holds model.pt, maps/test/<defect>/<image>.tiff, as `students evaluate --maps` writes them, and
measured.json: seconds, sizes, and the score of each image. Needs what requirements.txt says.

anomalib chooses the descriptors of its memory by passing over all of them three times for each one. --products passes
once: the same rule, distances from a product of a matrix and a vector. On a processor that takes a fraction of the
time. It rounds differently, and on wood chose the same descriptors.
"""
import argparse
import json
import pathlib
import resource
import time

import numpy
import tifffile
import torch
from PIL import Image
from safetensors.torch import load_file

IMAGES = {".png", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff"}


def images(folder):
    return sorted(path for path in folder.iterdir() if path.suffix.lower() in IMAGES)


def pixels(path):
    """Shape [1, 3, height, width], in 0 to 1."""
    frame = numpy.array(Image.open(path).convert("RGB"))
    return torch.from_numpy(frame).permute(2, 0, 1)[None] / 255


def load_backbone(extractor, weights):
    """Fills a ResNet-18 with weights whose batch normalisation is folded: its own then adds the bias alone."""
    folded = load_file(weights)
    taken = set()
    for name, module in extractor.named_modules():
        if isinstance(module, torch.nn.Conv2d):
            module.weight.data = folded[f"{name}.weight"]
            taken.add(f"{name}.weight")
        elif isinstance(module, torch.nn.BatchNorm2d):
            # bn1 follows conv1; where a shortcut has a convolution, 0 is that and 1 its normalisation.
            convolution = (
                name[: -len("1")] + "0" if name.endswith("downsample.1") else name.replace("bn", "conv"))
            module.weight.data.fill_(1)
            module.bias.data = folded[f"{convolution}.bias"]
            module.running_mean.zero_()
            module.running_var.fill_(1 - module.eps)
            taken.add(f"{convolution}.bias")
    left = set(folded) - taken
    assert not left, f"weights that the backbone does not have: {sorted(left)}"


def untrained(backbone="resnet18"):
    """PatchCore with anomalib's defaults but for the backbone, without weights."""
    from anomalib.models import Patchcore
    return Patchcore(
        backbone=backbone, layers=("layer2", "layer3"), pre_trained=False, post_processor=False,
        evaluator=False, visualizer=False)


def choose_by_products():
    """Lets anomalib's choice of the memory compute its distances by one product."""
    from anomalib.models.components import KCenterGreedy

    def update_distances(self, cluster_center):
        if self.min_distances is None:
            self.squares = (self.features ** 2).sum(1)
            self.min_distances = torch.full((len(self.features), 1), torch.inf)
        distances = torch.addmv(
            self.squares + self.squares[cluster_center], self.features,
            self.features[cluster_center].squeeze(), alpha=-2).clamp_min(0).sqrt()
        self.min_distances = torch.minimum(self.min_distances, distances[:, None])
    KCenterGreedy.update_distances = update_distances


def main():
    options = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("category", type=pathlib.Path)
    options.add_argument("--weights", required=True)
    options.add_argument("-o", "--output", type=pathlib.Path, required=True)
    options.add_argument("--coreset", type=float, default=0.01)
    options.add_argument("--threads", type=int, default=2)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--products", action="store_true", help="choose the memory in one pass, not three")
    given = options.parse_args()
    if given.products:
        choose_by_products()
    torch.set_num_threads(given.threads)
    torch.manual_seed(given.seed)
    numpy.random.seed(given.seed)

    patchcore = untrained()
    load_backbone(patchcore.model.feature_extractor.feature_extractor, given.weights)
    prepare = patchcore.pre_processor.transform
    model = patchcore.model

    begin = time.perf_counter()
    good = images(given.category / "train" / "good")
    model.train()
    model.feature_extractor.eval()
    with torch.no_grad():
        for path in good:
            model(prepare(pixels(path)))
        embedded = time.perf_counter()
        model.subsample_embedding(given.coreset)
    trained = time.perf_counter()
    model.eval()
    given.output.mkdir(parents=True, exist_ok=True)
    torch.save(model.state_dict(), given.output / "model.pt")
    training_memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    scores = {}
    for defect in sorted(path for path in (given.category / "test").iterdir() if path.is_dir()):
        folder = given.output / "maps" / "test" / defect.name
        folder.mkdir(parents=True, exist_ok=True)
        for path in images(defect):
            with torch.no_grad():
                found = model(prepare(pixels(path)))
            scores[f"{defect.name}/{path.name}"] = float(found.pred_score)
            tifffile.imwrite(folder / f"{path.stem}.tiff", found.anomaly_map[0, 0].numpy())
    measured = {
        "category": given.category.name, "good": len(good), "coreset": given.coreset,
        "descriptors": len(model.memory_bank), "threads": given.threads, "seed": given.seed,
        "products": given.products,
        "secondsEmbedding": embedded - begin, "secondsCoreset": trained - embedded,
        "trainingMiB": training_memory / 1024,
        "modelMB": (given.output / "model.pt").stat().st_size / 1e6, "scores": scores,
    }
    (given.output / "measured.json").write_text(json.dumps(measured, indent=1) + "\n")
    print(json.dumps({key: value for key, value in measured.items() if key != "scores"}))


if __name__ == "__main__":
    main()
