#!/usr/bin/env python3
"""Times this package beside PatchCore and EfficientAD of anomalib, and beside a PyTorch re-implementation of the paper.

    speed.py MODEL.students IMAGES [--all-scales MODEL.students] [--checkout FOLDER] [--threads 1 2] [--images 8]
             [--turns 3] [--descriptors 2140 21401]

Each works in a process of its own. Everything is read and ready before; then each is given the same frames in memory, one
after the other in turns, so that what else the machine does falls on all alike. From 8-bit pixels of the
camera's size to a score and a map of 256 x 256. Prints medians, ratios to ours within each turn, and peak memory.

MODEL has p = 33 alone, that of --all-scales p = 17, 33 and 65; both are calibrated for every density that is timed. What a
network does takes as long whatever its weights are, so rivals have random ones, and PatchCore as many random descriptors in its
memory as --descriptors says: the first number with ResNet-18, the second with both backbones. FOLDER is a checkout of github.com/denguir/student-teacher-anomaly-detection; its maps for patches of
17, 33 and 65 pixels, three students each, are added, as the paper fuses them. Build the library first: swift build
-c release --product students-c. Needs what requirements.txt says.
"""
import argparse
import json
import os
import pathlib
import resource
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent


def students(options, path, density):
    sys.path.insert(0, str(ROOT / "Examples/python"))
    os.environ["STUDENTS_LIBRARY"] = options.library
    from students import MODEL_MAP, Model
    model = Model(path, threads=options.worker, density=density)

    def inspect(frame):
        return model.inspect(frame.data, frame.shape[1], frame.shape[0], map=MODEL_MAP)["score"]
    return inspect


def tensor(frame):
    import torch
    return torch.from_numpy(frame).permute(2, 0, 1)[None] / 255


def patchcore(options, backbone, descriptors):
    import torch
    from patchcore import untrained
    model = untrained(backbone)
    prepare = model.pre_processor.transform
    model = model.model.eval()
    dimension = 384 if backbone == "resnet18" else 1536
    model.memory_bank = torch.rand(descriptors, dimension)
    return lambda frame: float(model(prepare(tensor(frame))).pred_score)


def efficientad(options, size):
    from anomalib.models import EfficientAd
    model = EfficientAd(model_size=size, post_processor=False, evaluator=False, visualizer=False)
    prepare = model.pre_processor.transform
    model = model.model.eval()
    return lambda frame: float(model(prepare(tensor(frame))).pred_score)


def reimplementation(options):
    import torch
    from PIL import Image
    from torchvision import transforms
    sys.path.insert(0, str(pathlib.Path(options.checkout) / "src"))
    from anomaly_detection import AnomalyNet, get_score_map
    prepare = transforms.Compose([
        transforms.Resize((256, 256)), transforms.ToTensor(), transforms.Normalize((0.5,) * 3, (0.5,) * 3)])
    unit = {"mu": torch.tensor(0.0), "var": torch.tensor(1.0)}
    params = {"teacher": unit, "students": {"err": unit, "var": unit}}
    networks = {side: [AnomalyNet.create((side, side)).eval() for _ in range(4)] for side in (17, 33, 65)}

    def score(frame):
        image = prepare(Image.fromarray(frame))[None]
        maps = [
            get_score_map(image, teacher, learners, params) for teacher, *learners in networks.values()]
        return float(sum(maps).max())
    return score


def contenders(options):
    """A function from the options to one from a frame, height x width x 3, to a score, by name."""
    few, many = options.descriptors
    found = {"ours, p = 33, strided": lambda: students(options, options.model, "strided")}
    if options.all_scales:
        for density in ("strided", "screen", "full"):
            found[f"ours, p = 17, 33, 65, {density}"] = (
                lambda density=density: students(options, options.all_scales, density))
    found |= {
        f"PatchCore, ResNet-18, {few}": lambda: patchcore(options, "resnet18", few),
        f"PatchCore, ResNet-18, {many}": lambda: patchcore(options, "resnet18", many),
        f"PatchCore, Wide ResNet-50-2, {many}": lambda: patchcore(options, "wide_resnet50_2", many),
        "EfficientAD-S": lambda: efficientad(options, "small"),
        "EfficientAD-M": lambda: efficientad(options, "medium"),
    }
    if options.checkout:
        found["PyTorch re-implementation"] = lambda: reimplementation(options)
    return {name: make for name, make in found.items() if not options.only or name in options.only}


def frames(options):
    import numpy
    from PIL import Image
    paths = sorted(pathlib.Path(options.images).glob("*.png"))[: options.count]
    return [numpy.ascontiguousarray(Image.open(path).convert("RGB")) for path in paths]


def work(options):
    """Maps the image of each number that it reads; says the milliseconds, and the peak memory in MiB."""
    given = frames(options)
    make = contenders(options)[options.contender]
    if not options.contender.startswith("ours"):
        import torch
        torch.set_num_threads(options.worker)
        torch.set_grad_enabled(False)
    score = make()
    score(given[0])
    print(len(given), flush=True)
    for line in sys.stdin:
        begin = time.perf_counter()
        score(given[int(line)])
        milliseconds = 1000 * (time.perf_counter() - begin)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps([milliseconds, memory]), flush=True)


def compare(options, threads):
    environment = {**os.environ, "OMP_NUM_THREADS": str(threads), "OMP_WAIT_POLICY": "passive"}
    # Each in a process of its own: their thread pools would wait for each other.
    workers = {
        name: subprocess.Popen(
            [sys.executable, "-W", "ignore", *sys.argv, "--worker", str(threads), "--contender", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        for name in contenders(options)}
    count = min(int(worker.stdout.readline()) for worker in workers.values())
    if options.wait:
        input("all are ready; press Enter ")
    times = {name: [] for name in workers}
    memory = {}
    for _ in range(options.turns):
        for image in range(count):
            for name, worker in workers.items():
                print(image, file=worker.stdin, flush=True)
                milliseconds, memory[name] = json.loads(worker.stdout.readline())
                times[name].append(milliseconds)
    for worker in workers.values():
        worker.stdin.close()
        worker.wait()
    print(f"{threads} thread{'s' if threads > 1 else ''}, {options.turns} turns of {count} images")
    ours = next(iter(times))
    for name in times:
        ratios = [there / here for there, here in zip(times[name], times[ours])]
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(f"  {name:40} {statistics.median(times[name]):8.1f} ms an image, {middle:6.3f} times {ours} "
              f"(quartiles {low:.3f}, {high:.3f}), {memory[name]:6.0f} MiB", flush=True)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model")
    parser.add_argument("images")
    parser.add_argument("--all-scales")
    parser.add_argument("--checkout")
    parser.add_argument("--library", default=str(ROOT / ".build/release/libstudents-c.so"))
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--images", type=int, default=8, dest="count")
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--descriptors", type=int, nargs=2, default=[2140, 21401])
    parser.add_argument("--only", nargs="+", help="these contenders alone, by name")
    parser.add_argument(
        "--wait", action="store_true", help="wait for Enter when all are ready, so that the machine can be made quiet")
    parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
    parser.add_argument("--contender", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.worker:
        work(options)
    else:
        for threads in options.threads:
            compare(options, threads)


if __name__ == "__main__":
    main()
