# SPDX-License-Identifier: MIT
"""`normforge tune` as a user runs it, with candidates that break on purpose: usage: tune_test.py NORMFORGE"""
import json
import os
import pathlib
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest

NORMFORGE = sys.argv[1]
BROKEN_COMPILER = pathlib.Path(__file__).with_name("broken_compiler.py")
SMALL = "forward_train:f32:nchw:2x16x20x20:relu"
LAST = "backward_train:f32:nhwc:4x6x6x32"


class Tune(unittest.TestCase):
    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.environment = {**os.environ, "XDG_DATA_HOME": str(self.folder / "data"), "TMPDIR": str(self.folder)}
        self.journal = self.folder / "data/normforge/journal/x86-64-avx2.jsonl"
        self.database = self.folder / "data/normforge/tuned/x86-64-avx2.json"

    def command(self, *arguments, effort="quick", target="x86-64-avx2"):  # a target that every machine with AVX2 runs
        return [NORMFORGE, "tune", "--target", target, "--effort", effort, *map(str, arguments)]

    def start(self, *arguments, **options):
        """Starts it and waits until five lines are in the journal."""
        child = subprocess.Popen(self.command(*arguments, **options), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                 env=self.environment, start_new_session=True)
        while not self.journal.exists() or len(self.journal.read_text().splitlines()) < 5:
            self.assertIsNone(child.poll(), "ended by itself")
            time.sleep(0.05)
        return child

    def tune(self, *arguments, status=0, **options):
        result = subprocess.run(self.command(*arguments, **options), capture_output=True, text=True, env=self.environment)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result

    def normforge(self, *arguments, status=0):
        result = subprocess.run([NORMFORGE, *map(str, arguments)], capture_output=True, text=True, env=self.environment)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result.stdout

    def measurements(self):
        return [json.loads(line) for line in self.journal.read_text().splitlines()]

    def assert_nothing_runs(self):
        self.assertEqual(subprocess.run(["pgrep", "-f", str(self.folder)], capture_output=True, text=True).stdout, "")

    def assert_nothing_left(self):
        self.assertEqual([path.name for path in self.folder.iterdir() if path.name.startswith("normforge-tune")], [])


class Search(Tune):
    def test_journal_database_library(self):
        output = self.tune(SMALL, LAST).stdout
        for problem in SMALL, LAST:
            self.assertRegex(output, rf"{problem} +[\d.]+ +[\d.]+ +[\d.]+ +8/\d+ +0  ")
        self.assertRegex(output, r"\d of 2 problems have a kernel that is faster than the default; geometric mean: [\d.]+")
        searched = [m for m in self.measurements() if m["phase"] == "search"]
        self.assertEqual(len(searched), 16)
        self.assertEqual({m["outcome"] for m in searched}, {"measured"})
        self.assertTrue(all(m["threads"] >= 1 and m["default_milliseconds"] for m in searched))
        self.assertIn("0 complaints", self.normforge("db", "check", self.database))
        entries = json.loads(self.database.read_text())["entries"]
        self.assertEqual({entry["problem"] for entry in entries}, {SMALL, LAST})

        shapes = self.folder / "shapes.txt"
        shapes.write_text(f"{SMALL}\n{LAST}\n")
        output = self.normforge("gen", "--shapes", shapes, "--tuned", "--target", "x86-64-avx2", "--out", self.folder / "k")
        self.assertIn("tuned: 2 exact; of these ", output)
        self.normforge("verify", "--kernels", self.folder / "k", "--shapes", shapes)
        self.assert_nothing_left()

    def test_a_second_run_measures_nothing_again(self):
        self.tune(SMALL)
        journal, database = self.journal.read_text(), self.database.read_text()
        output = self.tune(SMALL).stdout
        self.assertRegex(output, rf"{SMALL} .* 8/\d+ ")
        self.assertEqual((self.journal.read_text(), self.database.read_text()), (journal, database))
        self.tune(SMALL, "--again")
        self.assertTrue(self.journal.read_text().startswith(journal))
        self.assertGreater(len(self.journal.read_text()), len(journal))

    def test_another_compiler_of_the_same_version_measures_anew(self):
        self.tune(SMALL)
        first = self.measurements()
        self.assertEqual(len({m["compiler"] for m in first}), 1)
        for m in first:
            self.assertEqual("again_milliseconds" in m, m["phase"] == "final")
        other = self.folder / "another-compiler"  # the same code in another file, as a build of other sources would be
        other.write_bytes(pathlib.Path(NORMFORGE).with_name("normforge-compiler").read_bytes() + b"x")
        other.chmod(0o755)
        self.tune(SMALL, "--compiler", other)
        second = self.measurements()[len(first):]
        self.assertEqual(len([m for m in second if m["phase"] == "search"]), 8)
        self.assertNotIn(first[0]["compiler"], {m["compiler"] for m in second})

    def test_json(self):
        document = json.loads(self.tune(SMALL, "--json", "-").stdout)
        self.assertEqual(document["target"], "x86-64-avx2")
        (problem,) = document["problems"]
        self.assertEqual((problem["problem"], problem["candidates"], problem["failures"]), (SMALL, 8, {}))
        self.assertGreater(problem["speed_up"], 0)

    def test_json_of_what_could_not_be_tuned(self):
        phase = "stats:f32:nchw:2x16x20x20"
        result = self.tune(SMALL, phase, "--json", "-")
        problems = json.loads(result.stdout)["problems"]
        self.assertEqual([problem["problem"] for problem in problems], [SMALL, phase])
        self.assertIn("only whole ops are measured", problems[1]["error"])

    def test_what_the_database_has_is_tried_after_the_default(self):
        self.tune(SMALL)
        first = [m["configuration"] for m in self.measurements() if m["phase"] == "search"]
        document = json.loads(self.database.read_text())
        document["entries"][0]["configuration"] = first[-1]
        self.database.write_text(json.dumps(document))
        self.journal.unlink()
        self.tune(SMALL)
        again = [m["configuration"] for m in self.measurements() if m["phase"] == "search"]
        self.assertEqual(again[:2], [first[0], first[-1]])
        self.assertEqual((len(again), len(set(again))), (8, 8))

    def test_time(self):
        start = time.monotonic()
        self.tune("--time", "12s", SMALL, LAST, effort="exhaustive")
        self.assertLess(time.monotonic() - start, 16)  # the end, and what a busy machine may add
        self.assertGreater(len(self.measurements()), 8)
        for problem in SMALL, LAST:  # begins with good guesses of different kinds, not at one end of the space
            first = [m["configuration"] for m in self.measurements() if m["problem"] == problem][:4]
            choices = [dict(word.split("=") for word in words.split()) for words in first]
            for what in "store", "vector":
                self.assertGreater(len({choice[what] for choice in choices}), 1, first)

    def test_what_there_is_no_time_for_is_said_and_goes_on_later(self):
        shapes = self.folder / "shapes.txt"
        shapes.write_text("".join(f"forward_train:f32:nchw:2x16x20x{width}\n" for width in range(20, 28)))
        start = time.monotonic()
        document = json.loads(self.tune("--shapes", shapes, "--time", "4s", "--json", "-", effort="exhaustive").stdout)
        self.assertLess(time.monotonic() - start, 8)
        problems = document["problems"]
        self.assertEqual(len(problems), 8)
        missed = [problem for problem in problems if not problem["candidates"]]
        self.assertTrue(missed)
        self.assertEqual({problem["why_default"] for problem in missed}, {"not tried: no time was left"})
        self.assertFalse(any(problem["decided"] or "speed_up" in problem for problem in missed))
        decided = {problem["problem"] for problem in problems if problem["decided"]}
        entries = json.loads(self.database.read_text())["entries"] if self.database.exists() else []
        self.assertEqual({entry["problem"] for entry in entries}, decided)
        output = self.tune("--shapes", shapes, "--time", "1s", effort="exhaustive").stdout
        self.assertRegex(output, r"27 +- +- +- +0/\d+ +0  default: not tried: no time was left\n")
        self.assertRegex(output, r"\d of them were not tried: no time was left\n")

    def test_a_torn_line_is_skipped_and_said(self):
        self.tune(SMALL)
        lines = self.journal.read_text().splitlines(keepends=True)
        self.journal.write_text("".join(lines[:-1]) + lines[-1][:40])
        self.assertIn(f"skipped {self.journal}:{len(lines)}: torn last line", self.tune(SMALL).stderr)


class Interrupted(Tune):
    def test_ctrl_c_loses_nothing(self):
        child = self.start(SMALL, effort="exhaustive")
        os.killpg(child.pid, signal.SIGINT)  # what a terminal does
        output, errors = child.communicate(timeout=60)
        self.assertEqual(child.returncode, 130, output + errors)
        self.assertIn("interrupted after 0 of 1 problems", errors)
        self.assert_nothing_left()
        before = self.measurements()  # whole lines all of them
        self.assertGreaterEqual(len(before), 5)
        self.assertEqual({m["outcome"] for m in before}, {"measured"}, "what the interrupt broke was recorded")
        self.tune(SMALL)
        after = self.measurements()
        self.assertEqual(after[:len(before)], before)
        searched = [m["configuration"] for m in after if m["phase"] == "search"]
        self.assertEqual(len(searched), len(set(searched)), "a candidate was measured twice")

    def test_a_second_tuner_with_files_of_its_own_takes_turns(self):
        first = self.start(SMALL, effort="exhaustive")
        try:
            second = self.tune(LAST, "--journal", self.folder / "j.jsonl", "--database", self.folder / "d.json")
            self.assertRegex(second.stderr, rf"takes turns with another tuner: .* is in use by process {first.pid} on ")
            self.assertEqual(second.stderr.count("takes turns"), 1)
            self.assertIsNone(first.poll(), "the first had ended")
        finally:
            first.send_signal(signal.SIGINT)
            first.communicate()

    def test_a_second_tuner_is_told_who_holds_the_database(self):
        first = self.start(SMALL, effort="exhaustive")
        try:
            self.assertIn(f"is in use by process {first.pid} on ", self.tune(SMALL, status=2).stderr)
        finally:
            first.send_signal(signal.SIGINT)
            first.communicate()


class Broken(Tune):
    """broken_compiler.py spoils candidates by their parameters; `spoil` maps words of the configuration to a class."""

    def spoiled(self, spoil, effort, status=0, timeout=6):
        self.environment["SPOIL"] = json.dumps(spoil)
        self.environment["NORMFORGE_COMPILER"] = str(pathlib.Path(NORMFORGE).with_name("normforge-compiler"))
        return self.tune(SMALL, "--compiler", BROKEN_COMPILER, "--candidate-timeout", timeout, "--candidate-memory", "300MiB",
                         effort=effort, status=status)

    def test_every_class_is_counted_and_none_is_chosen(self):
        spoil = {"compile": "unroll=8", "crash": "vector=4 ", "wrong": "prefetch_tiles=0", "timeout": "prefetch_tiles=2",
                 "memory": "unroll=2", "exit": "unroll=1"}
        result = self.spoiled(spoil, "measure")
        outcomes = {}
        for m in self.measurements():
            outcomes.setdefault(m["outcome"], []).append(m)
        self.assertEqual(set(outcomes), {"measured", "compile", "crash", "wrong", "timeout", "memory"})
        for m in outcomes["measured"]:
            self.assertFalse(any(word in m["configuration"] for word in spoil.values()), m["configuration"])
        for outcome, words in (("compile", "this one does not compile"), ("wrong", "y differs in its element 7"),
                               ("timeout", "did not end within 6 s"), ("memory", "took more than 314572800 bytes"),
                               ("crash", "Segmentation fault")):
            self.assertTrue(any(words in m["message"] for m in outcomes[outcome]), outcomes[outcome][0]["message"])
            self.assertRegex(result.stdout, rf"{len(outcomes[outcome])} candidates failed \({outcome}\), the first: ")
        self.assertTrue(any("ended with status 0" in m["message"] for m in outcomes["crash"]))
        (entry,) = json.loads(self.database.read_text())["entries"]
        self.assertFalse(any(word in entry["configuration"] for word in spoil.values()))
        self.assert_nothing_runs()

    def default_is_slow(self, *arguments):
        """No parameters are those of the default."""
        self.environment["SPOIL"] = json.dumps({"slow": "store=cached  "})
        self.environment["NORMFORGE_COMPILER"] = str(pathlib.Path(NORMFORGE).with_name("normforge-compiler"))
        return [*arguments, "--compiler", BROKEN_COMPILER]

    def test_a_winner_is_chosen_and_compiled(self):
        output = self.tune(*self.default_is_slow(SMALL)).stdout
        (entry,) = json.loads(self.database.read_text())["entries"]
        self.assertIn("vector=", entry["configuration"])
        self.assertGreater(entry["default_milliseconds"]["median"], 1.1 * entry["milliseconds"]["median"])
        self.assertIn("  " + entry["configuration"] + "\n", output)
        self.assertIn("1 of 1 problems have a kernel that is faster than the default", output)
        finals = [m["configuration"] for m in self.measurements() if m["phase"] == "final"]
        self.assertIn(entry["configuration"], finals)
        report = self.normforge("report", self.journal)
        self.assertRegex(report, rf"tuned: \d+ of \d+ rounds faster")
        self.assertIn(" " + entry["configuration"] + "\n", report)

    def test_ctrl_c_decides_what_needs_no_more_measurements(self):
        self.tune(*self.default_is_slow(SMALL))
        before, database = len(self.measurements()), json.loads(self.database.read_text())
        self.database.unlink()
        child = subprocess.Popen(self.command(*self.default_is_slow(LAST, SMALL), effort="exhaustive"), text=True,
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=self.environment, start_new_session=True)
        while len(self.measurements()) < before + 2:
            self.assertIsNone(child.poll(), "ended by itself")
            time.sleep(0.05)
        os.killpg(child.pid, signal.SIGINT)
        output, errors = child.communicate(timeout=60)
        self.assertEqual(child.returncode, 130, output + errors)
        self.assertIn("interrupted after 1 of 2 problems", errors)
        self.assertEqual(json.loads(self.database.read_text()), database)

    def test_a_compiler_that_hangs_costs_its_candidate_alone(self):
        self.spoiled({"hang": "unroll=8"}, "quick")
        late = [m for m in self.measurements() if m["outcome"] == "timeout"]
        self.assertTrue(late)
        for m in late:
            self.assertIn("unroll=8", m["configuration"])
            self.assertEqual(m["message"], f"compiling: {BROKEN_COMPILER} did not end within 6 s")
        measured = [m for m in self.measurements() if m["outcome"] == "measured"]
        self.assertTrue(measured)
        self.assertFalse(any("unroll=8" in m["configuration"] for m in measured))
        self.assert_nothing_runs()

    def test_limits_that_grow_give_another_chance(self):
        def timeouts():
            return [m["timeout_seconds"] for m in self.measurements() if m["outcome"] == "timeout"]

        spoil = {"timeout": "prefetch_tiles=2"}
        self.spoiled(spoil, "quick", timeout=2)
        before = timeouts()
        self.assertEqual(set(before), {2})
        self.spoiled(spoil, "quick", timeout=2)
        self.assertEqual(timeouts(), before)
        self.spoiled(spoil, "quick", timeout=3)
        self.assertEqual(timeouts(), before + [3] * len(before))

    def test_a_full_disk_is_no_failure_of_a_candidate(self):
        result = self.spoiled({"full": "prefetch_tiles=2"}, "measure", status=2)
        self.assertRegex(result.stderr, r"candidates cannot be compiled in .*: .*No space left on device")
        self.assertNotIn("compile", {m["outcome"] for m in self.measurements()})

    def test_if_nothing_works_it_says_why_and_stops(self):
        result = self.spoiled({"crash": "vector"}, "exhaustive", status=1)
        self.assertIn(f"normforge: {SMALL}: no candidate could be measured: Segmentation fault", result.stderr)
        self.assertIn("1 of 1 problems could not be tuned", result.stderr)
        self.assertLess(len(self.measurements()), 20)
        self.assertEqual(json.loads(self.database.read_text())["entries"] if self.database.exists() else [], [])


class FullDisk(Tune):
    def limited(self, most_bytes, *arguments):
        """Runs it where no file can grow beyond so many bytes: to the program that is a full disk."""
        def limit():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writing fails instead
            resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, most_bytes))

        return subprocess.run(self.command(*arguments), capture_output=True, text=True, env=self.environment, preexec_fn=limit,
                              restore_signals=False)

    def test_journal(self):
        self.journal.parent.mkdir(parents=True)
        self.journal.write_text("#" * (1 << 20) + "\n")  # more than any file that compiling makes
        result = self.limited((1 << 20) + 1500, SMALL, LAST)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn(f"{self.journal}: cannot be written: File too large", result.stderr)
        lines = self.journal.read_text().splitlines()[1:]
        self.assertGreater(len(lines), 0)  # whole lines
        self.assertEqual({json.loads(line)["problem"] for line in lines}, {SMALL})
        self.assertNotIn(LAST, result.stdout)
        self.assert_nothing_left()

    def test_compiling(self):
        result = self.limited(5000, SMALL, LAST)
        self.assertEqual(result.returncode, 2, result.stderr)
        self.assertIn("candidates cannot be compiled in ", result.stderr)
        self.assertEqual(result.stderr.count("cannot be compiled"), 1, "it went on with the other problem")
        self.assertEqual(self.measurements(), [])
        self.assert_nothing_left()


class BadInput(Tune):
    def refused(self, words, *arguments, **options):
        self.assertIn(words, self.tune(*arguments, status=2, **options).stderr)
        self.assertFalse(self.journal.exists())

    def test_refused(self):
        shapes = self.folder / "shapes.txt"
        shapes.write_text("forward_train:f32:nchw:2x16x20x20\nforward_train:f99:nchw:1x1x1x1\n")
        self.refused(f"{shapes}:2:15: ", "--shapes", shapes)
        self.refused("no problem given", )
        self.refused("--time", SMALL, "--time", "10")
        self.refused("--effort", SMALL, effort="hasty")
        self.refused("--target: this machine cannot run arm-64", SMALL, target="arm-64")
        self.refused("only whole ops are measured", "stats:f32:nchw:2x16x20x20")
        self.refused("--compiler", SMALL, "--compiler", self.folder / "missing")
        blocked = self.folder / "file"
        blocked.write_text("")
        self.refused(str(blocked), SMALL, "--database", blocked / "d.json")
        self.refused(str(blocked), SMALL, "--journal", blocked / "j.jsonl")

    def test_a_database_of_another_space_is_left_alone(self):
        mine = self.folder / "mine.json"
        text = json.dumps({"format": 1, "target": "x86-64-avx2", "signature": "0123456789abcdef", "entries": []})
        mine.write_text(text)
        self.refused('"signature" is "0123456789abcdef", expected "', SMALL, "--database", mine)
        self.assertEqual(mine.read_text(), text)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
