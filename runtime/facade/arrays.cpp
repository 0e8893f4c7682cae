// SPDX-License-Identifier: MIT
// Null pointers, lengths, alignment and overlap of a facade's arrays, see arrays.h.
#include "runtime/facade/arrays.h"
#include "runtime/operand_checks.h"

namespace normforge::facade {

void Arrays::add_tensor(const char *name, const float *data, Use use, const float *in_place) {
    if (use != Use::none) arrays_[count_++] = {name, "", data, elements_, elements_, use, in_place};
}

void Arrays::add_channels(const char *name, const nf_channels &array, Use use) {
    if (use != Use::none) arrays_[count_++] = {name, ".data", array.data, array.length, channels_, use, nullptr};
}

Status Arrays::check_one(const Array &array) const {
    const std::string name = std::string(array.name) + array.member;
    if (!array.data) {
        if (array.use == Use::optional_out) return {};
        return {NF_NULL_POINTER, name + " is null, " + call_ + " needs it"};
    }
    if (array.length != array.expected_length)
        return {NF_SHAPE_MISMATCH, std::string(array.name) + ".length is " + std::to_string(array.length) +
                                       ", expected the number of channels, " + std::to_string(channels_)};
    if (const uintptr_t past = array.begin() % sizeof(float))
        return {NF_MISALIGNED, name + " is " + std::to_string(past) + " bytes past a multiple of its element size, " +
                                   std::to_string(sizeof(float))};
    return {};
}

Status Arrays::check_pair(const Array &a, const Array &b) {
    const bool written = a.use != Use::in || b.use != Use::in;
    if (!written || !a.data || !b.data || a.begin() >= b.end() || b.begin() >= a.end()) return {};
    const bool in_place = a.data == b.data && (a.in_place == b.data || b.in_place == a.data);
    if (in_place) return {};
    const bool first = a.use != Use::in;
    return {NF_OVERLAP, std::string((first ? a : b).name) + ", which is written, overlaps " + (first ? b : a).name};
}

Status Arrays::check(const void *workspace, size_t given_bytes, size_t needed_bytes) const {
    for (size_t i = 0; i < count_; ++i)
        if (Status status = check_one(arrays_[i]); status.failed()) return status;
    if (Status status = check_workspace(workspace, given_bytes, needed_bytes); status.failed()) return status;
    const auto floats = static_cast<int64_t>(needed_bytes / sizeof(float));
    const Array scratch{"workspace", "", needed_bytes ? workspace : nullptr, floats, floats, Use::out, nullptr};
    for (size_t i = 0; i < count_; ++i) {
        for (size_t j = 0; j < i; ++j)
            if (Status status = check_pair(arrays_[j], arrays_[i]); status.failed()) return status;
        if (Status status = check_pair(scratch, arrays_[i]); status.failed()) return status;
    }
    return {};
}

} // namespace normforge::facade
