#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the GPU benchmark with PyTorch as a peer, in one process and on the same operands and stream.

Usage: with_torch.py --probe              says which PyTorch there is; exit status 4 if none that sees a GPU
       with_torch.py LIBRARY ARGUMENT...  LIBRARY is normforge-gpu-bench.so; arguments as for the program normforge-gpu-bench
"""
import ctypes
import json
import os
import sys

NO_TORCH = 4
TYPES = {"f32": ("<f4", 4), "f16": ("<f2", 2), "bf16": ("<i2", 2)}  # bf16 has no letter of its own: seen as integers


class DeviceArray:
    """Memory of a GPU, in the form that torch.as_tensor() takes without a copy."""

    def __init__(self, pointer, shape, letters):
        self.__cuda_array_interface__ = {
            "data": (pointer, False), "shape": tuple(shape), "strides": None, "typestr": letters, "version": 3}


class HostArray:
    """Memory of the CPU, likewise, for tests without a GPU."""

    def __init__(self, pointer, count, size):
        self.bytes = (ctypes.c_char * (count * size)).from_address(pointer)


def as_tensor(torch, device, pointer, shape, dtype):
    """A contiguous tensor over memory of others."""
    letters, size = TYPES[dtype]
    of = {"f32": torch.float32, "f16": torch.float16, "bf16": torch.bfloat16}[dtype]
    count = 1
    for extent in shape:
        count *= extent
    if device == "cpu":
        return torch.frombuffer(HostArray(pointer, count, size).bytes, dtype=of).view(*shape)
    tensor = torch.as_tensor(DeviceArray(pointer, shape, letters), device=device)
    return tensor.view(of) if dtype == "bf16" else tensor


class Problem:
    """One problem: batch_norm, addition and ReLU in place after it; of backward, autograd's part alone is run()."""

    def __init__(self, torch, device, spec):
        self.torch, self.spec = torch, spec
        n, c, h, w = spec["shape"]

        def tensor(name):
            if name not in spec["pointers"]:
                return None
            pointer = spec["pointers"][name]
            if not spec["channels_last"]:
                return as_tensor(torch, device, pointer, (n, c, h, w), spec["dtype"])
            return as_tensor(torch, device, pointer, (n, h, w, c), spec["dtype"]).permute(0, 3, 1, 2)

        def channels(name):
            return as_tensor(torch, device, spec["pointers"][name], (c,), "f32") if name in spec["pointers"] else None

        self.x, self.residual, self.dy = tensor("x"), tensor("residual"), tensor("dy")
        self.gamma, self.beta = channels("gamma"), channels("beta")
        self.running_mean, self.running_variance = channels("running_mean"), channels("running_variance")
        self.outputs = {}
        self.is_backward = spec["op"] == "backward_train"
        if self.is_backward:
            wanted = {"dx": self.x, "dgamma": self.gamma, "dbeta": self.beta}
            if self.residual is not None:
                wanted["dresidual"] = self.residual
            self.wanted = {name: one.detach().requires_grad_() for name, one in wanted.items()}
            with self.kernels():
                self.y = self.forward(
                    self.wanted["dx"], self.wanted["dgamma"], self.wanted["dbeta"], self.wanted.get("dresidual"))

    def kernels(self):
        """PyTorch's choice, or its own without cuDNN: asked by forward and by backward."""
        return self.torch.backends.cudnn.flags(enabled=self.spec["cudnn"])

    def forward(self, x, gamma, beta, residual):
        torch, spec = self.torch, self.spec
        y = torch.nn.functional.batch_norm(
            x, self.running_mean, self.running_variance, gamma, beta, spec["op"] != "forward_inference", spec["momentum_of_new"],
            spec["eps"])
        if residual is not None:
            y.add_(residual)
        if spec["epilogue"] in ("relu", "add_relu"):
            torch.relu_(y)
        elif spec["epilogue"] not in ("none", "add"):
            raise ValueError(f"epilogue {spec['epilogue']}, expected none, relu, add or add_relu")
        return y

    def run(self):
        self.outputs = {}  # so that their memory is what is allocated next
        with self.kernels():
            if self.is_backward:
                gradients = self.torch.autograd.grad(self.y, list(self.wanted.values()), self.dy, retain_graph=True)
                self.outputs = dict(zip(self.wanted, gradients))
                return
            with self.torch.no_grad():
                self.outputs = {"y": self.forward(self.x, self.gamma, self.beta, self.residual)}

    def output(self, name):
        """The address of a result, 0 if there is none; in the operands' layout, and copied into it if it came otherwise."""
        if name not in self.outputs:
            return 0
        tensor = self.outputs[name]
        if tensor.dim() == 4 and self.spec["channels_last"]:
            tensor = tensor.contiguous(memory_format=self.torch.channels_last)
        else:
            tensor = tensor.contiguous()
        self.outputs[name] = tensor
        return tensor.data_ptr()


class Peer:
    """The functions that the benchmark calls; an exception becomes a status and a text."""

    def __init__(self, torch, device):
        self.torch, self.device = torch, device
        self.problems, self.text = {}, ""

    def guarded(self, function):
        try:
            return function() or 0
        except Exception as error:  # must not pass through the benchmark, which is not Python
            self.text = f"{type(error).__name__}: {error}".splitlines()[0]
            return -1

    def make(self, number, text):
        def do():
            self.problems[number] = Problem(self.torch, self.device, json.loads(text))
        return self.guarded(do)

    def run(self, number):
        return self.guarded(lambda: self.problems[number].run())

    def output(self, number, name):
        return max(0, self.guarded(lambda: self.problems[number].output(name.decode())))

    def release(self, number):
        def do():
            self.problems.pop(number, None)
            if self.device != "cpu":
                self.torch.cuda.empty_cache()  # the next problem's operands need it
        return self.guarded(do)

    def why_not(self, buffer, size):
        encoded = self.text.encode()[: size - 1] + b"\0"
        ctypes.memmove(buffer, encoded, len(encoded))


class TorchCalls(ctypes.Structure):
    """TorchCalls in torch_peer.h."""

    _fields_ = [
        ("version", ctypes.c_char_p),
        ("make", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int, ctypes.c_char_p)),
        ("run", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)),
        ("output", ctypes.CFUNCTYPE(ctypes.c_uint64, ctypes.c_int, ctypes.c_char_p)),
        ("release", ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_int)),
        ("why_not", ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_size_t)),
    ]

    def __init__(self, version, peer):
        types = dict(self._fields_)
        super().__init__(version.encode(), *(types[name](getattr(peer, name)) for name, _ in self._fields_[1:]))


def find_torch():
    """The module, or why there is none."""
    try:
        import torch
    except Exception as error:  # also a library of it that does not load
        return None, f"no PyTorch: {error}"
    if not torch.cuda.is_available():
        return None, f"PyTorch {torch.__version__} sees no GPU"
    return torch, ""


def main(arguments):
    if not arguments or (arguments[0] != "--probe" and len(arguments) < 2):
        print(__doc__, file=sys.stderr)
        return 2
    torch, why_not = find_torch()
    if torch is None:
        print(why_not, file=sys.stderr)
        return NO_TORCH
    version = f"{torch.__version__}, CUDA {torch.version.cuda}, cuDNN {torch.backends.cudnn.version()}"
    if arguments[0] == "--probe":
        print(f"PyTorch {version}")
        return 0
    torch.cuda.init()
    library = ctypes.CDLL(os.path.abspath(arguments[0]))
    words = [argument.encode() for argument in arguments]
    calls = TorchCalls(version, Peer(torch, "cuda"))
    return library.nf_gpu_bench(len(words), (ctypes.c_char_p * len(words))(*words), ctypes.byref(calls))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
