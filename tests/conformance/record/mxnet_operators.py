#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Records BatchNorm_v1 and BatchNorm of MXNet 1.9.1: data/mxnet_v1.json and data/mxnet_v2.json.

Needs requirements-mxnet.txt. Writes one operator a call: mxnet_operators.py v1, mxnet_operators.py v2.
Both update the running statistics in backward. The imperative form of v1 cannot be given them, hence the symbol. Gradients
fed to the outputs mean and var are ignored by both, so they are fed ones here: a recording shows that it is so.
"""
import itertools

import mxnet as mx
import numpy as np

import recording

REQUESTS = ("write", "null", "add")


class Operator:
    """One bound operator: arrays in, calls, arrays out."""

    def __init__(self, version, inputs, requests, fix_gamma, use_global_stats, output_mean_var, eps, momentum):
        operator = mx.sym.BatchNorm_v1 if version == "v1" else mx.sym.BatchNorm
        options = {} if version == "v1" else {"axis": inputs["axis"]}
        symbol = operator(mx.sym.Variable("x"), name="bn", fix_gamma=fix_gamma, use_global_stats=use_global_stats,
                          output_mean_var=output_mean_var, eps=eps, momentum=momentum, **options)
        names = {"x": "dx", "bn_gamma": "dgamma", "bn_beta": "dbeta"}
        self.executor = symbol.simple_bind(mx.cpu(), grad_req={k: requests[v] for k, v in names.items()},
                                           x=tuple(inputs["shape"]))
        executor = self.executor
        self.gradients = {gradient: executor.grad_dict.get(name) for name, gradient in names.items()}
        executor.arg_dict["x"][:] = inputs["x"]
        executor.arg_dict["bn_gamma"][:] = inputs["gamma"]
        executor.arg_dict["bn_beta"][:] = inputs["beta"]
        executor.aux_dict["bn_moving_mean"][:] = inputs["running_mean"]
        executor.aux_dict["bn_moving_var"][:] = inputs["running_variance"]
        for gradient, array in self.gradients.items():
            if array is not None:
                array[:] = inputs[gradient]
        mx.nd.waitall()

    def forward(self, is_train):
        self.outputs = self.executor.forward(is_train=is_train)
        mx.nd.waitall()

    def backward(self, dy, is_train):
        heads = [mx.nd.array(dy)] + [mx.nd.ones(output.shape) for output in self.outputs[1:]]
        self.executor.backward(heads, is_train=is_train)
        mx.nd.waitall()  # the operator writes the running statistics behind the engine's back

    def results(self, version, updates_gamma):
        arrays = {"y": self.outputs[0]}
        if len(self.outputs) > 1:
            arrays["mean"] = self.outputs[1]
            arrays["variance" if version == "v1" else "invstd"] = self.outputs[2]
        arrays["running_mean"] = self.executor.aux_dict["bn_moving_mean"]
        arrays["running_variance"] = self.executor.aux_dict["bn_moving_var"]
        arrays.update({name: array for name, array in self.gradients.items() if array is not None})
        if updates_gamma:
            arrays["gamma_after"] = self.executor.arg_dict["bn_gamma"]
        return {name: array.asnumpy().astype(np.float32) for name, array in arrays.items()}


def record(version, name, inputs_name, inputs, requests=None, fix_gamma=False, use_global_stats=False, is_train=True,
           output_mean_var=True, eps=1e-3, momentum=0.9, backwards=1):
    requests = requests or dict.fromkeys(recording.GRADIENTS, "write")
    operator = Operator(version, inputs, requests, fix_gamma, use_global_stats, output_mean_var, eps, momentum)
    operator.forward(is_train)
    for _ in range(backwards):
        operator.backward(inputs["dy"], is_train)
    batch = is_train and not use_global_stats
    runs_backward = any(request != "null" for request in requests.values())  # nobody asks: the engine leaves it out
    case = {
        "name": name,
        "inputs": inputs_name,
        "dtype": "f32",
        "statistics": "batch" if batch else "stored",
        "epilogue": "none",
        "eps": eps,
        "momentum": momentum,
        "updates": backwards if batch and runs_backward else 0,
        "running_variance_is": "biased",
        "fixed_gamma": fix_gamma,
        "parameters": {"operator": "BatchNorm_v1" if version == "v1" else "BatchNorm", "fix_gamma": fix_gamma,
                       "use_global_stats": use_global_stats, "is_train": is_train, "output_mean_var": output_mean_var,
                       "backwards": backwards},
    }
    if backwards:
        case["gradients"] = requests
    case["outputs"] = operator.results(version, fix_gamma)
    if not backwards:
        case["outputs"] = {k: v for k, v in case["outputs"].items() if k not in recording.GRADIENTS}
    return case


def record_all(version):
    make = recording.make_inputs
    inputs = {
        "rank2": make((7, 3), seed=11),
        "rank4": make((2, 5, 3, 4), seed=12),
        "odd": make((3, 7, 5, 5), seed=13),
        "one_row": make((1, 3), seed=14),
        "one_pixel": make((1, 5, 1, 1), seed=15),
        "large_mean": make((4, 3, 6, 6), seed=16, mean=1000, sigma=1),
        "small": make((2, 3, 2, 2), seed=17),
        **{f"step{i}": make((3, 5, 2, 3), seed=20 + i) for i in (1, 2, 3)},
    }
    inputs["constant_channel"] = make((2, 3, 2, 2), seed=18)
    inputs["constant_channel"]["x"][:, 1] = 100
    if version == "v2":
        inputs["rank3"] = make((4, 5, 6), seed=31)
        inputs["rank5"] = make((2, 3, 2, 3, 2), seed=32)
        inputs["rank4_last_axis"] = make((2, 3, 4, 5), axis=-1, seed=33)
        inputs["rank4_axis2"] = make((2, 3, 5, 4), axis=2, seed=34)
        inputs["rank4_axis0"] = make((3, 2, 2, 5), axis=0, seed=35)

    cases = []

    def add(name, inputs_name, **options):
        cases.append(record(version, f"{inputs_name} {name}", inputs_name, inputs[inputs_name], **options))

    for fix_gamma, use_global_stats, is_train in itertools.product((False, True), repeat=3):
        flags = {"fix_gamma": fix_gamma, "use_global_stats": use_global_stats, "is_train": is_train}
        words = " ".join(f"{key}={int(value)}" for key, value in flags.items())
        for shape in ("rank2", "rank4"):
            add(words, shape, **flags)
        if not fix_gamma and is_train:
            for shape in ("odd", "large_mean", "one_row", "one_pixel", "constant_channel"):
                add(words, shape, **flags)
            if version == "v2":
                for shape in ("rank3", "rank5", "rank4_last_axis", "rank4_axis2", "rank4_axis0"):
                    add(words, shape, **flags)

    add("output_mean_var=0", "rank4", output_mean_var=False)
    add("forward only", "rank4", backwards=0)
    add("backward twice", "rank2", backwards=2)
    add("eps=1e-5 momentum=0.5", "rank4", eps=1e-5, momentum=0.5)
    add("momentum=0", "rank2", momentum=0.0)
    add("momentum=1", "rank2", momentum=1.0)

    for fix_gamma, use_global_stats in ((False, False), (False, True), (True, False)):
        for request in itertools.product(REQUESTS, repeat=3):
            words = "".join(r[0] for r in request)
            add(f"grad={words} fix_gamma={int(fix_gamma)} use_global_stats={int(use_global_stats)}", "small",
                requests=dict(zip(recording.GRADIENTS, request)), fix_gamma=fix_gamma, use_global_stats=use_global_stats)

    running = {}  # each step begins with the running statistics that the one before left
    for i in (1, 2, 3):
        given = {**inputs[f"step{i}"], **running}
        case = record(version, f"step{i}", f"step{i}", given)
        if running:
            case["continues"] = f"step{i - 1}"
        running = {key: case["outputs"][key] for key in ("running_mean", "running_variance")}
        cases.append(case)
    for i in (2, 3):
        for key in ("running_mean", "running_variance"):
            del inputs[f"step{i}"][key]
    return inputs, cases


def main():
    parser = recording.arguments(__doc__, "mxnet_VERSION.json")
    parser.add_argument("operator", choices=("v1", "v2"))
    options = parser.parse_args()
    inputs, cases = record_all(options.operator)
    backend = {} if options.operator == "v1" else {"oneDNN": mx.runtime.Features().is_enabled("MKLDNN")}
    recording.write(options.out.replace("VERSION", options.operator), __file__, "mxnet", mx.__version__, "Apache-2.0",
                    inputs, cases, **backend)


if __name__ == "__main__":
    main()
