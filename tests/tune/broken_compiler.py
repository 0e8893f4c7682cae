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

SPOILED = {
    "crash": "*(volatile int *)0 = 1; return 0;",
    "timeout": "for (;;) {}",
    "memory": "for (;;) { char *some = malloc(1 << 22); if (!some) abort(); memset(some, 1, 1 << 22); }",
    "exit": "exit(0);",
    # The real kernel, and then one bit of y. Its buffer begins with two 64-bit words; the pointer to elements is the third.
    "wrong": "int sound_%(symbol)s(void **); int result = sound_%(symbol)s(arguments);"
             "(*(unsigned **)((char *)arguments[%(y)d] + 16))[7] ^= 1; return result;",
    "slow": "int sound_%(symbol)s(void **); usleep(500); return sound_%(symbol)s(arguments);",
}
WITH_THE_REAL_KERNEL = "wrong", "slow"

NOT_COMPILED = {"compile": "this one does not compile", "full": "LLVM ERROR: IO failure on output stream: No space left on device"}


def compile_c(symbol, body, path):
    source = f"#include <stdlib.h>\n#include <string.h>\n#include <unistd.h>\nint {symbol}(void **arguments) {{ (void)arguments; {body} }}\n"
    subprocess.run(["cc", "-x", "c", "-O1", "-fPIC", "-fno-builtin-malloc", "-c", "-", "-o", path], input=source, text=True, check=True)


def main(arguments):
    option = dict(zip(arguments[::2], arguments[1::2]))
    symbol, target = option["--symbol"], option["--object"]
    words = f"store={'stream' if '_stream_' in symbol else 'cached'} {option.get('--parameters', '')} "
    spoiled = [how for how, what in json.loads(os.environ["SPOIL"]).items() if what in words]
    if spoiled[:1] == ["hang"]:
        # A child, which has to go as well; the test finds it by its last argument.
        subprocess.run([sys.executable, "-c", "import time; time.sleep(600)", target], check=True)
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
    body = SPOILED[spoiled[0]] % {"symbol": symbol, "y": (facts["arguments"] + ["y"]).index("y")}
    spoiled_object = target + ".spoiled.o"
    compile_c(symbol, body, spoiled_object)
    if spoiled[0] in WITH_THE_REAL_KERNEL:
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
