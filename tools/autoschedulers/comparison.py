# SPDX-License-Identifier: MIT
"""Measures: our spaces by `normforge tune`, the autoschedulers' kernels one by one."""
import json
import subprocess
import sys
import time
from pathlib import Path

from autoschedulers.processes import Failure, Trial, run
from autoschedulers.records import cost, measured, read_lines, read_problems

AUTOSCHEDULERS = {"adams2019": "Adams2019", "li2018": "Li2018", "mullapudi2016": "Mullapudi2016"}
SEARCH = {"guard_begin": False, "least_rounds": 5, "most_rounds": 9, "seconds": 0.2}  # as normforge tune's
FINAL = {"guard_begin": True, "least_rounds": 15, "most_rounds": 41, "seconds": 1.5}
FINALISTS = 3


class Comparison:
    """Folders, programs and results of one comparison."""

    def __init__(self, options):
        self.options = options
        self.out = Path(options.out).resolve()
        self.out.mkdir(parents=True, exist_ok=True)
        self.programs = Path(options.build).resolve() / "bin"
        self.problems = read_problems(options.shapes)
        self.journal = self.out / "journal.jsonl"
        self.results = self.out / "autoschedulers.jsonl"

    def tune(self):
        """Records the spaces; returns what `normforge tune --json` says."""
        shapes = self.out / "problems.txt"
        shapes.write_text("\n".join(self.problems) + "\n")
        summary = self.out / "tune.json"
        command = [self.programs / "normforge", "tune", "--shapes", shapes, "--target", self.options.target, "--effort",
                   self.options.effort, "--threads", str(self.options.threads), "--journal", self.journal, "--database",
                   self.out / "database.json", "--json", summary]
        if subprocess.run(command, check=False).returncode != 0:
            sys.exit("normforge tune failed; the same command goes on where it was")
        return json.loads(summary.read_text())

    def gen(self, folder, source, target, seconds=None):
        """Compiles a kernel set or a shape file's kernels, and returns their manifest."""
        run([self.programs / "normforge", "gen", *source, "--target", target, "--jobs", "1", "--out", folder], seconds)
        manifest, = folder.glob("*.json")
        return json.loads(manifest.read_text())["kernels"]

    def kernel(self, problem, number, target):
        """The specialised kernel that the tuner tunes, and the folder of the library with the default kernel."""
        folder = self.out / f"problem{number}"
        manifests = list(folder.glob("*.json"))
        if manifests:
            kernels = json.loads(manifests[0].read_text())["kernels"]
        else:
            shape = self.out / f"problem{number}.txt"
            shape.write_text(problem + "\n")
            kernels = self.gen(folder, ["--shapes", shape], target)
        op = problem.split(":")[0]
        return next(one for one in kernels if "shape" in one and one["op"] == op), folder

    def candidates(self, problem, default_store):
        """(autoscheduler, store policy, seed) of everything to try; every other seed takes the other store policy."""
        words = [line["configuration"].split() for line in self.of_journal(problem)]
        found = {word.split("=")[1] for of_line in words for word in of_line if word.startswith("store=")}
        stores = [default_store] + sorted(found - {default_store})
        fixed = [(name, store, None) for name in AUTOSCHEDULERS for store in stores]
        return fixed + [("adams2019", stores[seed % len(stores)], seed) for seed in range(1, self.options.seeds + 1)]

    def compile(self, kernel, candidate):
        """The library of a candidate and its symbol."""
        name, store, seed = candidate
        shape = "n{n}_c{c}_s{s}".format(**kernel["shape"])
        words = [shape, name, f"threads{self.options.threads}"] + ([f"seed{seed}"] if seed is not None else [])
        rule = {"op": [kernel["op"]], "dtype": [kernel["dtype"]], "form": [kernel["form"]], "epilogue": [kernel["epilogue"]],
                "store": [store], "tag": "_".join(words)}
        set_file = self.out / "candidate.json"
        set_file.write_text(json.dumps({"name": "candidate", "kernels": [rule]}))
        folder = self.out / "candidate"
        made, = self.gen(folder, ["--set", set_file], kernel["target"], self.options.timeout)
        return folder / "lib" / "libcandidate.so", made["name"]

    def measure(self, trial, problem, kernel, candidate, phase):
        """Compiles, checks and times a candidate, and keeps what came of it."""
        result = {"problem": problem, "target": kernel["target"], "threads": self.options.threads,
                  "autoscheduler": candidate[0], "store": candidate[1], "seed": candidate[2], "phase": phase,
                  "outcome": "measured", "message": "", "milliseconds": [], "default_milliseconds": []}
        start = time.monotonic()
        compiled = None
        try:
            library, symbol = self.compile(kernel, candidate)
            compiled = time.monotonic()
            answer = trial.ask(library, symbol, FINAL if phase == "final" else SEARCH, self.options.timeout)
            result.update({key: answer[key] for key in ("milliseconds", "default_milliseconds")})
        except Failure as failure:
            result.update(outcome=failure.outcome, message=str(failure))
        end = time.monotonic()
        result.update(compile_seconds=(compiled or end) - start, measure_seconds=end - (compiled or end))
        with self.results.open("a") as file:
            file.write(json.dumps(result) + "\n")
        return result

    def autoschedule(self, problem, number, machine, target):
        """All candidates of one problem that were not measured before; then the best of each autoscheduler, longer."""
        kernel, folder = self.kernel(problem, number, target)
        shape = "_n{n}_c{c}_s{s}".format(**kernel["shape"])
        library, = (folder / "lib").glob("*.so")
        trial = Trial([self.programs / "normforge-trial", problem, "--variant", kernel["name"].replace(shape, ""), "--threads",
                       str(self.options.threads), "--cache", str(machine["last_level_bytes"]), "--kernels", library])

        def key(one):
            return one["autoscheduler"], one["store"], one["seed"], one["phase"]

        known = {key(one): one for one in self.of_problem(problem, target)}
        try:
            for candidate in self.candidates(problem, kernel["store"]):
                if (*candidate, "search") not in known:
                    one = self.measure(trial, problem, kernel, candidate, "search")
                    known[key(one)] = one
                    report_progress(problem, one)
            for name in AUTOSCHEDULERS:
                best = sorted(measured(known.values(), autoscheduler=name, phase="search"), key=cost)
                for one in best[:FINALISTS]:
                    candidate = one["autoscheduler"], one["store"], one["seed"]
                    if (*candidate, "final") not in known:
                        report_progress(problem, self.measure(trial, problem, kernel, candidate, "final"))
        finally:
            trial.close()

    def of_journal(self, problem):
        return [line for line in read_lines(self.journal) if line["problem"] == problem]

    def of_problem(self, problem, target):
        return [one for one in read_lines(self.results)
                if (one["problem"], one["target"], one["threads"]) == (problem, target, self.options.threads)]


def report_progress(problem, one):
    what = f"{cost(one):.3f} of the default's time" if one["outcome"] == "measured" else f"{one['outcome']}: {one['message']}"
    seed = "" if one["seed"] is None else f" seed {one['seed']}"
    print(f"{problem} {one['autoscheduler']} {one['store']}{seed} ({one['phase']}): {what}", file=sys.stderr)
