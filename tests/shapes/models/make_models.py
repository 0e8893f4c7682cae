#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Exports the models that tests/shapes reads: make_models.py [DIRECTORY], by default the script's own.

    python3 -m venv /tmp/venv && /tmp/venv/bin/pip install -r requirements.txt && /tmp/venv/bin/python make_models.py

Networks are exported by PyTorch as a user would, then their weights are taken out: shapes do not depend on them. What is
left of an initialiser says that its data lie in another file, as in any model that is too large for one, and names no real
file. Small integers stay: they are shapes, which inference needs.
"""
import sys
import warnings
from pathlib import Path

import onnx
import torch
import torchvision
from torch import nn

LARGEST_KEPT = 16  # elements


class UNet3D(nn.Module):
    """Çiçek et al. 2016: two convolutions with batch normalisation and ReLU a level, the second twice as wide; max pooling
    down, transposed convolutions up, joined by concatenation."""

    def __init__(self, inputs=1, outputs=3, width=32, levels=4):
        super().__init__()
        self.down = nn.ModuleList()
        channels = inputs
        for level in range(levels):
            wide = width * 2**level
            self.down.append(nn.Sequential(*self.step(channels, wide), *self.step(wide, 2 * wide)))
            channels = 2 * wide
        self.up, self.join = nn.ModuleList(), nn.ModuleList()
        for level in reversed(range(levels - 1)):
            skipped = width * 2 ** (level + 1)
            self.up.append(nn.ConvTranspose3d(channels, channels, 2, stride=2))
            self.join.append(nn.Sequential(*self.step(channels + skipped, skipped), *self.step(skipped, skipped)))
            channels = skipped
        self.last = nn.Conv3d(channels, outputs, 1)

    @staticmethod
    def step(inputs, outputs):
        return nn.Conv3d(inputs, outputs, 3, padding=1), nn.BatchNorm3d(outputs), nn.ReLU()

    def forward(self, x):
        skipped = []
        for index, level in enumerate(self.down):
            x = level(x if index == 0 else nn.functional.max_pool3d(x, 2))
            skipped.append(x)
        for up, join, skip in zip(self.up, self.join, reversed(skipped[:-1])):
            x = join(torch.cat([skip, up(x)], dim=1))
        return self.last(x)


def strip(model):
    for tensor in model.graph.initializer:
        count = 1
        for dimension in tensor.dims:
            count *= dimension
        if count <= LARGEST_KEPT or tensor.data_type == onnx.TensorProto.INT64:
            continue
        for field in ("raw_data", "float_data"):
            tensor.ClearField(field)
        tensor.data_location = onnx.TensorProto.EXTERNAL
        tensor.external_data.add(key="location", value="stripped")


def save_stripped(model, file):
    strip(model)
    model.graph.ClearField("value_info")  # inference finds them again
    for node in model.graph.node:
        node.ClearField("metadata_props")  # where in the Python source it came from
        node.ClearField("doc_string")
    onnx.save(model, file)
    print(f"{file.name}: {file.stat().st_size} bytes")


def export(file, network, shape, trains=True, symbolic_batch=False):
    """With PyTorch's TorchScript exporter, which writes the training mode."""
    mode = torch.onnx.TrainingMode.TRAINING if trains else torch.onnx.TrainingMode.EVAL
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the exporter is the older one
        torch.onnx.export(network.train(trains), (torch.zeros(shape),), str(file), training=mode,
                          do_constant_folding=not trains, dynamo=False, opset_version=17,
                          input_names=["input"], output_names=["output"],
                          dynamic_axes={"input": {0: "batch"}} if symbolic_batch else None)
    save_stripped(onnx.load(file), file)


def export_newer(file, network, shape):
    """With PyTorch's newer exporter: it folds batch normalisation unless told not to optimise, and writes no training
    mode."""
    program = torch.onnx.export(network.train(), (torch.zeros(shape),), dynamo=True, optimize=False, verbose=False)
    save_stripped(program.model_proto, file)


def main():
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent)
    torch.manual_seed(0)
    models = torchvision.models
    image = (1, 3, 224, 224)
    export(folder / "resnet50.onnx", models.resnet50(), image)
    export(folder / "mobilenet_v2.onnx", models.mobilenet_v2(), image, symbolic_batch=True)
    export_newer(folder / "mobilenet_v3_small.onnx", models.mobilenet_v3_small(), image)
    export(folder / "unet3d.onnx", UNet3D(), (1, 1, 64, 64, 64), symbolic_batch=True)
    export(folder / "resnet50_folded.onnx", models.resnet50(), image, trains=False)


if __name__ == "__main__":
    main()
