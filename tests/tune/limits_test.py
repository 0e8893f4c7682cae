# SPDX-License-Identifier: MIT
"""What ends the tuner's children, and what becomes of them: time, memory, signals. Usage: limits_test.py NORMFORGE"""
import json
import os
import pathlib
import pty
import signal
import subprocess
import sys
import time
import unittest

import tune_test
from tune_test import BROKEN_COMPILER, NORMFORGE, SMALL

ALL = "store="  # words of the default kernel, too, which the trial prepares with


class Limits(tune_test.Tune):
    def spoil(self, spoil, *arguments, effort="quick"):
        """The command line that tunes with spoiled candidates."""
        self.environment["SPOIL"] = json.dumps(spoil)
        self.environment["NORMFORGE_COMPILER"] = str(pathlib.Path(NORMFORGE).with_name("normforge-compiler"))
        return self.command(SMALL, "--compiler", BROKEN_COMPILER, "--candidate-memory", "300MiB", *arguments, effort=effort)

    def run_spoiled(self, spoil, *arguments, status=0):
        result = subprocess.run(self.spoil(spoil, *arguments), capture_output=True, text=True, env=self.environment, timeout=200)
        self.assertEqual(result.returncode, status, result.stdout + result.stderr)
        return result

    def start_spoiled(self, spoil, *arguments):
        return subprocess.Popen(self.spoil(spoil, *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                env=self.environment, start_new_session=True)

    def outcomes(self):
        """Configurations by outcome."""
        outcomes = {}
        for m in self.measurements():
            outcomes.setdefault(m["outcome"], set()).add(m["configuration"])
        return outcomes

    def process(self, *how):
        """The number of the first process that pgrep finds so; waits for it."""
        for _ in range(600):
            found = subprocess.run(["pgrep", *how], capture_output=True, text=True).stdout.split()
            if found:
                return int(found[0])
            time.sleep(0.05)
        self.fail(f"no process: {how}")

    def trial(self):
        return self.process("-f", f"normforge-trial.*{self.folder}")

    def assert_clean(self):
        self.assert_nothing_runs()
        self.assert_nothing_left()


class Time(Limits):
    def assert_given_up(self, spoil):
        start = time.monotonic()
        output = self.run_spoiled(spoil, "--time", "5s").stdout
        self.assertLess(time.monotonic() - start, 8)
        self.assertIn("not tried: no time was left", output)
        self.assertEqual(self.measurements() if self.journal.exists() else [], [])
        self.assertFalse(self.database.exists())
        self.assert_clean()

    def test_compiling_a_candidate_is_given_up_at_the_end(self):
        self.assert_given_up({"hang": "unroll"})

    def test_compiling_the_default_is_given_up_at_the_end(self):
        self.assert_given_up({"hang": ALL})

    def test_preparing_is_given_up_at_the_end(self):
        self.assert_given_up({"timeout": ALL})


class Memory(Limits):
    def test_a_compiler_that_takes_too_much_costs_its_candidate_alone(self):
        self.run_spoiled({"swallow": "unroll=8"}, "--jobs", 1)
        outcomes = self.outcomes()
        self.assertEqual(set(outcomes), {"measured", "memory"})
        self.assertTrue(all("unroll=8" in configuration for configuration in outcomes["memory"]))
        self.assertFalse(any("unroll=8" in configuration for configuration in outcomes["measured"]))
        self.assertEqual({m["message"] for m in self.measurements() if m["outcome"] == "memory"},
                         {f"compiling: {BROKEN_COMPILER} took more than {1 << 30} bytes"})
        self.assert_clean()

    def test_a_compiler_that_gets_no_memory_costs_its_candidate_alone(self):
        self.run_spoiled({"no_memory": "unroll=8"})
        outcomes = self.outcomes()
        self.assertEqual(set(outcomes), {"measured", "memory"})
        self.assertTrue(all("unroll=8" in configuration for configuration in outcomes["memory"]))

    def test_the_system_takes_the_candidate_before_the_trial(self):
        tuner = self.start_spoiled({"timeout": "unroll"})
        try:
            trial = self.trial()
            candidate = self.process("-P", str(trial))
            score = lambda process: int(pathlib.Path(f"/proc/{process}/oom_score_adj").read_text())
            self.assertEqual(score(candidate), 1000)
            self.assertLess(score(trial), 1000)
        finally:
            tuner.terminate()
            tuner.communicate(timeout=60)
        self.assertEqual(tuner.returncode, 130)
        self.assert_clean()


class PageFaults(Limits):
    def test_at_times_they_cost_samples_only(self):
        self.run_spoiled({"faults_at_times": "unroll=8"})
        outcomes = self.outcomes()
        self.assertEqual(set(outcomes), {"measured"})
        self.assertTrue(any("unroll=8" in configuration for configuration in outcomes["measured"]))

    def test_in_every_call_they_are_a_class_of_their_own_and_measured_again(self):
        def disturbed():
            return [m for m in self.measurements() if m["outcome"] == "disturbed"]

        self.run_spoiled({"faults": "unroll=8"})
        first = disturbed()
        self.assertTrue(first)
        self.assertTrue(all("unroll=8" in m["configuration"] for m in first))
        self.assertTrue(all(m["message"].startswith("timed calls took page faults") for m in first))
        self.run_spoiled({})
        again = [m for m in self.measurements() if m["configuration"] == first[0]["configuration"] and m["outcome"] == "measured"]
        self.assertTrue(again)


class Signals(Limits):
    def test_a_trial_that_is_killed_while_it_prepares_says_so(self):
        tuner = self.start_spoiled({"timeout": ALL})
        os.kill(self.trial(), signal.SIGKILL)
        _, errors = tuner.communicate(timeout=60)
        self.assertEqual(tuner.returncode, 1, errors)
        self.assertIn("normforge-trial was killed by signal 9 (Killed)\n", errors)
        self.assert_clean()

    def test_a_hangup_loses_nothing(self):
        tuner = self.start(SMALL, effort="exhaustive")
        for _ in range(2):  # from the system and from the shell
            os.kill(tuner.pid, signal.SIGHUP)
            time.sleep(0.01)
        _, errors = tuner.communicate(timeout=60)
        self.assertEqual(tuner.returncode, 130, errors)
        self.assertEqual(set(self.outcomes()), {"measured"})
        self.assert_clean()

    def test_nohup_is_heeded(self):
        before = signal.signal(signal.SIGHUP, signal.SIG_IGN)  # which a child inherits
        self.addCleanup(signal.signal, signal.SIGHUP, before)
        tuner = self.start(SMALL)
        os.kill(tuner.pid, signal.SIGHUP)
        _, errors = tuner.communicate(timeout=100)
        self.assertEqual(tuner.returncode, 0, errors)

    def test_a_terminal_that_goes_leaves_nothing_behind(self):
        command = self.spoil({"hang": "unroll"})
        tuner, terminal = pty.fork()
        if tuner == 0:
            os.execve(command[0], command, self.environment)
        self.process("-f", f"time.sleep.*{self.folder}")
        os.close(terminal)
        _, status = os.waitpid(tuner, 0)
        self.assertTrue(os.WIFEXITED(status), f"killed by signal {status & 127}")
        self.assert_clean()


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
