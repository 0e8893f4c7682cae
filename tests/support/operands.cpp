// SPDX-License-Identifier: MIT
// See operands.h.
#include "tests/support/operands.h"

#include "runtime/ops.h"
#include <cstring>
#include <stdexcept>

namespace normforge::testing {

#define NF_TENSOR(name) #name, OperandKind::tensor
#define NF_SET_TENSOR(name) [](nf_tensors &call, void *data, int64_t) { call.name = data; }
#define NF_SET_CHANNELS(name) [](nf_tensors &call, void *data, int64_t length) { call.name = {data, length}; }
#define NF_CHANNELS(name, kind) #name, OperandKind::kind
using D = nf_description;
constexpr Output kNoOutput = Output::y;

// clang-format off: one row per operand. Columns of the letters:
//  forward_train forward_Inference Backward_train Frozen Stats Merge Apply backward_Reduce backward_mErge backward_aPply residuaL
const OperandRow kOperands[kOperandCount] = {
    //                                          tIBFSMARePL
    {NF_TENSOR(x),                             "iiiii-ii-iD", nullptr, NF_SET_TENSOR(x), &Inputs::x, kNoOutput, &D::x, nullptr},
    {NF_TENSOR(residual),                      "RRDD--RD-DD", nullptr, NF_SET_TENSOR(residual), &Inputs::residual, kNoOutput, &D::residual, nullptr},
    {NF_TENSOR(y),                             "ooYY--oY-YY", "x", NF_SET_TENSOR(y), &Inputs::y, Output::y, &D::y, nullptr},
    {NF_TENSOR(dy),                            "--ii---i-ii", nullptr, NF_SET_TENSOR(dy), &Inputs::dy, kNoOutput, &D::dy, nullptr},
    {NF_TENSOR(dresidual),                     "--GG------G", nullptr, NF_SET_TENSOR(dresidual), &Inputs::dresidual, Output::dresidual, &D::dresidual, &D::dresidual_gradient},
    {NF_TENSOR(dx),                            "--gg-----g-", "dy", NF_SET_TENSOR(dx), &Inputs::dx, Output::dx, &D::dx, &D::dx_gradient},
    {NF_CHANNELS(gamma, parameter),            "iiii--ii-iD", nullptr, NF_SET_CHANNELS(gamma), &Inputs::gamma, kNoOutput, nullptr, nullptr},
    {NF_CHANNELS(beta, parameter),             "iiii--ii-iD", nullptr, NF_SET_CHANNELS(beta), &Inputs::beta, kNoOutput, nullptr, nullptr},
    {NF_CHANNELS(saved_mean, statistic),       "o-i--oii-iD", nullptr, NF_SET_CHANNELS(saved_mean), &Inputs::saved_mean, Output::mean, nullptr, nullptr},
    {NF_CHANNELS(saved_variance, statistic),   "o----o-----", nullptr, NF_SET_CHANNELS(saved_variance), nullptr, Output::variance, nullptr, nullptr},
    {NF_CHANNELS(saved_invstd, statistic),     "o-i--oiiiiD", nullptr, NF_SET_CHANNELS(saved_invstd), &Inputs::saved_invstd, Output::invstd, nullptr, nullptr},
    {NF_CHANNELS(running_mean, statistic),     "ui-i-u-----", nullptr, NF_SET_CHANNELS(running_mean), &Inputs::running_mean, Output::running_mean, nullptr, nullptr},
    {NF_CHANNELS(running_variance, statistic), "ui-i-u-----", nullptr, NF_SET_CHANNELS(running_variance), &Inputs::running_variance, Output::running_variance, nullptr, nullptr},
    {NF_CHANNELS(dgamma, parameter),           "--gg----g--", nullptr, NF_SET_CHANNELS(dgamma), &Inputs::dgamma, Output::dgamma, nullptr, &D::dgamma_gradient},
    {NF_CHANNELS(dbeta, parameter),            "--gg----g--", nullptr, NF_SET_CHANNELS(dbeta), &Inputs::dbeta, Output::dbeta, nullptr, &D::dbeta_gradient},
    {NF_CHANNELS(triples, triple),             "----oi-oii-", nullptr, NF_SET_CHANNELS(triples), &Inputs::triples, Output::count, nullptr, nullptr},
    {NF_CHANNELS(merged, triple),              "-----o--o--", nullptr, NF_SET_CHANNELS(merged), nullptr, Output::merged_count, nullptr, nullptr},
};
// clang-format on
#undef NF_TENSOR
#undef NF_SET_TENSOR
#undef NF_SET_CHANNELS
#undef NF_CHANNELS

const OperandRow &operand(const char *name) {
    for (const OperandRow &row : kOperands)
        if (std::strcmp(row.name, name) == 0) return row;
    throw std::invalid_argument(std::string("no operand ") + name);
}

Access access_of(const OperandRow &row, const nf_description &d) {
    const bool residual = adds_residual(d.epilogue), activation = activation_of(d.epilogue) != NF_EPILOGUE_NONE;
    const auto only_if = [](bool condition, Access access) { return condition ? access : Access::none; };
    const auto gradient = [&] {
        const Access by_request[] = {Access::write, Access::update, Access::ignored};
        return by_request[d.*row.gradient];
    };
    switch (row.uses[d.op]) {
    case 'i': return Access::read;
    case 'o': return Access::write;
    case 'u': return Access::update;
    case 'g': return gradient();
    case 'G': return only_if(residual, gradient());
    case 'R': return only_if(residual, Access::read);
    case 'D': return only_if(residual && activation && !derivative_from_output(d.epilogue), Access::read);
    case 'Y': return only_if(residual && derivative_from_output(d.epilogue), Access::read);
    default: return Access::none;
    }
}

bool is_written(const OperandRow &row, const nf_description &description) {
    const Access access = access_of(row, description);
    return access == Access::write || access == Access::update;
}

nf_dtype type_of(const OperandRow &row, const nf_description &description) {
    switch (row.kind) {
    case OperandKind::tensor: return description.x.dtype;
    case OperandKind::parameter: return parameter_type(description);
    case OperandKind::statistic: return statistic_type(description);
    case OperandKind::triple: break;
    }
    return NF_F64;
}

std::vector<CanonicalTensor> tensors_of(const nf_description &d) {
    std::vector<CanonicalTensor> tensors;
    for (const OperandRow &row : kOperands) {
        const Access access = access_of(row, d);
        const bool used = access != Access::none && access != Access::ignored;
        if (row.kind == OperandKind::tensor && (used || &row == &operand("x")))
            tensors.push_back(canonicalise(d.x, d.*row.layout, d.axis));
    }
    return tensors;
}

const OperandRow *written_tensor(const nf_description &description) {
    const OperandRow *written = nullptr;
    for (const OperandRow &row : kOperands)
        if (row.kind == OperandKind::tensor && is_written(row, description)) written = &row;
    return written;
}

} // namespace normforge::testing
