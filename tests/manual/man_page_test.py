# SPDX-License-Identifier: MIT
"""The manual page as man shows it, and the files that are installed: usage: man_page_test.py NORMFORGE NESTED SHARE"""
import os
import pathlib
import re
import subprocess
import sys
import unittest

NORMFORGE, NESTED, SHARE = sys.argv[1:4]
PLAIN = {**os.environ, "LC_ALL": "C.UTF-8", "MANWIDTH": "200", "MAN_KEEP_FORMATTING": "", "GROFF_NO_SGR": "1"}


def output(*command, **variables):
    return subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, **variables}).stdout


def shown(page):
    """What man prints, and its warnings."""
    result = subprocess.run(["man", "--warnings", "-l", "-"], input=page, capture_output=True, text=True, env=PLAIN)
    return re.sub(".\b", "", result.stdout), result.stderr


class ManPage(unittest.TestCase):
    def test_no_warnings_and_every_verb_with_its_options(self):
        text, warnings = shown(output(NORMFORGE, "manual"))
        self.assertEqual(warnings, "")
        self.assertRegex(text, r"NAME\n +normforge - \S")
        verbs = re.findall(r"(?m)^  (\w+) {2,}", output(NORMFORGE, "--help").split("Subcommands:")[1])
        self.assertIn("gen", verbs)
        for verb in verbs:
            self.assertIn(f"\n   normforge {verb}\n", text)
            section = text.split(f"\n   normforge {verb}\n")[1].split("\n   normforge ")[0]
            for option in re.findall(r"(?m)^ +(--\w[\w-]*)", output(NORMFORGE, verb, "--help")):
                self.assertRegex(section, rf"(?m)^ +{option}\b")
            self.assertRegex(section, r"Examples?:\n +.*normforge ")
        for status, meaning in ("0", "done"), ("1", "a check failed"), ("2", "bad usage or input"), ("130", "interrupted"):
            self.assertRegex(text.split("EXIT STATUS")[1], rf"(?m)^ +{status} +{meaning}")

    def test_letters_that_roff_takes_for_its_own(self):
        text, warnings = shown(output(NESTED, "manual"))
        self.assertEqual(warnings, "")
        for words in ("Backslash \\n, 'single' and \"double\" quotes, $HOME, `date`, [brackets]: and .dots",
                      "'A line that roff would take for a request", ".nested store list 'a\\b' ~/c^d", "\n   nested store merge\n",
                      "nested store merge [OPTION]... FILE...", "One of: up down"):
            self.assertIn(words, text)
        self.assertEqual(text.count("last line"), 1, "verbs below a verb repeat its footer")

    def test_the_date_is_that_of_the_sources(self):
        page = output(NORMFORGE, "manual", SOURCE_DATE_EPOCH="86400")
        self.assertIn('"1970-01-02"', page)
        self.assertEqual(page, output(NORMFORGE, "manual", SOURCE_DATE_EPOCH="86400"))


class Files(unittest.TestCase):
    def test_the_build_wrote_them(self):
        for name, arguments in [("man/man1/normforge.1", ["manual"]),
                                ("bash-completion/completions/normforge", ["completion", "bash"]),
                                ("zsh/site-functions/_normforge", ["completion", "zsh"]),
                                ("fish/vendor_completions.d/normforge.fish", ["completion", "fish"])]:
            with self.subTest(name=name):
                without_date = lambda text: re.sub(r"(?m)^\.TH .*", "", text)
                self.assertEqual(without_date((pathlib.Path(SHARE) / name).read_text()),
                                 without_date(output(NORMFORGE, *arguments)))


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
