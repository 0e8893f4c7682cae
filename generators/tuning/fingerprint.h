// SPDX-License-Identifier: MIT
// A short hash that tells contents apart. It protects from oversight, not from malice.
#pragma once

#include <cstdint>
#include <string>

namespace normforge {

/// FNV-1a as 16 hex digits.
inline std::string fingerprint(const std::string &content) {
    uint64_t hash = 0xcbf29ce484222325;
    for (const unsigned char byte : content) hash = (hash ^ byte) * 0x100000001b3;
    std::string digits(16, '0');
    for (auto digit = digits.rbegin(); digit != digits.rend(); ++digit, hash >>= 4) *digit = "0123456789abcdef"[hash & 15];
    return digits;
}

} // namespace normforge
