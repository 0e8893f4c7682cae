# SPDX-License-Identifier: MIT
"""normforge_add_kernels(... TUNED [DATABASE]) in a project outside normforge's tree: kernels take what the databases say, and are
compiled again when one changes, or appears where the program looks by itself. Usage: tuned.py CMAKE NINJA PREFIX NORMFORGE PROJECT"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

CMAKE, NINJA, PREFIX, NORMFORGE, PROJECT = sys.argv[1:6]
PROBLEM = "forward_train:f32:nchw:2x3x20x20"
TARGET = "x86-64-avx2"  # compiled, not run
CONFIGURATION = "store=cached vector=8 unroll={} sum_vectors=8 prefetch_tiles=0 prefetch_channels=0"


class Tuned(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        shutil.copytree(PROJECT, self.folder / "project")
        self.environment = {**os.environ, "XDG_DATA_HOME": str(self.folder / "data")}
        info = json.loads(self.run_in([NORMFORGE, "info", "--json", "-"]).stdout)
        self.signature, self.device = info["parameter_space"], info["machine"]["processor"]
        self.users = self.folder / f"data/normforge/tuned/{TARGET}.json"
        self.named = self.folder / "project/named.json"
        self.write(self.named, CONFIGURATION.format(4))

    def run_in(self, command, succeeds=True):
        result = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=self.environment, timeout=300)
        self.assertEqual(result.returncode == 0, succeeds, result.stdout + result.stderr)
        return result

    def write(self, file, configuration):
        """A database with one entry."""
        timing = {"median": 1.0, "least": 1.0, "most": 1.0}
        entry = {"problem": PROBLEM, "configuration": configuration, "device": self.device, "threads": 1, "milliseconds": timing,
                 "default_milliseconds": timing, "rounds": 1, "normforge": "0.1.0", "halide": "19.0.0", "llvm": "19.1.7",
                 "date": "2026-01-31"}
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"format": 1, "target": TARGET, "signature": self.signature, "entries": [entry]}))

    def build(self, name, succeeds=True):
        """Whether kernels were compiled."""
        result = self.run_in([CMAKE, "--build", self.folder / "build", "--target", f"normforge_kernels_{name}_files"], succeeds)
        return "Compiling kernels" in result.stdout

    def kernels(self, name):
        """(origin, unroll, whether for one shape) of each."""
        manifest = json.loads((self.folder / f"build/normforge_kernels/{name}/{name}.json").read_text())
        unroll = lambda kernel: next(word for word in kernel["parameters"].split() if word.startswith("unroll="))
        return [(kernel["origin"], unroll(kernel), "shape" in kernel) for kernel in manifest["kernels"]]

    def test_databases(self):
        self.run_in([CMAKE, "-S", self.folder / "project", "-B", self.folder / "build", "-G", "Ninja",
                     f"-DCMAKE_MAKE_PROGRAM={NINJA}", f"-DCMAKE_PREFIX_PATH={PREFIX}", "-DCMAKE_FIND_PACKAGE_NO_PACKAGE_REGISTRY=ON"])
        with self.subTest("a file that is named"):
            self.assertTrue(self.build("named"))
            self.assertIn(("tuned", "unroll=4", True), self.kernels("named"))
            self.write(self.named, CONFIGURATION.format(2))
            self.assertTrue(self.build("named"), "kernels were not compiled again after a change")
            self.assertIn(("tuned", "unroll=2", True), self.kernels("named"))
            self.assertFalse(self.build("named"), "kernels were compiled again without a change")
        with self.subTest("the user's, which appears after the project was configured"):
            self.assertFalse(self.users.exists())
            self.build("mine", succeeds=(pathlib.Path(PREFIX) / f"share/normforge/tuned/{TARGET}.json").exists())
            self.write(self.users, CONFIGURATION.format(4))
            self.assertTrue(self.build("mine"))
            self.assertIn(("tuned", "unroll=4", True), self.kernels("mine"))
            self.assertFalse(self.build("named"), "kernels were compiled again for a database that they do not read")
            self.assertFalse(self.build("mine"), "kernels were compiled again without a change")
        with self.subTest("an entry that keeps the default"):
            self.write(self.users, "default")
            self.assertTrue(self.build("mine"))
            kernels = self.kernels("mine")
            self.assertFalse(any(for_one_shape for _, _, for_one_shape in kernels))
            self.assertEqual(sorted(origin for origin, _, _ in kernels), ["default", "default, kept by tuning"])
        with self.subTest("native reads that of the best target, whichever that is"):
            inputs = self.run_in([NINJA, "-C", self.folder / "build", "-t", "query", "normforge_kernels/best/lib/libbest.a"]).stdout
            self.assertIn(str(self.users), inputs)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
