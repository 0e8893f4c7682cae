# SPDX-License-Identifier: MIT
"""The comparison as Markdown."""
import statistics

from autoschedulers.comparison import AUTOSCHEDULERS

AFTER = (8, 32, 128)  # evaluations after which searches are compared: quick, measure, patient


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


def at(curve, evaluations):
    return curve[min(evaluations, len(curve)) - 1] if curve else None


def failures_text(failures):
    counts, messages = {}, {}
    for of_problem in failures:
        for outcome, (count, message) in of_problem.items():
            counts[outcome] = counts.get(outcome, 0) + count
            messages.setdefault(outcome, message)
    return "; ".join(f"{count} {outcome} ({messages[outcome]})" for outcome, count in counts.items()) or "none"
