"""Small pictures of every kind that is read, and some that must be refused, by Pillow.

The picture: 6 x 4 pixels, red = 40 x, green = 60 y, blue = 100. `expected.json` gives the colours
that a reader must return, by file.
"""
import json
import os
import struct
import zlib

import numpy as np
import PIL
from PIL import Image

os.chdir(os.path.dirname(os.path.abspath(__file__)))
width, height = 6, 4
y, x = np.mgrid[0:height, 0:width]
rgb = np.stack([40 * x, 60 * y, np.full_like(x, 100)], axis=-1).astype(np.uint8)
expected = {}


def note(name, colours, tolerance):
    expected[name] = {
        "pixels": [round(float(v), 6) for v in np.asarray(colours, dtype=np.float64).ravel()],
        "tolerance": tolerance,
    }


picture = Image.fromarray(rgb)
for name in ["rgb.png", "rgb.tif", "rgb.bmp"]:
    picture.save(name)
    note(name, rgb / 255, 1e-6)
picture.save("rgb.webp", lossless=True)
note("rgb.webp", rgb / 255, 1e-6)
picture.save("rgb.jpg", quality=95, subsampling=0)
note("rgb.jpg", np.asarray(Image.open("rgb.jpg")) / 255, 0.02)

grey = (rgb[..., 0] // 2 + 20).astype(np.uint8)
Image.fromarray(grey).save("grey.png")
note("grey.png", np.repeat(grey[..., None] / 255, 3, axis=-1), 1e-6)

deep = (x * 9000 + y * 700 + 3).astype(np.uint16)
Image.fromarray(deep).save("grey16.png")
note("grey16.png", np.repeat(deep[..., None] / 65535, 3, axis=-1), 1e-6)
Image.fromarray(deep).save("grey16.tif")
note("grey16.tif", np.repeat(deep[..., None] / 65535, 3, axis=-1), 1e-6)

alpha = np.where(x < 3, 255, 0).astype(np.uint8)
Image.fromarray(np.dstack([rgb, alpha])).save("alpha.png")
note("alpha.png", rgb / 255 * (alpha[..., None] / 255), 1e-6)

palette = picture.quantize(24)
palette.save("palette.png")
note("palette.png", np.asarray(palette.convert("RGB")) / 255, 1e-6)

# Without a profile, CMYK is what libvips takes it for; only its rough colours are promised.
flat = Image.new("CMYK", (width, height), (0, 255, 255, 0))
flat.save("cmyk.jpg", quality=95)
note("cmyk.jpg", np.broadcast_to([0.93, 0.11, 0.14], (height, width, 3)), 0.15)

exif = Image.Exif()
exif[274] = 3  # upside down
picture.save("turned.jpg", quality=95, subsampling=0, exif=exif)
note("turned.jpg", np.asarray(Image.open("rgb.jpg"))[::-1, ::-1] / 255, 0.02)

# To be refused.
rng = np.random.default_rng(1)
noise = rng.integers(0, 256, (64, 64, 3), dtype=np.uint8)
Image.fromarray(noise).save("whole.jpg")
data = open("whole.jpg", "rb").read()
os.remove("whole.jpg")
open("truncated.jpg", "wb").write(data[: len(data) // 2])
open("text.png", "w").write("this is no picture, whatever its name says\n")
open("empty.png", "wb").close()


def chunk(kind, body):
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


header = struct.pack(">IIBBBBB", 60000, 60000, 8, 2, 0, 0, 0)
body = zlib.compress(bytes(1000))
open("bomb.png", "wb").write(
    b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
)

json.dump(
    {"made with": f"Pillow {PIL.__version__}, numpy {np.__version__}", "files": expected},
    open("expected.json", "w"), indent=1, sort_keys=True)
