// SPDX-License-Identifier: MIT
// The words for the enumerators of the C contract: problem strings, symbols, descriptions and error texts all take them from
// here.
#pragma once

#include <cstring>
#include <normforge/kernel_table.h>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace normforge {

/// The value behind an enumerator that came from a C caller. Reading an out-of-range enumerator directly would be undefined.
template <class Enum>
int value_of(const Enum &enumerator) noexcept {
    static_assert(sizeof(Enum) == sizeof(int), "C enumerators of the contract are ints");
    int value = 0;
    std::memcpy(&value, &enumerator, sizeof value);
    return value;
}

// Defined for nf_op, nf_dtype, nf_form, nf_epilogue, nf_channel_type, nf_gradient, nf_running_variance, nf_average,
// nf_store, nf_status.

/// The word for a value, null if the value is no enumerator of Enum.
template <class Enum>
const char *name_of(int value) noexcept;

/// The word for an enumerator that is known to be one.
template <class Enum>
const char *name_of(Enum enumerator) noexcept {
    return name_of<Enum>(static_cast<int>(enumerator));
}

/// The enumerator with this name.
template <class Enum>
std::optional<Enum> from_name(std::string_view name) noexcept;

/// All enumerators of Enum, in the order of their table.
template <class Enum>
std::vector<Enum> values_of();

/// All names of Enum, separated by ", ", for texts that list the choices.
template <class Enum>
std::string choices_of();

} // namespace normforge
