#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tables the hot loops of arm-64 kernels as Markdown: what they are made of, and what llvm-mca makes of them.

llvm-mca knows a core's pipelines and no caches: its bytes per cycle are an upper bound, reached only where every access hits
the L1 cache. Nothing is run, emulated or timed.
"""
import argparse
import itertools
import json
import re
import subprocess
import sys

CORES = ("neoverse-n1", "neoverse-v1", "neoverse-v2")
OPS = ("forward_train", "forward_inference", "backward_train")
DTYPES = ("f32", "bf16", "f16")
LAYOUTS = ("inner", "last")
EPILOGUES = ("none", "relu")
ITERATIONS = 1000  # enough for the loop's start not to show

# Columns of the instruction mix; the first pattern that a mnemonic matches says where it counts.
MIX = (
    ("pairs", r"(ldn?p|stn?p)$"),  # loads and stores of two registers
    ("single", r"(ld|st)"),
    ("prefetch", r"prf"),
    ("fused", r"f(ml[as]|n?m(add|sub))"),
    ("arithmetic", r"f(add|sub|mul|div|max|min|sqrt|abs|neg|abd|cm|ac|rsqrt|recp)"),
    ("convert", r"(fcvt|[su]?shll|xtn|shrn|uzp|zip)"),
    ("other", r""),
)


def run(*command, text=None):
    result = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        sys.exit(f"{command[0]}: {result.stderr.strip()}")
    return result.stdout


def mix(mnemonics):
    """Counts, as MIX has them."""
    counts = {name: 0 for name, _ in MIX}
    for mnemonic in mnemonics:
        counts[next(name for name, pattern in MIX if re.match(pattern, mnemonic))] += 1
    return tuple(str(count) for count in counts.values())


def cycles(mca, core, lines):
    """Simulated cycles of one iteration."""
    labelled = [re.sub(r"[0-9a-f]+$", ".Lloop", line) if re.match(r"(b\.|b |t?cbn?z|tbn?z)", line) else line for line in lines]
    text = ".Lloop:\n" + "\n".join(labelled) + "\n"
    report = run(mca, "-mtriple=aarch64", f"-mcpu={core}", f"-iterations={ITERATIONS}", "-json", text=text)
    return json.loads(report)["CodeRegions"][0]["SummaryView"]["TotalCycles"] / ITERATIONS


def tensor_bytes(loop):
    return sum(loop.get("reads", {}).values()) + sum(loop.get("writes", {}).values())


def main_loops(options, name):
    """Reductions and outputs, without the loops that take up what the widest step of their kind leaves."""
    command = [options.normforge, "info", "--json", "-", "--asm", name]
    if options.kernels:
        command += ["--kernels", options.kernels]
    loops = [loop for loop in json.loads(run(*command))["loops"] if loop["kind"] != "tail"]
    widest = {kind: max(tensor_bytes(loop) for loop in loops if loop["kind"] == kind) for kind in {l["kind"] for l in loops}}
    return [loop for loop in loops if tensor_bytes(loop) == widest[loop["kind"]]]


def cells(options, loop):
    """Instruction mix, bytes, bytes per instruction, bytes per cycle of each core."""
    lines = [instruction["text"] for instruction in loop["instructions"]]
    moved = tensor_bytes(loop)
    throughput = (f"{moved / cycles(options.mca, core, lines):.0f}" for core in CORES)
    return (*mix(line.split()[0] for line in lines), str(moved), f"{moved / len(lines):.1f}", *throughput)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--normforge", default="build/release/bin/normforge", help="the command line, default %(default)s")
    parser.add_argument("--kernels", help="kernel set for arm-64: lib<set>.so, or a directory that `normforge gen` wrote")
    parser.add_argument("--mca", default="llvm-mca-19", help="default %(default)s")
    parser.add_argument("--store", default="cached", choices=("cached", "stream"), help="default %(default)s")
    options = parser.parse_args()

    cores = (core.removeprefix("neoverse-").upper() for core in CORES)
    header = ["loop", *(name for name, _ in MIX), "bytes", "bytes / instruction", *cores]
    print("| " + " | ".join(header) + " |\n" + "|---" * len(header) + "|")
    for op, layout, dtype in itertools.product(OPS, LAYOUTS, DTYPES):
        epilogues = {}  # by what the rest of the row says: many loops do not depend on the epilogue
        for epilogue in EPILOGUES:
            for loop in main_loops(options, f"nf_{op}_{dtype}_{layout}_{epilogue}_{options.store}_arm_64"):
                epilogues.setdefault((loop["kind"], *cells(options, loop)), {})[epilogue] = True
        for (kind, *rest), names in epilogues.items():
            print("| " + " | ".join([f"{op} {layout} {dtype} {', '.join(names)}: {kind}", *rest]) + " |", flush=True)


if __name__ == "__main__":
    main()
