# SPDX-License-Identifier: MIT
"""Files of measurements, the tuner's journal and ours, and what their lines say."""
import json
import statistics
import sys
from datetime import datetime
from pathlib import Path

PAUSE_SECONDS = 30  # a longer gap between two lines of a journal is time in which nothing ran


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


def cost(measurement):
    """Time / default's time of the same rounds."""
    return statistics.median(measurement["milliseconds"]) / statistics.median(measurement["default_milliseconds"])


def measured(lines, **fields):
    """The lines that were measured and have these values."""
    return [one for one in lines if one["outcome"] == "measured" and all(one[key] == value for key, value in fields.items())]


def measured_phase(lines, phase):
    return [one for one in lines if one["phase"] == phase]


def count_failures(lines):
    """{class: [count, first message]}."""
    failures = {}
    for one in lines:
        if one["outcome"] != "measured":
            entry = failures.setdefault(one["outcome"], [0, one["message"]])
            entry[0] += 1
    return failures


def seconds_per_line(lines):
    """Mean seconds that a candidate took, from the times of day in a journal."""
    times = [datetime.fromisoformat(one["time"].replace("Z", "+00:00")).timestamp() for one in measured_phase(lines, "search")]
    gaps = [later - earlier for earlier, later in zip(times, times[1:]) if later - earlier < PAUSE_SECONDS]
    return statistics.mean(gaps) if gaps else None
