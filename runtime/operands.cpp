// SPDX-License-Identifier: MIT
// The operand table, see operands.h.
#include "runtime/operands.h"
#include "runtime/canonical.h"
#include "runtime/ops.h"
#include <algorithm>
#include <cstring>

namespace normforge {
namespace {

using When = Cell::When;

constexpr Cell none{};
constexpr Cell in{kRead};
constexpr Cell opt{kRead | kOptional};
constexpr Cell out{kWrite};
constexpr Cell opt_out{kWrite | kOptional};
constexpr Cell inout{kRead | kWrite | kOptional};
constexpr Cell grad{kWrite, When::always, true};
constexpr Cell grad_r{kWrite, When::residual, true};
constexpr Cell in_r{kRead, When::residual};
constexpr Cell in_2{kRead, When::recomputed};
constexpr Cell opt_2{kRead | kOptional, When::recomputed};
constexpr Cell in_3{kRead, When::from_output};

constexpr RoleKind kKinds[] = {
#define NF_KIND(role, kind) RoleKind::kind,
    NF_KERNEL_ROLES(NF_KIND)
#undef NF_KIND
};

bool holds(When when, nf_epilogue epilogue) {
    const bool residual = adds_residual(epilogue), identity = activation_of(epilogue) == NF_EPILOGUE_NONE;
    switch (when) {
    case When::always: return true;
    case When::residual: return residual;
    case When::recomputed: return residual && !identity && !derivative_from_output(epilogue);
    case When::from_output: return residual && derivative_from_output(epilogue);
    }
    return false;
}

} // namespace

#define NF_TENSOR(name) #name, offsetof(nf_tensors, name), RoleKind::TENSOR, &nf_description::name, nullptr
#define NF_TENSOR_GRADIENT(name)                                                                                            \
    #name, offsetof(nf_tensors, name), RoleKind::TENSOR, &nf_description::name, &nf_description::name##_gradient
#define NF_ARRAY_AT(name) #name, offsetof(nf_tensors, name) + offsetof(nf_channels, data)
#define NF_ARRAY(name, kind) NF_ARRAY_AT(name), RoleKind::kind, nullptr, nullptr
#define NF_ARRAY_GRADIENT(name) NF_ARRAY_AT(name), RoleKind::PARAMETER, nullptr, &nf_description::name##_gradient
// clang-format off: one row per operand
const std::array<Operand, kOperandCount> kOperands = {{
    // forward_train, forward_inference, backward_train, backward_frozen | stats, merge, apply | backward_reduce, backward_merge, backward_apply | backward_residual
    {NF_TENSOR(x),                  {{in,      in,   in,   in,   in,   none,    in,   in,   none,    in,   in_2}}},
    {NF_TENSOR(residual),           {{in_r,    in_r, in_2, in_2, none, none,    in_r, in_2, none,    in_2, in_2}}},
    {NF_TENSOR(y),                  {{out,     out,  in_3, in_3, none, none,    out,  in_3, none,    in_3, in_3}}},
    {NF_TENSOR(dy),                 {{none,    none, in,   in,   none, none,    none, in,   none,    in,   in}}},
    {NF_TENSOR_GRADIENT(dx),        {{none,    none, grad, grad, none, none,    none, none, none,    grad, none}}},
    {NF_TENSOR_GRADIENT(dresidual), {{none,    none, grad_r, grad_r, none, none, none, none, none,   none, grad_r}}},
    {NF_ARRAY(gamma, PARAMETER),    {{opt,     opt,  opt,  opt,  none, none,    opt,  opt,  none,    opt,  opt_2}}},
    {NF_ARRAY(beta, PARAMETER),     {{opt,     opt,  opt,  opt,  none, none,    opt,  opt,  none,    opt,  opt_2}}},
    {NF_ARRAY(saved_mean, STATISTIC),       {{opt_out, none, in,   none, none, opt_out, in,   in,   none, in,   in_2}}},
    {NF_ARRAY(saved_variance, STATISTIC),   {{opt_out, none, none, none, none, opt_out, none, none, none, none, none}}},
    {NF_ARRAY(saved_invstd, STATISTIC),     {{opt_out, none, in,   none, none, opt_out, in,   in,   in,   in,   in_2}}},
    {NF_ARRAY(running_mean, STATISTIC),     {{inout,   in,   none, in,   none, inout,   none, none, none, none, none}}},
    {NF_ARRAY(running_variance, STATISTIC), {{inout,   in,   none, in,   none, inout,   none, none, none, none, none}}},
    {NF_ARRAY_GRADIENT(dgamma),     {{none,    none, grad, grad, none, none,    none, none, grad,    none, none}}},
    {NF_ARRAY_GRADIENT(dbeta),      {{none,    none, grad, grad, none, none,    none, none, grad,    none, none}}},
    {NF_ARRAY(triples, TRIPLE),     {{none,    none, none, none, out,  in,      none, out,  in,      in,   none}}},
    {NF_ARRAY(merged, TRIPLE),      {{none,    none, none, none, none, opt_out, none, none, opt_out, none, none}}},
}};
// clang-format on
#undef NF_TENSOR
#undef NF_TENSOR_GRADIENT
#undef NF_ARRAY_AT
#undef NF_ARRAY
#undef NF_ARRAY_GRADIENT

RoleKind kind_of(nf_role role) noexcept {
    return kKinds[role];
}

ElementBytes::ElementBytes(nf_dtype dtype, nf_channel_type statistics)
    : bytes_{static_cast<size_t>(element_bytes(dtype)),
             static_cast<size_t>(parameter_bytes(dtype)),
             static_cast<size_t>(statistic_bytes(dtype, statistics)),
             static_cast<size_t>(statistic_bytes(dtype, statistics)),
             sizeof(double),
             sizeof(double),
             sizeof(double)} {}

void *Operand::pointer(const nf_tensors &tensors) const {
    void *value = nullptr;
    std::memcpy(static_cast<void *>(&value), reinterpret_cast<const char *>(&tensors) + offset, sizeof value);
    return value;
}

int64_t Operand::length(const nf_tensors &tensors) const {
    nf_channels channels;
    std::memcpy(&channels, reinterpret_cast<const char *>(&tensors) + offset - offsetof(nf_channels, data), sizeof channels);
    return channels.length;
}

uint8_t use_of(const Operand &operand, const nf_description &description) {
    const Cell &cell = operand.in(description.op);
    if (!holds(cell.when, description.epilogue)) return kUnused;
    if (!cell.gradient) return cell.use;
    const nf_gradient request = description.*operand.gradient;
    return request == NF_GRADIENT_NULL  ? static_cast<uint8_t>(kUnused)
           : request == NF_GRADIENT_ADD ? static_cast<uint8_t>(cell.use | kRead)
                                        : cell.use;
}

bool may_use(nf_op op, RoleKind kind) {
    return std::any_of(kOperands.begin(), kOperands.end(),
                       [&](const Operand &operand) { return operand.kind == kind && operand.in(op).use; });
}

bool may_use(nf_op op, nf_gradient nf_description::*gradient) {
    return std::any_of(kOperands.begin(), kOperands.end(),
                       [&](const Operand &operand) { return operand.gradient == gradient && operand.in(op).use; });
}

} // namespace normforge
