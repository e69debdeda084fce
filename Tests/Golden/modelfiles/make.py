"""Checkpoints by PyTorch: small ones to read, and some that must be refused."""
import collections
import os
import zipfile

import torch

os.chdir(os.path.dirname(os.path.abspath(__file__)))

grid = torch.arange(12, dtype=torch.float32).reshape(3, 4)
tensors = collections.OrderedDict([
    ("plain", grid),
    ("transposed", grid.t()),
    ("part", grid[1:, ::2]),  # a view into the same storage
    ("half", torch.tensor([0.5, -2.0], dtype=torch.float16)),
    ("counter", torch.tensor(7, dtype=torch.int64)),
    ("parameter", torch.nn.Parameter(torch.tensor([1.5]))),
])
torch.save(tensors, "plain.pth")
torch.save({"epoch": 3, "state_dict": tensors}, "nested.pth")
torch.save([1, 2], "list.pth")


class Evil:
    def __reduce__(self):
        return (os.system, ("touch executed",))


torch.save({"plain": grid, "evil": Evil()}, "evil.pth")

data = open("plain.pth", "rb").read()
open("truncated.pth", "wb").write(data[: len(data) // 2])
with zipfile.ZipFile("other.zip", "w") as archive:
    archive.writestr("readme.txt", "no checkpoint")
