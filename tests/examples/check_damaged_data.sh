#!/bin/sh
# SPDX-License-Identifier: MIT
# check_damaged_data.sh PROGRAM DATA DAMAGE: with one file of a copy of DATA damaged, the program must end with status 2 and
# name the file, what was found and what was expected.
set -eu
program=$1
data=$2
damage=$3

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
train='train-images-idx3-ubyte.gz'
labels='t10k-labels-idx1-ubyte.gz'
for file in "$train" train-labels-idx1-ubyte.gz t10k-images-idx3-ubyte.gz "$labels"; do
    [ -r "$data/$file" ] || { echo "$data/$file is missing; it is in Debian's dataset-fashion-mnist"; exit 1; }
    ln -s "$data/$file" "$work/$file"
done

# replace FILE: writes standard input in its place, gzip-compressed.
replace() {
    rm "$work/$1"
    gzip -1 >"$work/$1"
}
# The test labels: magic number, number of labels (10,000 is octal 47 20), labels.
header='\000\000\010\001\000\000\047\020'
zeros() { head -c "$1" /dev/zero; }

file=$labels
case $damage in
missing_directory) file=$train expect='cannot be opened (No such file or directory); expected' && rm -r "$work" ;;
missing_file) expect='cannot be opened (No such file or directory); expected' && rm "$work/$file" ;;
empty) expect='ends after 0 of 4 bytes; expected' && rm "$work/$file" && : >"$work/$file" ;;
not_gzip) expect='magic number is 1952807028; expected 2049' && rm "$work/$file" && echo 'text, no IDX' >"$work/$file" ;;
truncated)
    file=$train expect='the gzip stream is cut off; expected a complete gzip stream'
    rm "$work/$file"
    head -c 1000000 "$data/$file" >"$work/$file"
    ;;
damaged)
    file=$train expect='expected a valid gzip stream'
    rm "$work/$file"
    { head -c 500000 "$data/$file" && zeros 1000 && tail -c +501001 "$data/$file"; } >"$work/$file"
    ;;
wrong_magic) expect='magic number is 2051; expected 2049' && { printf '\000\000\010\003' && zeros 10004; } | replace "$file" ;;
wrong_count)
    expect='number of labels is 9999; expected 10000'
    { printf '\000\000\010\001\000\000\047\017' && zeros 9999; } | replace "$file"
    ;;
wrong_rows)
    file=$train expect='rows per image is 32; expected 28'
    { printf '\000\000\010\003\000\000\352\140\000\000\000\040\000\000\000\034' && zeros 1000; } | replace "$file"
    ;;
short) expect='ends after 5000 of 10000 bytes; expected' && { printf '%b' "$header" && zeros 5000; } | replace "$file" ;;
long) expect='has bytes after its last element; expected' && { printf '%b' "$header" && zeros 10001; } | replace "$file" ;;
bad_label)
    expect='label 5000 is 10; expected 0 to 9'
    { printf '%b' "$header" && zeros 5000 && printf '\012' && zeros 4999; } | replace "$file"
    ;;
*) echo "unknown damage: $damage" && exit 1 ;;
esac

status=0
"$program" --data "$work" --epochs 1 --train-limit 100 >"$work.out" 2>"$work.err" || status=$?
error=$(cat "$work.err")
rm "$work.out" "$work.err"
echo "status $status: $error"
[ "$status" -eq 2 ]
case $error in
*"$work/$file: "*"$expect"*) ;;
*) echo "expected a text with: $work/$file: ... $expect" && exit 1 ;;
esac
