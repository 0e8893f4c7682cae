#!/bin/sh
# SPDX-License-Identifier: MIT
# The installed command line, without options, loads the kernel set installed beside it: fails if that is not there, or not
# where it is looked for; so does a launcher with the verifier. Beside it lie the manual page and the completion scripts. Usage: command_line.sh NORMFORGE
set -eu
variants=$("$1" info --variants) # its exit status ends this script
case $variants in
*nf_forward_train_f32_inner*) ;;
*)
    echo "command_line.sh: $1 info --variants lists no nf_forward_train_f32_inner:" >&2
    echo "$variants" >&2
    exit 1
    ;;
esac
"$1" verify --runner '{}' forward_train:f32:nc:4x8
share=$(dirname "$1")/../share
for file in man/man1/normforge.1 bash-completion/completions/normforge zsh/site-functions/_normforge \
    fish/vendor_completions.d/normforge.fish; do
    test -s "$share/$file" || { echo "command_line.sh: $share/$file is missing or empty" >&2 && exit 1; }
done
