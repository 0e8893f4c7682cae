// SPDX-License-Identifier: MIT
// The operand table, see operands.h.
#include "runtime/operands.h"
#include "runtime/canonical.h"
#include <cstring>

namespace normforge {
namespace {

constexpr Binding kNone{};

constexpr Binding in(nf_role role) {
    return {kRead, role};
}
constexpr Binding maybe_in(nf_role role) {
    return {kRead | kOptional, role};
}
constexpr Binding out(nf_role role) {
    return {kWrite, role};
}
constexpr Binding maybe_out(nf_role role) {
    return {kWrite | kOptional, role};
}
constexpr Binding maybe_inout(nf_role role) {
    return {kRead | kWrite | kOptional, role};
}

constexpr RoleKind kKinds[] = {
#define NF_KIND(role, kind) RoleKind::kind,
    NF_KERNEL_ROLES(NF_KIND)
#undef NF_KIND
};

} // namespace

#define NF_TENSOR(name) #name, offsetof(nf_tensors, name), RoleKind::TENSOR
#define NF_ARRAY(name, kind) #name, offsetof(nf_tensors, name) + offsetof(nf_channels, data), RoleKind::kind
// clang-format off: one row per operand; columns are forward_train, forward_inference, backward_train, backward_frozen
const std::array<Operand, kOperandCount> kOperands = {{
    {NF_TENSOR(x),      {in(NF_ROLE_x),  in(NF_ROLE_x),  in(NF_ROLE_x),   in(NF_ROLE_x)}},
    {NF_TENSOR(y),      {out(NF_ROLE_y), out(NF_ROLE_y), kNone,           kNone}},
    {NF_TENSOR(dy),     {kNone,          kNone,          in(NF_ROLE_dy),  in(NF_ROLE_dy)}},
    {NF_TENSOR(dx),     {kNone,          kNone,          out(NF_ROLE_dx), out(NF_ROLE_dx)}},
    {NF_ARRAY(gamma, PARAMETER), {maybe_in(NF_ROLE_gamma), maybe_in(NF_ROLE_gamma), maybe_in(NF_ROLE_gamma), maybe_in(NF_ROLE_gamma)}},
    {NF_ARRAY(beta, PARAMETER),  {maybe_in(NF_ROLE_beta),  maybe_in(NF_ROLE_beta),  maybe_in(NF_ROLE_beta),  maybe_in(NF_ROLE_beta)}},
    {NF_ARRAY(saved_mean, STATISTIC),       {maybe_out(NF_ROLE_mean),     kNone, in(NF_ROLE_mean),   kNone}},
    {NF_ARRAY(saved_variance, STATISTIC),   {maybe_out(NF_ROLE_variance), kNone, kNone,              kNone}},
    {NF_ARRAY(saved_invstd, STATISTIC),     {maybe_out(NF_ROLE_invstd),   kNone, in(NF_ROLE_invstd), kNone}},
    {NF_ARRAY(running_mean, STATISTIC),     {maybe_inout(NF_ROLE_running_mean),     in(NF_ROLE_mean),     kNone, in(NF_ROLE_mean)}},
    {NF_ARRAY(running_variance, STATISTIC), {maybe_inout(NF_ROLE_running_variance), in(NF_ROLE_variance), kNone, in(NF_ROLE_variance)}},
    {NF_ARRAY(dgamma, PARAMETER), {kNone, kNone, maybe_out(NF_ROLE_dgamma), maybe_out(NF_ROLE_dgamma)}},
    {NF_ARRAY(dbeta, PARAMETER),  {kNone, kNone, maybe_out(NF_ROLE_dbeta),  maybe_out(NF_ROLE_dbeta)}},
}};
// clang-format on
#undef NF_TENSOR
#undef NF_ARRAY

ElementBytes::ElementBytes(nf_dtype dtype, nf_statistics statistics)
    : bytes_{static_cast<size_t>(element_bytes(dtype)), static_cast<size_t>(parameter_bytes(dtype)),
             static_cast<size_t>(statistic_bytes(dtype, statistics)),
             static_cast<size_t>(statistic_bytes(dtype, statistics)), sizeof(double)} {}

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

const Operand *operand_of(nf_role role, nf_op op) noexcept {
    for (const Operand &operand : kOperands)
        if (operand.in(op).used() && operand.in(op).role == role) return &operand;
    return nullptr;
}

RoleKind kind_of(nf_role role) noexcept {
    return kKinds[role];
}

} // namespace normforge
