#!/usr/bin/env python3
"""Times an exported model in ONNX Runtime and OpenVINO against the C library that this package builds.

    Benchmarks/runtimes.py MODEL.students MODEL.onnx IMAGES [--threads 1 2] [--images 8] [--turns 5]

Everything is read and ready before; each is given the same frames in memory, image by image in turns, so that what else the
machine does falls on all alike. Prints the median of milliseconds an image, and the ratio to ours within
each turn: median and quartiles. Build the library first: swift build -c release --product students-c.
Needs numpy, Pillow, onnxruntime, openvino.
"""

import argparse, glob, json, os, statistics, subprocess, sys, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path.insert(0, os.path.join(ROOT, "Examples/python"))

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("graph")
parser.add_argument("images")
parser.add_argument("--library", default=os.path.join(ROOT, ".build/release/libstudents-c.so"))
parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
parser.add_argument("--images", type=int, default=8, dest="count")
parser.add_argument("--turns", type=int, default=5)
parser.add_argument("--worker", type=int, help=argparse.SUPPRESS)
parser.add_argument("--runtime", help=argparse.SUPPRESS)
options = parser.parse_args()


def loaded(runtime, threads):
    """A function from a frame, height x width x 3, to a score."""
    if runtime == "students":
        os.environ["STUDENTS_LIBRARY"] = options.library
        from students import Model
        model = Model(options.model, threads=threads)
        return lambda frame: model.inspect(frame.data, frame.shape[1], frame.shape[0])["score"]
    if runtime == "onnxruntime":
        import onnxruntime
        settings = onnxruntime.SessionOptions()
        settings.intra_op_num_threads = threads
        session = onnxruntime.InferenceSession(options.graph, settings, providers=["CPUExecutionProvider"])
        return lambda frame: float(session.run(["score"], {"image": frame[None]})[0][0])
    import openvino
    model = openvino.Core().compile_model(
        options.graph, "CPU", {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": threads,
                               "PERFORMANCE_HINT": "LATENCY"})
    return lambda frame: float(model({"image": frame[None]})["score"][0])


def work():
    """Maps the image of each number that it reads, and says the milliseconds and the score."""
    import numpy
    from PIL import Image
    paths = sorted(glob.glob(os.path.join(options.images, "*.png")))[: options.count]
    frames = [numpy.ascontiguousarray(Image.open(path).convert("RGB")) for path in paths]
    score = loaded(options.runtime, options.worker)
    score(frames[0])
    print(len(frames), flush=True)
    for line in sys.stdin:
        begin = time.perf_counter()
        found = score(frames[int(line)])
        print(json.dumps([1000 * (time.perf_counter() - begin), found]), flush=True)


def compare(threads):
    # Each in a process of its own: their thread pools would wait for each other.
    names = ["students", "onnxruntime", "openvino"]
    workers = {
        name: subprocess.Popen(
            [sys.executable, *sys.argv, "--worker", str(threads), "--runtime", name],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            env={**os.environ, "OMP_WAIT_POLICY": "passive"})
        for name in names}
    count = min(int(worker.stdout.readline()) for worker in workers.values())
    times = {name: [] for name in names}
    largest = 0.0
    for _ in range(options.turns):
        for image in range(count):
            scores = {}
            for name, worker in workers.items():
                print(image, file=worker.stdin, flush=True)
                milliseconds, scores[name] = json.loads(worker.stdout.readline())
                times[name].append(milliseconds)
            largest = max(largest, *(abs(one / scores["students"] - 1) for one in scores.values()))
    for worker in workers.values():
        worker.stdin.close()
        worker.wait()
    print(f"{threads} thread{'s' if threads > 1 else ''}, {options.turns} turns of {count} images; "
          f"scores equal to {largest:.1e}")
    for name in names:
        ratios = [there / ours for there, ours in zip(times[name], times["students"])]
        low, middle, high = statistics.quantiles(ratios, n=4)
        print(f"  {name:12} {statistics.median(times[name]):8.1f} ms an image, {middle:5.2f} times ours "
              f"(quartiles {low:.2f}, {high:.2f})", flush=True)


if options.worker:
    work()
else:
    for threads in options.threads:
        compare(threads)
