// SPDX-License-Identifier: MIT
// The build says which versions it found; the compiler speaks for itself.
#include "tools/normforge/tune/versions.h"

#include "generators/tuning/fingerprint.h"
#include "tools/normforge/common/whole_file.h"

namespace normforge {

Provenance provenance_of(const std::string &device, int threads) {
    return {device, threads, NF_VERSION, NF_HALIDE_VERSION, NF_LLVM_VERSION};
}

std::string fingerprint_of(const std::string &file) {
    return fingerprint(read_whole_file(file));
}

} // namespace normforge
