// SPDX-License-Identifier: MIT
// See agreement.h. Of a large tensor 64 slices are compared, 16 MiB of f32 in all, from its beginning to its end: tensors of
// N = 256 have 0.8 GB, and a wrong call shows in every slice.
#include "tools/gpu_check/agreement.h"

#include "runtime/ops.h"
#include "tests/support/measure.h"
#include "tools/normforge/bench/elements.h"

#include <algorithm>
#include <cmath>
#include <cstdio>

namespace normforge::gpu_check {

namespace {

constexpr int64_t kSlices = 64, kSliceElements = 65'536;

/// Sums in f32 over some million elements, or a rounding to 16 bits between the affine step and the residual, where numbers
/// are up to 8 times as large as their sum.
double element_tolerance(nf_dtype dtype) {
    return std::max(1e-3, 8 * testing::rounding(dtype));
}

/// Of sums of m random gradients, in units of |sum| + sqrt(m): 16-bit roundings before ReLU move some elements across its
/// edge, whose gradients then count or not.
double sum_tolerance(nf_dtype dtype) {
    return dtype == NF_F32 ? 0.02 : 0.25;
}

/// In units of 1 + |addends|: f32 statistics over some million elements, or roundings to 16 bits.
double edge(nf_dtype dtype) {
    return std::max(0x1p-14, 4 * testing::rounding(dtype));
}

std::vector<float> fetch(nf_dtype dtype, Address address, int64_t first, int64_t count) {
    const auto bytes = static_cast<size_t>(testing::precision_of(dtype).bytes);
    const auto content = to_host(address + static_cast<size_t>(first) * bytes, static_cast<size_t>(count) * bytes);
    std::vector<float> values(static_cast<size_t>(count));
    bench::to_floats(dtype, content.data(), values.size(), values.data());
    return values;
}

} // namespace

Agreement::Agreement(const Operands &operands, Ours &ours) : operands_(operands) {
    operands.poison();
    ours.run();
    for (const Output &output : operands.outputs()) wanted_.push_back(slices(output));
    if (!operands.is_backward() || operands.description().epilogue == NF_EPILOGUE_NONE) return;
    const auto input = [&](const char *name) {
        return slices({name, reinterpret_cast<Address>(operands.at(name)), operands.geometry().elements(),
                       operands.description().x.dtype});
    };
    const auto channels = [&](void *pointer) {
        return fetch(NF_F32, reinterpret_cast<Address>(pointer), 0, operands.geometry().c);
    };
    x_ = input("x");
    if (operands.at("residual")) residual_ = input("residual");
    gamma_ = channels(operands.at("gamma"));
    beta_ = channels(operands.at("beta"));
    mean_ = channels(ours.saved_mean());
    invstd_ = channels(ours.saved_invstd());
}

std::string Agreement::difference(Competitor &peer) const {
    operands_.poison();
    peer.run();
    const auto &wanted_outputs = operands_.outputs();
    size_t compared = 0;
    for (const Output &output : peer.outputs()) {
        const auto same = [&](const Output &other) { return other.name == output.name; };
        const auto which = std::find_if(wanted_outputs.begin(), wanted_outputs.end(), same) - wanted_outputs.begin();
        ++compared;
        for (const Slice &slice : wanted_[static_cast<size_t>(which)]) {
            const auto got = fetch(output.dtype, output.address, slice.first, static_cast<int64_t>(slice.values.size()));
            for (size_t i = 0; i < got.size(); ++i) {
                const int64_t element = slice.first + static_cast<int64_t>(i);
                if (tolerated(output, element, slice.values[i], got[i])) continue;
                char text[160];
                std::snprintf(text, sizeof text, "%s[%lld] is %g, ours %g", output.name.c_str(),
                              static_cast<long long>(element), double{got[i]}, double{slice.values[i]});
                return text;
            }
        }
    }
    return compared ? "" : "it wrote nothing that could be compared";
}

std::vector<Agreement::Slice> Agreement::slices(const Output &output) {
    if (output.count <= kSlices * kSliceElements) return {{0, fetch(output.dtype, output.address, 0, output.count)}};
    std::vector<Slice> all;
    for (int64_t i = 0; i < kSlices; ++i) {
        const int64_t first =
            (output.count - kSliceElements) / (kSlices - 1) * i; // the last one ends less than 64 before the end
        all.push_back({first, fetch(output.dtype, output.address, first, kSliceElements)});
    }
    return all;
}

bool Agreement::tolerated(const Output &output, int64_t element, float wanted, float got) const {
    const double difference = std::abs(double{got} - double{wanted});
    const nf_dtype dtype = operands_.description().x.dtype;
    if (output.name == "dgamma" || output.name == "dbeta") {
        const double scale = std::abs(double{wanted}) + std::sqrt(static_cast<double>(operands_.geometry().per_channel()));
        return difference <= sum_tolerance(dtype) * scale;
    }
    if (difference <= element_tolerance(output.dtype) * (1 + std::abs(double{wanted}))) return true; // false for NaN
    return !std::isnan(got) && !x_.empty() && at_edge(element);
}

bool Agreement::at_edge(int64_t element) const {
    const auto value = [&](const std::vector<Slice> &all) -> double {
        for (const Slice &slice : all)
            if (element >= slice.first && element < slice.first + static_cast<int64_t>(slice.values.size()))
                return slice.values[static_cast<size_t>(element - slice.first)];
        return 0;
    };
    const auto c = static_cast<size_t>(operands_.geometry().channel_of(element));
    const double affine = (value(x_) - mean_[c]) * gamma_[c] * invstd_[c] + beta_[c], residual = value(residual_);
    return std::abs(affine + residual) <=
           edge(operands_.description().x.dtype) * (1 + std::abs(affine) + std::abs(residual));
}

} // namespace normforge::gpu_check
