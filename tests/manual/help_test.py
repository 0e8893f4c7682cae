# SPDX-License-Identifier: MIT
"""--help of every verb: an example, which is run where it is quick, and the exit statuses; the JSON of docs/command_line.md; what
becomes of standard output. Usage: help_test.py NORMFORGE SOURCE_DIRECTORY"""
import json
import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

NORMFORGE, SOURCE = os.path.abspath(sys.argv[1]), pathlib.Path(sys.argv[2]).resolve()
STATUSES = "Exit status: 0 done, 1 a check failed, 2 bad usage or input, 130 interrupted (Ctrl-C).\n"
# Verbs whose examples take seconds; those of the others compile or measure for minutes.
QUICK = ["info", "verify", "shapes", "completion", "manual"]
# Examples of quick verbs that are not quick, or need another machine's kernels.
SLOW = ["normforge verify --target arm-64", "normforge bench"]


def run(*arguments, **how):
    return subprocess.run([NORMFORGE, *arguments], capture_output=True, text=True, timeout=120, **how)


def verbs(*above):
    """The words of every verb below a verb."""
    match = re.search(r"\n(?:Subcommands):\n((?:  .*\n)+)", run(*above, "--help").stdout)
    for name in re.findall(r"(?m)^  (\S+)", match.group(1)) if match else []:
        yield [*above, name]
        yield from verbs(*above, name)


def examples(text):
    return re.findall(r"(?m)^  (.*normforge .*)$", text[text.index("Example"):])


def typed(line):
    """Runs a line that somebody types, in a folder with the files that examples name."""
    with tempfile.TemporaryDirectory() as scratch:
        for name in ("benchmarks", "generators", "tests", "tests/shapes/models/resnet50.onnx"):
            (pathlib.Path(scratch) / pathlib.Path(name).name).symlink_to(SOURCE / name)
        path = f"{pathlib.Path(NORMFORGE).parent}:{os.environ['PATH']}"
        return subprocess.run(["bash", "-c", f"set -euo pipefail; {line}"], cwd=scratch, text=True, timeout=120,
                              env={**os.environ, "PATH": path}, capture_output=True)


def missing(documented, found, place=""):
    """The places of a documented JSON that have nothing of their kind in the one that was found."""
    if isinstance(documented, dict) and isinstance(found, dict):
        return sum((missing(value, found[key], f"{place}.{key}") if key in found else [f"{place}.{key}"]
                    for key, value in documented.items()), [])
    if isinstance(documented, list) and isinstance(found, list):
        return sum((min((missing(value, other, place + "[]") for other in found), key=len, default=[place + "[]"])
                    for value in documented), [])
    is_number = lambda value: isinstance(value, (int, float)) and not isinstance(value, bool)
    same = type(documented) is type(found) or is_number(documented) and is_number(found)
    return [] if same else [place]


class Help(unittest.TestCase):
    def test_every_verb_has_an_example_and_the_exit_statuses(self):
        found = list(verbs())
        self.assertLessEqual({"gen", "verify", "bench", "info", "shapes", "completion", "manual"}, {verb[0] for verb in found})
        for verb in [[], *found]:
            with self.subTest(verb=verb):
                result = run(*verb, "--help")
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertTrue(result.stdout.endswith("\n\n" + STATUSES), result.stdout)
                self.assertRegex(result.stdout, r"(?m)^Examples?:\n  .*normforge " + " ".join(verb))

    def test_the_quick_examples_work(self):
        for verb in QUICK:
            lines = [line for line in examples(run(verb, "--help").stdout) if not line.startswith(tuple(SLOW))]
            self.assertNotEqual(lines, [], verb)
            for line in lines:
                with self.subTest(line=line):
                    result = typed(line)
                    self.assertEqual((result.returncode, result.stderr), (0, ""))

    def test_the_json_of_the_documentation_is_what_comes(self):
        text = (SOURCE / "docs/command_line.md").read_text()
        examples_there = re.findall(r"(?m)^`(normforge [^`\n]* --json -)`.*\n\n```json\n((?:.|\n)*?)```", text)
        self.assertEqual(len(examples_there), text.count("```json"))
        for line, documented in examples_there:
            with self.subTest(line=line):
                result = typed(line)
                self.assertEqual((result.returncode, result.stderr), (0, ""))
                self.assertEqual(missing(json.loads(documented), json.loads(result.stdout)), [])


class StandardOutput(unittest.TestCase):
    def test_a_reader_that_goes_away(self):
        # As `normforge completion fish | head -1`, with a pipe that is closed before anything is written.
        for arguments in (["completion", "fish"], ["info"], ["info", "--variants"], ["--help"]):
            with self.subTest(arguments=arguments):
                reader, writer = os.pipe()
                os.close(reader)
                result = subprocess.run([NORMFORGE, *arguments], stdout=writer, stderr=subprocess.PIPE, timeout=60)
                os.close(writer)
                self.assertEqual((result.returncode, result.stderr), (-signal.SIGPIPE, b""), "it ends as other programs do")

    def test_a_full_disk_is_no_success(self):
        words = "normforge: standard output: cannot be written: No space left on device\n"
        for arguments in (["--help"], ["info"], ["manual"], ["info", "--json", "-"], ["info", "--variants"]):
            with self.subTest(arguments=arguments), open("/dev/full", "w") as full:
                result = subprocess.run([NORMFORGE, *arguments], stdout=full, stderr=subprocess.PIPE, text=True, timeout=60)
                self.assertEqual(result.returncode, 2)
                self.assertEqual(result.stderr, words)

    def test_interrupted(self):
        # A program that SIGINT ended: to a shell, status 130.
        default = lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)  # in the background of a script it is ignored
        with subprocess.Popen([NORMFORGE, "bench", "forward_train:f32:nchw:32x64x112x112", "--peers", "none", "--rounds", "100000"],
                              stdout=subprocess.PIPE, preexec_fn=default) as bench:
            self.addCleanup(bench.kill)
            bench.stdout.readline()  # it has begun
            bench.send_signal(signal.SIGINT)
            self.assertEqual(bench.wait(timeout=60), -signal.SIGINT)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
