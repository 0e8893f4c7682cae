#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""What the GPU benchmark says, and with which exit status, where something it needs is missing.

Usage: command_line_test.py PROGRAM MODULE with_torch.py REPOSITORY
"""
import ctypes
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

PROGRAM, MODULE, WITH_TORCH = sys.argv[1:4]
REPOSITORY = Path(sys.argv[4])
SHAPES = REPOSITORY / "benchmarks" / "shapes" / "resnet50_gpu.txt"


def has_driver():
    try:
        return ctypes.CDLL("libcuda.so.1").cuInit(0) == 0
    except OSError:
        return False


def run(*arguments):
    return subprocess.run([str(one) for one in arguments], capture_output=True, text=True)


class CommandLine(unittest.TestCase):
    def assert_said(self, result, status, text):
        self.assertEqual(result.returncode, status, result.stderr)
        self.assertIn(text, result.stderr)

    def bench(self, shapes, *more):
        """The program on a problem list, with a record that must stay as it is."""
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "shapes.txt"
            file.write_text(shapes)
            record = Path(folder) / "record.json"
            record.write_text("old")
            result = run(PROGRAM, Path(folder) / "libnone.so", record, file, *more)
            self.assertEqual(record.read_text(), "old")
            return result

    def test_usage(self):
        self.assert_said(run(PROGRAM), 2, "expected 3 or 4 arguments")
        self.assert_said(run(PROGRAM), 2, "usage:")

    def test_no_gpu(self):
        if has_driver():
            self.skipTest("this machine has a GPU")
        self.assert_said(run(PROGRAM, "--device"), 3, "no CUDA d")

    def test_library_is_missing(self):
        self.assert_said(self.bench("forward_train:f32:nchw:2x3x4x5"), 2, "libnone.so")

    def test_seconds(self):
        self.assert_said(self.bench("forward_train:f32:nchw:2x3x4x5", "0"), 2, "SECONDS is '0', expected a number above 0")
        self.assert_said(self.bench("forward_train:f32:nchw:2x3x4x5", "1x"), 2, "SECONDS is '1x'")

    def test_other_problems(self):
        for problem in ["forward_train:f32:ncw:2x3x4", "forward_train:f64:nchw:2x3x4x5", "stats:f32:nchw:2x3x4x5",
                        "forward_train:f32:nchw:2x3x4x5:gelu", "forward_train:f32:nchw:2x3x4x5:inplace"]:
            with self.subTest(problem):
                self.assert_said(self.bench(problem), 1, problem + ": expected ")

    def test_shapes_of_the_benchmark(self):
        """All of them are problems it knows: it comes as far as the library."""
        self.assert_said(self.bench(SHAPES.read_text()), 2, "libnone.so")

    def test_module_exports_one_function(self):
        symbols = subprocess.run(["nm", "-D", "--defined-only", MODULE], capture_output=True, text=True, check=True).stdout
        self.assertEqual([line.split()[-1] for line in symbols.splitlines()], ["nf_gpu_bench"])

    def test_runs_with_the_glibc_of_ubuntu_22(self):
        for program in (PROGRAM, MODULE):
            symbols = subprocess.run(["objdump", "-T", program], capture_output=True, text=True, check=True).stdout
            needed = {tuple(map(int, found)) for found in re.findall(r"GLIBC_(\d+)\.(\d+)", symbols)}
            self.assertLessEqual(max(needed), (2, 35), program)

    def test_module_loads(self):
        arguments = (ctypes.c_char_p * 1)(b"nothing")
        self.assertEqual(ctypes.CDLL(MODULE).nf_gpu_bench(1, arguments, None), 2)

    def test_probe_for_torch(self):
        result = run(sys.executable, WITH_TORCH, "--probe")
        if result.returncode == 0:
            self.assertIn("PyTorch ", result.stdout)
        else:
            self.assertEqual(result.returncode, 4, result.stderr)
            self.assertRegex(result.stderr, "^(no PyTorch: |PyTorch .* sees no GPU)")

    def test_kernels_of_the_stopwatch_assemble(self):
        ptxas = shutil.which("ptxas") or next((REPOSITORY / ".venv").glob("lib/python3*/site-packages/nvidia/*/bin/ptxas"), None)
        if not ptxas:
            self.skipTest("no ptxas")
        source = (REPOSITORY / "tools" / "gpu_check" / "stopwatch.cpp").read_text()
        with tempfile.TemporaryDirectory() as folder:
            text, binary = Path(folder) / "code.ptx", Path(folder) / "code.cubin"
            text.write_text(re.search(r'kCode = R"\((.*?)\)"', source, re.DOTALL).group(1))
            result = run(ptxas, "-arch=sm_90", text, "-o", binary)
            self.assertEqual(result.returncode, 0, result.stderr)
            for entry in (b"delay", b"read_all"):
                self.assertIn(entry, binary.read_bytes())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1], verbosity=2)
