#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Compares, on the same algorithm, what Halide's autoschedulers find with what searches of our parameters find.

Our side: `normforge tune` records the spaces in a journal; random search is what it would find in them on average, exactly;
our search is replayed by normforge-replay. Their side: Adams2019, Li2018 and Mullapudi2016 schedule the kernels, Adams2019
also with random seeds. All kernels are checked and timed by normforge-trial, beside the default kernel in the same rounds.

Everything measured is kept in --out, and the same command goes on where it was. See docs/autoschedulers.md.
"""
import argparse
import json
import math
import os
import signal
import statistics
import subprocess
import sys
import time
from datetime import datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
AUTOSCHEDULERS = {"adams2019": "Adams2019", "li2018": "Li2018", "mullapudi2016": "Mullapudi2016"}
AFTER = (8, 32, 128)  # evaluations after which searches are compared: quick, measure, patient
PAUSE_SECONDS = 30  # a longer gap between two lines of a journal is time in which nothing ran
SEARCH = {"guard_begin": False, "least_rounds": 5, "most_rounds": 9, "seconds": 0.2}  # as normforge tune's
FINAL = {"guard_begin": True, "least_rounds": 15, "most_rounds": 41, "seconds": 1.5}
FINALISTS = 3


class Failure(Exception):
    """A candidate that failed: the class, as in the journal, and why."""

    def __init__(self, outcome, message):
        super().__init__(message)
        self.outcome = outcome


def read_lines(path):
    """The objects of a file of JSON lines; a torn last line is left out."""
    if not path.exists():
        return []
    objects = []
    for line in path.read_text().splitlines():
        try:
            objects.append(json.loads(line))
        except json.JSONDecodeError:
            print(f"{path}: skipped a line that is not JSON", file=sys.stderr)
    return objects


def read_problems(path):
    """The problems of a shape file that has one a line."""
    lines = [line.split("#")[0].split() for line in Path(path).read_text().splitlines()]
    problems = [words[0] for words in lines if words]
    if not problems or any("{" in problem for problem in problems):
        sys.exit(f"{path}: expected one problem a line, without braces")
    return problems


def run(command, seconds=None):
    """Output of a command; it and what it started are ended after so many seconds."""
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="replace",
                          start_new_session=True) as process:
        try:
            output, errors = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired as late:
            os.killpg(process.pid, signal.SIGKILL)
            raise Failure("timeout", f"did not end within {seconds} s") from late
        except BaseException:
            os.killpg(process.pid, signal.SIGKILL)
            raise
    if process.returncode != 0:
        raise Failure("compile", reason(errors))
    return output


def reason(text):
    """What is wrong, of a failed command's output: Halide's own words where it has some, else a signal, else the end."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for i, line in enumerate(lines):
        for word in ("Error:", "Internal Error", "Condition failed", "what():", "killed by signal"):
            if word in line:
                return " ".join(lines[i:i + 3])[:300]
    return (lines or ["said nothing"])[-1][:300]


class Trial:
    """A normforge-trial process: checks and times candidates of one problem."""

    def __init__(self, command):
        self.command = command
        self.process = None

    def _start(self):
        self.process = subprocess.Popen(self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
                                        start_new_session=True)
        try:
            self._answer()
        except Failure:
            sys.exit("normforge-trial cannot be started: " + " ".join(map(str, self.command)))

    def _answer(self):
        line = self.process.stdout.readline()
        if not line:
            self.process.wait()
            self.process = None
            raise Failure("crash", "normforge-trial ended")
        return json.loads(line)

    def ask(self, library, variant, rounds, timeout):
        if not self.process:
            self._start()
        request = {"library": str(library), "variant": variant, "timeout_seconds": timeout, "memory_bytes": 4 << 30, **rounds}
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        answer = self._answer()
        if answer["outcome"] != "measured":
            raise Failure(answer["outcome"], answer["message"])
        return answer

    def close(self):
        if self.process:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def cost(measurement):
    """Time / default's time of the same rounds."""
    return statistics.median(measurement["milliseconds"]) / statistics.median(measurement["default_milliseconds"])


def measured(lines, **fields):
    """The lines that were measured and have these values."""
    return [one for one in lines if one["outcome"] == "measured" and all(one[key] == value for key, value in fields.items())]


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
        words = [line["configuration"].split() for line in read_lines(self.journal) if line["problem"] == problem]
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

    def of_problem(self, problem, target):
        return [one for one in read_lines(self.results)
                if (one["problem"], one["target"], one["threads"]) == (problem, target, self.options.threads)]

    def summary(self, problem, replayed, target):
        """Everything as fractions of the best known: its time / the time found."""
        lines = [line for line in read_lines(self.journal) if line["problem"] == problem]
        ours = min([cost(one) for one in measured(lines, phase="final")], default=1.0)
        theirs = self.of_problem(problem, target)
        finals = {name: [cost(one) for one in measured(theirs, autoscheduler=name, phase="final")] for name in AUTOSCHEDULERS}
        best = min([1.0, ours] + [one for costs in finals.values() for one in costs])
        # A search's curve ends at what it found, as the longer last measurement has it.
        end = best / min(1.0, ours)
        random_curve = [end * fraction for fraction in random_search(replayed["costs"])]
        summary = {"problem": problem, "default": best, "whole": end, "best_of": "default" if best == 1.0 else "ours" if best == ours else
                   next(name for name, costs in finals.items() if best in costs),
                   "random": random_curve, "ours": [end * fraction for fraction in replayed["local"]],
                   "seconds_per_evaluation": seconds_per_line(lines), "failed": count_failures(measured_phase(lines, "search"))}
        summary["autoschedulers"] = {}
        for name in AUTOSCHEDULERS:
            tried = [one for one in measured_phase(theirs, "search") if one["autoscheduler"] == name]
            summary["autoschedulers"][name] = {
                "fraction": best / min(finals[name]) if finals[name] else None,
                "curve": curve_of(tried, best), "evaluations": len(tried),
                "seconds": sum(one["compile_seconds"] + one["measure_seconds"] for one in tried),
                "failed": count_failures(tried)}
        return summary


def measured_phase(lines, phase):
    return [one for one in lines if one["phase"] == phase]


def curve_of(tried, best):
    """The fraction of the best known after 1, 2, ... candidates, null before the first that works."""
    curve, least = [], math.inf
    for one in tried:
        if one["outcome"] == "measured":
            least = min(least, cost(one))
        curve.append(best / least if least < math.inf else None)
    return curve


def count_failures(lines):
    """{class: [count, first message]}."""
    failures = {}
    for one in lines:
        if one["outcome"] != "measured":
            entry = failures.setdefault(one["outcome"], [0, one["message"]])
            entry[0] += 1
    return failures


def random_search(costs):
    """Expected fraction of the best after 1, 2, ... candidates in random order: exact, over all orders. A failure finds the
    default, which every search has (cost 1)."""
    ordered = sorted(1.0 if one is None else one for one in costs)
    count = len(ordered)
    curve = []
    for drawn in range(1, count + 1):
        # The best of those drawn is number i (from 0) where the others drawn are among the count - 1 - i behind it.
        expected = sum(math.comb(count - 1 - i, drawn - 1) * (ordered[0] / one) for i, one in enumerate(ordered))
        curve.append(expected / math.comb(count, drawn))
    return curve


def seconds_per_line(lines):
    """Mean seconds that a candidate took, from the times of day in a journal."""
    times = [datetime.fromisoformat(one["time"].replace("Z", "+00:00")).timestamp() for one in measured_phase(lines, "search")]
    gaps = [later - earlier for earlier, later in zip(times, times[1:]) if later - earlier < PAUSE_SECONDS]
    return statistics.mean(gaps) if gaps else None


def report_progress(problem, one):
    what = f"{cost(one):.3f} of the default's time" if one["outcome"] == "measured" else f"{one['outcome']}: {one['message']}"
    seed = "" if one["seed"] is None else f" seed {one['seed']}"
    print(f"{problem} {one['autoscheduler']} {one['store']}{seed} ({one['phase']}): {what}", file=sys.stderr)


def at(curve, evaluations):
    return curve[min(evaluations, len(curve)) - 1] if curve else None


def table(summaries):
    """The comparison as Markdown."""
    columns = ["default"]
    columns += [f"{name}, {count}" for count in AFTER for name in ("random", "ours")] + ["all of ours"]
    columns += list(AUTOSCHEDULERS.values())

    def row(one):
        cells = [one["default"]] + [at(one[name], count) for count in AFTER for name in ("random", "ours")]
        return cells + [one["whole"]] + [of["fraction"] for of in one["autoschedulers"].values()]

    def text(value):
        return "–" if value is None else f"{value:.3f}"

    rows = [row(one) for one in summaries]
    lines = ["| problem | " + " | ".join(columns) + " |", "|---" * (len(columns) + 1) + "|"]
    lines += [f"| {one['problem']} | " + " | ".join(map(text, cells)) + " |" for one, cells in zip(summaries, rows)]
    means = [statistics.geometric_mean(known) if known else None
             for known in ([value for value in column if value is not None] for column in zip(*rows))]
    return lines + ["| geometric mean of those that work | " + " | ".join(map(text, means)) + " |"]


def costs_table(summaries):
    """Evaluations, seconds and failures, of all problems."""
    lines = ["| | evaluations | seconds | failed |", "|---|---|---|---|"]
    spaces = [(len(one["random"]), one["seconds_per_evaluation"] or 0.0) for one in summaries]
    lines += [f"| all of our spaces | {sum(size for size, _ in spaces)} | {sum(size * each for size, each in spaces):.0f} | "
              f"{failures_text(one['failed'] for one in summaries)} |"]
    for name, title in AUTOSCHEDULERS.items():
        of_name = [one["autoschedulers"][name] for one in summaries]
        lines.append(f"| {title} | {sum(one['evaluations'] for one in of_name)} | {sum(one['seconds'] for one in of_name):.0f} | "
                     f"{failures_text(one['failed'] for one in of_name)} |")
    return lines


def failures_text(failures):
    counts, messages = {}, {}
    for of_problem in failures:
        for outcome, (count, message) in of_problem.items():
            counts[outcome] = counts.get(outcome, 0) + count
            messages.setdefault(outcome, message)
    return "; ".join(f"{count} {outcome} ({messages[outcome]})" for outcome, count in counts.items()) or "none"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shapes", default=ROOT / "benchmarks/shapes/autoschedulers.txt", help="problems, one a line")
    parser.add_argument("--build", default=ROOT / "build/release", help="build folder with bin/normforge and its helpers")
    parser.add_argument("--out", default=ROOT / "build/autoschedulers", help="folder for everything measured")
    parser.add_argument("--target", default="native")
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)))
    parser.add_argument("--effort", default="exhaustive", choices=["quick", "measure", "patient", "exhaustive"],
                        help="of normforge tune; random search is exact for exhaustive alone")
    parser.add_argument("--seeds", type=int, default=8, help="random schedules of Adams2019 for each problem")
    parser.add_argument("--timeout", type=float, default=60, help="seconds to compile a candidate, and to run it")
    parser.add_argument("--json", help="file for the numbers (default: OUT/comparison.json)")
    comparison = Comparison(parser.parse_args())
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("ended by a signal; the same command goes on where it was"))

    tuned = comparison.tune()
    for number, problem in enumerate(comparison.problems):
        comparison.autoschedule(problem, number, tuned["machine"], tuned["target"])
    replayed = {one["problem"]: one for one in json.loads(run([comparison.programs / "normforge-replay", comparison.journal]))}
    summaries = [comparison.summary(problem, replayed[problem], tuned["target"]) for problem in comparison.problems]
    document = {"machine": tuned["machine"], "target": tuned["target"], "threads": comparison.options.threads,
                "normforge": tuned["normforge"], "effort": comparison.options.effort, "problems": summaries}
    Path(comparison.options.json or comparison.out / "comparison.json").write_text(json.dumps(document, indent=1) + "\n")
    print("\n".join(table(summaries) + [""] + costs_table(summaries)))


if __name__ == "__main__":
    main()
