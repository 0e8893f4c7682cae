#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Extracts the BatchNormalization cases of ONNX's own backend tests: data/onnx.json.

Needs requirements-onnx.txt: the installed package is the newest that carries its test data; the wheel of 1.8.1, whose example
can be checked by hand, is only unpacked (pip download --no-deps --only-binary=:all: --platform manylinux2010_x86_64
--python-version 38 --implementation cp --abi cp38 onnx==1.8.1). Without --old-wheel its cases are left out.
Nothing is computed here: inputs and outputs are as published.
"""
import re
import zipfile
from pathlib import Path

import numpy as np
import onnx
from onnx import numpy_helper

import recording

NODE_TESTS = ("test_batchnorm_example", "test_batchnorm_epsilon", "test_batchnorm_example_training_mode",
              "test_batchnorm_epsilon_training_mode")
CONVERTED = ("test_BatchNorm1d_3d_input_eval", "test_BatchNorm2d_eval", "test_BatchNorm2d_momentum_eval",
             "test_BatchNorm3d_eval", "test_BatchNorm3d_momentum_eval")
INPUTS = ("x", "gamma", "beta", "running_mean", "running_variance")
OUTPUTS = ("y", "running_mean", "running_variance")


class Folder:
    """onnx/backend/test/data of an installed package."""

    def __init__(self):
        self.root = Path(onnx.__file__).parent / "backend/test/data"

    def read(self, name):
        return (self.root / name).read_bytes()

    def names(self, prefix):
        return sorted(str(path.relative_to(self.root)) for path in (self.root / prefix).glob("*.pb"))


class Wheel:
    """The same of a wheel that is not installed."""

    def __init__(self, path):
        self.archive, self.root = zipfile.ZipFile(path), "onnx/backend/test/data/"

    def read(self, name):
        return self.archive.read(self.root + name)

    def names(self, prefix):
        found = [name[len(self.root):] for name in self.archive.namelist() if name.startswith(self.root + prefix)]
        return sorted(name for name in found if name.endswith(".pb"))


def extract(source, group, test, version):
    """Inputs and case of one test."""
    model = onnx.load_model_from_string(source.read(f"{group}/{test}/model.onnx"))
    (node,) = model.graph.node
    attributes = {attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute}

    tensors = {}
    for name in source.names(f"{group}/{test}/test_data_set_0/"):
        kind, index = re.search(r"(input|output)_(\d+)\.pb$", name).groups()
        tensors[kind, int(index)] = numpy_helper.to_array(onnx.load_tensor_from_string(source.read(name)))
    constants = {constant.name: numpy_helper.to_array(constant) for constant in model.graph.initializer}
    fed = [value.name for value in model.graph.input if value.name not in constants]
    constants.update({name: tensors["input", index] for index, name in enumerate(fed)})
    operands = {key: constants[name] for key, name in zip(INPUTS, node.input)}

    training = bool(attributes.get("training_mode", 0))
    opset = model.opset_import[0].version
    case_name = f"{test} onnx {version} opset {opset}"
    inputs = {"shape": list(operands["x"].shape), "axis": 1, **{k: np.array(v, np.float32) for k, v in operands.items()}}
    case = {
        "name": case_name,
        "inputs": case_name,
        "dtype": "f32",
        "statistics": "batch" if training else "stored",
        "epilogue": "none",
        "eps": float(f"{attributes.get('epsilon', 1e-5):.7g}"),  # an f32 attribute, written as a decimal
        "momentum": float(f"{attributes.get('momentum', 0.9):.7g}"),
        "updates": int(training),
        "running_variance_is": "biased",
        "parameters": {"opset": opset, **attributes},
        "outputs": {OUTPUTS[index]: np.array(tensors["output", index], np.float32)
                    for index in range(3 if training else 1)},
    }
    return inputs, case


def main():
    parser = recording.arguments(__doc__, "onnx.json")
    parser.add_argument("--old-wheel", metavar="FILE", help="onnx 1.8.1, not installed")
    options = parser.parse_args()
    sources = [(Folder(), "node", NODE_TESTS, onnx.__version__),
               (Folder(), "pytorch-converted", CONVERTED, onnx.__version__)]
    older = {}
    if options.old_wheel:
        older["older"] = re.search(r"onnx-([\d.]+)-", options.old_wheel).group(1)
        sources.append((Wheel(options.old_wheel), "node", NODE_TESTS[:2], older["older"]))
    inputs, cases = {}, []
    for source, group, tests, version in sources:
        for test in tests:
            operands, case = extract(source, group, test, version)
            inputs[case["inputs"]] = operands
            cases.append(case)
    recording.write(options.out, __file__, "onnx", onnx.__version__, "Apache-2.0", inputs, cases, **older)


if __name__ == "__main__":
    main()
