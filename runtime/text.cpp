// SPDX-License-Identifier: MIT
// Small text helpers of the runtime, see text.h.
#include "runtime/text.h"
#include <charconv>
#include <memory>

namespace normforge {

const char *read_number(std::string_view text, int64_t &number) noexcept {
    const size_t start = text.find_first_not_of(" \t\n");
    if (start == std::string_view::npos) return nullptr;
    const auto [end, error] = std::from_chars(text.data() + start, text.data() + text.size(), number);
    return error == std::errc() ? end : nullptr;
}

std::string number_text(double number) {
    char digits[32]; // 17 significant digits, sign, point and exponent fit in 24
    const auto [end, error] = std::to_chars(digits, digits + sizeof digits, number);
    return error == std::errc() ? std::string(digits, end) : std::string("?");
}

std::string times_text(const int64_t *numbers, int count) {
    std::string text;
    for (int i = 0; i < count; ++i) text += (i ? "x" : "") + std::to_string(numbers[i]);
    return text;
}

std::optional<std::string> read_text(const std::string &path) {
    const std::unique_ptr<FILE, int (*)(FILE *)> file(std::fopen(path.c_str(), "re"), std::fclose);
    return file ? read_text(file.get()) : std::nullopt;
}

std::optional<std::string> read_text(FILE *stream) {
    std::string text;
    char block[4096];
    size_t got = 0;
    do {
        got = std::fread(block, 1, sizeof block, stream);
        text.append(block, got);
    } while (got == sizeof block);
    return std::ferror(stream) ? std::nullopt : std::optional<std::string>(text);
}

} // namespace normforge
