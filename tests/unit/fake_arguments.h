// SPDX-License-Identifier: MIT
// The arguments of one call of a fake kernel, by role: elements of tensors and values of channels as double, whatever the
// form and the types.
#pragma once

#include "runtime/operands.h"
#include "tests/support/number.h"
#include "tests/unit/fake_kernels.h"
#include <algorithm>
#include <cstring>
#include <functional>

namespace normforge::unit {

/// An element of the tensors and the channel it belongs to.
struct Place {
    int at[3];
    int channel;
};

/// The arguments of one call.
class FakeArguments {
public:
    FakeArguments(const nf_kernel &kernel, void **arguments) : kernel_(kernel) {
        for (int i = 0; i < kernel.role_count; ++i) arguments_[kernel.roles[i]] = arguments[i];
    }

    nf_op op() const { return static_cast<nf_op>(kernel_.op); }
    nf_epilogue epilogue() const { return static_cast<nf_epilogue>(kernel_.epilogue); }
    bool accumulates() const { return kernel_.accumulate; }
    bool frozen() const { return kernel_.frozen; }

    bool has(nf_role role) const { return arguments_[role]; }
    double number(nf_role role) const { return copy<double>(arguments_[role]); }
    int32_t integer(nf_role role) const { return has(role) ? copy<int32_t>(arguments_[role]) : 0; }
    const halide_buffer_t &buffer(nf_role role) const { return *static_cast<halide_buffer_t *>(arguments_[role]); }
    int extent(nf_role role, int d) const { return d < buffer(role).dimensions ? buffer(role).dim[d].extent : 1; }

    /// An element of a tensor.
    double tensor(nf_role role, const Place &place) const { return load(dtype(), element(role, place.at)); }
    void set_tensor(nf_role role, const Place &place, double value) const { store(dtype(), element(role, place.at), value); }

    /// A value of a per-channel array.
    double value(nf_role role, int channel) const { return load(channel_type(role), channel_element(role, channel)); }
    void set_value(nf_role role, int channel, double value) const {
        store(channel_type(role), channel_element(role, channel), value);
    }

    double triple(int part, int which, int channel) const {
        const int at[] = {channel, which, part};
        return load(NF_F64, element(NF_ROLE_triples, at));
    }

    int channels() const {
        if (has(NF_ROLE_triples)) return extent(NF_ROLE_triples, 0);
        if (kernel_.form == NF_FORM_SMALL_PLANES)
            return extent(NF_ROLE_x, 0) / integer(NF_ROLE_plane) * extent(NF_ROLE_x, 1);
        return extent(NF_ROLE_x, kernel_.form == NF_FORM_LAST ? 0 : 1);
    }

    /// Visits the elements with index j along the second dimension.
    void visit(int j, const std::function<void(const Place &)> &visitor) const {
        for (int k = 0; k < extent(NF_ROLE_x, 2); ++k)
            for (int i = 0; i < extent(NF_ROLE_x, 0); ++i) visitor({{i, j, k}, channel_of(i, j)});
    }
    void visit_all(const std::function<void(const Place &)> &visitor) const {
        for (int j = 0; j < extent(NF_ROLE_x, 1); ++j) visit(j, visitor);
    }

    /// Every element of every scratch array becomes a number that no test expects.
    void spoil_scratch() const {
        for (int i = 0; i < kernel_.role_count; ++i) {
            const auto role = static_cast<nf_role>(kernel_.roles[i]);
            if (kind_of(role) != RoleKind::SCRATCH && kind_of(role) != RoleKind::PARTIAL) continue;
            for (int b = 0; b < extent(role, 1); ++b)
                for (int a = 0; a < extent(role, 0); ++a) {
                    const int at[] = {a, b, 0};
                    store(channel_type(role), element(role, at), 12345);
                }
        }
    }

    void record() const {
        std::fill(std::begin(seen), std::end(seen), Seen{});
        fake_runs.emplace_back(kernel_.name);
        for (int i = 0; i < kernel_.role_count; ++i) {
            const auto role = static_cast<nf_role>(kernel_.roles[i]);
            const RoleKind kind = kind_of(role);
            Seen &s = seen[role];
            if (is_scalar(kind)) {
                s.number = kind == RoleKind::SCALAR ? number(role) : integer(role);
                continue;
            }
            for (int d = 0; d < buffer(role).dimensions; ++d)
                s.dimensions.emplace_back(buffer(role).dim[d].extent, buffer(role).dim[d].stride);
            s.bits = buffer(role).type.bits;
            s.host = buffer(role).host;
            if (is_per_channel(kind) && s.host)
                for (int c = 0; c < extent(role, 0); ++c) s.first.push_back(value(role, c));
        }
    }

private:
    template <class T>
    static T copy(const void *from) {
        T value;
        std::memcpy(&value, from, sizeof value);
        return value;
    }

    static double load(nf_dtype dtype, const void *element) { return testing::load(dtype, element); }
    static void store(nf_dtype dtype, void *element, double value) {
        testing::store(dtype, element, testing::round_to(dtype, value));
    }

    nf_dtype dtype() const { return static_cast<nf_dtype>(kernel_.dtype); }
    nf_dtype channel_type(nf_role role) const { return buffer(role).type.bits == 64 ? NF_F64 : NF_F32; }

    int channel_of(int i, int j) const {
        if (kernel_.form == NF_FORM_LAST) return i;
        if (kernel_.form == NF_FORM_INNER) return j;
        const int plane = integer(NF_ROLE_plane);
        return j * (extent(NF_ROLE_x, 0) / plane) + i / plane;
    }

    uint8_t *element(nf_role role, const int (&at)[3]) const {
        const halide_buffer_t &b = buffer(role);
        int64_t offset = 0;
        for (int d = 0; d < b.dimensions; ++d) offset += int64_t{at[d]} * b.dim[d].stride;
        return b.host + offset * b.type.bits / 8;
    }

    uint8_t *channel_element(nf_role role, int channel) const {
        const int row = extent(role, 0);
        const int at[] = {channel % row, channel / row, 0};
        return element(role, at);
    }

    const nf_kernel &kernel_;
    void *arguments_[NF_ROLE_COUNT] = {};
};

} // namespace normforge::unit
