#!/usr/bin/env python3
"""Makes calls to the system fail, one in each run, and checks what the program leaves behind.

  try-points.py [--program PATH] [--only NAME] [--points N] [--keep FOLDER]

Each command below runs undisturbed first, where its calls on files below its folder are counted. Then,
for each call and each kind of fault (no space, an error, a kill in the middle), it runs again, and

- it ends with status 2 and a line, or goes on as if nothing had been; a kill ends it;
- each output is absent, old, or the whole new one, and no temporary file stays after an error;
- run once more, resumed, it ends in the bytes of the undisturbed run.

--points N tries N calls of each command, spread evenly; without it all are tried. Linux only.
"""
import argparse, collections, filecmp, os, pathlib, shutil, subprocess, sys, tempfile

HERE = pathlib.Path(__file__).resolve().parent
TINY = ["--image-size", "64", "--threads", "1"]
STUDENTS = TINY + ["--students", "1", "--epochs", "2", "--scales", "33"]

# What is prepared once, and what each command reads and writes, in its folder.
PREPARE = [
    ["sample-data", "ring", "--training", "4", "--test", "1", "--size", "64"],
    ["train", "ring/train/good", "-o", "knn", "--method", "knn", "--vectors", "100"] + TINY,
]
Command = collections.namedtuple("Command", "arguments resume outputs volatile")
COMMANDS = {
    "train": Command(["train", "ring/train/good", "-o", "out"] + STUDENTS, ["--resume"], ["out"], []),
    "train-knn": Command(
        ["train", "ring/train/good", "-o", "out", "--method", "knn", "--vectors", "100"] + TINY,
        ["--resume"], ["out"], []),
    "calibrate": Command(
        ["calibrate", "knn", "ring/train/good", "-o", "out", "--threads", "1"], [], ["out"], []),
    "teach": Command(
        ["teach", "ring/train/good", "-o", "out", "--scale", "17", "--losses", "c", "--steps", "4",
         "--batch", "4", "--threads", "1"], ["--resume"], ["out"], []),
    # The report tells how long each image took.
    "evaluate": Command(
        ["evaluate", "knn", "ring", "--report", "out", "--threads", "1"], [], ["out"],
        ["out/index.html", "out/figures.json"]),
    "reproduce-mnist": Command(
        ["reproduce", "mnist", "--data", "mnist", "--methods", "knn", "--classes", "0",
         "--output", "out"], [], ["out"], ["out"]),
    "reproduce-mvtec": Command(
        ["reproduce", "mvtec", "--data", "ring", "--methods", "student-teacher", "--students", "1",
         "--epochs", "1", "--image-size", "64", "--output", "out", "--scales", "33",
         "--threads", "1"], [], ["out"], ["out"]),
}
OLD = b"what was there before"


def files(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink()
    }


class Trial:
    def __init__(self, program, library, command, work, inputs):
        self.program, self.library, self.command = program, library, command
        self.work, self.inputs = work, inputs

    def fresh(self, old):
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(self.inputs, self.work)
        if old:
            for name in self.command.outputs:
                if self.is_folder:
                    (self.work / name).mkdir()
                else:
                    (self.work / name).write_bytes(OLD)

    def run(self, more=(), **fault):
        environment = dict(os.environ, OMP_WAIT_POLICY="passive", GOMP_SPINCOUNT="0", HOME=str(self.work),
                           TMPDIR=str(self.work / "tmp"))
        if fault:
            environment["LD_PRELOAD"] = self.library
            environment["FAULT_UNDER"] = str(self.work)
            environment.update({f"FAULT_{key.upper()}": str(value) for key, value in fault.items()})
        (self.work / "tmp").mkdir(exist_ok=True)
        done = subprocess.run(
            [self.program, *self.command.arguments, *more], cwd=self.work, env=environment,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=300)
        return done.returncode, done.stderr.decode(errors="replace")

    def outputs(self):
        """The bytes of what the command made, and of whatever else it left."""
        before, now = files(self.inputs), files(self.work)
        return {name: data for name, data in now.items() if before.get(name) != data}

    def is_output(self, name):
        return any(name == output or name.startswith(output + "/") for output in self.command.outputs)

    def same(self, name, data, wanted):
        if name in self.command.volatile:
            return len(data) > 0 and abs(len(data) - len(wanted)) < 200
        return data == wanted

    def undisturbed(self):
        self.fresh(old=False)
        status, errors = self.run()
        assert status == 0, errors
        self.reference = {n: d for n, d in self.outputs().items() if self.is_output(n)}
        assert self.reference
        self.is_folder = all(name not in self.reference for name in self.command.outputs)
        self.fresh(old=False)
        log = self.work.parent / "calls"
        log.unlink(missing_ok=True)
        status, errors = self.run(log=log, at=0)
        assert status == 0, errors
        return [line.split(" ", 2) for line in log.read_text().splitlines()]

    def check(self, number, how, old):
        """What is wrong after a fault; nothing if all is well."""
        self.fresh(old)
        status, errors = self.run(at=number, how=how)
        wrong = []
        last = errors.strip().splitlines()[-1] if errors.strip() else ""
        if how == "KILL":
            if status not in (0, -9):
                wrong.append(f"status {status}: {errors[-300:]}")
        elif status == 2:
            if not last.startswith("students: "):
                wrong.append(f"no line says why: {errors[-300:]}")
        elif status != 0:
            wrong.append(f"status {status}: {errors[-300:]}")
        left = self.outputs()
        for name, data in left.items():
            if not self.is_output(name):
                if status == 2 and name.endswith((".part", ".probe")):
                    wrong.append(f"{name} stays")
            elif name in self.reference:
                if not self.same(name, data, self.reference[name]) and not (old and data == OLD):
                    wrong.append(f"{name} is half-written, {len(data)} bytes")
            elif how != "KILL":
                wrong.append(f"{name} stays in the output")
        if status == 0:
            missing = set(self.reference) - set(left)
            if missing:
                wrong.append(f"status 0, and {missing} missing")
        # The work is gone on with where some was saved.
        resumes = self.command.resume if (self.work / "out.checkpoint").exists() else []
        again, errors = self.run(resumes)
        if again != 0:
            wrong.append(f"the next run fails: {errors[-300:]}")
        after = {n: d for n, d in self.outputs().items() if self.is_output(n)}
        for name, wanted in self.reference.items():
            if name not in after or not self.same(name, after[name], wanted):
                wrong.append(f"{name} is not what the undisturbed run wrote")
        return status, wrong


def main():
    options = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add_argument("--program", default=str(HERE.parent.parent / ".build/debug/students"))
    options.add_argument("--only", action="append", choices=COMMANDS)
    options.add_argument("--points", type=int)
    options.add_argument("--keep", type=pathlib.Path)
    given = options.parse_args()
    root = given.keep or pathlib.Path(tempfile.mkdtemp(prefix="faults-"))
    root.mkdir(parents=True, exist_ok=True)
    library = root / "faults.so"
    subprocess.run(
        ["clang", "-O1", "-shared", "-fPIC", "-o", library, HERE / "FaultInjection.c", "-ldl"], check=True)
    inputs = root / "inputs"
    shutil.rmtree(inputs, ignore_errors=True)
    shutil.copytree(HERE.parent / "Golden/datasets/mnist", inputs / "mnist")
    for arguments in PREPARE:
        subprocess.run([given.program, *arguments], cwd=inputs, check=True, stderr=subprocess.DEVNULL)
    failures = tried = 0
    for name in given.only or COMMANDS:
        trial = Trial(given.program, str(library), COMMANDS[name], root / name, inputs)
        calls = trial.undisturbed()
        count = min(given.points or len(calls), len(calls))
        points = [calls[round(i * (len(calls) - 1) / max(count - 1, 1))] for i in range(count)]
        wrong_here = 0
        for number, call, path in points:
            hows = ["EIO", "KILL"] if call in ("read", "open") else ["ENOSPC", "EIO", "KILL"]
            for turn, how in enumerate(hows):
                status, wrong = trial.check(int(number), how, old=(int(number) + turn) % 2 == 0)
                tried += 1
                for line in wrong:
                    wrong_here += 1
                    print(f"{name}: {how} in call {number}, {call} {os.path.relpath(path, trial.work)}: {line}",
                          flush=True)
        failures += wrong_here
        kinds = collections.Counter(call for _, call, _ in points)
        print(f"{name}: {count} of {len(calls)} calls tried ({dict(kinds)}), {wrong_here} wrong", flush=True)
    print(f"{tried} faults, {failures} wrong")
    if not given.keep:
        shutil.rmtree(root)
    sys.exit(1 if failures else 0)


main()
