#!/bin/sh
# SPDX-License-Identifier: MIT
# normforge_add_kernels() in a project outside normforge's tree, with several configurations: kernels are compiled when it is
# built, run, and are compiled again when the shape file changes, and only then; bad arguments are named.
# Usage: add_kernels.sh CMAKE NINJA PREFIX PROJECT SCRATCH
set -eu
cmake=$1 ninja=$2 prefix=$3 scratch=$5
rm -rf "$scratch"
mkdir -p "$scratch"
cp -r "$4" "$scratch/project"
unset NORMFORGE_STORE NORMFORGE_FORCE NORMFORGE_PIECE

fail() {
    echo "add_kernels.sh: $1" >&2
    exit 1
}
configure() {
    "$cmake" -S "$scratch/project" -B "$scratch/build" -G "Ninja Multi-Config" -DCMAKE_MAKE_PROGRAM="$ninja" \
        -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_FIND_PACKAGE_NO_PACKAGE_REGISTRY=ON >"$scratch/configured" 2>&1
}
# build CONFIGURATION: whether kernels were compiled is left in $scratch/built
build() {
    "$cmake" --build "$scratch/build" --config "$1" >"$scratch/built" 2>&1 || { cat "$scratch/built"; fail "cannot build $1"; }
}
# expect CONFIGURATION TEXT: the program says it
expect() {
    "$scratch/build/$1/run" >"$scratch/said"
    grep -q "$2" "$scratch/said" || { cat "$scratch/said"; fail "$1: expected $2"; }
}

configure || { cat "$scratch/configured"; fail "cannot configure"; }
build Debug
grep -q "kernel set model: 3 kernels, 1 for one shape and 2 for any" "$scratch/built" || fail "kernels were not compiled"
expect Debug "variant: nf_forward_train_f32_inner_none_cached_.*_n2_c3_s400 of set model"
build Release
if grep -q "kernel set" "$scratch/built"; then fail "kernels were compiled once more for another configuration"; fi
expect Release "n2_c3_s400 of set model"

echo 'forward_train:f32:nchw:4x3x20x20' >"$scratch/project/model.txt"
build Release
grep -q "kernel set model: 3 kernels" "$scratch/built" || fail "kernels were not compiled again after a change"
expect Release "variant: nf_forward_train_f32_inner_none_cached_[a-z0-9_]* of set model"
if grep -q "n2_c3_s400" "$scratch/said"; then fail "the program has the old kernels"; fi

echo 'forward_train:f32:nchw:4x3x20' >"$scratch/project/model.txt"
if "$cmake" --build "$scratch/build" --config Release >"$scratch/built" 2>&1; then fail "a bad shape file was accepted"; fi
grep -q "model.txt:1" "$scratch/built" || { cat "$scratch/built"; fail "the error does not name the line"; }

# refused TEXT ARGUMENTS: configuring with this call of the function says why it cannot be
refused() {
    sed "s|^normforge_add_kernels(NAME model.*|normforge_add_kernels($2)|" "$original" >"$scratch/project/CMakeLists.txt"
    if configure; then fail "accepted: $2"; fi
    tr -s ' \n' ' ' <"$scratch/configured" | grep -q "$1" || { cat "$scratch/configured"; fail "expected: $1"; }
}
original=$4/CMakeLists.txt
refused 'NAME is "a-b", expected a C identifier' "NAME a-b SHAPES model.txt TARGET native"
refused 'expected either SHAPES <file> or SET <file>' "NAME model TARGET native"
refused 'TARGET is missing' "NAME model SHAPES model.txt"
refused 'DATABASE needs TUNED' "NAME model SHAPES model.txt TARGET native DATABASE mine.json"
refused 'got MORE' "NAME model SHAPES model.txt TARGET native TUNED MORE"
refused 'is "extra", expected the same' "NAME model SET extra.json TARGET native"
