#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Usage: autoscheduled_test.py NORMFORGE NORMFORGE_TRIAL

Tests that Halide's autoschedulers make kernels with the default kernel's bits, that these are chosen only when forced, and
that what they cannot schedule fails with Halide's words. Li2018 stands for those that can schedule the problem.
"""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

NORMFORGE, TRIAL = sys.argv[1:3]
TARGET = "x86-64"
PROBLEM = "forward_train:f32:nchw:2x8x20x20:relu"
RULE = {"op": ["forward_train"], "dtype": ["f32"], "form": ["inner"], "epilogue": ["relu"], "store": ["cached"]}
DEFAULT = "nf_forward_train_f32_inner_relu_cached_x86_64"
TAG = "n2_c8_s400_{}_threads2"


class AutoscheduledTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def gen(self, tag):
        """Compiles the kernel with a tag and, behind it, the default kernel."""
        folder = Path(self.folder.name)
        rules = [dict(RULE, tag=tag), RULE]
        (folder / "set.json").write_text(json.dumps({"name": "both", "kernels": rules}))
        command = [NORMFORGE, "gen", "--set", folder / "set.json", "--target", TARGET, "--out", folder / "out"]
        result = subprocess.run(command, capture_output=True, text=True, check=False)
        return result, folder / "out/lib/libboth.so"

    def trial(self, library, variant):
        request = {"library": str(library), "variant": variant, "guard_begin": False, "least_rounds": 1, "most_rounds": 1,
                   "seconds": 0, "timeout_seconds": 60, "memory_bytes": 1 << 32}
        command = [TRIAL, PROBLEM, "--variant", DEFAULT, "--threads", "2", "--kernels", library]
        result = subprocess.run(command, input=json.dumps(request), capture_output=True, text=True, check=True)
        return json.loads(result.stdout.splitlines()[1])

    def test_bits(self):
        tag = TAG.format("li2018")
        result, library = self.gen(tag)
        self.assertEqual(result.returncode, 0, result.stderr)
        answer = self.trial(library, f"{DEFAULT}_{tag}")
        self.assertEqual(answer["outcome"], "measured", answer["message"])

    def test_chosen_only_when_forced(self):
        result, library = self.gen(TAG.format("li2018"))
        self.assertEqual(result.returncode, 0, result.stderr)
        command = [NORMFORGE, "info", "--kernels", library, "--problem", PROBLEM]
        text = subprocess.run(command, capture_output=True, text=True, check=True)
        self.assertIn(DEFAULT, text.stdout)
        self.assertNotIn("li2018", text.stdout)

    def test_failure_is_said(self):
        result, library = self.gen(TAG.format("mullapudi2016"))
        self.assertNotEqual(result.returncode, 0)
        self.assertIn("Internal Error", result.stderr)
        self.assertFalse(library.exists())


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
