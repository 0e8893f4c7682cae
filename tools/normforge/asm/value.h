// SPDX-License-Identifier: MIT
// What a register may hold, as far as the audit must know: a sum of addresses, so that "x + (y - x)" comes out as y.
#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

namespace normforge::assembly {

/// Memory that an address points into.
struct Region {
    enum class Kind {
        Data,      ///< what an argument's buffer holds
        Buffer,    ///< the halide_buffer_t or scalar of an argument
        Arguments, ///< void *arguments[]
        Closure,   ///< of a parallel task
        Stack,
        Unknown,
    };
    Kind kind = Kind::Unknown;
    int argument = 0; ///< of Data and Buffer

    bool operator<(const Region &other) const { return std::pair(kind, argument) < std::pair(other.kind, other.argument); }
    bool operator==(const Region &other) const { return kind == other.kind && argument == other.argument; }
};

class Value {
public:
    /// A number that is not known.
    Value() = default;
    static Value constant(int64_t value);
    static Value address(Region region, int64_t offset);

    Value operator+(const Value &other) const;
    Value operator*(int64_t factor) const;
    Value operator-(const Value &other) const { return *this + other * -1; }
    bool operator==(const Value &other) const { return terms_ == other.terms_ && offset_ == other.offset_; }

    /// What is known wherever either value may be.
    Value join(const Value &other) const;
    /// Rounded down, for the alignment of the stack.
    Value aligned(int64_t mask) const;

    /// A number, known or not, that is no address of a region.
    bool is_plain_number() const { return terms_.empty(); }
    /// The region if this is an address in one.
    Region region() const;
    /// The offset in the region, or the number; not kept for Data.
    std::optional<int64_t> offset() const { return offset_; }

private:
    std::vector<std::pair<Region, int64_t>> terms_; ///< sorted; no factor is 0
    std::optional<int64_t> offset_;
};

} // namespace normforge::assembly
