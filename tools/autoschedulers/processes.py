# SPDX-License-Identifier: MIT
"""Runs compilers and normforge-trial, and says what became of a candidate."""
import json
import os
import signal
import subprocess
import sys


class Failure(Exception):
    """A candidate that failed: the class, as in the journal, and why."""

    def __init__(self, outcome, message):
        super().__init__(message)
        self.outcome = outcome


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
