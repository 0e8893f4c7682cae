#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records torch.nn.functional.batch_norm, with and without relu, on the CPU: data/pytorch.json.

Needs requirements-pytorch.txt. PyTorch's momentum weights the new value, ours the old one: momentum = 1 - PyTorch's.
Its running variance is unbiased. What it saves for backward comes from torch.native_batch_norm, the function underneath.
"""
import numpy as np
import torch
import torch.nn.functional as F

import recording

TYPES = {"f32": torch.float32, "f64": torch.float64, "bf16": torch.bfloat16, "f16": torch.float16}
MEMORY = {4: torch.channels_last, 5: torch.channels_last_3d}


def rounding_to(dtype):
    """A function that rounds an array of f32 to a half type."""
    return lambda values: torch.from_numpy(values).to(TYPES[dtype]).float().numpy()


def to_numpy(tensor):
    """f32 or f64; half types go to f32, which holds them exactly. Logical order, whatever the strides."""
    tensor = tensor.detach()
    return (tensor if tensor.dtype == torch.float64 else tensor.float()).contiguous().numpy()


def record(name, inputs_name, inputs, dtype, parameter_dtype, training=True, running=True, affine=True, relu=False,
           channels_last=False, eps=1e-5, momentum=0.1, running_values=None):
    """`training` and `running` as nn.BatchNorm passes them on: without running statistics eval takes those of the batch."""
    batch = training or not running

    def tensor(values, leaf=False):
        data = torch.from_numpy(np.ascontiguousarray(values)).to(TYPES[dtype])
        if channels_last:
            data = data.contiguous(memory_format=MEMORY[data.dim()])
        return data.requires_grad_(leaf)

    def parameter(values, leaf=False):
        return torch.from_numpy(values).to(TYPES[parameter_dtype]).requires_grad_(leaf)

    x = tensor(inputs["x"], leaf=True)
    gamma, beta = (parameter(inputs[key], leaf=True) if affine else None for key in ("gamma", "beta"))
    values = running_values or inputs
    running_mean, running_variance = (parameter(values[key].copy()) if running else None
                                      for key in ("running_mean", "running_variance"))
    saved = None
    if batch:
        saved = torch.native_batch_norm(x.detach(), gamma, beta, None, None, True, momentum, eps)
    z = F.batch_norm(x, running_mean, running_variance, gamma, beta, batch, momentum, eps)
    y = F.relu(z) if relu else z
    y.backward(tensor(inputs["dy"]))

    outputs = {"y": y}
    if saved is not None:
        assert torch.equal(saved[0], z), "the two functions differ"
        outputs.update(mean=saved[1], invstd=saved[2])
    if running:
        outputs.update(running_mean=running_mean, running_variance=running_variance)
    outputs["dx"] = x.grad
    if affine:
        outputs.update(dgamma=gamma.grad, dbeta=beta.grad)
    return {
        "name": name,
        "inputs": inputs_name,
        "dtype": dtype,
        "parameter_dtype": parameter_dtype,
        "statistics": "batch" if batch else "stored",
        "epilogue": "relu" if relu else "none",
        "eps": eps,
        "momentum": 1 - momentum,
        "updates": int(batch and running),
        "running_variance_is": "unbiased",
        "affine": affine,
        "memory": "channels_last" if channels_last else "contiguous",
        "gradients": {"dx": "write", **dict.fromkeys(("dgamma", "dbeta"), "write" if affine else "null")},
        "parameters": {"training": training, "track_running_stats": running, "momentum": momentum},
        "outputs": {key: to_numpy(value) for key, value in outputs.items()},
    }


def record_all():
    make = recording.make_inputs
    inputs = {
        "rank2": make((7, 3), seed=11),
        "rank3": make((4, 5, 6), seed=31),
        "rank4": make((2, 5, 3, 4), seed=12),
        "rank5": make((2, 3, 2, 3, 2), seed=32),
        "odd": make((3, 7, 5, 5), seed=13),
        "one_row": make((1, 3), seed=14),
        "large_mean": make((4, 3, 6, 6), seed=16, mean=1000, sigma=1),
        "constant_channel": make((2, 3, 2, 2), seed=18),
        "rank4_f64": make((2, 5, 3, 4), seed=12, dtype=np.float64),
        "large_mean_f64": make((2, 3, 3, 3), seed=16, mean=1e6, sigma=1, dtype=np.float64),
        **{f"rank4_{half}": make((2, 5, 3, 4), seed=12, round_to=rounding_to(half)) for half in ("bf16", "f16")},
        **{f"step{i}": make((3, 5, 2, 3), seed=20 + i) for i in (1, 2, 3)},
    }
    inputs["constant_channel"]["x"][:, 1] = 100
    cases = []

    def add(words, inputs_name, dtype="f32", parameter_dtype=None, **options):
        parameter_dtype = parameter_dtype or dtype
        mode = "train" if options.get("training", True) else "eval"
        types = dtype if dtype == parameter_dtype else f"{dtype}/{parameter_dtype}"
        name = " ".join(f"{inputs_name} {types} {mode} {words}".split())
        cases.append(record(name, inputs_name, inputs[inputs_name], dtype, parameter_dtype, **options))

    modes = [{"training": True}, {"training": False}]
    for mode in modes:
        for shape in ("rank2", "rank3", "rank4", "rank5", "odd", "constant_channel"):
            add("", shape, **mode)
        for shape in ("rank2", "rank4"):
            add("relu", shape, relu=True, **mode)
        for shape in ("rank4", "rank5", "odd"):
            add("channels_last", shape, channels_last=True, **mode)
        add("channels_last relu", "rank4", channels_last=True, relu=True, **mode)
        add("track_running_stats=0", "rank4", running=False, **mode)
        add("affine=0", "rank4", affine=False, **mode)
        add("eps=0.01 momentum=0.3", "rank4", eps=1e-2, momentum=0.3, **mode)
        add("", "large_mean", **mode)
        add("", "rank4_f64", "f64", **mode)
        add("relu", "rank4_f64", "f64", relu=True, **mode)
        add("", "large_mean_f64", "f64", **mode)
        for half in ("bf16", "f16"):
            for parameter in ("f32", half):
                add("", f"rank4_{half}", half, parameter, **mode)
            add("relu", f"rank4_{half}", half, "f32", relu=True, **mode)
            add("channels_last", f"rank4_{half}", half, "f32", channels_last=True, **mode)
    add("eps=0", "rank4", training=False, eps=0.0)  # training refuses it
    add("", "one_row", training=False)

    running = None  # momentum=None of nn.BatchNorm: the average of all batches, 1 / step of each new one
    for step in (1, 2, 3):
        case = record(f"step{step} cumulative", f"step{step}", inputs[f"step{step}"], "f32", "f32", momentum=1 / step,
                      running_values=running)
        if running:
            case["continues"] = f"step{step - 1} cumulative"
            del inputs[f"step{step}"]["running_mean"], inputs[f"step{step}"]["running_variance"]
        running = {key: case["outputs"][key] for key in ("running_mean", "running_variance")}
        cases.append(case)
    return inputs, cases


def main():
    options = recording.arguments(__doc__, "pytorch.json").parse_args()
    torch.set_num_threads(1)  # the order of summation may depend on it
    inputs, cases = record_all()
    recording.write(options.out, __file__, "torch", torch.__version__, "BSD-3-Clause", inputs, cases)


if __name__ == "__main__":
    main()
