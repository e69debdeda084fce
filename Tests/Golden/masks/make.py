"""Masks of every kind that people keep, by Pillow.

One defect, rows 8 to 15 and columns 16 to 31 of 40 x 48 pixels, and a second kind of defect, one
pixel at row 30, column 5, where a kind of mask can tell it. `expected.json` gives the sides and the
marked pixels of each file, `[row, column]` of the first and the last of each rectangle.
"""
import json
import os

import numpy as np
import PIL
from PIL import Image, ImageOps

os.chdir(os.path.dirname(os.path.abspath(__file__)))
height, width = 40, 48
large, small = [8, 16, 15, 31], [30, 5, 30, 5]
kinds = np.zeros((height, width), np.uint8)
kinds[8:16, 16:32] = 1
kinds[30, 5] = 2
one = (kinds == 1).astype(np.uint8)
any_kind = (kinds > 0).astype(np.uint8)
expected = {}


def note(name, rectangles):
    expected[name] = {"height": height, "width": width, "marked": rectangles}


def save(name, values, rectangles=None, **options):
    image = values if isinstance(values, Image.Image) else Image.fromarray(values)
    image.save(name, **options)
    note(name, [large, small] if rectangles is None else rectangles)


def colours(*of_kind):
    return np.array(of_kind, np.uint8)[kinds]


def palette(*of_kind):
    image = Image.fromarray(kinds, "P")
    image.putpalette([channel for colour in of_kind for channel in colour])
    return image


save("full.png", any_kind * 255)
save("zero-one.png", any_kind)
save("classes.png", kinds * np.uint8(3))
save("half.png", any_kind * 100)
save("red.png", colours((0, 0, 0), (255, 0, 0), (128, 0, 0)))
save("blue.png", colours((0, 0, 0), (0, 0, 128), (0, 0, 1)))
save("on-white.png", colours((255, 255, 255), (255, 0, 0), (0, 0, 255)))
save("one-two.png", any_kind + np.uint8(1))
save("deep-255.png", any_kind.astype(np.uint16) * 255)
save("deep-one.png", any_kind.astype(np.uint16))
save("deep.tif", any_kind.astype(np.uint16) * 65535)
save("bit.png", Image.fromarray(any_kind * 255).convert("1"))
save("bit.tif", Image.fromarray(any_kind * 255).convert("1"))
save("voc.png", palette((0, 0, 0), (128, 0, 0), (0, 128, 0)))
save("black-palette.png", palette((0, 0, 0), (0, 0, 0), (0, 0, 0)))
save("white-first.png", palette((255, 255, 255), (0, 0, 0), (9, 9, 9)))
save("few-bits.png", palette((7, 7, 7), (7, 7, 7), (7, 7, 7)), bits=2)
save("four-bits.png", palette((0, 0, 0), (0, 0, 0), (0, 0, 0)), bits=4)
save("see-through.png", palette((5, 5, 5), (0, 0, 0), (0, 0, 0)), transparency=0)
save("palette.tif", palette((0, 0, 0), (0, 0, 0), (0, 0, 0)))
save("palette.bmp", palette((0, 0, 0), (0, 0, 0), (0, 0, 0)))
save("zero-one.bmp", any_kind)
save("alpha.png", np.dstack([colours((0, 0, 0), (255, 0, 0), (0, 255, 0)), any_kind * 255]))
save("float-one.tif", any_kind.astype(np.float32))
save("float-255.tif", any_kind.astype(np.float32) * 255)
save("lossless.webp", colours((0, 0, 0), (1, 0, 0), (2, 0, 0)), lossless=True)
save("everything.png", np.full((height, width), 255, np.uint8), [[0, 0, height - 1, width - 1]])
save("nothing.png", np.zeros((height, width), np.uint8), [])

# Half the highest value is the border. Off the blocks of eight pixels JPEG rings around it.
ringing = [10, 19, 17, 33]
one[:] = 0
one[10:18, 19:34] = 1
save("grey.jpg", one * np.uint8(255), [ringing], quality=75)
save("colour.jpg", np.dstack([one * np.uint8(255)] * 3), [ringing], quality=90)
save("lossy.webp", np.dstack([one * np.uint8(255)] * 3), [ringing], quality=75)
decoded = np.array(Image.open("grey.jpg")).astype(int)
assert ((2 * decoded >= decoded.max()) == one).all() and len(np.unique(decoded)) > 20
save("was-jpeg.png", decoded.astype(np.uint8), [ringing])
hardly = np.where(one, np.where(decoded > 254, 255, 253), np.where(decoded > 0, 2, 0))
assert len(np.unique(hardly)) == 4
save("hardly-jpeg.png", hardly.astype(np.uint8), [ringing])
level = (np.arange(width) * 5)[None].repeat(height, 0)
level[0] = np.arange(width) * 4 + 1
assert len(np.unique(level)) > 64
save("blurred.png", level.astype(np.uint8), [[1, 24, height - 1, 47], [0, 30, 0, 47]])
assert (2 * level >= level.max()).sum() == (height - 1) * 24 + 18

# The eight ways to hold a camera: the same pixels as a picture and as a mask that says so.
stored = np.zeros((6, 9), np.uint8)
stored[1, 2:7] = 255
stored[2, 2] = 255
Image.fromarray(stored).save("stored.png")
turned = {}
for orientation in range(1, 9):
    image = Image.fromarray(stored)
    exif = Image.Exif()
    exif[0x112] = orientation
    name = f"turned{orientation}.png"
    image.save(name, exif=exif)
    upright = np.array(ImageOps.exif_transpose(Image.open(name)))
    turned[name] = {
        "height": upright.shape[0], "width": upright.shape[1],
        "marked": [[int(r), int(c), int(r), int(c)] for r, c in np.argwhere(upright > 0)],
    }

with open("expected.json", "w") as file:
    json.dump({"versions": {"pillow": PIL.__version__, "numpy": np.__version__},
               "files": expected, "turned": turned}, file, separators=(",", ":"))
    file.write("\n")
