"""Small files in the formats of MNIST and CIFAR-10, whole and damaged.

Pixel number i of picture number n is (7 n + i) % 251, its label n % 10.
"""

import gzip
import io
import pathlib
import struct
import tarfile

here = pathlib.Path(__file__).parent


def idx(*sides, data):
    return struct.pack(f">4B{len(sides)}I", 0, 0, 8, len(sides), *sides) + bytes(data)


def picture(number, size):
    return [(7 * number + i) % 251 for i in range(size)]


def zipped(name, data):
    (here / name).write_bytes(gzip.compress(data, mtime=0))


folder = here / "mnist"
folder.mkdir(exist_ok=True)
for part, count in [("train", 12), ("t10k", 5)]:
    images = idx(count, 28, 28, data=[p for n in range(count) for p in picture(n, 784)])
    labels = idx(count, data=[n % 10 for n in range(count)])
    zipped(f"mnist/{part}-images-idx3-ubyte.gz", images)
    # One plain file among the compressed ones.
    if part == "train":
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(labels)
    else:
        zipped(f"mnist/{part}-labels-idx1-ubyte.gz", labels)

cifar = io.BytesIO()
with tarfile.open(fileobj=cifar, mode="w", format=tarfile.USTAR_FORMAT) as tar:
    for number, name in enumerate([f"data_batch_{b}.bin" for b in range(1, 6)] + ["test_batch.bin"]):
        data = b"".join(
            bytes([n % 10]) + bytes(picture(n, 3072)) for n in range(2 * number, 2 * number + 2))
        info = tarfile.TarInfo(f"cifar-10-batches-bin/{name}")
        info.size = len(data)
        tar.addfile(info, io.BytesIO(data))
zipped("cifar.tar.gz", cifar.getvalue())
