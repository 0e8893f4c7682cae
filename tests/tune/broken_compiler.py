#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Stands in for normforge-compiler and spoils some of its kernels.

SPOIL in the environment: JSON, class -> words of the parameters; a kernel whose parameters hold the words is spoiled so.
NORMFORGE_COMPILER: the real one.
"""
import json
import os
import pathlib
import subprocess
import sys
import time

SPOILED = {
    "crash": "*(volatile int *)0 = 1; return 0;",
    "timeout": "for (;;) {}",
    "memory": "for (;;) { char *some = malloc(1 << 22); if (!some) abort(); memset(some, 1, 1 << 22); }",
    "exit": "exit(0);",
}

SOUND = "int sound_%(symbol)s(void **); int result = sound_%(symbol)s(arguments);"
FAULT = "char *some = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0); *some = 1; munmap(some, 4096);"

# The real kernel, and then something besides.
SPOILED_SOUND = {
    # One bit of y. Its buffer begins with two 64-bit words; the pointer to elements is the third.
    "wrong": "(*(unsigned **)((char *)arguments[%(y)d] + 16))[7] ^= 1; return result;",
    "slow": "usleep(500); return result;",
    "faults": FAULT + " return result;",
    "faults_at_times": "static int calls; if (++calls %% 199 == 0) { " + FAULT + " } return result;",
}

NOT_COMPILED = {
    "compile": "this one does not compile",
    "full": "LLVM ERROR: IO failure on output stream: No space left on device",
    "no_memory": "cc1: fatal error: /dev/stdin: Cannot allocate memory",
}


def compile_c(symbol, body, path):
    includes = "".join(f"#include <{name}.h>\n" for name in ("stdlib", "string", "unistd", "sys/mman"))
    source = f"{includes}int {symbol}(void **arguments) {{ (void)arguments; {body} }}\n"
    subprocess.run(["cc", "-x", "c", "-O1", "-fPIC", "-fno-builtin-malloc", "-c", "-", "-o", path], input=source, text=True, check=True)


def swallow():
    """Takes memory, no faster than the tuner looks."""
    held = []
    while True:
        held.append(b"x" * (1 << 25))
        time.sleep(0.02)


def main(arguments):
    option = dict(zip(arguments[::2], arguments[1::2]))
    symbol, target = option["--symbol"], option["--object"]
    words = f"store={'stream' if '_stream_' in symbol else 'cached'} {option.get('--parameters', '')} "
    spoiled = [how for how, what in json.loads(os.environ["SPOIL"]).items() if what in words]
    if spoiled[:1] == ["hang"]:
        # A child, which has to go as well; the test finds it by its last argument.
        subprocess.run([sys.executable, "-c", "import time; time.sleep(600)", target], check=True)
    if spoiled[:1] == ["swallow"]:
        swallow()
    result = subprocess.run([os.environ["NORMFORGE_COMPILER"], *arguments], capture_output=True, text=True)
    if result.returncode != 0 or not spoiled:
        sys.stdout.write(result.stdout)
        sys.stderr.write(result.stderr)
        return result.returncode
    if spoiled[0] in NOT_COMPILED:
        pathlib.Path(target).unlink()
        sys.stderr.write(NOT_COMPILED[spoiled[0]] + "\n")
        return 1
    facts = json.loads(result.stdout)
    sound = spoiled[0] in SPOILED_SOUND
    body = SOUND + SPOILED_SOUND[spoiled[0]] if sound else SPOILED[spoiled[0]]
    body %= {"symbol": symbol, "y": (facts["arguments"] + ["y"]).index("y")}
    spoiled_object = target + ".spoiled.o"
    compile_c(symbol, body, spoiled_object)
    if sound:
        subprocess.run(["objcopy", "--redefine-sym", f"{symbol}=sound_{symbol}", target], check=True)
        subprocess.run(["ld", "-r", "-o", target + ".both.o", target, spoiled_object], check=True)
        os.rename(target + ".both.o", target)
        os.unlink(spoiled_object)
    else:
        os.rename(spoiled_object, target)
    sys.stdout.write(result.stdout)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
