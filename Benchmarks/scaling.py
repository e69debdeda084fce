#!/usr/bin/env python3
"""How inspecting, training and teaching scale over workers: costs measured on one core, what they foretell for
two workers, what two workers then take, and what the same sums say for up to 64.

    Benchmarks/scaling.py MODEL.students IMAGES PHOTOS [--encoder FILE] [--gbit 10] [--turns 3]

Each worker is held to one core by taskset and computes on one thread; nothing else should run. Times are the least of
several turns: what else a machine does only adds. Prints Markdown.
"""

import argparse, glob, hashlib, os, shutil, socket, subprocess, tempfile, time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("images")
parser.add_argument("photos")
parser.add_argument("--encoder")
parser.add_argument("--program", default=os.path.join(ROOT, ".build/release/students"))
parser.add_argument("--gbit", type=float, default=10, help="of the network between many machines")
parser.add_argument("--latency", type=float, default=50e-6, help="seconds of a message between two machines")
parser.add_argument("--turns", type=int, default=3)
parser.add_argument("--only", action="append", choices=["inspect", "train", "teach"])
options = parser.parse_args()
WORKERS = [1, 2, 4, 8, 16, 32, 64]
FOLDER = tempfile.mkdtemp(prefix="scaling-")


def started(core, arguments, **variables):
    """The program on a core; its variables besides."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1", **{k: str(v) for k, v in variables.items()}}
    return subprocess.Popen(
        ["taskset", "-c", str(core), options.program, *arguments, "--threads", "1"], env=environment,
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


def seconds(*commands):
    """How long workers take that are started together; each on a core of its own."""
    begin = time.perf_counter()
    workers = [started(core, arguments, **variables) for core, (arguments, variables) in enumerate(commands)]
    errors = [worker.communicate()[1] for worker in workers]
    for worker, error in zip(workers, errors):
        assert worker.returncode in (0, 1), error
    return time.perf_counter() - begin


def least(commands, prepare=lambda: None):
    """The least of several turns."""
    times = []
    for _ in range(options.turns):
        prepare()
        times.append(seconds(*commands()))
    return min(times)


def row(*cells):
    print("| " + " | ".join(str(cell) for cell in cells) + " |")


def heading(*cells):
    row(*cells)
    row(*["---"] * len(cells))


def ahead_and_measured(what, predicted, measured):
    row(what, f"{predicted:.1f} s", f"{measured:.1f} s", f"{100 * (measured / predicted - 1):+.0f} %")


# MARK: - inspect

def largest_part(names, count):
    """How many names the worker has that the hash gives most."""
    parts = [0] * count
    for name in names:
        parts[int(hashlib.sha256(name.encode()).hexdigest()[:15], 16) % count] += 1
    return max(parts)


def inspect():
    files = sorted(glob.glob(os.path.join(options.images, "*")))
    names = [os.path.join(FOLDER, f"images/{number:05}{os.path.splitext(files[0])[1]}") for number in range(80)]
    os.makedirs(os.path.dirname(names[0]))
    for number, name in enumerate(names):
        os.symlink(os.path.abspath(files[number % len(files)]), name)
    shards = os.path.join(FOLDER, "shards")

    def workers(count, names):
        listed = os.path.join(FOLDER, "names.txt")
        with open(listed, "w") as file:
            file.write("\n".join(names))
        return lambda: [
            (["inspect", options.model, "--list", listed, "--shards", shards, "--shard", f"{part}/{count}"], {})
            for part in range(1, count + 1)]

    clear = lambda: shutil.rmtree(shards, ignore_errors=True)
    half, whole = (least(workers(1, names[:count]), clear) for count in (40, 80))
    image = (whole - half) / 40
    start = whole - 80 * image
    print(f"\n**inspect**: start {start:.2f} s, an image {1000 * image:.0f} ms\n")
    heading("two workers", "predicted", "measured", "difference")
    ahead_and_measured("80 images", start + image * largest_part(names, 2), least(workers(2, names), clear))
    many = [f"/data/{number:07}.png" for number in range(10_000)]
    print()
    heading("workers", "10,000 images", "speed-up", "largest part", "10,000 images a worker")
    alone = start + image * 10_000
    for count in WORKERS:
        share = largest_part(many, count)
        taken = start + image * share
        more = largest_part([f"/data/{number:07}.png" for number in range(10_000 * count)], count)
        row(count, f"{taken:.0f} s", f"{alone / taken:.1f}", share, f"{start + image * more:.0f} s")


# MARK: - train

def train():
    good = os.path.join(FOLDER, "good/train/good")
    subprocess.run(
        [options.program, "sample-data", os.path.join(FOLDER, "good"), "--training", "24", "--test", "1", "--size",
         "128"], check=True, capture_output=True)
    output = os.path.join(FOLDER, "part.students")
    work = ["train", good, "--scales", "33", "--epochs", "20", "--image-size", "128", "-o", output]

    def part(students, k, n):
        return [*work, "--students", str(students), "--part", f"{k}/{n}"], {}

    clear = lambda: shutil.rmtree(output + ".parts", ignore_errors=True)
    piece, two = (least(lambda: [part(count, 1, 1)], clear) for count in (1, 2))
    student = two - piece
    start = piece - student

    def joined():
        begin = time.perf_counter()
        subprocess.run(["taskset", "-c", "0", options.program, "join", output], check=True, capture_output=True,
                       env={**os.environ, "OMP_NUM_THREADS": "1"})
        return time.perf_counter() - begin

    def least_join(students):
        times = []
        for _ in range(options.turns):
            clear()
            seconds(part(students, 1, 1))
            times.append(joined())
        return min(times)

    joins = [least_join(students) for students in (1, 2)]
    last = lambda students: joins[1] + (students - 2) * (joins[1] - joins[0])
    print(f"\n**train**, 24 images of 128 x 128, p = 33: start and the teacher's statistics {start:.1f} s, a student "
          f"{student:.1f} s, join {joins[0]:.1f} s for one student and {joins[1]:.1f} s for two\n")
    heading("two workers", "predicted", "measured", "difference")
    times = []
    for _ in range(options.turns):
        clear()
        times.append(seconds(part(2, 1, 2), part(2, 2, 2)) + joined())
    ahead_and_measured("2 students and join", start + student + last(2), min(times))
    print()
    heading("workers", "9 students and join", "speed-up", "a student a worker, and join")
    whole = start + 9 * student + last(9)
    for count in WORKERS:
        taken = start + -(-9 // count) * student + last(9)
        row(count, f"{taken:.0f} s", f"{whole / taken:.1f}", f"{start + student + last(count):.0f} s")


# MARK: - teach

def teach():
    output = os.path.join(FOLDER, "teacher.safetensors")
    losses = ["--losses", "k,c", "--encoder", options.encoder] if options.encoder else ["--losses", "m,c"]

    def workers(count, batch, steps):
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        arguments = ["teach", options.photos, "-o", output, "--scale", "33", "--batch", str(batch), "--steps",
                     str(steps), *losses]
        meeting = {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": port, "WORLD_SIZE": count}
        return [(arguments, {**meeting, "RANK": rank} if count > 1 else {}) for rank in range(count)]

    clear = lambda: [os.path.exists(output) and os.remove(output),
                     shutil.rmtree(output + ".checkpoint", ignore_errors=True)]

    def step(count, batch):
        few, many = (least(lambda: workers(count, batch, steps), clear) for steps in (5, 35))
        return (many - few) / 30

    alone = {batch: step(1, batch) for batch in (8, 16, 32, 64)}
    # Least squares over batches.
    mean = lambda values: sum(values) / len(values)
    middle, level = mean(list(alone)), mean(list(alone.values()))
    patch = sum((b - middle) * (t - level) for b, t in alone.items()) / sum((b - middle) ** 2 for b in alone)
    fixed = level - patch * middle
    together = max(0, step(2, 16) - alone[8])
    print(f"\n**teach**, p = 33: a step {1000 * fixed:.0f} ms and {1000 * patch:.2f} ms a patch; adding up between two "
          f"processes {1000 * together:.0f} ms\n")
    heading("two workers", "a step predicted", "measured", "difference")
    for batch in (32, 64):
        predicted, measured = alone[batch // 2] + together, step(2, batch)
        row(f"{batch} patches", f"{1000 * predicted:.0f} ms", f"{1000 * measured:.0f} ms",
            f"{100 * (measured / predicted - 1):+.0f} %")
    # Weights of the network for p = 33, and with distillation those of the decoder.
    size = 4 * (1.62e6 + (0.04e6 if options.encoder else 0))
    print()
    heading("workers", "64 patches a step", "speed-up", "64 patches a worker", "patches/s of one worker",
            f"adding up, {options.gbit:g} Gbit/s")
    for count in WORKERS:
        # A ring: each sends and receives its share of all, twice.
        ring = 0 if count == 1 else (
            2 * (count - 1) / count * size * 8 / (options.gbit * 1e9) + 2 * (count - 1) * options.latency)
        photos = -(-16 // count) * 4
        strong, weak = fixed + patch * photos + ring, fixed + patch * 64 + ring
        text = f"{1000 * strong:.0f} ms" if count <= 16 else "–"
        gain = f"{(fixed + patch * 64) / strong:.1f}" if count <= 16 else "–"
        row(count, text, gain, f"{1000 * weak:.0f} ms", f"{64 / weak:.0f}", f"{1000 * ring:.1f} ms")


try:
    for part in (inspect, train, teach):
        if not options.only or part.__name__ in options.only:
            part()
finally:
    shutil.rmtree(FOLDER, ignore_errors=True)
