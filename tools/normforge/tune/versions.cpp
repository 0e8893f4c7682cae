// SPDX-License-Identifier: MIT
// The build says which versions it found; the compiler speaks for itself.
#include "tools/normforge/tune/versions.h"

#include "generators/tuning/fingerprint.h"
#include "runtime/text.h"

#include <cerrno>
#include <cstring>
#include <fmt/format.h>
#include <stdexcept>

namespace normforge {

Provenance provenance_of(const std::string &device, int threads) {
    return {device, threads, NF_VERSION, NF_HALIDE_VERSION, NF_LLVM_VERSION};
}

std::string fingerprint_of(const std::string &file) {
    errno = 0;
    const auto content = read_text(file);
    if (!content) throw std::runtime_error(fmt::format("{}: cannot be read: {}", file, std::strerror(errno)));
    return fingerprint(*content);
}

} // namespace normforge
