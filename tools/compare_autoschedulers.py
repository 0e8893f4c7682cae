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
import os
import signal
import sys
from pathlib import Path

from autoschedulers.comparison import Comparison
from autoschedulers.processes import run
from autoschedulers.summary import summarise
from autoschedulers.tables import costs_table, table

ROOT = Path(__file__).resolve().parent.parent


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
    summaries = [summarise(problem, comparison.of_journal(problem), comparison.of_problem(problem, tuned["target"]),
                           replayed[problem]) for problem in comparison.problems]
    document = {"machine": tuned["machine"], "target": tuned["target"], "threads": comparison.options.threads,
                "normforge": tuned["normforge"], "effort": comparison.options.effort, "problems": summaries}
    Path(comparison.options.json or comparison.out / "comparison.json").write_text(json.dumps(document, indent=1) + "\n")
    print("\n".join(table(summaries) + [""] + costs_table(summaries)))


if __name__ == "__main__":
    main()
