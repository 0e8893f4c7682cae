// SPDX-License-Identifier: MIT
// The list of epilogues; CONTRIBUTING.md says what else a new one needs.
#include "generators/algorithm/epilogue.h"

namespace normforge {

using namespace Halide;

namespace {

Expr identity(const Expr &z) {
    return z;
}
Expr pass_gradient(const Expr &, const Expr &dy) {
    return dy;
}

/// z <= 0, and false for NaN. Halide 19 rewrites `z <= 0` to `!(0 < z)`, which is true for NaN; LLVM makes one comparison of
/// this.
Expr not_positive(const Expr &z) {
    Expr zero = cast(z.type(), 0);
    return z < zero || z == zero;
}

Expr relu(const Expr &z) {
    return select(not_positive(z), cast(z.type(), 0), z);
}
Expr relu_gradient(const Expr &z, const Expr &dy) {
    return select(not_positive(z), cast(dy.type(), 0), dy);
}

} // namespace

const std::map<std::string, Epilogue> &epilogues() {
    static const std::map<std::string, Epilogue> list = {
        {"none", {identity, pass_gradient, false}},
        {"relu", {relu, relu_gradient, true}},
    };
    return list;
}

} // namespace normforge
