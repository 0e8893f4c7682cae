#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Runs `normforge db` as a user would: its tables, decisions and refusals, and exports that other programs' rules accept.

Usage: db_test.py NORMFORGE T4_RESULTS_SCHEMA
"""
import copy
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import jsonschema

NORMFORGE = SCHEMA = None  # set from the command line
PROBLEM = "forward_train:f32:nchw:32x64x56x56:relu"
OTHER = "backward_train:f32:nhwc:8x7x7x64"
SIGNATURE = "0123456789abcdef"
STEM = "forward_train_f32_nchw_32x64x56x56_relu.x86-64-avx512.AMD_EPYC_9R45.2_threads"


def entry(**changes):
    timing = {"median": 1.25, "least": 1.0, "most": 1.5}
    defaults = {"median": 1.5, "least": 1.25, "most": 2.0}
    return {"problem": PROBLEM, "configuration": "store=stream vector=16 unroll=4", "device": "AMD EPYC 9R45", "threads": 2,
            "milliseconds": timing, "default_milliseconds": defaults, "rounds": 21, "normforge": "0.1.0",
            "halide": "19.0.0", "llvm": "19.1.7", "date": "2026-01-31", **changes}


def median(milliseconds):
    return {"median": milliseconds, "least": milliseconds, "most": milliseconds}


def measurement(**changes):
    return {"format": 1, "problem": PROBLEM, "target": "x86-64-avx512", "device": "AMD EPYC 9R45", "threads": 2,
            "signature": SIGNATURE, "configuration": "store=stream vector=16 unroll=4", "phase": "search",
            "outcome": "measured", "message": "", "milliseconds": [1.2, 1.3, 1.25], "default_milliseconds": [1.4, 1.5, 1.6],
            "compile_seconds": 0.5, "normforge": "0.1.0", "halide": "19.0.0", "llvm": "19.1.7",
            "time": "2026-01-31T12:00:00Z", **changes}


def failure(outcome, configuration, message="why"):
    return measurement(outcome=outcome, configuration=configuration, message=message, milliseconds=[],
                       default_milliseconds=[])


JOURNAL = [
    measurement(configuration="store=cached vector=16 unroll=4", milliseconds=[1.4, 1.5, 1.6]),
    measurement(),
    failure("compile", "store=cached vector=8 unroll=8"),
    failure("timeout", "store=cached vector=8 unroll=4"),
    failure("crash", "store=stream vector=8 unroll=4", 'signal 11 "\n'),
    failure("memory", "store=stream vector=8 unroll=8"),
    failure("wrong", "store=stream vector=16 unroll=8"),
    measurement(phase="final", milliseconds=[9.0, 9.0, 9.0], default_milliseconds=[10.0, 10.0, 10.0]),
    measurement(problem=OTHER, configuration="vector=16"),
]


class Db(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def run_db(self, *arguments, before=None, **variables):
        return subprocess.run([NORMFORGE, "db", *map(str, arguments)], capture_output=True, text=True, timeout=60,
                              preexec_fn=before, env={**os.environ, "XDG_DATA_HOME": str(self.folder / "data"), **variables})

    def succeed(self, *arguments, warnings="", **how):
        result = self.run_db(*arguments, **how)
        self.assertEqual((result.returncode, result.stderr), (0, warnings))
        return result.stdout

    def refuse(self, words, *arguments, status=2, **how):
        result = self.run_db(*arguments, **how)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        self.assertIn(words, result.stderr)
        return result

    def database(self, name, *entries, target="x86-64-avx512", signature=SIGNATURE):
        file = self.folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"format": 1, "target": target, "signature": signature, "entries": entries}))
        return file

    def documents(self, *arguments, warnings="", status=0):
        """What --json says, which is the same in a file as on standard output; there the text for people is as without it."""
        file = self.folder / "said.json"
        text = self.run_db(*arguments).stdout
        beside, instead = self.run_db(*arguments, "--json", file), self.run_db(*arguments, "--json", "-")
        for result in beside, instead:
            self.assertEqual((result.returncode, result.stderr), (status, warnings))
        self.assertEqual((beside.stdout, instead.stdout), (text, file.read_text()))
        return json.loads(instead.stdout)

    def journal(self, *lines, name="journal.jsonl"):
        file = self.folder / name
        file.write_text("".join(line if isinstance(line, str) else json.dumps(line) + "\n" for line in lines))
        return file

    def entries(self, file):
        return json.loads(file.read_text())["entries"]


class List(Db):
    def test_table(self):
        file = self.database("d.json", entry(), entry(problem=OTHER, configuration="vector=8", threads=16))
        self.assertEqual(self.succeed("list", "--database", file),
                         f"{file}: target x86-64-avx512, parameter space {SIGNATURE}, 2 entries\n"
                         "problem                                  device         threads  speed-up  configuration\n"
                         "backward_train:f32:nhwc:8x7x7x64         AMD EPYC 9R45       16     1.200  vector=8\n"
                         "forward_train:f32:nchw:32x64x56x56:relu  AMD EPYC 9R45        2     1.200  "
                         "store=stream vector=16 unroll=4\n")

    def test_json(self):
        file = self.database("d.json", entry(), entry(threads=0))
        listed = json.loads(self.succeed("list", "--database", file, "--json", "-"))
        self.assertEqual(listed["entries"], [{**entry(), "speed_up": 1.2}])
        self.assertEqual((listed["target"], listed["signature"], listed["file"]), ("x86-64-avx512", SIGNATURE, str(file)))
        self.assertEqual(len(listed["refused"]), 1)
        warning = f'normforge: {file}: entry 2 ({PROBLEM}): "threads" is 0, expected a whole number from 1 on\n'
        text = self.succeed("list", "--database", file, "--json", self.folder / "l.json", warnings=warning)
        self.assertIn("1 entries\n", text)
        self.assertEqual(json.loads((self.folder / "l.json").read_text()), listed)

    def test_refused_entries_are_said(self):
        file = self.database("d.json", entry(), entry(date="soon"))
        warning = f'normforge: {file}: entry 2 ({PROBLEM}): "date" is "soon", expected a date such as 2026-01-31\n'
        self.assertIn("1 entries\n", self.succeed("list", "--database", file, warnings=warning))

    def test_the_users_database(self):
        file = self.database("data/normforge/tuned/arm-64.json", target="arm-64")
        self.assertIn(f"{file}: target arm-64, ", self.succeed("list", "--target", "arm-64"))
        self.refuse(f"{self.folder}/data/normforge/tuned/x86-64.json: no such file; `normforge tune` makes it",
                    "list", "--target", "x86-64")
        self.refuse("/data/normforge/tuned/", "list")  # the best target of this machine
        self.refuse("no folder for the user's data: XDG_DATA_HOME is '' and HOME is ''", "list", XDG_DATA_HOME="", HOME="")
        self.refuse("unknown target 'z80'", "list", "--target", "z80")
        self.refuse("excludes", "list", "--target", "arm-64", "--database", file)

    def test_wrong_files(self):
        self.refuse("absent.json: no such file\n", "list", "--database", self.folder / "absent.json")
        (self.folder / "d.json").write_text('{"format": 1, ')
        self.refuse("d.json: not JSON: ", "list", "--database", self.folder / "d.json")
        self.refuse(f"{self.folder}: cannot be read: Is a directory", "list", "--database", self.folder)
        self.refuse("required", "merge")
        self.refuse("subcommand is required")


class Merge(Db):
    def merge(self, *databases, words=()):
        files = [self.database(f"{chr(ord('a') + i)}.json", *entries) for i, entries in enumerate(databases)]
        out = self.folder / "out.json"
        text = self.succeed("merge", *files, "-o", out)
        for word in words:
            self.assertIn(word, text)
        self.assertFalse(Path(f"{out}.lock").exists())
        backwards = self.folder / "backwards.json"
        self.succeed("merge", *reversed(files), "-o", backwards)
        self.assertEqual(out.read_text(), backwards.read_text(), "the order of the files decided something")
        return self.entries(out), text

    def test_different_keys_are_all_kept(self):
        kept, text = self.merge([entry(), entry(threads=4)], [entry(device="Xeon"), entry(problem=OTHER)])
        self.assertEqual([(e["problem"], e["device"], e["threads"]) for e in kept],
                         [(OTHER, "AMD EPYC 9R45", 2), (PROBLEM, "AMD EPYC 9R45", 2), (PROBLEM, "AMD EPYC 9R45", 4),
                          (PROBLEM, "Xeon", 2)])
        self.assertEqual(text, f"{self.folder}/out.json: 4 entries, of 4 in 2 files\n")

    def test_same_versions_the_faster(self):
        # 1.5 / 1.25 = 1.2 against 3 / 2 = 1.5: slower in milliseconds, faster relative to its default, and older
        faster = entry(milliseconds=median(2.0), default_milliseconds=median(3.0), date="2025-01-01", configuration="vector=8")
        kept, _ = self.merge([entry()], [faster], words=[
            f"{PROBLEM} on AMD EPYC 9R45, 2 threads: {self.folder}/b.json over {self.folder}/a.json: "
            "faster, 1.500 over 1.200 times the default's speed\n"])
        self.assertEqual(kept, [faster])

    def test_other_versions_the_newer(self):
        newer = entry(milliseconds=median(1.5), date="2026-02-01", halide="20.0.0")
        kept, _ = self.merge([entry()], [newer], words=[
            "b.json over ", "newer, 2026-02-01 with normforge 0.1.0, Halide 20.0.0, LLVM 19.1.7 over 2026-01-31 with "
            "normforge 0.1.0, Halide 19.0.0, LLVM 19.1.7\n"])
        self.assertEqual(kept, [newer])

    def test_of_three_the_fastest_with_the_newest_versions(self):
        fast_with_new = entry(milliseconds=median(1.3), date="2026-02-01", llvm="20.1")
        kept, text = self.merge([entry(milliseconds=median(1.0))], [fast_with_new],
                                [entry(milliseconds=median(1.4), date="2026-02-02", llvm="20.1")])
        self.assertEqual(kept, [fast_with_new])
        self.assertEqual(text.count("b.json over "), 2)

    def test_equal_entries_need_no_decision(self):
        _, text = self.merge([entry()], [entry()])
        self.assertEqual(text, f"{self.folder}/out.json: 1 entries, of 2 in 2 files\n")
        _, text = self.merge([entry()], [entry(date="2026-02-01")])
        self.assertIn("as fast, 2026-02-01 over 2026-01-31", text)

    def test_json(self):
        a, b, out = self.database("a.json", entry()), self.database("b.json", entry(date="2027-01-01")), self.folder / "out.json"
        said = self.documents("merge", a, b, "-o", out)
        (decision,) = said.pop("decisions")
        self.assertTrue(decision.startswith(f"{PROBLEM} on AMD EPYC 9R45, 2 threads: {b} over {a}: as fast, "), decision)
        self.assertEqual(said, {"out": str(out), "entries": 1, "entries_read": 2, "files": [str(a), str(b)]})
        before = out.read_text()
        absent = self.folder / "absent" / "said.json"
        self.refuse(f"{absent}: cannot be written", "merge", a, "-o", out, "--json", absent)
        self.assertEqual(out.read_text(), before, "the result was written without its JSON")

    def test_into_one_of_the_files(self):
        mine, yours = self.database("mine.json", entry()), self.database("yours.json", entry(device="Xeon"))
        self.succeed("merge", mine, yours, "-o", mine)
        self.assertEqual(len(self.entries(mine)), 2)

    def test_refusals_leave_the_result(self):
        out = self.database("out.json")
        before = out.read_text()
        mine = self.database("mine.json", entry())
        self.refuse("b.json: target is arm-64, expected x86-64-avx512 as in ", "merge", mine,
                    self.database("b.json", target="arm-64"), "-o", out)
        self.refuse("b.json: signature of the parameter space is feed, expected 0123456789abcdef as in ", "merge", mine,
                    self.database("b.json", signature="feed"), "-o", out)
        self.refuse("absent.json: no such file", "merge", mine, self.folder / "absent.json", "-o", out)
        result = self.refuse("1 entries are refused; correct or remove them, ", "merge", mine,
                             self.database("b.json", entry(rounds=0)), "-o", out, status=1)
        self.assertIn('b.json: entry 1 (' + PROBLEM + '): "rounds" is 0', result.stderr)
        self.assertEqual(out.read_text(), before)

    def test_full_disk_and_unwritable(self):
        mine = self.database("mine.json", entry())
        out = self.database("out/out.json")
        before = out.read_text()

        def at_most_100_bytes():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))

        self.refuse(f"normforge: {out}: cannot be written: File too large", "merge", mine, "-o", out, before=at_most_100_bytes)
        self.refuse("mine.json/out.json: cannot be locked: Not a directory", "merge", mine, "-o", mine / "out.json")
        self.assertEqual(out.read_text(), before)
        self.assertEqual(list(out.parent.iterdir()), [out], "a draft or lock was left")

    def test_another_writer(self):
        mine = self.database("mine.json", entry())
        os.mkfifo(self.folder / "never.json")
        first = subprocess.Popen([NORMFORGE, "db", "merge", mine, self.folder / "never.json", "-o", mine])  # waits for the pipe
        try:
            lock = Path(f"{mine}.lock")
            deadline = time.monotonic() + 30
            while not (lock.exists() and lock.read_text().endswith("\n")) and time.monotonic() < deadline:
                time.sleep(0.01)
            self.refuse(f"{mine}: is in use by process {first.pid} on ", "merge", mine, "-o", mine)
        finally:
            first.kill()
            first.wait()
        self.succeed("merge", mine, "-o", mine)


class Check(Db):
    CONFIGURATION = "store=stream vector=16 unroll=4 sum_vectors=8 prefetch_tiles=1 prefetch_channels=1"

    def setUp(self):
        super().setUp()
        info = subprocess.run([NORMFORGE, "info", "--json", "-"], capture_output=True, text=True, check=True)
        self.signature = json.loads(info.stdout)["parameter_space"]

    def of_this_space(self, name, *entries):
        return self.database(name, *entries, signature=self.signature)

    def test_good_files(self):
        files = [self.of_this_space("a.json", entry(configuration=self.CONFIGURATION), entry(threads=3, configuration="default")),
                 self.of_this_space("b.json")]
        self.assertEqual(self.succeed("check", *files), "2 files, 2 entries, 0 complaints\n")

    def test_every_reason(self):
        good = self.CONFIGURATION
        a = self.of_this_space("a.json", entry(configuration=good.replace("stream", "fast")), entry(threads=3, configuration=good),
                               entry(threads=4, configuration=good + " speed=9"),
                               entry(threads=5, configuration=good.replace("vector=16", "vector=many")),
                               entry(threads=6, configuration="store=stream vector=16"), entry(date="2026-13-01"))
        b = self.folder / "b.json"
        b.write_text("[]")
        result = self.refuse("normforge: not all entries can be used", "check", a, b, status=1)
        place = f"{a}: {PROBLEM} on AMD EPYC 9R45, "
        for line in (f'{a}: entry 6 ({PROBLEM}): "date" is "2026-13-01", expected a date such as 2026-01-31\n',
                     place + "2 threads: ", place + "4 threads: ", place + "5 threads: ", place + "6 threads: ",
                     f"{b}: is [], expected an object\n",
                     "2 files, 6 entries, 6 complaints\n"):
            self.assertIn(line, result.stdout)
        for word in "'fast'", "speed", "many", "unroll":
            self.assertIn(word, result.stdout)
        self.refuse("absent.json: no such file", "check", a, self.folder / "absent.json")

    def test_json(self):
        good, bad = self.of_this_space("a.json", entry(configuration=self.CONFIGURATION)), self.of_this_space("b.json", entry())
        whole = {"files": [{"file": str(good), "entries": 1, "complaints": []}], "entries": 1, "complaints": 0}
        self.assertEqual(self.documents("check", good), whole)
        said = self.documents("check", good, bad, warnings="normforge: not all entries can be used\n", status=1)
        (complaint,) = said["files"][1]["complaints"]
        self.assertIn("2 threads: ", complaint)
        self.assertEqual((said["files"][0], said["entries"], said["complaints"]), (whole["files"][0], 2, 1))

    def test_another_space_is_refused(self):
        result = self.refuse("not all entries can be used", "check", self.database("a.json", entry()), status=1)
        self.assertIn(f'"signature" is "{SIGNATURE}", expected "{self.signature}"', result.stdout)


class Export(Db):
    def exported(self, form, *lines, warnings=""):
        out = self.folder / "new" / "out"
        self.succeed("export", "--format", form, self.journal(*lines), "-o", out, warnings=warnings)
        return {file.name: file.read_text() for file in out.iterdir()}

    def test_t4(self):
        files = self.exported("t4", *JOURNAL)
        self.assertEqual(sorted(files), ["backward_train_f32_nhwc_8x7x7x64.x86-64-avx512.AMD_EPYC_9R45.2_threads.json",
                                         STEM + ".json"])
        schema = json.loads(SCHEMA.read_text())
        jsonschema.Draft7Validator.check_schema(schema)
        for text in files.values():
            jsonschema.validate(json.loads(text), schema)
        document = json.loads(files[STEM + ".json"])
        results = document["results"]
        self.assertEqual([r["invalidity"] for r in results],
                         ["correct", "correct", "compile", "timeout", "runtime", "runtime", "correctness", "correct"])
        self.assertEqual([r["correctness"] for r in results], [1, 1, 0, 0, 0, 0, 0, 1])
        self.assertEqual(results[1]["configuration"], {"store": "stream", "vector": 16, "unroll": 4})
        self.assertEqual(results[1]["times"]["runtimes"], [1.2, 1.3, 1.25])
        self.assertEqual(results[1]["times"]["compilation_time"], 500)
        self.assertEqual(results[1]["times"]["compilation"], 500)
        named = {m["name"]: m["value"] for m in results[1]["measurements"]}
        self.assertEqual((named["time"], named["default_time"], named["phase"]), (1.25, 1.5, "search"))
        self.assertIn({"name": "failure", "value": 'crash: signal 11 "\n', "unit": ""}, results[4]["measurements"])
        self.assertEqual(document["metadata"]["problem"], PROBLEM)

    def test_json(self):
        journal, out = self.journal(measurement(), "torn"), self.folder / "out"
        arguments = "export", "--format", "t4", journal, "-o", out
        warning = self.run_db(*arguments).stderr
        said = self.documents(*arguments, warnings=warning)
        self.assertEqual(said["files"], [{"file": f"{out}/{STEM}.json", "problem": PROBLEM, "measurements": 1}])
        self.assertEqual((said["journal"], said["format"], said["left_out"]), (str(journal), "t4", []))
        self.assertEqual(f"normforge: {said['skipped'][0]}\n", warning)
        self.refuse("cannot be written", *arguments, "--json", self.folder / "absent" / "said.json")

    def test_the_schema_can_fail(self):
        good = json.loads(self.exported("t4", *JOURNAL)[STEM + ".json"])
        schema = json.loads(SCHEMA.read_text())
        for break_it in (lambda r: r.pop("times"), lambda r: r.update(invalidity="crash"),
                         lambda r: r["times"].update(compilation_time="long"), lambda r: r.update(configuration=[1])):
            bad = copy.deepcopy(good)
            break_it(bad["results"][1])
            with self.assertRaises(jsonschema.ValidationError):
                jsonschema.validate(bad, schema)

    def test_kernel_tuner(self):
        text = self.exported("kerneltuner", *JOURNAL)[STEM + ".json"]
        # The rules of its reader: the end by text, values in the order of the keys, errors by the names of their classes.
        self.assertEqual(text.strip()[-3:], "}\n}")
        cache = json.loads(text)
        self.assertEqual((cache["device_name"], cache["kernel_name"], cache["problem_size"], cache["objective"]),
                         ("AMD EPYC 9R45", PROBLEM, [32, 64, 56, 56], "time"))
        self.assertEqual(cache["tune_params_keys"], ["store", "vector", "unroll"])
        self.assertEqual(cache["tune_params"], {"store": ["cached", "stream"], "vector": [8, 16], "unroll": [4, 8]})
        for key, result in cache["cache"].items():
            values = [result[name] for name in cache["tune_params_keys"]]
            self.assertEqual(key, ",".join(str(value) for value in values))
            for name, value in zip(cache["tune_params_keys"], values):
                self.assertIn(value, cache["tune_params"][name])
            if "__error__" in result:
                self.assertEqual(result["time"], result["__error__"])
            else:
                self.assertIsInstance(result["time"], float)
            for name in ("compile_time", "benchmark_time", "verification_time", "strategy_time", "framework_time"):
                self.assertIsInstance(result[name], (int, float))
        errors = {key: result.get("__error__") for key, result in cache["cache"].items()}
        self.assertEqual(errors, {"cached,16,4": None, "stream,16,4": None, "cached,8,8": "CompilationFailedConfig",
                                  "cached,8,4": "RuntimeFailedConfig", "stream,8,4": "RuntimeFailedConfig",
                                  "stream,8,8": "RuntimeFailedConfig", "stream,16,8": "RuntimeFailedConfig"})
        self.assertEqual(cache["cache"]["stream,16,4"]["time"], 1.25, "of the final round, not of the search")
        self.assertEqual(cache["cache"]["stream,16,4"]["compile_time"], 500)

    def test_the_last_measurement_of_the_search_counts(self):
        text = self.exported("kerneltuner", failure("timeout", "vector=8"), measurement(configuration="vector=8"),
                             measurement(configuration="vector=4", phase="final", milliseconds=[7.0, 7.0, 7.0]))
        cache = json.loads(text[STEM + ".json"])["cache"]
        self.assertEqual({key: result["time"] for key, result in cache.items()}, {"8": 1.25, "4": 7.0})

    def test_what_is_left_out_is_said(self):
        place = f"{PROBLEM} on AMD EPYC 9R45, 2 threads: "
        warnings = (f"normforge: {self.folder}/journal.jsonl:5: torn last line, not JSON: ",
                    f"normforge: {place}configuration 'vector=8 speed=9': expected the choices of 'vector=8'\n",
                    f"normforge: {place}configuration 'fast': 'fast', expected NAME=VALUE\n",
                    f"normforge: {place}1 measurements of other parameter spaces than the last, {SIGNATURE}\n")
        journal = self.journal(measurement(signature="old"), measurement(configuration="vector=8"),
                               measurement(configuration="fast"), measurement(configuration="vector=8 speed=9"), '{"format"')
        result = self.run_db("export", "--format", "t4", journal, "-o", self.folder / "out")
        self.assertEqual(result.returncode, 0)
        for warning in warnings:
            self.assertIn(warning, result.stderr)
        self.assertEqual(result.stdout, f"{self.folder}/out/{STEM}.json: 1 measurements\n")

    def test_wrong_usage(self):
        journal = self.journal(*JOURNAL)
        self.refuse("--format", "export", journal, "-o", self.folder)
        self.refuse("xml", "export", "--format", "xml", journal, "-o", self.folder)
        self.refuse("absent.jsonl: no such file", "export", "--format", "t4", self.folder / "absent.jsonl", "-o", self.folder)
        self.refuse("holds no measurement", "export", "--format", "t4", self.journal("{}\n", name="j"), "-o", self.folder)
        self.refuse("journal.jsonl: cannot be made: Not a directory", "export", "--format", "t4", journal, "-o", journal)


if __name__ == "__main__":
    NORMFORGE, SCHEMA = sys.argv[1], Path(sys.argv[2])
    unittest.main(argv=sys.argv[:1])
