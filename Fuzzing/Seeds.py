"""Small sound and damaged files of each format, for the fuzzers to begin with.

python3 Seeds.py FOLDER makes FOLDER/<format>/; standard library only.
"""

import gzip
import io
import itertools
import json
import pathlib
import struct
import sys
import tarfile
import zipfile
import zlib


def safetensors(header, body=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + body


def entry(kind, shape, start, end):
    return {"dtype": kind, "shape": shape, "data_offsets": [start, end]}


def text(value):
    return b"X" + struct.pack("<I", len(value)) + value.encode()


def number(value):
    return b"\x8a\x08" + struct.pack("<q", value)


def tensor(offset, shape, strides, kind="FloatStorage", count=100):
    storage = b"(" + text("storage") + b"ctorch\n" + kind.encode() + b"\n" + text("0") + text("cpu")
    storage += number(count) + b"tQ"
    axes = b"".join(b"(" + b"".join(map(number, axis)) + b"t" for axis in (shape, strides))
    return (b"ctorch._utils\n_rebuild_tensor_v2\n(" + storage + number(offset) + axes
            + b"\x89ccollections\nOrderedDict\n)RtR")


def dictionary(items):
    return b"}q\0(" + b"".join(text(name) + value for name, value in items) + b"u"


def archive(files, **options):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as packed:
        for name, contents in files:
            packed.writestr(zipfile.ZipInfo(name), contents, **options)
    return data.getvalue()


def tar(format, names, kind=tarfile.REGTYPE, size=20):
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=format) as packed:
        for name in names:
            info = tarfile.TarInfo(name)
            info.size, info.type = (size, kind) if kind == tarfile.REGTYPE else (0, kind)
            packed.addfile(info, io.BytesIO(b"x" * size))
    return data.getvalue().rstrip(b"\0") + b"\0" * 600


def idx(*sides, data):
    return struct.pack(f">4B{len(sides)}I", 0, 0, 8, len(sides), *sides) + bytes(data)


def png(width=5, height=3, depth=8, color=2):
    channels = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[color]
    row = b"\0" + bytes(range((width * channels * depth + 7) // 8))

    def chunk(name, data):
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    palette = chunk(b"PLTE", bytes(range(48))) if color == 3 else b""
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, color, 0, 0, 0))
            + palette + chunk(b"IDAT", zlib.compress(row * height)) + chunk(b"IEND", b""))


def bmp(width=4, height=3, bits=24):
    row = bytes(range((width * bits + 31) // 32 * 4))
    head = struct.pack("<IiiHHIIiiII", 40, width, height, 1, bits, 0, 0, 0, 0, 0, 0)
    palette = bytes(4 << bits) if bits <= 8 else b""
    start = 14 + len(head) + len(palette)
    body = row * abs(height)
    return b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + head + palette + body


def tiff(order="<", kind=1, bits=8):
    pixels = bytes(range(48))[: 4 * 3 * bits // 8]
    tags = [(256, 4, 4), (257, 4, 3), (258, 3, bits), (259, 3, 1), (262, 3, 1), (273, 4, 8),
            (277, 3, 1), (278, 4, 3), (279, 4, len(pixels)), (339, 3, kind)]
    table = struct.pack(order + "H", len(tags))
    for tag, type_, value in tags:
        packed = struct.pack(order + ("HH" if type_ == 3 else "I"), *((value, 0) if type_ == 3 else (value,)))
        table += struct.pack(order + "HHI", tag, type_, 1) + packed
    mark = b"II*\0" if order == "<" else b"MM\0*"
    return mark + struct.pack(order + "I", 8 + len(pixels)) + pixels + table + bytes(4)


pickles = [
    dictionary([("w", tensor(0, [10, 10], [10, 1]))]),
    dictionary([("w", tensor(3, [2, 3], [1, 10])), ("b", tensor(0, [], []))]),
    dictionary([("state_dict", dictionary([("w", tensor(0, [2], [1]))])), ("n", number(3))]),
    dictionary([("w", tensor(2**63 - 1, [2], [1]))]),
    dictionary([("w", tensor(0, [2**62, 4], [1, 1]))]),
    b"}q\0" + text("state_dict") + b"h\0s",
    dictionary([("x", b")" + b"\x85" * 70)]),
    b"(" * 40 + b"t" * 40,
]
pickles = [b"\x80\x02" + pickle + b"." for pickle in pickles]

seeds = {
    "safetensors": [
        safetensors({}),
        safetensors({"x": entry("F32", [2], 0, 8)}, bytes(8)),
        safetensors({"__metadata__": {"a": "\u00fc \"b\" \U0001f600"}, "x": entry("BOOL", [2], 0, 2),
                     "y": entry("F16", [1, 1], 2, 4), "z": entry("I64", [], 4, 12)}, bytes(12)),
        safetensors(b'{"x":{"dtype":"F32","shape":[9223372036854775807],"data_offsets":[0,8]}}', bytes(8)),
        safetensors(b"[" * 100),
    ],
    "pickle": pickles,
    "zip": [archive([("a/data.pkl", pickle), ("a/byteorder", b"little"), ("a/data/0", bytes(400))])
            for pickle in pickles] + [
        archive([("a/data.pkl", pickles[0])], compress_type=zipfile.ZIP_DEFLATED),
        archive([("a/data.pkl", pickles[0])]) + b"comment",
    ],
    "tar": [
        tar(format, names, kind)
        for format in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
        for names in (["a"], ["a", "b/c"], ["d/" * 60 + "e"], ["\u00fc" * 40])
        for kind in (tarfile.REGTYPE, tarfile.DIRTYPE, tarfile.SYMTYPE)
    ],
    "gzip": [gzip.compress(data, mtime=0) for data in (b"", b"a" * 5000, bytes(range(256)))] + [
        b"plain", gzip.compress(b"x", mtime=0) * 2, gzip.compress(bytes(1 << 20), mtime=0)],
    "idx": [idx(2, 3, 2, data=range(12)), idx(3, data=range(3)), idx(2**32 - 1, 3, 2, data=range(9))],
    "cifar": [bytes(3073), bytes([9]) + bytes(3072), bytes([10]) + bytes(3072), bytes(6146), bytes(5)],
    "image": [png(depth=depth, color=color) for depth, color in
              [(8, 2), (16, 2), (1, 0), (8, 0), (16, 0), (8, 3), (8, 4), (8, 6)]]
    + [bmp(bits=bits) for bits in (1, 4, 8, 24, 32)] + [bmp(height=-3)]
    + [tiff(order, kind, bits) for order, (kind, bits) in
       itertools.product("<>", [(1, 8), (1, 16), (3, 32), (3, 64)])],
}

# Those that the tests read, as far as the fuzzer takes files so large.
golden = pathlib.Path(__file__).resolve().parent.parent / "Tests" / "Golden"
endings = {".png", ".jpg", ".tif", ".webp", ".bmp"}
files = [path for area in ("images", "masks") for path in sorted((golden / area).rglob("*"))
         if path.suffix in endings and path.stat().st_size <= 8192]
seeds["image"] += [path.read_bytes() for path in files]
seeds["mask"] = seeds["image"]

root = pathlib.Path(sys.argv[1])
for name, files in seeds.items():
    folder = root / name
    folder.mkdir(parents=True, exist_ok=True)
    for number_, data in enumerate(files):
        (folder / f"seed-{number_:03}").write_bytes(data)
