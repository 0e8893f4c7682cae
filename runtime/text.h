// SPDX-License-Identifier: MIT
// Small text helpers of the runtime: numbers, short files, lists for error texts. No iostreams, nothing is printed.
#pragma once

#include <cstdint>
#include <cstdio>
#include <optional>
#include <string>
#include <string_view>

namespace normforge {

/// Reads a decimal number after blanks; a minus sign is allowed. Returns where it ended; null if there is none or it does
/// not fit 64 bits.
const char *read_number(std::string_view text, int64_t &number) noexcept;

/// The shortest text that reads back as the same double.
std::string number_text(double number);

/// Numbers joined by "x", as shapes are written: "32x64x112x112".
std::string times_text(const int64_t *numbers, int count);

/// The whole of a file, nothing if it cannot be read.
std::optional<std::string> read_text(const std::string &path);

/// The rest of a stream, nothing if it cannot be read.
std::optional<std::string> read_text(FILE *stream);

} // namespace normforge
