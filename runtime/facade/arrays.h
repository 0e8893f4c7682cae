// SPDX-License-Identifier: MIT
// Checks the arrays of one call of a facade, under the names by which its callers know them, before anything is written.
#pragma once

#include "runtime/error.h"
#include <array>
#include <cstdint>

namespace normforge::facade {

/// What a call does with an array.
enum class Use { none, in, out, optional_out };

/// The f32 arrays of one call. Allocates nothing but the text of a refusal.
class Arrays {
public:
    Arrays(const char *call, int64_t elements, int64_t channels) : call_(call), elements_(elements), channels_(channels) {}

    /// `in_place`: the input that an output may be, as a whole; null if none.
    void add_tensor(const char *name, const float *data, Use use, const float *in_place = nullptr);
    void add_channels(const char *name, const nf_channels &array, Use use);

    /// The first thing that is wrong: a null pointer, a length, an address, the workspace, an overlap.
    Status check(const void *workspace, size_t given_bytes, size_t needed_bytes) const;

private:
    struct Array {
        const char *name, *member;
        const void *data;
        int64_t length, expected_length;
        Use use;
        const void *in_place;

        uintptr_t begin() const { return reinterpret_cast<uintptr_t>(data); }
        uintptr_t end() const { return begin() + static_cast<uintptr_t>(expected_length) * sizeof(float); }
    };

    Status check_one(const Array &array) const;
    static Status check_pair(const Array &a, const Array &b);

    const char *call_;
    int64_t elements_, channels_;
    std::array<Array, 12> arrays_{};
    size_t count_ = 0;
};

} // namespace normforge::facade
