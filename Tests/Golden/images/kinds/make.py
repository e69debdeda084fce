"""Small images of the kinds that cameras and programs write, with the colours that they hold.

20 x 18 pixels. Files are written by Pillow, tifffile or by hand below; the colours come from the
arrays that were written and, wherever Pillow or tifffile reads the kind, are checked against what
they read. `expected.json`: `colours` by name (levels of `white`, grey or RGB), and for each file the
name, how far a level may be off, and the range of numbers to read it by, if any.

Needs: pip install pillow numpy tifffile imagecodecs
"""
import io
import json
import os
import struct
import zlib

import numpy as np
import PIL
import tifffile
from PIL import Image, ImageCms, ImageOps

os.chdir(os.path.dirname(os.path.abspath(__file__)))
width, height = 20, 18
y, x = np.mgrid[0:height, 0:width]
colours, files = {}, {}


def colour(name, levels, white):
    levels = np.asarray(levels)
    colours[name] = {
        "channels": 1 if levels.ndim == 2 else 3,
        "white": white,
        "levels": [int(v) for v in levels.ravel()],
    }
    return levels


def note(file, name, off=0, value_range=None, notes=None):
    if name is None:
        return
    files[file] = {"colours": name, "off": off, "range": value_range, "notes": notes or 0}


def agrees(file, levels, off=0, mode=None):
    """Checks a file against another decoder."""
    read = Image.open(file)
    read = np.asarray(read.convert(mode) if mode else read).astype(int)
    assert read.shape == levels.shape, (file, read.shape, levels.shape)
    assert np.abs(read - levels).max() <= off, (file, np.abs(read - levels).max())


rgb = colour("rgb", np.stack([12 * x + y, 14 * y, (x * y * 3) % 256], axis=-1), 255).astype(np.uint8)
grey = colour("grey", (7 * x + 6 * y) % 256, 255).astype(np.uint8)
deep = colour("deep", np.stack([3000 * x + y, 3600 * y, (x * y * 777) % 65536], -1), 65535)
deep = deep.astype(np.uint16)
deep_grey = colour("deep grey", (x * 3200 + y * 257) % 65536, 65535).astype(np.uint16)
twelve = colour("twelve", (x * 190 + y * 27) % 4096, 4095).astype(np.uint16)
bits = {n: colour(f"{n} bits", (x + y) % 2**n, 2**n - 1).astype(np.uint8) for n in (1, 2, 4)}
cover = ((x * 13 + y * 5) % 256).astype(np.uint8)
laid = colour("laid on black", np.rint(rgb * (cover[..., None] / 255.0)), 255)
deep_cover = (cover.astype(np.uint16) * 257).astype(np.uint16)
deep_laid = colour("deep laid on black", np.rint(deep * (deep_cover[..., None] / 65535.0)), 65535)
grey_laid = colour("grey laid on black", np.rint(grey * (cover / 255.0)), 255)
palette = [((i * 37) % 256, (i * 91) % 256, (i * 11) % 256) for i in range(256)]
index = {n: ((x * 3 + y) % 2**n).astype(np.uint8) for n in (1, 2, 4, 8)}
for n, numbers in index.items():
    colour(f"palette of {n}", np.array(palette)[numbers], 255)


def packed(rows, n):
    """Rows of n-bit numbers, each row filled to whole bytes."""
    out = b""
    for row in rows:
        text = "".join(format(int(v), f"0{n}b") for v in row)
        text += "0" * (-len(text) % 8)
        out += bytes(int(text[i : i + 8], 2) for i in range(0, len(text), 8))
    return out


# --- TIFF -----------------------------------------------------------------------------------------

def tiff(file, data, name, off=0, value_range=None, notes=None, **options):
    tifffile.imwrite(file, data, **{"metadata": None, "software": False, **options})
    note(file, name, off, value_range, notes)


rgb_options = {"photometric": "rgb"}
for compression in ["lzw", "deflate", "packbits", "zstd"]:
    tiff(f"{compression}.tif", rgb, "rgb", compression=compression, **rgb_options)
tiff("lzw-predictor.tif", rgb, "rgb", compression="lzw", predictor=True, **rgb_options)
tiff("tiled.tif", rgb, "rgb", tile=(16, 16), **rgb_options)
tiff("tiled-lzw.tif", rgb, "rgb", tile=(16, 16), compression="lzw", **rgb_options)
tiff("strips.tif", rgb, "rgb", rowsperstrip=5, **rgb_options)
tiff("big-endian.tif", deep, "deep", byteorder=">", **rgb_options)
tiff("bigtiff.tif", rgb, "rgb", bigtiff=True, **rgb_options)
tiff("bigtiff-big-endian.tif", deep, "deep", bigtiff=True, byteorder=">", **rgb_options)
planes = np.moveaxis(rgb, -1, 0)
tiff("planes.tif", planes, "rgb", planarconfig="separate", **rgb_options)
tiff("planes-tiled.tif", planes, "rgb", planarconfig="separate", tile=(16, 16), **rgb_options)
tiff("deep.tif", deep, "deep", **rgb_options)
tiff("deep-grey.tif", deep_grey, "deep grey", photometric="minisblack")
tiff("white-is-zero.tif", 255 - grey, "grey", photometric="miniswhite")
tiff("deep-white-is-zero.tif", 65535 - deep_grey, "deep grey", photometric="miniswhite")
for file in ["lzw.tif", "tiled.tif", "bigtiff.tif", "planes.tif"]:
    agrees(file, rgb)
agrees("deep-grey.tif", deep_grey)

for file, kind in [("float16.tif", np.float16), ("float32.tif", np.float32), ("float64.tif", np.float64)]:
    # Half precision rounds to 11 digits.
    off = 0.13 if kind == np.float16 else 1e-3
    tiff(file, (rgb / 255.0).astype(kind), "rgb", off, **rgb_options)
tiff("float-predictor.tif", (grey / 255.0).astype(np.float32), "grey", 1e-3, compression="deflate",
     predictor=True, photometric="minisblack")
tiff("float-255.tif", grey.astype(np.float32), "grey", 1e-3, [0, 255], photometric="minisblack")
tiff("float-big-endian.tif", (grey / 255.0).astype(np.float64), "grey", 1e-3, byteorder=">",
     photometric="minisblack")
tiff("float-cover.tif", np.dstack([rgb, cover]).astype(np.float32) / 255, "laid on black", 0.51,
     extrasamples=["unassalpha"], **rgb_options)
tiff("signed8.tif", (grey.astype(int) - 128).astype(np.int8), "grey", 1e-3, [-128, 127],
     photometric="minisblack")
tiff("signed16.tif", (grey.astype(int) * 100 - 9000).astype(np.int16), "grey", 1e-3,
     [-9000, 16500], photometric="minisblack")
tiff("signed32.tif", grey.astype(np.int32) * 100000, "grey", 1e-3, [0, 25500000],
     photometric="minisblack")
tiff("unsigned32.tif", grey.astype(np.uint32) * 16000000, "grey", 1e-3, [0, 4080000000],
     photometric="minisblack")
tiff("twelve-in-sixteen.tif", twelve, "twelve", 1e-3, [0, 4095], photometric="minisblack")

tiff("cover.tif", np.dstack([rgb, cover]), "laid on black", 1, extrasamples=["unassalpha"],
     **rgb_options)
tiff("cover-multiplied.tif", np.dstack([laid, cover]).astype(np.uint8), "laid on black",
     extrasamples=["assocalpha"], **rgb_options)
tiff("deep-cover.tif", np.dstack([deep, deep_cover]), "deep laid on black", 1,
     extrasamples=["unassalpha"], **rgb_options)
tiff("grey-cover.tif", np.dstack([grey, cover]), "grey laid on black", 1,
     extrasamples=["unassalpha"], photometric="minisblack", planarconfig="contig")
tiff("infrared.tif", np.dstack([rgb, cover]), "rgb", extrasamples=["unspecified"], notes=1,
     **rgb_options)
tiff("five-channels.tif", np.dstack([rgb, cover, grey]), "rgb", notes=1,
     extrasamples=["unspecified", "unspecified"], **rgb_options)
tiff("five-planes.tif", np.stack([*planes, cover, grey]), "rgb", notes=1, planarconfig="separate",
     extrasamples=["unspecified", "unspecified"], **rgb_options)
tiff("grey-and-more.tif", np.dstack([grey, cover, cover]), "grey", notes=1,
     extrasamples=["unspecified", "unspecified"], photometric="minisblack", planarconfig="contig")
with tifffile.TiffWriter("pages.tif") as writer:
    for page in [rgb, grey, rgb]:
        writer.write(page, metadata=None, software=False,
                     photometric="rgb" if page.ndim == 3 else "minisblack")
note("pages.tif", "rgb", notes=1)


def tags(file, entries, data, byteorder="<"):
    """A TIFF of one strip by hand: entries are (tag, type, values)."""
    sizes = {1: "B", 3: "H", 4: "I"}
    entries = sorted(entries + [(273, 4, [0]), (279, 4, [len(data)])])
    at = 8 + 2 + 12 * len(entries) + 4
    head, tail = b"", b""
    place = at + sum(
        len(v) * struct.calcsize(sizes[t]) for _, t, v in entries
        if len(v) * struct.calcsize(sizes[t]) > 4)
    for tag, kind, values in entries:
        if tag == 273:
            values = [place]
        body = struct.pack(byteorder + str(len(values)) + sizes[kind], *values)
        if len(body) > 4:
            where = struct.pack(byteorder + "I", at + len(tail))
            tail += body
            body = where
        head += struct.pack(byteorder + "HHI", tag, kind, len(values)) + body.ljust(4, b"\0")
    magic = b"II*\0" if byteorder == "<" else b"MM\0*"
    count = struct.pack(byteorder + "H", len(entries))
    with open(file, "wb") as out:
        out.write(magic + struct.pack(byteorder + "I", 8) + count + head + bytes(4) + tail + data)


def by_hand(n, photometric, more=()):
    return [(256, 3, [width]), (257, 3, [height]), (258, 3, [n]), (259, 3, [1]),
            (262, 3, [photometric]), (277, 3, [1]), (278, 3, [height]), *more]


for n in (1, 2, 4):
    tags(f"bits{n}.tif", by_hand(n, 1), packed(bits[n], n))
    note(f"bits{n}.tif", f"{n} bits", 0.01)
    tags(f"bits{n}-white-is-zero.tif", by_hand(n, 0), packed(2**n - 1 - bits[n], n))
    note(f"bits{n}-white-is-zero.tif", f"{n} bits", 0.01)
agrees("bits1.tif", bits[1])
agrees("bits4.tif", bits[4] * 17)
tags("bits12.tif", by_hand(12, 1), packed(twelve, 12))
note("bits12.tif", "twelve", 1e-3)
assert np.array_equal(tifffile.imread("bits12.tif"), twelve)
for n in (1, 2, 4, 8):
    wide = [v * 257 for c in range(3) for v in [p[c] for p in palette[: 2**n]]]
    tags(f"palette{n}.tif", by_hand(n, 3, [(320, 3, wide)]), packed(index[n], n))
    note(f"palette{n}.tif", f"palette of {n}")
agrees("palette8.tif", np.array(palette)[index[8]], mode="RGB")
short = [v for c in range(3) for v in [p[c] for p in palette]]
tags("palette-of-short-numbers.tif", by_hand(8, 3, [(320, 3, short)]), packed(index[8], 8))
note("palette-of-short-numbers.tif", "palette of 8")
Image.fromarray(bits[1].astype(bool)).save("fax.tif", compression="group4")
note("fax.tif", "1 bits")
agrees("fax.tif", bits[1])

# What must be refused: the first images of a camera's raw data.
tags("camera-preview.tif", by_hand(8, 1, [(254, 4, [1])]), grey.tobytes())
tags("camera-mosaic.tif", by_hand(8, 32803), grey.tobytes())
tags("camera-dng.tif", by_hand(8, 1, [(50706, 1, [1, 4, 0, 0])]), grey.tobytes())

smooth = np.stack([x * 12, y * 14, 200 - x * 5], axis=-1).astype(np.uint8)
for file, options in [
    ("jpeg-in.tif", {"photometric": "ycbcr", "compression": "jpeg", "subsampling": (2, 2)}),
    ("jpeg-in-tiled.tif", {"photometric": "ycbcr", "compression": "jpeg", "subsampling": (1, 1),
                           "tile": (16, 16)}),
]:
    tifffile.imwrite(file, smooth, metadata=None, software=False, **options)
    colour(file, np.asarray(Image.open(file).convert("RGB")), 255)
    note(file, file, 3)

# --- PNG ------------------------------------------------------------------------------------------

def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(file, samples, kind, depth, name, off=0, interlaced=False, more=()):
    """A PNG by hand; samples are rows of pixels of channels."""
    samples = np.asarray(samples)
    channels = 1 if samples.ndim == 2 else samples.shape[2]
    height, width = samples.shape[:2]
    samples = samples.reshape(height, width, channels)

    def filtered(part):
        rows = part.reshape(part.shape[0], -1)
        if depth == 16:
            return b"".join(b"\0" + row.astype(">u2").tobytes() for row in rows)
        return b"".join(b"\0" + packed([row], depth) for row in rows)

    passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2),
              (0, 1, 1, 2)] if interlaced else [(0, 0, 1, 1)]
    data = b"".join(
        filtered(samples[top::down, left::across]) for left, top, across, down in passes)
    header = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, int(interlaced))
    with open(file, "wb") as out:
        out.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header))
        for name_of, body in more:
            out.write(chunk(name_of, body))
        out.write(chunk(b"IDAT", zlib.compress(data)) + chunk(b"IEND", b""))
    note(file, name, off)


for n in (1, 2, 4):
    png(f"bits{n}.png", bits[n], 0, n, f"{n} bits", 0.01)
png("grey.png", grey, 0, 8, "grey")
png("deep.png", deep, 2, 16, "deep")
png("deep-grey.png", deep_grey, 0, 16, "deep grey")
png("interlaced.png", rgb, 2, 8, "rgb", interlaced=True)
png("interlaced-deep.png", deep, 2, 16, "deep", interlaced=True)
png("interlaced-bits.png", bits[1], 0, 1, "1 bits", interlaced=True)
png("cover.png", np.dstack([rgb, cover]), 6, 8, "laid on black", 1)
png("deep-cover.png", np.dstack([deep, deep_cover]), 6, 16, "deep laid on black", 1)
png("grey-cover.png", np.dstack([grey, cover]), 4, 8, "grey laid on black", 1)
for n, numbers in index.items():
    entries = bytes(v for p in palette[: 2**n] for v in p)
    png(f"palette{n}.png", numbers, 3, n, f"palette of {n}", more=[(b"PLTE", entries)])
    agrees(f"palette{n}.png", np.array(palette)[numbers], mode="RGB")
half = bytes([255, 128, 0, 64])
entries = bytes(v for p in palette[:4] for v in p)
png("palette-cover.png", index[2], 3, 2, "palette laid on black", 1,
    more=[(b"PLTE", entries), (b"tRNS", half)])
colour("palette laid on black",
       np.rint(np.array(palette)[index[2]] * (np.array(list(half))[index[2]][..., None] / 255.0)), 255)
# The grey of 7 alone is transparent.
png("grey-hole.png", grey, 0, 8, "grey with a hole", more=[(b"tRNS", struct.pack(">H", 7))])
colour("grey with a hole", np.where(grey == 7, 0, grey), 255)
for file, levels in [("interlaced.png", rgb), ("grey.png", grey), ("deep-grey.png", deep_grey)]:
    agrees(file, levels)

# --- JPEG -----------------------------------------------------------------------------------------

whole = Image.fromarray(smooth)


def jpeg(file, image=whole, off=3, **options):
    image.save(file, **{"quality": 95, **options})
    colour(file, np.asarray(Image.open(file).convert("RGB" if image.mode != "L" else "L")), 255)
    note(file, file, off)


jpeg("baseline.jpg")
jpeg("progressive.jpg", progressive=True)
jpeg("full-colour.jpg", subsampling=0)
jpeg("grey.jpg", Image.fromarray(smooth[..., 0]))
jpeg("restarts.jpg", restart_marker_blocks=1)
jpeg("kept-as-rgb.jpg", keep_rgb=True)
data = open("baseline.jpg", "rb").read()
assert data[-2:] == b"\xff\xd9"
for file, changed in [
    ("no-end.jpg", data[:-2]), ("padded.jpg", data[:-2] + bytes(100) + data[-2:]),
    ("more-behind.jpg", data + b"something else"),
]:
    open(file, "wb").write(changed)
    note(file, "baseline.jpg", 3)
progressive = open("progressive.jpg", "rb").read()
open("progressive-no-end.jpg", "wb").write(progressive[:-2])
note("progressive-no-end.jpg", "progressive.jpg", 3)


def broken(file, changed):
    open(file, "wb").write(changed)


middle = data.index(b"\xff\xda") + 14 + (len(data) - data.index(b"\xff\xda") - 14) // 2
broken("broken-marker.jpg", data[:middle] + b"\xff\xd9" + data[middle + 2 :])
broken("broken-cut.jpg", data[:middle])
scans = [i for i in range(len(progressive) - 1) if progressive[i : i + 2] == b"\xff\xda"]
broken("broken-scans.jpg", progressive[: scans[-1]])
cut = open("lzw.tif", "rb").read()
broken("broken-strip.tif", cut[: len(cut) // 2])
cut = open("interlaced.png", "rb").read()
broken("broken-cut.png", cut[: len(cut) // 2])
at = cut.index(b"IDAT") + 30
broken("broken-checksum.png", cut[:at] + bytes([cut[at] ^ 1]) + cut[at + 1 :])

# --- WebP -----------------------------------------------------------------------------------------

Image.fromarray(rgb).save("lossless.webp", lossless=True)
note("lossless.webp", "rgb")
Image.fromarray(np.dstack([rgb, cover]), "RGBA").save("cover.webp", lossless=True, exact=True)
note("cover.webp", "laid on black", 1)
Image.fromarray(rgb).save("animated.webp", lossless=True, save_all=True,
                          append_images=[Image.fromarray(255 - rgb)])
note("animated.webp", "rgb", notes=1)
cut = open("lossless.webp", "rb").read()
broken("broken-cut.webp", cut[: len(cut) // 2])

# --- BMP ------------------------------------------------------------------------------------------

def bmp(file, body, n, name, off=0, compression=0, size=40, masks=(), table=b"", rows=height,
        check=True):
    head = struct.pack("<IiiHHIIiiII", size, width, rows, 1, n, compression, len(body), 2835, 2835,
                       len(table) // 4, 0)
    if size == 12:
        head = struct.pack("<IHHHH", size, width, rows, 1, n)
    mask = b"".join(struct.pack("<I", m) for m in masks)
    if size > 40:
        head += mask.ljust(size - 40, b"\0")
    else:
        table = mask + table
    start = 14 + len(head) + len(table)
    with open(file, "wb") as out:
        out.write(b"BM" + struct.pack("<IHHI", start + len(body), 0, 0, start) + head + table + body)
    note(file, name, off)
    if check:
        levels = np.array(colours[name]["levels"]).reshape(height, width, -1)
        levels = levels * 255 // colours[name]["white"]
        agrees(file, levels, off, "RGB")


def filled(rows, step=4):
    return b"".join(bytes(row) + bytes(-len(row) % step) for row in rows)


def table(n, step=4):
    return b"".join(bytes([b, g, r]) + bytes(step - 3) for r, g, b in palette[: 2**n])


bgr = rgb[::-1, :, ::-1]
bmp("colours24.bmp", filled([row.tobytes() for row in bgr]), 24, "rgb")
bmp("top-down.bmp", filled([row.tobytes() for row in rgb[:, :, ::-1]]), 24, "rgb", rows=-height)
bmp("os2.bmp", filled([row.tobytes() for row in bgr]), 24, "rgb", size=12)
bmp("os2-palette.bmp", filled([bytes(r) for r in index[8][::-1]]), 8, "palette of 8", size=12,
    table=table(8, 3))
for n in (1, 2, 4, 8):
    body = filled([packed([row], n) for row in index[n][::-1]])
    # Pillow reads no BMP of 2 bits.
    bmp(f"palette{n}.bmp", body, n, f"palette of {n}", table=table(n), check=n != 2)
filling = np.dstack([bgr, np.full((height, width), 77)]).astype(np.uint8)
bmp("colours32.bmp", filling.tobytes(), 32, "rgb")
five = np.rint(rgb / 255 * 31).astype(int)
colour("five bits", five, 31)
words = (five[..., 0] << 10 | five[..., 1] << 5 | five[..., 2])[::-1].astype("<u2")
bmp("colours16.bmp", filled([row.tobytes() for row in words]), 16, "five bits", 0.6, check=False)
agrees("colours16.bmp", five * 255 // 31, 1, "RGB")
six = np.dstack([five[..., 0], np.rint(rgb[..., 1] / 255 * 63).astype(int), five[..., 2]])
words = (six[..., 0] << 11 | six[..., 1] << 5 | six[..., 2])[::-1].astype("<u2")
colour("five six five", np.rint(six * (255 / np.array([31, 63, 31]))), 255)
bmp("masks16.bmp", filled([row.tobytes() for row in words]), 16, "five six five", 1, 3,
    masks=(0xF800, 0x7E0, 0x1F))
whole32 = (rgb[..., 0].astype(np.uint32) | rgb[..., 1].astype(np.uint32) << 8
           | rgb[..., 2].astype(np.uint32) << 16)
# Pillow reads some orders of masks alone.
bmp("masks32.bmp", whole32[::-1].astype("<u4").tobytes(), 32, "rgb", compression=3,
    masks=(0xFF, 0xFF00, 0xFF0000), check=False)
usual = np.dstack([bgr, np.zeros((height, width))]).astype(np.uint8)
bmp("usual-masks32.bmp", usual.tobytes(), 32, "rgb", compression=3,
    masks=(0xFF0000, 0xFF00, 0xFF))
covered = (whole32 | cover.astype(np.uint32) << 24)[::-1].astype("<u4").tobytes()
for size in (56, 108, 124):
    bmp(f"cover-header{size}.bmp", covered, 32, "laid on black", 1, 3, size,
        (0xFF, 0xFF00, 0xFF0000, 0xFF000000), check=False)
    read = Image.open(f"cover-header{size}.bmp")
    assert read.mode == "RGBA", read.mode
    read = np.asarray(read).astype(float)
    assert np.abs(np.rint(read[..., :3] * read[..., 3:] / 255) - laid).max() <= 1
bmp("header108.bmp", filled([row.tobytes() for row in bgr]), 24, "rgb", size=108)

runs = b""
for row in index[8][::-1]:
    row = [int(v) for v in row]
    runs += b"".join(bytes([1, v]) for v in row[:5]) + bytes([0, 11]) + bytes(row[5:16]) + b"\0"
    runs += b"".join(bytes([1, v]) for v in row[16:]) + b"\0\0"
bmp("runs8.bmp", runs + b"\0\1", 8, "palette of 8", compression=1, table=table(8))
runs = b""
for row in index[4][::-1]:
    row = [int(v) for v in row]
    runs += b"".join(bytes([2, row[i] << 4 | row[i + 1]]) for i in range(0, 6, 2))
    runs += bytes([0, 14]) + packed([row[6:20]], 4) + b"\0" + b"\0\0"
bmp("runs4.bmp", runs + b"\0\1", 4, "palette of 4", compression=2, table=table(4))
jumps = np.zeros((height, width), int)
jumps[height - 1, 0:3] = 9
jumps[height - 4, 8:10] = 200
colour("jumps", np.array(palette)[jumps], 255)
bmp("jumps8.bmp", bytes([3, 9, 0, 2, 5, 3, 2, 200, 0, 1]), 8, "jumps", compression=1,
    table=table(8), check=False)

# --- CMYK with a profile --------------------------------------------------------------------------

def profile():
    """A CMYK profile whose corners have colours that no other profile gives them."""
    def tag_xyz(values):
        return b"XYZ \0\0\0\0" + b"".join(struct.pack(">i", round(v * 65536)) for v in values)

    def text(kind, words):
        return kind + bytes(4) + words

    grid = b""
    for corner in range(16):
        c, m, ye, k = [(corner >> s) & 1 for s in (3, 2, 1, 0)]
        light = (95 - 25 * c - 30 * m - 8 * ye) * (1 - 0.85 * k)
        a = (35 * c - 30 * m + 5 * ye) * (1 - k)
        b = (20 * c + 10 * m - 40 * ye) * (1 - k)
        grid += struct.pack(">HHH", round(light * 652.8), round((a + 128) * 256),
                            round((b + 128) * 256))
    line = struct.pack(">HH", 0, 65535)
    lut = b"mft2" + bytes(4) + bytes([4, 3, 2, 0])
    lut += b"".join(struct.pack(">i", v) for v in (65536, 0, 0, 0, 65536, 0, 0, 0, 65536))
    lut += struct.pack(">HH", 2, 2) + line * 4 + grid + line * 3
    words = b"corners\0"
    description = text(b"desc", struct.pack(">I", len(words)) + words + bytes(78))
    parts = [(b"desc", description), (b"cprt", text(b"text", b"none\0")),
             (b"wtpt", tag_xyz((0.9642, 1, 0.8249))), (b"A2B0", lut), (b"A2B1", lut)]
    at, listed, body = 128 + 4 + 12 * len(parts), b"", b""
    for name, part in parts:
        part += bytes(-len(part) % 4)
        listed += name + struct.pack(">II", at + len(body), len(part))
        body += part
    head = struct.pack(">I4sI4s4s4s6H4s4sI8sIQI3i4s44x", at + len(body), b"none", 0x02400000,
                       b"prtr", b"CMYK", b"Lab ", 2026, 1, 1, 0, 0, 0, b"acsp", b"\0" * 4, 0,
                       b"\0" * 8, 0, 0, 1, 63190, 65536, 54061, b"none")[:128]
    return head + struct.pack(">I", len(parts)) + listed + body


inks = Image.fromarray(np.dstack([x * 12, y * 14, 255 - x * 12, (x + y) * 3]).astype(np.uint8), "CMYK")
icc = profile()
made = ImageCms.profileToProfile(
    inks, io.BytesIO(icc), ImageCms.createProfile("sRGB"), outputMode="RGB",
    renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC)
colour("inks by profile", np.asarray(made), 255)
inks.save("inks.tif", icc_profile=icc)
note("inks.tif", "inks by profile", 3)
# JPEG in high quality, for its loss is not the matter.
inks.save("inks.jpg", icc_profile=icc, quality=100, subsampling=0)
note("inks.jpg", "inks by profile", 6)

# --- Turned by the camera -------------------------------------------------------------------------

# 1,000 x 700: large enough for decoders that read rows in their order. The test writes the other
# seven numbers into the same place.
large = np.zeros((700, 1000, 3), np.uint8)
large[:350, :500], large[:350, 500:] = (200, 30, 20), (20, 180, 40)
large[350:, :500], large[350:, 500:] = (30, 40, 210), (220, 210, 60)
large[100:150, 200:300] = 255
scene = Image.fromarray(large)
tifffile.imwrite("large-deep.tif", large.astype(np.uint16) * 257, metadata=None, software=False,
                 compression="deflate", **rgb_options)
turned = {}
png("large-interlaced.png", large, 2, 8, None, interlaced=True)
exif = Image.Exif()
exif[274] = 1
scene.save("turn.jpg", exif=exif, quality=80)
scene.save("turn-progressive.jpg", exif=exif, quality=80, progressive=True)
scene.save("turn.png", exif=exif, optimize=True)
scene.save("turn.webp", exif=exif, lossless=True)
scene.save("turn.tif", tiffinfo={274: 1}, compression="tiff_adobe_deflate")
scene.convert("CMYK").save("turn-cmyk.tif", tiffinfo={274: 1}, compression="tiff_adobe_deflate")
for number in range(1, 9):
    exif[274] = number
    scene.save(buffer := io.BytesIO(), "PNG", exif=exif)
    upright = np.asarray(ImageOps.exif_transpose(Image.open(buffer)))
    rows, columns = upright.shape[:2]
    turned[number] = {
        "height": rows, "width": columns,
        "corners": [int(v) for r in (20, rows - 21) for c in (20, columns - 21)
                    for v in upright[r, c]],
        "white": [int(v) for v in np.argwhere((upright == 255).all(axis=-1)).mean(axis=0) * 2],
    }

json.dump(
    {"made with": f"Pillow {PIL.__version__}, numpy {np.__version__}, tifffile {tifffile.__version__}",
     "width": width, "height": height, "colours": colours, "files": files, "turned": turned},
    open("expected.json", "w"), sort_keys=True, separators=(",", ":"))
