// SPDX-License-Identifier: MIT
// See strict.h.
#include "tests/support/strict.h"

#include "runtime/ops.h"

namespace normforge::testing {

namespace {

template <typename T>
T pre_activation_in(const Inputs &in, bool residual, double mean, double invstd, int64_t c, int64_t i) {
    const T scale = reference::strict_scale(static_cast<T>(at(in.gamma, c, 1)), static_cast<T>(invstd));
    const T z =
        reference::strict_affine(static_cast<T>(in.x[i]), static_cast<T>(mean), scale, static_cast<T>(at(in.beta, c, 0)));
    return residual ? reference::strict_add(z, static_cast<T>(in.residual[i])) : z;
}

} // namespace

reference::Epilogue epilogue_of(const nf_description &d) {
    static_assert(static_cast<int>(reference::Activation::hard_swish) == NF_EPILOGUE_HARD_SWISH, "one order of activations");
    return {static_cast<reference::Activation>(activation_of(d.epilogue)), d.slope};
}

StrictAffine::StrictAffine(const nf_description &description, const Inputs &inputs, Values means, Values invstds)
    : mean(std::move(means)), invstd(std::move(invstds)), d_(description), in_(inputs) {}

double StrictAffine::pre_activation(int64_t c, int64_t i) const {
    const bool residual = adds_residual(d_.epilogue);
    return arithmetic_type(d_) == NF_F64 ? pre_activation_in<double>(in_, residual, mean[c], invstd[c], c, i)
                                         : pre_activation_in<float>(in_, residual, mean[c], invstd[c], c, i);
}

double StrictAffine::value(int64_t c, int64_t i) const {
    const double z = pre_activation(c, i);
    return arithmetic_type(d_) == NF_F64 ? reference::strict_apply(epilogue_of(d_), z)
                                         : reference::strict_apply(epilogue_of(d_), static_cast<float>(z));
}

reference::Real StrictAffine::gradient(int64_t c, int64_t i) const {
    if (activation_of(d_.epilogue) == NF_EPILOGUE_NONE) return in_.dy[i];
    if (adds_residual(d_.epilogue) && derivative_from_output(d_.epilogue))
        return reference::gradient_at_output(epilogue_of(d_), in_.y[i], in_.dy[i]);
    return reference::gradient(epilogue_of(d_), pre_activation(c, i), in_.dy[i]);
}

bool uses_running_statistics(nf_op op) {
    return op == NF_FORWARD_INFERENCE || op == NF_BACKWARD_FROZEN;
}

StrictAffine given_affine(const nf_description &d, const Inputs &in) {
    if (!uses_running_statistics(d.op)) return {d, in, in.saved_mean, in.saved_invstd};
    Values invstd;
    for (const double v : in.running_variance) {
        invstd.push_back(arithmetic_type(d) == NF_F64 ? reference::strict_invstd(v, d.eps)
                                                      : reference::strict_invstd(static_cast<float>(v), d.eps));
    }
    return {d, in, in.running_mean, invstd};
}

} // namespace normforge::testing
