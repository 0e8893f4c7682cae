#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""PyTorch as the GPU benchmark calls it, on the CPU: its results against plain formulas in f64, on memory of the caller.

Usage: torch_peer_test.py with_torch.py. Exit status 77, a skipped test, where PyTorch is not installed.
"""
import ctypes
import importlib.util
import json
import sys
import unittest

try:
    import torch
except ImportError as error:
    print(f"skipped: {error}")
    sys.exit(77)

specification = importlib.util.spec_from_file_location("with_torch", sys.argv[1])
with_torch = importlib.util.module_from_spec(specification)
specification.loader.exec_module(with_torch)

N, C, H, W = 4, 3, 5, 2
EPS = 1e-5
TYPES = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}
TOLERANCES = {"f32": 1e-5, "f16": 5e-3, "bf16": 4e-2}


class Case:
    """A problem's operands in memory as the benchmark lays them out, and what is to come of them."""

    def __init__(self, op, dtype, epilogue, channels_last):
        torch.manual_seed(1)
        self.kept = {}
        pointers = {}

        def keep(name, tensor):
            if channels_last and tensor.dim() == 4:
                tensor = tensor.permute(0, 2, 3, 1)
            self.kept[name] = tensor.contiguous()
            pointers[name] = self.kept[name].data_ptr()

        def random(name, *shape):
            tensor = torch.randn(*shape).to(TYPES[dtype] if len(shape) == 4 else torch.float32)
            keep(name, tensor)
            return tensor.double()

        x, gamma, beta = random("x", N, C, H, W), random("gamma", C), random("beta", C)
        mean, variance = random("running_mean", C), random("running_variance", C).abs()
        keep("running_variance", variance.float())
        residual = random("residual", N, C, H, W) if epilogue == "add_relu" else torch.zeros(1).double()
        dy = random("dy", N, C, H, W) if op == "backward_train" else None
        if op != "forward_inference":
            mean, variance = x.mean((0, 2, 3)), x.var((0, 2, 3), correction=0)

        def channels(tensor):
            return tensor.view(1, C, 1, 1)

        xhat = (x - channels(mean)) / channels(torch.sqrt(variance + EPS))
        z = xhat * channels(gamma) + channels(beta) + residual
        self.wanted = {"y": z if epilogue == "none" else z.relu()}
        if op == "backward_train":
            dz = dy if epilogue == "none" else dy * (z > 0)
            dgamma, dbeta, m = (dz * xhat).sum((0, 2, 3)), dz.sum((0, 2, 3)), N * H * W
            dx = channels(gamma / torch.sqrt(variance + EPS)) * (dz - channels(dbeta) / m - xhat * channels(dgamma) / m)
            self.wanted = {"dx": dx, "dgamma": dgamma, "dbeta": dbeta}
            if epilogue == "add_relu":
                self.wanted["dresidual"] = dz
        self.channels_last = channels_last
        self.text = json.dumps({
            "op": op, "dtype": dtype, "epilogue": epilogue, "shape": [N, C, H, W], "channels_last": channels_last, "eps": EPS,
            "momentum_of_new": 0.1, "cudnn": True, "pointers": pointers}).encode()

    def read(self, pointer, name, dtype):
        """A result, from where the benchmark would read it."""
        if self.wanted[name].dim() == 1:
            return with_torch.as_tensor(torch, "cpu", pointer, (C,), "f32").double()
        if not self.channels_last:
            return with_torch.as_tensor(torch, "cpu", pointer, (N, C, H, W), dtype).double()
        return with_torch.as_tensor(torch, "cpu", pointer, (N, H, W, C), dtype).double().permute(0, 3, 1, 2)


class TorchPeer(unittest.TestCase):
    def setUp(self):
        self.calls = with_torch.TorchCalls(torch.__version__, with_torch.Peer(torch, "cpu"))

    def why_not(self):
        buffer = ctypes.create_string_buffer(64)
        self.calls.why_not(ctypes.cast(buffer, ctypes.c_void_p), 64)
        return buffer.value.decode()

    def check(self, op, dtype, epilogue, channels_last):
        case = Case(op, dtype, epilogue, channels_last)
        self.assertEqual(self.calls.make(7, case.text), 0, self.why_not())
        for _ in range(2):  # backward goes through the same graph again
            self.assertEqual(self.calls.run(7), 0, self.why_not())
        for name, wanted in case.wanted.items():
            pointer = self.calls.output(7, name.encode())
            self.assertNotEqual(pointer, 0, name)
            got = case.read(pointer, name, dtype)
            scale = (1 if wanted.dim() == 4 else (N * H * W) ** 0.5) * (1 + wanted.abs())
            self.assertLess(((got - wanted).abs() / scale).max().item(), TOLERANCES[dtype], name)
        self.assertEqual(self.calls.output(7, b"saved_mean"), 0)
        self.assertEqual(self.calls.release(7), 0)

    def test_every_problem(self):
        for op in ["forward_train", "forward_inference", "backward_train"]:
            for dtype in TYPES:
                for epilogue in ["none", "relu", "add_relu"]:
                    for channels_last in [False, True]:
                        with self.subTest(op=op, dtype=dtype, epilogue=epilogue, channels_last=channels_last):
                            self.check(op, dtype, epilogue, channels_last)

    def test_failure_is_a_status_and_a_text(self):
        self.assertNotEqual(self.calls.run(1), 0)
        self.assertIn("KeyError", self.why_not())
        case = Case("forward_train", "f32", "none", False)
        self.assertEqual(self.calls.make(2, case.text.replace(b'"none"', b'"gelu"')), 0)
        self.assertNotEqual(self.calls.run(2), 0)
        self.assertEqual(self.why_not(), "ValueError: epilogue gelu, expected none, relu, add or add_relu")


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
