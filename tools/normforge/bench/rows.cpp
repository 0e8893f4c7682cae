// SPDX-License-Identifier: MIT
// Columns of a fixed width, and what has none at the end.
#include "tools/normforge/bench/rows.h"

#include "runtime/names.h"
#include "runtime/symbol.h"

#include <algorithm>
#include <cstdio>
#include <fmt/format.h>

namespace normforge::bench {

namespace {

template <class... Text>
void print(size_t width, const std::string &problem, const Text &...cells) {
    fmt::print("{:<{}}  ", problem, width);
    fmt::print("{:>3}  {:<4}  {:>29}  {:>6}  {:>10}  {:>10}  {:>11}  {:>5}  {:>7}  {}\n", cells...);
    std::fflush(stdout);
}

/// "small_planes stream x86-64-avx512" for a variant that follows the symbol grammar.
std::string short_variant(const std::string &name) {
    const VariantName variant = parse_symbol(name);
    return fmt::format("{} {} {}", name_of(variant.form), name_of(variant.store), variant.target);
}

std::string detail(const Case &result) {
    std::string text = short_variant(result.ours.implementation);
    for (const auto *list : {&result.peers, &result.information}) {
        for (const auto &one : *list)
            text += fmt::format("; {} {} {}", one.name, milliseconds_text(one.median()), one.implementation);
    }
    return text + (result.note.empty() ? "" : "; " + result.note);
}

} // namespace

Rows::Rows(const std::vector<std::string> &problems) {
    for (const auto &problem : problems) width_ = std::max(width_, problem.size());
    print(width_, "problem", "thr", "mem", "ms min/median/max", "GB/s", "ours/ref", "ours/floor", "peer/ours", "noise",
          "faulted", "variant; peers with ms");
}

void Rows::add(const Case &result) const {
    const Series &ours = result.ours;
    print(width_, result.problem, std::to_string(result.threads), result.temperature(),
          fmt::format("{}/{}/{}", milliseconds_text(ours.least()), milliseconds_text(ours.median()),
                      milliseconds_text(ours.most())),
          fmt::format("{:.1f}", result.gigabytes_per_second()),
          fmt::format("{:.2f} {}", result.to_baseline(), result.baseline.name),
          result.has_floor() ? fmt::format("{:.2f}", result.to_floor()) : "-",
          result.has_peer() ? fmt::format("{:.2f} {}", result.to_peer(), result.fastest_peer().name) : "-",
          fmt::format("{:.2f}", result.noise()), std::to_string(result.faulted()), detail(result));
}

} // namespace normforge::bench
