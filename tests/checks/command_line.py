#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs the command line as a user would: exit statuses, error texts, and the output that other programs read.

Usage: command_line.py NORMFORGE NORMFORGE_VERIFY CC INCLUDE_DIRECTORY
"""
import json
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

NORMFORGE = VERIFIER = CC = INCLUDE = None  # set from the command line
PROBLEM = "forward_train:f32:nchw:2x32x8x8:relu"
MODELS = Path(__file__).parent.parent / "shapes" / "models"


def normforge(*arguments, program=None, stdin=None, address_space=resource.RLIM_INFINITY, **variables):
    limit = lambda: resource.setrlimit(resource.RLIMIT_AS, (address_space, address_space))
    command = [program or NORMFORGE, *map(str, arguments)]
    return subprocess.run(command, input=stdin, capture_output=True, text=True, errors="backslashreplace", timeout=300,
                          preexec_fn=limit,
                          env={**os.environ, **variables})


class CommandLine(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def succeed(self, *arguments, **how):
        result = normforge(*arguments, **how)
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        return result.stdout

    def refuse(self, words, *arguments, status=2, **how):
        result = normforge(*arguments, **how)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertIn("normforge: ", result.stderr)
        self.assertIn(words, result.stderr)
        return result

    def kernel_set(self, name, text):
        """A shared library compiled from C."""
        source, library = self.folder / "set.c", self.folder / name
        source.write_text("#include <normforge/kernel_table.h>\n" + text)
        subprocess.run([CC, "-shared", "-fPIC", "-I", INCLUDE, source, "-o", library], check=True)
        return library

    def program_alone(self):
        """A copy of the program with nothing installed beside it."""
        program = self.folder / "bin" / "normforge"
        program.parent.mkdir(exist_ok=True)
        return shutil.copy(NORMFORGE, program)


class Usage(CommandLine):
    def test_version(self):
        self.assertRegex(self.succeed("--version"), r"^normforge \d+\.\d+\.\d+\n$")

    def test_wrong_usage(self):
        self.refuse("no verb given, expected one of: gen, verify, bench, info, shapes, tune, db, report")
        self.refuse("'foo' is not a verb, expected one of: gen, verify, bench, info, shapes, tune, db, report", "foo")
        self.refuse("\nRun `normforge --help` for what they do.\n", "foo")
        self.refuse("unknown option '--no-such-option'", "--no-such-option")
        self.refuse("--no-such-option\nRun `normforge info --help`", "info", "--no-such-option")
        self.refuse("--problem: is empty", "info", "--problem", "")
        self.refuse("--variant: is empty", "info", "--variant", "")
        self.refuse("--variant: is empty", "verify", PROBLEM, "--variant", "")
        self.refuse("'mkl' is not a peer, expected a list of onednn, torch and untuned, or none", "bench", PROBLEM, "--peers", "onednn,mkl")
        self.refuse("--threads", "bench", PROBLEM, "--threads", "1,0")
        for problem in ("merge:f32:nc:4x3:k=2", "forward_train:f32:nc:4x3:inplace",
                        "backward_train:f32:nc:4x3:grad=awn", "forward_train:f32:nc:4x3:stats=f64"):
            self.refuse(f"normforge: {problem}: only whole ops are measured", "bench", problem)
        self.refuse("no problem given", "bench")

    def test_an_activation_without_a_kernel(self):
        self.refuse("forward_train:f32:nc:4x3:silu: no cached variant for forward_train f32 last silu", "bench",
                    "forward_train:f32:nc:4x3:silu", status=1)

    def test_wrong_problem(self):
        self.refuse("column 19", "info", "--problem", "forward_train:f32:nqhw:2x3x4x5")
        self.refuse("\n  forward_train:f32:nqhw:2x3x4x5\n                    ^", "info", "--problem", "forward_train:f32:nqhw:2x3x4x5")
        self.refuse("absent.txt", "bench", "--shapes", self.folder / "absent.txt")
        shapes = self.folder / "shapes.txt"
        shapes.write_text("# nothing but a comment\n")
        self.refuse("shapes.txt: holds no problem", "bench", "--shapes", shapes)
        self.refuse("standard input: holds no problem", "verify", "--shapes", "-", stdin="# a comment\n")
        self.refuse("standard input:2:19: ", "verify", "--shapes", "-", stdin="\nforward_train:f32:nqhw:2x3x4x5\n")

    def test_unusable_problem(self):
        for problem, words in [
            ("forward_train:f32:nchw:2x3x4x5:strides=1x1x1x1", "axis"),
            ("forward_train:f32:nc:1073741824x1048576", "not enough memory: the tensors alone take 9007199254740992 bytes"),
            ("forward_train:f32:nc:4x4:offset=2", "offset is 2, expected a multiple of the element's 4 bytes"),
            ("forward_train:f32:nc:4x4:offset=9223372036854775804",
             "not enough memory: the tensors alone take 18446744073709551616 bytes"),
        ]:
            for verb in ("verify", "bench"):
                with self.subTest(problem=problem, verb=verb):
                    result = self.refuse(f"normforge: {problem}: ", verb, PROBLEM, problem)
                    self.assertIn(words, result.stderr)
                    self.assertEqual(result.stdout, "", "problems before it were run")

    def test_no_memory(self):
        problem = "forward_train:f32:nchw:64x64x128x128"
        words = f"normforge: {problem}: not enough memory: the tensors alone take {2 * 64 * 64 * 128 * 128 * 4} bytes"
        limit = 3 << 28
        if normforge("--version", address_space=limit).returncode != 0:
            self.skipTest("the program itself needs more; sanitizers do")
        self.refuse(words, "verify", problem, address_space=limit)
        self.refuse(words, "bench", problem, status=1, address_space=limit)


class Kernels(CommandLine):
    def test_unreadable(self):
        self.refuse("no such file", "info", "--kernels", self.folder / "libabsent.so")
        self.refuse("holds no kernel set", "info", "--kernels", self.folder)
        text = self.folder / "libtext.so"
        text.write_text("not a library")
        self.refuse("libtext.so", "info", "--kernels", text)

    def test_not_a_kernel_set(self):
        library = self.kernel_set("libother.so", "int other(void) { return 0; }")
        self.refuse("defines no nf_kernels_other", "info", "--kernels", library)
        self.refuse("expected lib<set>.so", "info", "--kernels", library.rename(self.folder / "other.so"))

    def test_other_version(self):
        library = self.kernel_set("libold.so", "const nf_kernel_table nf_kernels_old = {.version = 999};")
        self.refuse("kernel table version 999", "info", "--kernels", library)

    def test_other_architecture(self):
        library = self.kernel_set("libother.so", "const nf_kernel_table nf_kernels_other = {.version = 1};")
        code = bytearray(library.read_bytes())
        x86_64, aarch64 = 62, 183  # the field e_machine of ELF files
        here = int.from_bytes(code[18:20], "little")
        code[18:20] = (aarch64 if here == x86_64 else x86_64).to_bytes(2, "little")
        library.write_bytes(code)
        names = {x86_64: "x86-64", aarch64: "arm-64"}
        words = f"libother.so: holds kernels for {names[x86_64 + aarch64 - here]}, expected {names[here]}"
        for arguments in (["info"], ["verify", PROBLEM], ["bench", PROBLEM]):
            self.refuse(words, *arguments, "--kernels", library)

    def test_malformed(self):
        table = "{.version = NF_KERNEL_TABLE_VERSION, .entry_size = 1}"
        library = self.kernel_set("libbad.so", f"const nf_kernel_table nf_kernels_bad = {table};")
        self.refuse("bad_kernel_table", "info", "--kernels", library)


class Info(CommandLine):
    def test_machine(self):
        machine = json.loads(self.succeed("info", "--json", "-"))
        self.assertGreater(machine["threads"], 0)
        self.assertEqual([library["set"] for library in machine["kernel_sets"]], ["default"])
        self.assertIn("processor:", self.succeed("info"))

    def test_variants(self):
        variants = json.loads(self.succeed("info", "--variants", "--json", "-"))
        self.assertGreater(len(variants), 0)
        text = self.succeed("info", "--variants")
        for variant in variants:
            self.assertIn(variant["name"], text)
        self.assertIn(variants[0]["name"], self.succeed("info", "--variant", variants[0]["name"]))
        self.refuse("no registered variant is called 'nf_absent'", "info", "--variant", "nf_absent")

    def test_assembly(self):
        variants = json.loads(self.succeed("info", "--variants", "--json", "-"))
        name = next(v["name"] for v in variants if v["name"].startswith("nf_forward_train_f32_inner_relu_cached_x86_64"))
        text = self.succeed("info", "--asm", name)
        self.assertRegex(text, rf"(?m)^{name}\S+ at [0-9a-f]+: reduction loop, \d+ instructions, \d+-byte vectors, reads x \d+$")
        self.assertRegex(text, r"(?m): output loop, .*, reads x (\d+), writes y \1 cached$")
        self.assertRegex(text, r"(?m)^ +[0-9a-f]+  v?movups +[xyz]mmword ptr \[.*\], [xyz]mm\d+ +y$")
        loops = json.loads(self.succeed("info", "--json", "-", "--asm", name))["loops"]
        self.assertLessEqual({"reduction", "output"}, {loop["kind"] for loop in loops})
        self.refuse(f"near it: {name}", "info", "--asm", name.replace("relu", "rellu"))
        merge = next(v["name"] for v in variants if v["name"].startswith("nf_merge"))
        self.assertEqual(f"{merge} touches no tensor\n", self.succeed("info", "--asm", merge))

    def test_plan(self):
        plan = json.loads(self.succeed("info", "--json", "-", "--problem", PROBLEM))
        self.assertEqual(plan["problem"], PROBLEM)
        self.assertIn(plan["variant"], self.succeed("info", "--problem", PROBLEM))


class Bench(CommandLine):
    def test_result(self):
        file = self.folder / "result.json"
        shapes = self.folder / "shapes.txt"
        shapes.write_text("backward_train:f32:nhwc:2x8x8x32:relu *3 # three of them\n")
        text = self.succeed("bench", PROBLEM, "--shapes", shapes, "--rounds", 3, "--threads", "1,2", "--json", file)
        result = json.loads(file.read_text())
        cases = result["cases"]
        self.assertEqual([(case["op"], case["threads"], case["temperature"]) for case in cases],
                         [(op, threads, temperature) for op in ("forward_train", "backward_train") for threads in (1, 2)
                          for temperature in ("cold", "warm")])
        tensor = 2 * 32 * 8 * 8 * 4
        for case, tensors, reference in [(cases[0], 2, "copy"), (cases[4], 3, "triad")]:
            self.assertEqual((case["traffic_bytes"], case["baseline"]["name"]), (tensors * tensor, reference))
        for case in cases:
            self.assertIn(case["problem"], text)
            self.assertEqual(len(case["ours"]["milliseconds"]), 3)
            self.assertAlmostEqual(case["ours_to_baseline"], case["ours"]["median_ms"] / case["baseline"]["median_ms"])
            self.assertTrue(case["exceeds_cache"] == (case["temperature"] == "cold"))
        if result["peers"]:
            self.assertEqual(cases[0]["fastest_peer"], "onednn")
            self.assertEqual([one["name"] for one in cases[0]["information"]], ["onednn nChw16c"])
            self.assertEqual(cases[4]["information"], [], "nhwc has no blocked twin")
            self.assertEqual(result["summary"]["faster_peer"]["cases"], len(cases))
            self.assertRegex(text, r"(?m)^geometric mean: \d+\.\d\d$")
            self.assertRegex(text, r"(?m)^geometric mean, temperature warm: \d+\.\d\d$")
            self.assertRegex(text, r"(?m)^geometric mean, nhwc backward_train: \d+\.\d\d$")
            self.assertRegex(text, r"(?m)^worst case: \d+\.\d\d \w+_train:\S+, \d threads?, (cold|warm)$")

    def test_types_and_residuals(self):
        # Peers must agree with ours on each, or the case is refused.
        problems = [f"{op}:{dtype}:nhwc:2x8x8x32:{epilogue}" for op in ("forward_train", "forward_inference", "backward_train")
                    for dtype in ("f32", "bf16", "f16", "f64") for epilogue in ("relu", "add", "add_relu")]
        problems += ["backward_train:bf16:nchw:2x32x8x8:add_relu:grad=wwwn", "backward_frozen:f32:nchw:2x32x8x8:add_relu",
                     "forward_train:f32:ncw:4x3x5:add:strides=-64x8x1", "backward_train:f32:nc:64x30:add_relu:offset=4"]
        file = self.folder / "result.json"
        self.succeed("bench", *problems, "--rounds", 1, "--warm", "--threads", 1, "--json", file)
        cases = json.loads(file.read_text())["cases"]
        self.assertEqual([case["problem"] for case in cases], problems)
        tensors = {"relu": 2, "add": 3, "add_relu": 3}
        for case in cases[:-4]:
            # backward: x, dy, dx and, with a residual, its gradient; the derivative of add_relu is read off y
            backward = {"relu": 3, "add": 4, "add_relu": 5}
            wanted = (backward if case["op"] == "backward_train" else tensors)[case["epilogue"]]
            size = {"f64": 8, "f32": 4}.get(case["dtype"], 2)
            self.assertEqual(case["traffic_bytes"], wanted * 2 * 32 * 8 * 8 * size, case["problem"])
        self.assertEqual(cases[-4]["traffic_bytes"], 4 * 2 * 32 * 8 * 8 * 2, "nobody asked for the residual's gradient")

    def test_absent_torch(self):
        library = json.loads(self.succeed("info", "--json", "-"))["kernel_sets"][0]["path"]
        self.refuse("tools/bootstrap.sh --peers", "bench", PROBLEM, "--kernels", library, "--peers", "torch",
                    program=self.program_alone())

    def test_no_variant(self):
        # An empty batch is a legal problem without anything to measure; the other one is measured all the same.
        empty = "forward_train:f32:nchw:0x32x8x8"
        result = normforge("bench", empty, PROBLEM, "--rounds", 1, "--peers", "none")
        self.assertEqual(result.returncode, 1, result.stderr)
        self.assertIn("nothing to measure", result.stderr)
        self.assertIn("1 of 2 problems could not be measured", result.stderr)
        self.assertIn(PROBLEM, result.stdout)

    def test_unwritable_json(self):
        file = self.folder / "absent" / "result.json"
        result = self.refuse("cannot be written", "bench", PROBLEM, "--rounds", 1, "--json", file)
        self.assertEqual(result.stdout, "", "it measured first")


class Json(CommandLine):
    """--json FILE: beside the text, or in its place where FILE is -. docs/command_line.md has the fields."""

    SHAPES = ["shapes", MODELS / "unet3d.onnx", "--batch", 2]
    WRONG = """
        static const nf_kernel_host *host;
        static int nothing(void **arguments) { (void)arguments; return 0; }
        static const uint8_t roles[] = {NF_ROLE_x, NF_ROLE_y, NF_ROLE_gamma, NF_ROLE_beta, NF_ROLE_mean, NF_ROLE_deviation,
                                        NF_ROLE_eps, NF_ROLE_inverted};
        static const nf_kernel kernel = {.name = "nf_forward_inference_f32_last_none_cached_TARGET", .target = "ARCHITECTURE",
            .parameters = "", .op = NF_FORWARD_INFERENCE, .dtype = NF_F32, .form = NF_FORM_LAST, .epilogue = NF_EPILOGUE_NONE,
            .store = NF_STORE_CACHED, .role_count = sizeof roles, .roles = roles, .run = nothing};
        const nf_kernel_table nf_kernels_wrong = {.version = NF_KERNEL_TABLE_VERSION, .entry_size = sizeof(nf_kernel),
            .set = "wrong", .kernels = &kernel, .kernel_count = 1, .host = &host};
    """

    def test_beside_the_text_or_in_its_place(self):
        for command in (["info"], ["info", "--problem", PROBLEM], ["verify", PROBLEM], self.SHAPES):
            with self.subTest(command=command):
                file = self.folder / "result.json"
                text = self.succeed(*command)
                self.assertEqual(self.succeed(*command, "--json", file), text)
                self.assertEqual(self.succeed(*command, "--json", "-"), file.read_text())
                self.assertEqual(json.dumps(json.loads(file.read_text()), indent=2, ensure_ascii=False) + "\n", file.read_text())

    def test_wrong_files(self):
        expected = "expected a file, or - for standard output"
        self.refuse(f"--json: got '--variants', {expected}", "info", "--json", "--variants")
        self.refuse("--json: is empty", "info", "--json", "")
        self.refuse("--json", "info", "--json")
        absent = self.folder / "absent" / "result.json"
        for command in (["info"], ["verify", PROBLEM], self.SHAPES):
            with self.subTest(command=command):
                self.assertEqual(self.refuse("result.json: cannot be written", *command, "--json", absent).stdout, "")

    def test_verify(self):
        result = json.loads(self.succeed("verify", PROBLEM, "forward_train:f32:nchw:0x32x8x8", "--json", "-"))
        ran = [variant for variant in result["variants"] if variant["problems"]]
        self.assertGreater(len(ran), 0)
        for variant in ran:
            self.assertEqual(variant["failures"], [])
            self.assertLessEqual(variant["nearest_its_bound"]["error"], variant["nearest_its_bound"]["bound"])
            self.assertLessEqual({"name", "set", "target", "values", "near_kink"}, set(variant))
        share = lambda one: one["nearest_its_bound"]["error"] / one["nearest_its_bound"]["bound"]
        worst = max(ran, key=share)
        one, empty = result["problems"]
        self.assertEqual((one["problem"], one["variants"], one["failures"]), (PROBLEM, len(ran), 0))
        self.assertEqual(one["nearest_its_bound"], {"variant": worst["name"], **worst["nearest_its_bound"]})
        self.assertEqual((empty["problem"], empty["failures"]), ("forward_train:f32:nchw:0x32x8x8", 0))
        self.assertEqual(result["empty_batches"]["problems"], 1)
        self.assertEqual((result["library_choice"]["problems"], result["shadowed"]), (0, []))
        idle = next(variant for variant in result["variants"] if not variant["problems"])
        self.assertIsNone(idle["nearest_its_bound"])

    def test_verify_says_what_failed(self):
        architecture = {"x86_64": "x86-64", "aarch64": "arm-64"}[os.uname().machine]
        code = self.WRONG.replace("ARCHITECTURE", architecture).replace("TARGET", architecture.replace("-", "_"))
        library, problem = self.kernel_set("libwrong.so", code), "forward_inference:f32:nc:4x3"
        result = self.refuse("1 comparisons failed", "verify", problem, "--kernels", library, "--json", "-", status=1)
        [variant] = json.loads(result.stdout)["variants"]
        [failure] = variant["failures"]
        self.assertEqual(failure["problem"], problem)
        self.assertEqual([(one["problem"], one["failures"]) for one in json.loads(result.stdout)["problems"]], [(problem, 1)])
        self.assertEqual(failure["command"], f"normforge verify {problem} --variant {variant['name']}")
        self.assertIn(f"{variant['name']}: {failure['what']}\n  {failure['command']}\n", result.stderr)

    def test_shapes(self):
        file = self.folder / "unet3d.txt"
        result = json.loads(self.succeed(*self.SHAPES, "--json", "-", "--out", file))
        lines = [line for line in file.read_text().splitlines() if not line.startswith("#")]
        self.assertEqual([f"{one['problem']} *{one['count']}" for one in result["problems"]],
                         [line.split(" #")[0] for line in lines])
        for one in result["problems"]:
            self.assertEqual(len(one["nodes"]), one["count"])
        nodes = {node for one in result["problems"] for node in one["nodes"]}
        self.assertEqual((len(nodes), result["model"]), (result["normalisations"], str(MODELS / "unet3d.onnx")))
        self.assertGreater(result["opset"], 6)

    def test_bench(self):
        result = json.loads(self.succeed("bench", PROBLEM, "--rounds", 1, "--warm", "--peers", "none", "--json", "-"))
        self.assertEqual([case["problem"] for case in result["cases"]], [PROBLEM] * len(result["cases"]))


class Verify(CommandLine):
    def test_shadowed_variant(self):
        # A second set with the variants of the first: the library only ever runs the first of a name.
        library = Path(json.loads(self.succeed("info", "--json", "-"))["kernel_sets"][0]["path"])
        variants = json.loads(self.succeed("info", "--variants", "--json", "-"))
        copy = self.folder / library.name
        shutil.copy(library, copy)
        text = self.succeed("verify", PROBLEM, "--kernels", library, "--kernels", copy)
        once = self.succeed("verify", PROBLEM, "--kernels", library)
        comparisons = re.compile(r"^(\d+) comparisons", re.MULTILINE)
        self.assertEqual(comparisons.search(text).group(1), comparisons.search(once).group(1))
        self.assertEqual(text.count("is not verified"), len(variants))
        self.assertNotIn("is not verified", once)

    def test_empty_batch(self):
        text = self.succeed("verify", PROBLEM, "forward_train:f32:nchw:0x32x8x8", "backward_train:f32:nchw:0x32x8x8")
        self.assertIn("2 empty batches, for which no variant runs", text)
        self.assertNotIn("dgamma", text)

    def test_standard_input(self):
        self.assertEqual(self.succeed("verify", "--shapes", "-", stdin=f"{PROBLEM} *2 # text\n"), self.succeed("verify", PROBLEM))

    def test_unknown_variant(self):
        name = json.loads(self.succeed("info", "--variants", "--json", "-"))[0]["name"]
        self.refuse(f"no such variant; near it: {name}", "verify", PROBLEM, "--variant", name + "x")


class Runner(CommandLine):
    """`normforge verify --runner`: the shell itself is the launcher."""

    def fake_verifier(self, text, name="verifier"):
        script = self.folder / name
        script.write_text("#!/bin/sh\n" + text)
        script.chmod(0o755)
        return script

    def test_same_as_here(self):
        here = self.succeed("verify", PROBLEM)
        self.assertEqual(self.succeed("verify", PROBLEM, "--runner", "{}"), here)
        self.assertEqual(self.succeed("verify", PROBLEM, "--runner", "{}", "--verifier", VERIFIER), here)
        target = json.loads(self.succeed("info", "--variants", "--json", "-"))[-1]["target"]
        self.assertEqual(self.succeed("verify", PROBLEM, "--runner", "env {}", "--target", target), here)

    def test_what_the_verifier_is_given(self):
        shapes = self.folder / "shapes.txt"
        shapes.write_text("forward_train:f32:nc:{4,5}x8 *3 # text\n")
        script = self.fake_verifier("echo \"$@\"\ncat\n", "it's a verifier")
        text = self.succeed("verify", PROBLEM, "--shapes", shapes, "--variant", "a b", "--threads", 2, "--runner", "env {}",
                            "--verifier", script)
        self.assertEqual(text, f"--shapes - --variant a b --threads 2\n{PROBLEM}\n"
                               "forward_train:f32:nc:4x8\nforward_train:f32:nc:5x8\n")

    def test_json(self):
        script = self.fake_verifier("echo \"$@\"\ncat >/dev/null\n")
        through = ["verify", PROBLEM, "--runner", "{}", "--verifier", script, "--json"]
        self.assertEqual(self.succeed(*through, "-"), "--shapes - --json -\n")
        self.refuse("--json: got 'result.json', expected - with --runner", *through, "result.json")

    def test_exit_status(self):
        for ending, status, words in [
            ("exit 1", 1, "checks failed"),
            ("exit 2", 2, "the verifier refused what it was given"),
            ("exit 3", 2, "--runner: '{}' ended with status 3\n"),
            ("kill -SEGV $$", 2, "--runner: '{}' ended with status 139: Segmentation fault\n"),
        ]:
            with self.subTest(ending=ending):
                script = self.fake_verifier("cat\necho why >&2\n" + ending)
                result = self.refuse(words, "verify", PROBLEM, "--runner", "{}", "--verifier", script, status=status)
                self.assertEqual(result.stdout, PROBLEM + "\n")
                self.assertIn("why\n", result.stderr)
        self.refuse("normforge-verify: --variant nf_absent: no such variant", "verify", PROBLEM, "--runner", "{}",
                    "--variant", "nf_absent")

    def test_launcher_does_not_run_it(self):
        result = self.refuse("--runner: 'no-such-launcher {}' ended with status 127: a command was not found\n",
                             "verify", PROBLEM, "--runner", "no-such-launcher {}")
        self.assertIn("qemu-user-static", result.stderr)
        self.assertIn("/normforge-verify, as the launcher sees it", result.stderr)
        self.refuse("ended with status 127", "verify", PROBLEM, "--runner", "{}", "--verifier", "/nonexistent/verifier")
        self.refuse("ended with status 126", "verify", PROBLEM, "--runner", "{}", "--verifier", self.folder)
        # An emulator that refuses a program ends with 1, which is no failed check; one that starts nothing verifies nothing.
        for status in (0, 1, 2):
            self.refuse(f"ended with status {status}, and nothing read the problems", "verify", PROBLEM,
                        "--runner", f": {{}}; exit {status}")

    def test_wrong_options(self):
        self.refuse("--runner: 'qemu-aarch64-static' has no {}, which says where", "verify", PROBLEM, "--runner",
                    "qemu-aarch64-static")
        self.refuse("--runner", "verify", PROBLEM, "--runner", "{}", "--kernels", self.folder)
        self.refuse("--verifier requires --runner", "verify", PROBLEM, "--verifier", VERIFIER)
        self.refuse("--target: unknown target 'arm64', expected native or one of: x86-64-avx512-bf16, x86-64-avx512, ", "verify", PROBLEM,
                    "--target", "arm64")
        usable = json.loads(self.succeed("info", "--json", "-"))["targets"]
        absent = next(name for name in ("arm-64", "x86-64") if not usable[name])
        self.refuse(f"--target: this machine cannot run {absent}; say with --runner what can", "verify", PROBLEM,
                    "--target", absent)
        for target in usable:
            architecture = "arm-64" if target == "arm-64" else "x86-64"
            verifier = f"{self.folder}/lib/normforge/{architecture}/normforge-verify"
            self.refuse(f"no verifier for {architecture} at {verifier}: build it", "verify", PROBLEM, "--target", target,
                        "--runner", "{}", program=self.program_alone())

    def test_problems_are_checked_first(self):
        shapes = self.folder / "shapes.txt"
        shapes.write_text("\nforward_train:f32:nqhw:2x3x4x5\n")
        started = self.folder / "started"
        for words, *problems in [("shapes.txt:2:19: ", "--shapes", shapes),
                                 ("offset is 2, expected a multiple", "forward_train:f32:nc:4x4:offset=2"),
                                 ("no problem given",)]:
            self.refuse(words, "verify", *problems, "--runner", f"touch {started}; {{}}")
            self.assertFalse(started.exists())


class Shapes(CommandLine):
    MODEL = MODELS / "resnet50.onnx"

    def test_shape_file(self):
        text = self.succeed("shapes", self.MODEL, "--batch", 32)
        self.assertRegex(text, r"^# The batch normalisations of .*resnet50.onnx \(ONNX, opset 17\): 53 nodes\.")
        lines = text.splitlines()[1:]
        self.assertEqual(len(lines), 32)
        self.assertEqual(sum(int(re.search(r"\*(\d+)", line).group(1)) for line in lines), 2 * 53)
        self.assertIn("forward_train:f32:nchw:32x256x56x56:add_relu *3 # /layer1/layer1.0/downsample/downsample.1/BatchNormalization and 2 more", lines)
        file = self.folder / "resnet50.txt"
        self.assertEqual(self.succeed("shapes", self.MODEL, "--batch", 32, "--out", file), "")
        self.assertEqual(file.read_text(), text)
        self.assertEqual(list(self.folder.iterdir()), [file], "a draft was left")

    def test_other_verbs_read_it(self):
        file = self.folder / "unet.txt"
        self.succeed("shapes", MODELS / "unet3d.onnx", "--input", "input=1x1x8x8x8", "--op", "forward_inference", "--out", file)
        text = self.succeed("bench", "--shapes", file, "--rounds", 1, "--warm", "--peers", "none")
        self.assertIn("forward_inference:f32:ncdhw:1x512x1x1x1:relu", text)

    def test_wrong_arguments(self):
        for words, arguments in [
            ("MODEL is required", []),
            ("MODEL: is empty", [""]),
            ("--batch: Value 0 not in range", [self.MODEL, "--batch", 0]),
            ("--batch: ", [self.MODEL, "--batch", "many"]),
            ("--op: got 'forward', expected one of: forward_train, ", [self.MODEL, "--op", "forward_train,forward"]),
            ("--dtype: got 'i8', expected one of: f32, f64, f16, bf16", [self.MODEL, "--dtype", "i8"]),
            ("--dtype: is empty", [self.MODEL, "--dtype", ""]),
            ("--layout: ncdhw not in {nchw,nhwc}", [self.MODEL, "--layout", "ncdhw"]),
            ("--out: is empty", [self.MODEL, "--out", ""]),
        ]:
            with self.subTest(words=words):
                self.refuse(words, "shapes", *arguments)
        for text in ("input", "input=", "=1x2", "input=1xx2", "input=1x2x", "input=1x-2", "input=1x0", "input=99999999999999999999"):
            with self.subTest(text=text):
                self.refuse(f"--input: got '{text}', expected NAME=AxBxC", "shapes", self.MODEL, "--input", text)

    def test_bad_models(self):
        whole = self.MODEL.read_bytes()
        file = self.folder / "model.onnx"
        for size in (0, 1, 1000, len(whole) // 2, len(whole) - 1):
            with self.subTest(size=size):
                file.write_bytes(whole[:size])
                result = self.refuse(f"normforge: {file}: is not an ONNX model, or is truncated", "shapes", file)
                self.assertEqual((result.stdout, result.stderr.count("\n")), ("", 1), "protobuf spoke as well")
        self.refuse("absent.onnx: cannot be read", "shapes", self.folder / "absent.onnx")
        self.refuse("cannot be read", "shapes", self.folder)
        self.refuse("expected --batch N", "shapes", MODELS / "mobilenet_v2.onnx")
        self.refuse("fold it into the convolution before it", "shapes", MODELS / "resnet50_folded.onnx")
        self.refuse("the model has no such input, expected one of: input (1x3x224x224)", "shapes", self.MODEL, "--input", "x=1")

    def test_damaged_models(self):
        # Whatever the bytes say, the program must not crash.
        whole = (MODELS / "unet3d.onnx").read_bytes()
        file = self.folder / "model.onnx"
        for position in range(0, len(whole), 97):
            file.write_bytes(whole[:position] + bytes([whole[position] ^ 0x15]) + whole[position + 1 :])
            result = normforge("shapes", file, "--batch", 2)
            self.assertIn(result.returncode, (0, 2), (position, result.stderr))

    def test_unwritable(self):
        file = self.folder / "absent" / "shapes.txt"
        self.refuse(f"{file}: cannot be written: No such file or directory", "shapes", self.MODEL, "--out", file)
        self.refuse("/dev/full: cannot be written: No space left on device", "shapes", self.MODEL, "--out", "/dev/full")
        with open("/dev/full", "w") as full:
            result = subprocess.run([NORMFORGE, "shapes", self.MODEL], stdout=full, stderr=subprocess.PIPE, text=True)
        self.assertEqual((result.returncode, result.stderr),
                         (2, "normforge: standard output: cannot be written: No space left on device\n"))

    def test_full_disk_leaves_the_file(self):
        file = self.folder / "shapes.txt"
        file.write_text("mine\n")

        def at_most_100_bytes():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

        result = subprocess.run([NORMFORGE, "shapes", self.MODEL, "--out", file], capture_output=True, text=True,
                                preexec_fn=at_most_100_bytes)
        self.assertEqual((result.returncode, result.stderr), (2, f"normforge: {file}: cannot be written: File too large\n"))
        self.assertEqual(file.read_text(), "mine\n")
        self.assertEqual(list(self.folder.iterdir()), [file], "a draft was left")

    def test_failure_leaves_the_file(self):
        file = self.folder / "shapes.txt"
        file.write_text("mine\n")
        self.refuse("expected --batch N", "shapes", MODELS / "unet3d.onnx", "--out", file)
        self.assertEqual(file.read_text(), "mine\n")
        link = self.folder / "link.txt"
        link.symlink_to(file)
        self.succeed("shapes", MODELS / "unet3d.onnx", "--batch", 1, "--out", link)
        self.assertTrue(link.is_symlink())
        self.assertIn("ncdhw:1x32x64x64x64", file.read_text())


class Capture(CommandLine):
    def test_verbs_capture_too(self):
        file = self.folder / "captured.txt"
        result = normforge("bench", PROBLEM, "--rounds", 1, "--warm", "--peers", "none", NORMFORGE_CAPTURE=str(file))
        self.assertEqual((result.returncode, result.stderr), (0, ""))
        self.assertRegex(file.read_text(), rf"^{PROBLEM} \*\d+\n$")
        self.succeed("bench", "--shapes", file, "--rounds", 1, "--warm", "--peers", "none")


if __name__ == "__main__":
    NORMFORGE, VERIFIER, CC, INCLUDE = sys.argv[1:5]
    unittest.main(argv=sys.argv[:1])
