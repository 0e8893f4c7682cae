# SPDX-License-Identifier: MIT
"""What `normforge gen` writes, seen as a user sees it: usage: gen_test.py NORMFORGE LIBNORMFORGE_A INCLUDE_DIRECTORY"""
import filecmp
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

NORMFORGE, LIBRARY, INCLUDE = sys.argv[1:4]
SMALL = pathlib.Path(__file__).with_name("small.json")
FILES = ["lib/libsmall.a", "lib/libsmall.so", "include/small.h", "small.json",
         "lib/cmake/normforge_kernels_small/normforge_kernels_smallConfig.cmake", "lib/pkgconfig/normforge-kernels-small.pc"]

PROGRAM = """
#include <small.h>
#include <stdio.h>
int main(void) {
    nf_variant first = {sizeof first};
    if (nf_register(&nf_kernels_small) != NF_SUCCESS) return 1;
    if (nf_variant_at(0, &first) != NF_SUCCESS) return 2;
    puts(first.set);
    return 0;
}
"""


def gen(out, *extra, kernel_set=SMALL, target="x86-64-avx2", path=None):
    """Runs `normforge gen`; `path` takes the place of the environment's PATH."""
    command = [NORMFORGE, "gen", "--set", str(kernel_set), "--target", target, "--out", str(out), *extra]
    environment = os.environ if path is None else {**os.environ, "PATH": str(path)}
    return subprocess.run(command, capture_output=True, text=True, env=environment)


def script(path, command):
    """Makes `path` a program that runs a shell command."""
    path.write_text(f"#!/bin/sh\n{command}\n")
    path.chmod(0o755)


class Gen(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = tempfile.TemporaryDirectory()
        cls.root = pathlib.Path(cls.scratch.name)
        cls.out = cls.root / "out"
        result = gen(cls.out)
        assert result.returncode == 0, result.stderr

    @classmethod
    def tearDownClass(cls):
        cls.scratch.cleanup()

    def test_writes_what_the_manual_says_and_nothing_else(self):
        found = sorted(str(path.relative_to(self.out)) for path in self.out.rglob("*") if path.is_file())
        self.assertEqual(found, sorted(FILES))

    def test_equal_input_gives_equal_bytes(self):
        again = self.root / "again"
        self.assertEqual(gen(again, "--jobs", "1").returncode, 0)
        for name in FILES:
            self.assertTrue(filecmp.cmp(self.out / name, again / name, shallow=False), name)

    def test_manifest_describes_every_kernel(self):
        kernels = json.loads((self.out / "small.json").read_text())["kernels"]
        self.assertEqual(len(kernels), 5)
        for kernel in kernels:
            self.assertGreater(kernel["code_size"], 500)
            self.assertEqual(kernel["streaming_stores"] > 0, kernel["store"] == "stream", kernel["name"])
        narrow = [kernel for kernel in kernels if kernel["tag"] == "narrow"]
        self.assertEqual(len(narrow), 1)
        self.assertIn("vector=4 unroll=1", narrow[0]["parameters"])

    def test_json_says_what_was_built(self):
        out, file = self.root / "described", self.root / "built.json"
        result = gen(out, "--json", str(file))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertIn("kernel set small: 5 kernels", result.stdout)
        built = json.loads(file.read_text())
        kernels = json.loads(pathlib.Path(built["manifest"]).read_text())["kernels"]
        self.assertEqual((built["set"], built["targets"], built["directory"]), ("small", ["x86-64-avx2"], str(out)))
        self.assertEqual((built["kernels"], built["code_bytes"]), (len(kernels), sum(one["code_size"] for one in kernels)))
        self.assertGreater(built["seconds"], 0)
        self.assertEqual(json.loads(gen(out, "--json", "-").stdout)["kernels"], 5)

    def test_streaming_stores_and_fences_stand_in_stream_kernels_only(self):
        code = subprocess.run(["objdump", "-d", "--no-show-raw-insn", self.out / "lib/libsmall.so"],
                              capture_output=True, text=True, check=True).stdout
        functions = re.findall(r"^[0-9a-f]+ <(nf_forward_train[^>]*)>:\n(.*?)(?:\n\n|\Z)", code, re.M | re.S)
        self.assertGreaterEqual(len(functions), 10)
        writers = 0
        for name, body in functions:
            streams = "vmovntps" in body
            self.assertEqual(streams, "sfence" in body, name)
            self.assertFalse(streams and "_stream_" not in name, name)
            self.assertNotIn("vfmadd", body, name)
            writers += streams
        self.assertEqual(writers, 2)

    def test_only_the_table_is_visible(self):
        symbols = subprocess.run(["nm", "-g", "--defined-only", self.out / "lib/libsmall.a"],
                                 capture_output=True, text=True, check=True).stdout
        self.assertEqual(re.findall(r" [A-Z] (\S+)", symbols), ["nf_kernels_small"])
        undefined = subprocess.run(["nm", "-u", self.out / "lib/libsmall.a"], capture_output=True, text=True, check=True).stdout
        self.assertLessEqual(set(re.findall(r" U (\S+)", undefined)), {"memset", "memcpy"})

    def test_links_without_cmake(self):
        program = self.root / "program.c"
        program.write_text(PROGRAM)
        command = ["cc", "-std=c99", "-I", self.out / "include", "-I", INCLUDE, program, self.out / "lib/libsmall.a",
                   LIBRARY, "-lstdc++", "-lm", "-lpthread", "-o", self.root / "program"]
        subprocess.run(command + os.environ.get("NF_TEST_LINK_FLAGS", "").split(), check=True)
        result = subprocess.run([self.root / "program"], capture_output=True, text=True)
        self.assertEqual((result.returncode, result.stdout), (0, "small\n"))

    def refused(self, text, result, out):
        self.assertEqual(result.returncode, 2, result.stdout)
        self.assertIn(text, result.stderr)
        self.assertFalse(out.exists(), "something was left behind")

    def test_bad_input_is_refused_and_nothing_is_left(self):
        out = self.root / "refused"
        self.refused("unknown target 'vax', expected native or one of: x86-64-avx512-bf16, x86-64-avx512", gen(out, target="vax"), out)
        self.refused("missing.json: cannot be read", gen(out, kernel_set="missing.json"), out)
        malformed = self.root / "malformed.json"
        malformed.write_text('{"name": "a", "kernels": [{"op": "all"}]}')
        self.refused('"op" is "all", expected a list of', gen(out, kernel_set=malformed), out)
        self.refused("--target: x86-64-avx2 is for x86-64, arm-64 for arm-64, expected targets of one architecture",
                     gen(out, "--target", "arm-64"), out)
        malformed.write_text(SMALL.read_text().replace("vector=4", "vector=5"))
        self.refused("vector (elements of a vector) is 5, expected a power of two", gen(out, kernel_set=malformed), out)

    def test_a_missing_tool_is_named_before_anything_else_is_done(self):
        def refused(text, *extra, **options):  # not even the kernel set is read
            self.refused(text, gen(out, *extra, kernel_set="missing.json", **options), out)

        out, path = self.root / "refused", self.root / "path"
        path.mkdir()
        another = "or name another toolchain with --toolchain"
        refused("--target arm-64 needs aarch64-linux-gnu-gcc, which is not in PATH: install g++-aarch64-linux-gnu, "
                + another, target="arm-64", path=path)
        refused(f"--target x86-64 needs gcc, which is not in PATH: install g++, {another}", target="x86-64", path=path)
        script(path / "gcc", "exit 1")
        refused("--target x86-64 needs ld, which is not in PATH", target="x86-64", path=path)
        expected = "expected a prefix with which gcc, ld, objcopy and ar are found"
        refused(f"--toolchain 'nowhere-': nowhere-gcc is not in PATH, {expected}", "--toolchain", "nowhere-")
        refused(f"--toolchain '{path}/a-': {path}/a-gcc is no program, {expected}", "--toolchain", f"{path}/a-")
        (path / "a-gcc").mkdir()
        refused(f"{path}/a-gcc is no program", "--toolchain", f"{path}/a-")
        for tool in "gcc", "ld", "objcopy", "ar":
            script(path / f"vax-{tool}", "echo vax-dec-ultrix")
        refused(f"--target x86-64-avx2 needs a compiler for x86_64, {path}/vax-gcc is one for vax-dec-ultrix: name another "
                "toolchain with --toolchain", "--toolchain", f"{path}/vax-")

    def test_a_failed_run_leaves_the_old_library_alone(self):
        before = {name: (self.out / name).read_bytes() for name in FILES}
        for tool in "gcc", "ld", "objcopy":
            script(self.root / f"broken-{tool}", f'exec {tool} "$@"')
        script(self.root / "broken-ar", "exit 7")
        result = gen(self.out, "--toolchain", f"{self.root}/broken-")
        self.assertEqual(result.returncode, 2)
        self.assertIn("broken-ar ended with status 7", result.stderr)
        self.assertEqual(before, {name: (self.out / name).read_bytes() for name in FILES})

    def test_any_number_of_jobs(self):
        self.assertEqual(gen(self.root / "jobs", "--jobs", "200000").returncode, 0)

    def test_unwritable_directory(self):
        blocked = self.root / "file"
        blocked.write_text("")
        result = gen(blocked / "out")
        self.assertEqual(result.returncode, 2)
        self.assertIn("file", result.stderr)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
