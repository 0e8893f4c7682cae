#!/bin/sh
# SPDX-License-Identifier: MIT
# check_seed.sh PROGRAM: the same seed gives the same losses and accuracy with any number of threads, another seed others.
set -eu

# results PROGRAM SEED THREADS: losses and accuracy of a short training, without the times.
results() {
    "$1" --train-limit 1000 --epochs 2 --batch 50 --seed "$2" --threads "$3" |
        sed -n 's/^\(epoch .*\), [^,]*$/\1/p; /^test accuracy/p'
}

first=$(results "$1" 7 1)
again=$(results "$1" 7 2)
other=$(results "$1" 8 2)
printf 'seed 7, one thread:\n%s\nseed 7, two threads:\n%s\nseed 8:\n%s\n' "$first" "$again" "$other"
[ "$(printf '%s\n' "$first" | wc -l)" -eq 3 ] # two epochs and the accuracy
[ "$first" = "$again" ]
[ "$first" != "$other" ]
