# SPDX-License-Identifier: MIT
"""Completion in bash, zsh and fish, which load the scripts as installed ones: usage: completion_test.py NORMFORGE NESTED

bash and zsh run on a terminal and get the TAB key; fish has a command that completes."""
import fcntl
import os
import pathlib
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import tempfile
import termios
import time
import unittest

PROGRAMS = [os.path.abspath(program) for program in sys.argv[1:3]]
SECONDS = 30
PROMPT = "prompt> "
# Where each shell looks for the script of a program, below share/.
PLACES = {"bash": "bash-completion/completions/{}", "zsh": "zsh/site-functions/_{}", "fish": "fish/vendor_completions.d/{}.fish"}

# What is typed, and every word that may stand at its end.
CASES = [
    ("normforge be", ["bench"]),
    ("normforge i", ["info"]),
    ("normforge gen --tar", ["--target"]),
    ("normforge gen --target x86", ["x86-64-avx512-bf16", "x86-64-avx512", "x86-64-avx2", "x86-64"]),
    ("normforge gen --target=arm", ["--target=arm-64"]),
    ("normforge verify --target x86-64-avx5", ["x86-64-avx512-bf16", "x86-64-avx512"]),
    ("normforge gen --s", ["--set", "--shapes"]),
    ("normforge gen --jobs 2 --to", ["--toolchain"]),
    ("normforge bench --peers to", ["torch"]),
    ("normforge bench --peers onednn,to", ["onednn,torch"]),
    ("normforge shapes --layout nh", ["nhwc"]),
    ("normforge shapes mod", ["model.onnx", "models"]),
    ("normforge shapes --op forward_inference,stat", ["forward_inference,stats"]),
    ("normforge gen --out mo", ["models"]),
    ("normforge verify --shapes models/my", ["models/my shapes.txt"]),
    ("normforge info --vari", ["--variant", "--variants"]),
    ("normforge completion z", ["zsh"]),
    ("nested st", ["stop", "store"]),
    ("nested store ", ["list", "merge"]),
    ("nested store li", ["list"]),
    ("nested store list --so", ["--sort"]),
    ("nested store list -s u", ["up"]),
    ("nested store list --columns name,s", ["name,size"]),
    ("nested store merge mod", ["model.onnx", "models"]),
    ("nested store merge --into mod", ["models"]),
    ("nested store merge model.onnx --in", ["--into"]),
]


class Terminal:
    """A shell on a terminal of its own."""

    def __init__(self, command, folder, environment):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.chdir(folder)
            os.execve(shutil.which(command[0]), command, environment)
        self.text = ""
        fcntl.ioctl(self.terminal, termios.TIOCSWINSZ, struct.pack("4H", 50, 500, 0, 0))  # wide: lines must not wrap

    def type(self, text):
        self.text = ""
        os.write(self.terminal, text.encode())

    def wait_for(self, pattern):
        """What the shell wrote since the last type(), up to the pattern."""
        end = time.monotonic() + SECONDS
        while not re.search(pattern, self.text):
            ready, _, _ = select.select([self.terminal], [], [], max(0, end - time.monotonic()))
            if not ready:
                raise AssertionError(f"{pattern} did not come within {SECONDS} s, but {self.text!r}")
            self.text += os.read(self.terminal, 65536).decode(errors="replace")
        return self.text

    def close(self):
        os.close(self.terminal)
        os.waitpid(self.pid, 0)


class Shell(unittest.TestCase):
    shell = None  # its name; tests of each are in a class of its own

    def setUp(self):
        self.assertIsNotNone(shutil.which(self.shell), f"{self.shell} is missing: tools/bootstrap.sh installs it")
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.folder = pathlib.Path(scratch.name)
        self.share = self.folder / ".share"
        for program in PROGRAMS:
            script = self.share / PLACES[self.shell].format(pathlib.Path(program).name)
            script.parent.mkdir(parents=True, exist_ok=True)
            script.write_bytes(subprocess.run([program, "completion", self.shell], check=True, capture_output=True).stdout)
        (self.folder / "model.onnx").touch()
        (self.folder / "models").mkdir()
        (self.folder / "models" / "my shapes.txt").touch()
        path = os.pathsep.join([str(pathlib.Path(program).parent) for program in PROGRAMS] + [os.environ["PATH"]])
        self.environment = {"HOME": str(self.folder), "PATH": path, "TERM": "dumb", "LC_ALL": "C.UTF-8", "COLUMNS": "200",
                            "XDG_DATA_DIRS": f"{self.share}:/usr/local/share:/usr/share"}

    def check(self, complete):
        for line, words in CASES:
            with self.subTest(line=line):
                self.assertEqual(sorted(complete(line)), sorted(words))

    def on_a_terminal(self, command, settings, keys):
        """A function that completes a line: with `keys` for completion, ctrl-A and a command that prints the line's words."""
        terminal = Terminal(command, self.folder, self.environment)
        self.addCleanup(terminal.close)
        terminal.type(f"{settings}\nPS1='{PROMPT[:2]}''{PROMPT[2:]}'\n")  # the echo of this line is not the prompt
        terminal.wait_for(re.escape(PROMPT))

        def complete(line):
            # The echo of the line has no angle brackets, which octal numbers stand for.
            terminal.type(line + keys + "\x01printf '\\n\\074%s\\076' \x05 END\n")
            answer = terminal.wait_for("(?s)<END>.*" + re.escape(PROMPT))
            words = re.findall("<(.*?)>", answer)
            return [word.rstrip("/") for word in words[len(line.split(" ")) - 1:-1]]

        return complete


class Bash(Shell):
    shell = "bash"

    def test_completion(self):
        # insert-completions (escape, *) writes all possible ones into the line
        complete = self.on_a_terminal(["bash", "--norc", "--noprofile", "-i"],
                                      "bind 'set enable-bracketed-paste off'; . /usr/share/bash-completion/bash_completion", "\x1b*")
        self.check(complete)


class Zsh(Shell):
    shell = "zsh"

    def test_completion(self):
        functions = self.share / "zsh" / "site-functions"
        complete = self.on_a_terminal(["zsh", "-f", "-i"], f"unset zle_bracketed_paste; fpath=({functions} $fpath); autoload -Uz compinit; "
                                      "compinit -D; bindkey -e; zle -C all complete-word _generic; bindkey '^T' all; "
                                      "zstyle ':completion:all:*' completer _all_matches _complete; "
                                      "zstyle ':completion:all:*' insert yes", "\x14")
        self.check(complete)


class Fish(Shell):
    shell = "fish"

    def test_completion(self):
        def complete(line):
            command = ["fish", "-c", "complete -C $argv[1]", line]
            result = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True, timeout=SECONDS)
            self.assertEqual(result.stderr, "")
            return [answer.split("\t")[0].rstrip("/") for answer in result.stdout.splitlines()]

        self.check(complete)


if __name__ == "__main__":
    unittest.main(argv=sys.argv[:1])
