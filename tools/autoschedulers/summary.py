# SPDX-License-Identifier: MIT
"""What measurements of a problem say: fractions of the best known, against evaluations and seconds."""
import math

from autoschedulers.comparison import AUTOSCHEDULERS
from autoschedulers.records import cost, count_failures, measured, measured_phase, seconds_per_line


def summarise(problem, lines, theirs, replayed):
    """Everything as fractions of the best known: its time / the time found."""
    ours = min([cost(one) for one in measured(lines, phase="final")], default=1.0)
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


def curve_of(tried, best):
    """The fraction of the best known after 1, 2, ... candidates, null before the first that works."""
    curve, least = [], math.inf
    for one in tried:
        if one["outcome"] == "measured":
            least = min(least, cost(one))
        curve.append(best / least if least < math.inf else None)
    return curve


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
