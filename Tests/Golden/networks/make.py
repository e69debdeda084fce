"""Activations of a ResNet-18 with made-up weights, by PyTorch.

Every number is a sine of its place, so that the test builds the same weights without a file:
tensor number t (in the order of the names below), element i: sin(0.37 i + t) * scale.
"""
import json
import math
import os

import numpy as np
import torch
from torch import nn

os.chdir(os.path.dirname(os.path.abspath(__file__)))


class Block(nn.Module):
    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = None
        if stride != 1 or inputs != channels:
            self.downsample = nn.Sequential(
                nn.Conv2d(inputs, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        around = x if self.downsample is None else self.downsample(x)
        inner = torch.relu(self.bn1(self.conv1(x)))
        return torch.relu(self.bn2(self.conv2(inner)) + around)


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        for number, (inputs, channels) in enumerate([(64, 64), (64, 128), (128, 256), (256, 512)]):
            stage = nn.Sequential(
                Block(inputs, channels, 1 if number == 0 else 2), Block(channels, channels, 1))
            setattr(self, f"layer{number + 1}", stage)

    def forward(self, x):
        x = torch.max_pool2d(torch.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        outputs = []
        for number in range(1, 5):
            x = getattr(self, f"layer{number}")(x)
            outputs.append(x)
        return outputs


def made_up(name, shape, number):
    count = int(np.prod(shape))
    values = np.sin(0.37 * np.arange(count, dtype=np.float64) + number)
    if name.endswith("running_var"):
        values = 1 + 0.5 * values
    elif len(shape) == 4:
        values = values * math.sqrt(2 / (count / shape[0]))
    elif name.endswith("weight"):
        values = 1 + 0.2 * values
    else:
        values = 0.1 * values
    return torch.tensor(values.astype(np.float32)).reshape(shape)


net = Net().eval()
state = {k: v for k, v in net.state_dict().items() if not k.endswith("num_batches_tracked")}
names = sorted(state)
net.load_state_dict(
    {n: made_up(n, tuple(state[n].shape), i) for i, n in enumerate(names)}, strict=False)

image = torch.tensor(
    (0.5 + 0.5 * np.sin(0.011 * np.arange(2 * 3 * 61 * 47))).astype(np.float32)
).reshape(2, 3, 61, 47)
mean = torch.tensor([0.485, 0.456, 0.406]).reshape(1, 3, 1, 1)
std = torch.tensor([0.229, 0.224, 0.225]).reshape(1, 3, 1, 1)
with torch.no_grad():
    outputs = net((image - mean) / std)
stages = [
    {
        "shape": list(o.shape),
        "mean": float(o.double().mean()),
        "deviation": float(o.double().std(correction=0)),
        # every 97th element in row-major order, at most 64
        "elements": [float(v) for v in o.reshape(-1)[::97][:64]],
    }
    for o in outputs
]
pooled = [float(v) for v in outputs[3].mean((2, 3)).reshape(-1)[:64]]
json.dump(
    {"made with": f"PyTorch {torch.__version__}", "names": names,
     "shapes": [list(state[n].shape) for n in names], "stages": stages, "pooled": pooled},
    open("resnet18.json", "w"), indent=1)
