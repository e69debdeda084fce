#!/usr/bin/env python3
"""Compares the verdicts of ONNX Runtime and OpenVINO with those that `students export --check` wrote.

    check_onnx.py part.onnx [--runtime onnxruntime|openvino]

Reads part.onnx.check.json and the images that it names. Ends with 1 where a verdict differs, or a score by
more than a thousandth. Needs numpy, Pillow, and onnxruntime or openvino.
"""

import argparse, json, sys
import numpy
from PIL import Image


def onnxruntime_model(path):
    import onnxruntime
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    names = [output.name for output in session.get_outputs()]
    input = session.get_inputs()[0]
    return input.type, lambda frames: dict(zip(names, session.run(None, {"image": frames})))


def openvino_model(path):
    import openvino
    # Some processors would compute in 16 bits otherwise.
    model = openvino.Core().compile_model(path, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    kinds = {"u8": "tensor(uint8)", "u16": "tensor(uint16)", "f32": "tensor(float)"}
    return kinds[model.input(0).element_type.get_type_name()], lambda frames: {
        name: value for output, value in model({"image": frames}).items() for name in output.get_names()}


def frames(path, kind):
    """The image as the graph takes it, N x height x width x 3."""
    image = Image.open(path)
    if kind == "tensor(uint8)":
        return numpy.asarray(image.convert("RGB"))[None]
    if kind == "tensor(uint16)":
        grey = numpy.asarray(image).astype("uint16")
        return numpy.repeat(grey[None, :, :, None], 3, axis=3)
    # Resized already.
    return numpy.asarray(image.convert("RGB")).transpose(2, 0, 1)[None].astype("float32") / 255


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model")
    parser.add_argument("--runtime", default="onnxruntime", choices=["onnxruntime", "openvino"])
    options = parser.parse_args()
    load = onnxruntime_model if options.runtime == "onnxruntime" else openvino_model
    kind, run = load(options.model)
    with open(options.model + ".check.json", encoding="utf-8") as file:
        expected = json.load(file)
    largest, different = 0.0, 0
    for one in expected:
        result = run(frames(one["image"], kind))
        score = float(result["score"][0])
        largest = max(largest, abs(score - one["score"]) / max(abs(one["score"]), 1e-6))
        if bool(result["is_anomalous"][0]) != one["isAnomalous"]:
            different += 1
            print(f"{one['image']}: {score:.6g} here, {one['score']:.6g} there, "
                  f"threshold {one['threshold']:.6g}")
    print(f"{options.runtime}: {len(expected)} images, {different} verdicts differ, "
          f"scores by {largest:.1e} at the most")
    sys.exit(1 if different or not largest < 1e-3 else 0)


if __name__ == "__main__":
    main()
