"""Descriptors of the three patch networks, their gradients and ten training steps, by PyTorch.

Weights and patches are sines of their places, so that the test builds them without a file: element
i of tensor t is sin(0.37 i + t), scaled by sqrt(2 / fan-in) for weights and by 0.1 for biases;
tensors count conv1.weight 0, conv1.bias 1, conv2.weight 2, …
"""
import json
import math
import os

import numpy as np
import torch
import torch.nn.functional as F

os.chdir(os.path.dirname(os.path.abspath(__file__)))

# (kernel, inputs, outputs), or None for a pool of 2 x 2
LAYERS = {
    17: [(6, 3, 128), (5, 128, 256), (5, 256, 256), (4, 256, 128)],
    33: [(5, 3, 128), None, (5, 128, 256), None, (2, 256, 256), (4, 256, 128)],
    65: [(5, 3, 128), None, (5, 128, 128), None, (5, 128, 256), None, (4, 256, 256), (1, 256, 128)],
}


def sines(count, number):
    return np.sin(0.37 * np.arange(count, dtype=np.float64) + number)


def network(side):
    parameters = []
    for layer in LAYERS[side]:
        if layer is None:
            continue
        kernel, inputs, outputs = layer
        fan_in = kernel * kernel * inputs
        weight = sines(outputs * fan_in, len(parameters)) * math.sqrt(2 / fan_in)
        parameters.append(
            torch.tensor(weight.astype(np.float32)).reshape(outputs, inputs, kernel, kernel))
        bias = sines(outputs, len(parameters)) * 0.1
        parameters.append(torch.tensor(bias.astype(np.float32)))
    return [p.requires_grad_() for p in parameters]


def describe(side, parameters, patches):
    mean = torch.tensor([0.485, 0.456, 0.406]).reshape(1, 3, 1, 1)
    std = torch.tensor([0.229, 0.224, 0.225]).reshape(1, 3, 1, 1)
    x = (patches - mean) / std
    index, last = 0, len(LAYERS[side]) - 1
    for number, layer in enumerate(LAYERS[side]):
        if layer is None:
            x = F.max_pool2d(x, 2)
            continue
        x = F.conv2d(x, parameters[index], parameters[index + 1])
        index += 2
        if number < last:
            x = F.leaky_relu(x, 0.005)
    return x.flatten(1)


def listed(tensor):
    return [float(v) for v in tensor.detach().reshape(-1)]


cases = []
for side in [17, 33, 65]:
    patches = 0.5 + 0.5 * np.sin(0.011 * np.arange(2 * 3 * side * side, dtype=np.float64))
    patches = torch.tensor(patches.astype(np.float32)).reshape(2, 3, side, side)
    target = torch.tensor(sines(256, 5).astype(np.float32)).reshape(2, 128)
    parameters = network(side)
    descriptors = describe(side, parameters, patches)
    optimizer = torch.optim.Adam(parameters, lr=1e-5, weight_decay=1e-2)
    losses, gradients = [], None
    for step in range(10):
        loss = ((describe(side, parameters, patches) - target) ** 2).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        if gradients is None:
            gradients = [float(p.grad.double().norm()) for p in parameters]
            first = [listed(p.grad)[:8] for p in parameters]
        optimizer.step()
        losses.append(float(loss.detach()))
    cases.append({
        "side": side, "descriptors": listed(descriptors), "gradientNorms": gradients,
        "gradients": first, "losses": losses,
        "weightsAfter": [listed(p)[:8] for p in parameters],
    })
json.dump({"made with": f"PyTorch {torch.__version__}", "cases": cases},
          open("descriptors.json", "w"), indent=1)
