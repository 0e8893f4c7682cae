#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""`normforge gen --shapes`: which kernels a list of problems gives, that they run, and what is refused.

Usage: shapes_test.py NORMFORGE
"""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

NORMFORGE = sys.argv[1]

# One problem of each form, forward and backward; one that takes two steps, one that has no form.
PROBLEMS = """# a model
forward_train:f32:nchw:4x16x24x24:relu *3
forward_train:f32:nchw:64x64x64x64:relu  # 128 MiB
backward_train:f32:nchw:4x16x24x24:relu
forward_train:f32:nchw:8x32x7x7
backward_train:f32:nchw:8x32x7x7:add_relu
forward_train:f32:nhwc:8x10x10x64
backward_frozen:bf16:nhwc:8x10x10x33:none:grad=nwn
merge:f32:nc:4x64:k=3
"""


def normforge(*arguments, text=None, **environment):
    return subprocess.run([NORMFORGE, *map(str, arguments)], capture_output=True, text=True, input=text,
                          env={**os.environ, **environment})


class Shapes(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.scratch.name)
        cls.shapes = cls.root / "my-model.txt"
        cls.shapes.write_text(PROBLEMS)
        cls.out = cls.root / "out"
        cls.result = normforge("gen", "--shapes", cls.shapes, "--out", cls.out, "--jobs", "2")
        assert cls.result.returncode == 0, cls.result.stderr
        cls.kernels = json.loads((cls.out / "my_model.json").read_text())["kernels"]

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def write(self, text, name="shapes.txt"):
        path = self.root / name
        path.write_text(text)
        return path

    def made(self, out, name):
        return [kernel["name"] for kernel in json.loads((out / f"{name}.json").read_text())["kernels"]]

    def plan(self, problem):
        result = normforge("info", "--kernels", self.out, "--problem", problem, "--json", "-")
        self.assertEqual(result.returncode, 0, result.stderr)
        return json.loads(result.stdout)

    def test_kernels_for_one_shape_come_first_and_those_for_any_behind_them(self):
        shaped = ["shape" in kernel for kernel in self.kernels]
        self.assertEqual(shaped, sorted(shaped, reverse=True))
        self.assertEqual(self.kernels[0]["shape"], {"n": 4, "c": 16, "s": 576})
        self.assertEqual([kernel["origin"] for kernel in self.kernels], ["default"] * len(self.kernels))
        names = [kernel["name"] for kernel in self.kernels]
        self.assertEqual(len(names), len(set(names)))

    def test_every_kernel_for_one_shape_has_those_for_any_shape(self):
        def words(kernel, store):
            return tuple(kernel.get(key) for key in ("op", "dtype", "form", "epilogue")) + (store,)

        generic = {words(kernel, kernel.get("store")): kernel for kernel in self.kernels if "shape" not in kernel}
        larger = []
        for kernel in self.kernels:
            if "shape" not in kernel:
                continue
            for store in ["cached", "stream"] if "store" in kernel else [None]:
                self.assertIn(words(kernel, store), generic)
            other = generic[words(kernel, kernel.get("store"))]
            print(f"{kernel['name']}: {kernel['code_size']} bytes, for any shape {other['code_size']}")
            if kernel["code_size"] > other["code_size"]:
                larger.append(kernel["name"])
        self.assertEqual(larger, [])

    def test_what_has_no_shape_is_said(self):
        self.assertEqual([kernel["name"] for kernel in self.kernels if kernel["op"] == "merge" and "shape" in kernel], [])
        self.assertIn("my-model.txt:9: merge:f32:nc:4x64:k=3: has no tensor, so its kernel is for any shape",
                      self.result.stdout)
        shaped = sum("shape" in kernel for kernel in self.kernels)
        self.assertIn(f"kernel set my_model: {len(self.kernels)} kernels, {shaped} for one shape and "
                      f"{len(self.kernels) - shaped} for any", self.result.stdout)
        for name in "libmy_model.so", "libmy_model.a":
            kilobytes = (self.out / "lib" / name).stat().st_size / 1e3
            self.assertIn(f"{name} has {kilobytes:.1f} KB".replace(".a has", ".a"), self.result.stdout)

    def test_plans_take_the_kernel_for_their_shape_and_its_policy(self):
        plan = self.plan("forward_train:f32:nchw:4x16x24x24:relu")
        self.assertTrue(plan["variant"].endswith("n4_c16_s576"), plan)
        self.assertIn("store: cached: the policy of the kernel specialised for this shape", plan["description"])
        self.assertIn("(default)", plan["description"])
        self.assertTrue(self.plan("forward_train:f32:nchw:8x32x7x7")["variant"].endswith("planes_n8_c32_s49"))
        self.assertTrue(self.plan("forward_train:f32:nhwc:8x10x10x64")["variant"].endswith("n800_c64_s1"))
        self.assertNotIn("_n4", self.plan("forward_train:f32:nchw:5x16x24x24:relu")["variant"])

    def test_the_policy_is_that_of_dispatch(self):
        large = "forward_train:f32:nchw:64x64x64x64:relu"
        with_them = self.plan(large)
        generic = normforge("info", "--kernels", self.out, "--problem", "forward_train:f32:nchw:65x64x64x64:relu", "--json", "-")
        by_size = "_stream_" in json.loads(generic.stdout)["variant"]
        self.assertEqual("_stream_" in with_them["variant"], by_size)
        self.assertTrue(with_them["variant"].endswith("n64_c64_s4096"))

    def test_every_kernel_is_right(self):
        result = normforge("verify", "--kernels", self.out, "--shapes", self.shapes)
        self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
        self.assertIn(f"{len(self.kernels)} of {len(self.kernels)} variants ran", result.stdout)

    def test_standard_input_and_names(self):
        line = "stats:f32:nchw:2x3x20x20\n"
        out = self.root / "names"
        self.assertEqual(normforge("gen", "--shapes", "-", "--out", out, text=line).returncode, 0)
        self.assertEqual(len(self.made(out, "shapes")), 2)
        self.assertEqual(normforge("gen", "--shapes", "-", "--name", "mine", "--out", out, text=line).returncode, 0)
        self.assertTrue((out / "lib/libmine.a").exists())
        self.assertEqual(normforge("gen", "--shapes", self.write(line, "50.v2.txt"), "--out", out).returncode, 0)
        self.assertTrue((out / "lib/lib_50_v2.a").exists())

    def test_misaligned_and_pieces(self):
        """A misaligned problem must not take streaming stores from the same shape in aligned memory."""
        shape = "forward_inference:f32:nchw:64x64x64x64"
        out = self.root / "misaligned"
        shapes = self.write(f"{shape}:none:offset=4\n{shape}\n")
        self.assertEqual(normforge("gen", "--shapes", shapes, "--out", out, NORMFORGE_THREADS="1").returncode, 0)
        names = self.made(out, "shapes")
        self.assertEqual(["_stream_" in name for name in names], [True, False, True, False])
        self.assertTrue(names[0].endswith("_n64_c64_s4096") and names[1].endswith("_n64_c64_s4096"))
        result = normforge("gen", "--shapes", self.write("stats:f32:nchw:2x3x20x20\n"), "--out", out, NORMFORGE_PIECE="400")
        self.assertIn("runs in 6 pieces, so its kernels are for any shape", result.stdout, result.stderr)
        self.assertEqual(len(self.made(out, "shapes")), 2)  # stats and merge

    def refused(self, text, *arguments):
        out = self.root / "refused"
        result = normforge("gen", "--out", out, *arguments)
        self.assertEqual(result.returncode, 2, result.stdout)
        self.assertIn(text, result.stderr)
        self.assertFalse(out.exists(), "something was left behind")

    def test_bad_input_is_refused_and_nothing_is_left(self):
        good = "stats:f32:nchw:2x3x20x20\n"
        path = self.write(good)
        self.refused("--set", "--shapes", path, "--set", path)
        self.refused("--shapes", "--jobs", "2")
        self.refused("'my-model' is no name of a kernel set, expected a C identifier", "--shapes", path, "--name", "my-model")
        self.refused("--name requires --shapes", "--name", "a", "--set", path)
        self.refused("missing.txt", "--shapes", "missing.txt")
        self.refused(f"{path}:2: ", "--shapes", self.write(good + "forward_train:f32:nchw:2x3x20x20:none:strides=1x1x1x1\n"))
        self.refused(f"{path}:2: stats:f32:nchw:2x3x20x20:offset=3: offset is 3, expected a multiple of the element's 4",
                     "--shapes", self.write(good + "stats:f32:nchw:2x3x20x20:offset=3\n"))
        self.refused(f"{path}:2:", "--shapes", self.write(good + "forward_train:f99:nchw:2x3x20x20\n"))
        self.refused("holds no problem", "--shapes", self.write("# nothing\n"))
        self.refused("no problem needs a kernel", "--shapes", self.write("stats:f32:nchw:0x3x20x20\n"))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
