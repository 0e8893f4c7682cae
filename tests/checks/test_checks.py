#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests of the checks themselves: each must pass on a good input and fail on each kind of bad one.

Usage: test_checks.py CXX CLANG_FORMAT
"""
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

HERE = Path(__file__).parent
CXX, CLANG_FORMAT = "c++", "clang-format"  # set from the command line
LICENCE = "// SPDX-License-Identifier: MIT\n"

# A smallest tree with every folder that the checks want to see.
GOOD_TREE = {
    "include/normforge/normforge.h": "#include <stddef.h>\n",
    "include/normforge/normforge.hpp": "#include <normforge/normforge.h>\n#include <vector>\n",
    "runtime/plan.h": "#include <HalideRuntime.h>\n#include <normforge/normforge.h>\n",
    "generators/tuning/space.h": "#include <string>\n",
    "generators/schedule/simd.cpp": '#include "generators/tuning/space.h"\n#include <Halide.h>\n',
    "tests/reference/reference.h": "#include <vector>\n",
    "tools/normforge/main.cpp": '#include "runtime/plan.h"\n#include "tests/reference/reference.h"\n',
    "examples/train.c": "#include <normforge/normforge.h>\n",
}


class Sandbox(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = Path(folder.name)

    def write(self, path, text):
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        return file

    def run_check(self, script, *arguments):
        return subprocess.run([sys.executable, HERE / script, *map(str, arguments)], capture_output=True, text=True)

    def expect(self, result, status, words):
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertIn(words, result.stdout + result.stderr)


class IncludeDirection(Sandbox):
    def setUp(self):
        super().setUp()
        for path, text in GOOD_TREE.items():
            self.write(path, LICENCE + text)

    def check(self, status, words):
        self.expect(self.run_check("include_direction.py", self.root), status, words)

    def test_good_tree(self):
        self.check(0, f"{len(GOOD_TREE)} files, 0 complaints")

    def test_each_bad_include(self):
        for path, line, words in [
            ("runtime/bad.cpp", '#include "tools/normforge/main.cpp"', "runtime may not use tools/normforge/main.cpp"),
            ("runtime/bad.cpp", "#include <Halide.h>", "Halide.h belongs in generators"),
            ("tools/bad.cpp", "#  include <HalideRuntime.h>", "HalideRuntime.h belongs in generators and runtime"),
            ("tests/reference/bad.cpp", "#include <normforge/normforge.h>", "tests/reference may not use"),
            ("generators/tuning/bad.cpp", '#include "generators/schedule/simd.cpp"', "generators/tuning may not use"),
            ("examples/bad.c", '#include "runtime/plan.h"', "examples may not use runtime/plan.h"),
            ("include/normforge/bad.h", "#include <stdio.h>", "the C contract uses only"),
            ("include/normforge/bad.hpp", "#include <fmt/format.h>", "the C++ contract uses only"),
            ("runtime/bad.cpp", '#include "plan.h"', "no path from the repository root"),
        ]:
            with self.subTest(path=path, line=line):
                file = self.write(path, LICENCE + line + "\n")
                self.check(1, f"{path}:2: ")
                self.check(1, words)
                file.unlink()

    def test_missing_folder(self):
        (self.root / "examples/train.c").unlink()
        self.check(1, "examples: no source file")


class Symbols(Sandbox):
    def build(self, text, name="library.cpp"):
        source = self.write(name, text)
        static, shared, unit = (self.root / file for file in ("lib.a", "lib.so", name + ".o"))
        subprocess.run([CXX, "-fPIC", "-c", source, "-o", unit], check=True)
        static.unlink(missing_ok=True)
        subprocess.run(["ar", "rcs", static, unit], check=True)
        subprocess.run([CXX, "-shared", unit, "-o", shared], check=True)
        return "--shared", shared, "--static", static

    def test_good_library(self):
        self.expect(self.run_check("symbols.py", *self.build('extern "C" void nf_plan_create() {}')), 0, "0 complaints")

    def test_ends_the_process(self):
        library = self.build('#include <cstdlib>\nextern "C" void nf_plan_create() { std::abort(); }')
        self.expect(self.run_check("symbols.py", *library), 1, "refers to abort")

    def test_writes(self):
        text = '#include <unistd.h>\nextern "C" void nf_plan_create() { if (write(2, "", 0)) {} }'
        self.expect(self.run_check("symbols.py", *self.build(text)), 1, "refers to write")
        self.expect(self.run_check("symbols.py", *self.build(text, "capture.cpp")), 0, "0 complaints")

    def test_exports_more(self):
        library = self.build('extern "C" void nf_plan_create() {}\nextern "C" void halide_malloc() {}')
        self.expect(self.run_check("symbols.py", *library), 1, "exports halide_malloc")

    def test_other_library(self):
        self.expect(self.run_check("symbols.py", *self.build('extern "C" void nf_x() {}')), 1, "is this libnormforge?")

    def test_missing_library(self):
        self.expect(self.run_check("symbols.py", "--shared", "absent.so", "--static", "absent.a"), 1, "absent.so")


class ReadmeExample(Sandbox):
    def check(self, status, words, block):
        self.write("include/normforge/normforge.h", "int nf_threads(void);\n")
        readme = self.write("README.md", "# Title\n" + block)
        self.expect(self.run_check("readme_example.py", CXX, self.root / "include", readme), status, words)

    def test_good_example(self):
        self.check(0, "compiles", "```c\n#include <normforge/normforge.h>\nint f(void) { return nf_threads(); }\n```\n")

    def test_unknown_function(self):
        self.check(1, "does not compile", "```c\n#include <normforge/normforge.h>\nint f(void) { return nf_plan(); }\n```\n")

    def test_warning(self):
        self.check(1, "does not compile", "```c\nint f(int unused) { return 0; }\n```\n")

    def test_no_example(self):
        self.check(1, "no ```c block", "```sh\nls\n```\n")


class FeatureLinks(Sandbox):
    def check(self, status, words, cell):
        self.write("tests/some_test.cpp", 'TEST_CASE("it works") {}\n')
        page = self.write("docs/features.md", f"| feature | {cell} | a peer |\n| other | no | yes |\n")
        self.expect(self.run_check("feature_links.py", page), status, words)

    def test_good_link(self):
        self.check(0, "1 links, 0 complaints", '[yes](../tests/some_test.cpp "it works")')

    def test_no_such_file(self):
        self.check(1, "no file ../tests/absent.cpp", '[yes](../tests/absent.cpp "it works")')

    def test_no_such_test(self):
        self.check(1, 'no "it flies"', '[yes](../tests/some_test.cpp "it flies")')

    def test_claim_without_link(self):
        self.check(1, '"feature" is claimed without a link', "yes, of course")

    def test_no_link_at_all(self):
        self.check(1, "nothing was checked", "no")


class GpuSelection(Sandbox):
    STATS = '{"op": ["stats"], "form": ["inner", "last"]}'
    MERGE = '{"op": ["merge"], "dtype": ["f32"]}'
    TRAIN = '{"op": ["forward_train"], "tag": "aligned", "form": ["last"], "epilogue": ["none", "relu"]}'

    def kernel_set(self, name, *rules):
        text = '{"name": "a", "dtype": {"opencl": ["f32", "f64"]}, "kernels": [' + ", ".join(rules) + "]}"
        return self.write(name, text)

    def check(self, status, words, *rules):
        whole = self.kernel_set("whole.json", self.STATS, self.MERGE, self.TRAIN)
        self.expect(self.run_check("gpu_selection.py", whole, self.kernel_set("selection.json", *rules)), status, words)

    def test_fewer_epilogues(self):
        self.check(0, "7 kinds of kernels, 0 missing", self.STATS, self.MERGE, self.TRAIN.replace('"none", ', ""))

    def test_each_rule_taken_out(self):
        self.check(1, "no kernel for opencl stats inner f32", self.MERGE, self.TRAIN)
        self.check(1, "no kernel for opencl merge f32", self.STATS, self.TRAIN)
        self.check(1, "no kernel for opencl forward_train last f64 aligned", self.STATS, self.MERGE)

    def test_form_type_or_tag_taken_out(self):
        self.check(1, "stats inner f64", self.STATS.replace('"inner", ', ""), self.MERGE, self.TRAIN)
        self.check(1, "merge f32", self.STATS, self.MERGE.replace("f32", "f64"), self.TRAIN)
        self.check(1, "forward_train last f32 aligned", self.STATS, self.MERGE, self.TRAIN.replace('"tag": "aligned", ', ""))

    def test_nothing_to_check(self):
        empty = self.kernel_set("empty.json")
        self.expect(self.run_check("gpu_selection.py", empty, empty), 1, "0 kinds of kernels")


class Style(Sandbox):
    def setUp(self):
        super().setUp()
        for folder in ("examples", "generators", "include", "runtime", "tests", "tools"):
            self.write(f"{folder}/good.h", LICENCE + "int good();\n")

    def check(self, status, words):
        self.expect(self.run_check("style.py", CLANG_FORMAT, self.root), status, words)

    def test_good_tree(self):
        self.check(0, "6 files, 0 complaints")

    def test_format(self):
        self.write("runtime/bad.h", LICENCE + "int   bad( );\n")
        self.check(1, "clang-format would change")

    def test_licence(self):
        self.write("runtime/bad.h", "int bad();\n")
        self.check(1, "runtime/bad.h: the first line")

    def test_missing_folder(self):
        (self.root / "tools/good.h").unlink()
        self.check(1, "tools: no source file")


if __name__ == "__main__":
    CXX, CLANG_FORMAT = sys.argv[1:3]
    unittest.main(argv=sys.argv[:1])
