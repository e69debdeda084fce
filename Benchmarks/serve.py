#!/usr/bin/env python3
"""Loads `students serve` and compares it with `students inspect` of the same images.

    Benchmarks/serve.py MODEL IMAGES [--clients 8] [--seconds 60] [--idle 1000] [--slow 64] [--kills 0]

Prints milliseconds an image of `inspect`, and the median of what one client of the service waits longer, in
turns, one image after the other; then, with many clients at once and many idle connections, requests a second, p50 and p99,
how many were turned away, and the memory of the process as it goes. Every answered verdict must be in the
history, once. --slow clients send half an image and no more, and as many ask for an image and read none of it.
With --kills the service is killed so many times at random under load, and started again.
"""

import argparse, glob, http.client, json, os, random, signal, socket, sqlite3, statistics
import struct, subprocess, sys, tempfile, threading, time, zlib

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("images")
parser.add_argument("--program", default=".build/release/students")
parser.add_argument("--clients", type=int, default=8)
parser.add_argument("--seconds", type=float, default=60)
parser.add_argument("--idle", type=int, default=0)
parser.add_argument("--slow", type=int, default=0)
parser.add_argument("--kills", type=int, default=0)
parser.add_argument("--threads", type=int, default=1)
parser.add_argument("--turns", type=int, default=5)
options = parser.parse_args()

images = sorted(glob.glob(os.path.join(options.images, "*.png")))
bodies = [open(path, "rb").read() for path in images]
name = os.path.basename(options.model).rsplit(".", 1)[0]
folder = tempfile.mkdtemp()
threads = ["--threads", str(options.threads)]


def started(port=0):
    process = subprocess.Popen(
        [options.program, "serve", options.model, "--data", folder, "--listen", f"127.0.0.1:{port}"]
        + threads, stdout=subprocess.PIPE, text=True)
    line = process.stdout.readline()
    if not line:
        sys.exit("the service did not start")
    return process, int(line.split("/")[2].split(":")[1])


def fresh(body, key):
    """A PNG with a remark, so that its bytes, and so the file that the service writes, are new."""
    remark = b"tEXtComment\0" + key.encode()
    end = body.rindex(b"IEND") - 4
    return (body[:end] + struct.pack(">I", len(remark) - 4) + remark
            + struct.pack(">I", zlib.crc32(remark)) + body[end:])


def sent(connection, number, key):
    connection.request(
        "POST", f"/v1/models/{name}/inspections", fresh(bodies[number % len(bodies)], key),
        {"Idempotency-Key": key})
    response = connection.getresponse()
    text = response.read()
    return response.status, response.getheader("Retry-After"), text


def memory(process):
    with open(f"/proc/{process.pid}/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmRSS"))


# One image after the other, by `inspect` and by the service in turns: `inspect` stands still meanwhile, as no
# machine is equally fast all the time. The first image of each turn warms up and does not count.
process, port = started()
alone, added = [], []
for turn in range(options.turns):
    inspect = subprocess.Popen(
        [options.program, "inspect", options.model, *images, "--json"] + threads,
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for number in range(len(images)):
        begin = time.monotonic()
        inspect.send_signal(signal.SIGCONT)
        theirs = json.loads(inspect.stdout.readline())
        inspect.send_signal(signal.SIGSTOP)
        middle = time.monotonic()
        connection = http.client.HTTPConnection("127.0.0.1", port)
        status, _, text = sent(connection, number, f"first-{turn}-{number}")
        end = time.monotonic()
        assert status == 201, text
        ours = json.loads(text)
        for region in ours["regions"]:
            # The service keeps what `inspect` shows with --explain.
            region.pop("causes", None)
        for key in theirs:
            assert key == "image" or ours[key] == theirs[key], (key, ours[key], theirs[key])
        if number > 0:
            alone.append(middle - begin)
            added.append((end - middle) - (middle - begin))
    inspect.send_signal(signal.SIGCONT)
    inspect.wait()
low, _, high = (1000 * value for value in statistics.quantiles(added))
print(f"{options.turns} turns of {len(images)} images, {options.threads} thread: inspect "
      f"{1000 * statistics.median(alone):.1f} ms an image, serve {1000 * statistics.median(added):+.1f} ms "
      f"(quartiles {low:+.1f}, {high:+.1f}); all verdicts are equal")

# Many at once.
answered, durations, away, lost = [], [], [0], [0]
lock = threading.Lock()
until = time.monotonic() + options.seconds


def client(place):
    number = 0
    while time.monotonic() < until:
        key = f"{place}-{number}"
        begin = time.monotonic()
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=120)
            status, after, text = sent(connection, place + number, key)
        except (OSError, http.client.HTTPException):
            # Killed: the same image again, under the same key.
            lost[0] += 1
            time.sleep(0.2)
            continue
        if status == 503:
            away[0] += 1
            time.sleep(min(float(after), 1))
            continue
        assert status == 201, text
        with lock:
            answered.append((key, json.loads(text)["id"]))
            durations.append(time.monotonic() - begin)
        number += 1


# Connections that nothing comes over, opened again when the service closes them.
upload = (f"POST /v1/models/{name}/inspections HTTP/1.1\r\nHost: a\r\nContent-Length: {len(bodies[0])}\r\n\r\n"
          .encode() + bodies[0][:len(bodies[0]) // 2])
download = b"GET /v1/inspections/1/image HTTP/1.1\r\nHost: a\r\n\r\n"
texts = [b""] * options.idle + [upload, download] * options.slow
opened = [0]


def is_over(connection):
    """Whether the service has closed it, or answered half an image."""
    try:
        connection.recv(1, socket.MSG_DONTWAIT | socket.MSG_PEEK)
        return True
    except BlockingIOError:
        return False


def hold():
    held = [None] * len(texts)
    while time.monotonic() < until:
        for place, text in enumerate(texts):
            try:
                if held[place] is not None:
                    if text == download or not is_over(held[place]):
                        continue
                    held[place].close()
                held[place] = socket.create_connection(("127.0.0.1", port), timeout=10)
                held[place].sendall(text)
                opened[0] += 1
            except OSError:
                held[place] = None
        time.sleep(1)


holder = threading.Thread(target=hold, daemon=True)
holder.start()
clients = [threading.Thread(target=client, args=(place,)) for place in range(options.clients)]
for thread in clients:
    thread.start()
sizes, kills = [], options.kills
while any(thread.is_alive() for thread in clients):
    time.sleep(options.seconds / max(options.kills + 1, 20) * random.uniform(0.5, 1.5))
    if kills and time.monotonic() < until:
        kills -= 1
        process.send_signal(signal.SIGKILL)
        process.wait()
        process, port = started(port)
    else:
        sizes.append(memory(process))
durations.sort()
print(f"{options.clients} clients, {options.idle} idle connections, {options.slow} slow senders and readers "
      f"({opened[0]} opened in all), {options.seconds:.0f} s, {options.kills} kills: {len(answered) / options.seconds:.2f} images/s, "
      f"p50 {durations[len(durations) // 2]:.2f} s, p99 {durations[int(len(durations) * .99)]:.2f} s, "
      f"{away[0]} turned away, {lost[0]} not answered; memory {min(sizes)} to {max(sizes)} MiB, "
      f"at the end {sizes[-1]}")
begin = time.monotonic()
process.send_signal(signal.SIGTERM)
process.wait(timeout=120)
print(f"ended with {process.returncode} {time.monotonic() - begin:.1f} s after SIGTERM")
history = dict(sqlite3.connect(f"{folder}/history.sqlite").execute(
    "SELECT key, id FROM inspection"))
missing = [key for key, number in answered if history.get(key) != number]
print(f"{len(history)} in the history; of {len(answered)} answered {len(missing)} are missing or doubled")
sys.exit(1 if missing else 0)
