// SPDX-License-Identifier: MIT
#include "generators/algorithm/epilogue.h"

namespace normforge {

using namespace Halide;

namespace {

Expr identity(const Expr &z, const Expr &) {
    return z;
}
Expr pass_gradient(const Expr &, const Expr &dy, const Expr &) {
    return dy;
}

/// z <= 0, and false for NaN. Halide 19 rewrites `z <= 0` to `!(0 < z)`, which is true for NaN; LLVM makes one comparison of
/// this.
Expr not_positive(const Expr &z) {
    Expr zero = cast(z.type(), 0);
    return z < zero || z == zero;
}

Expr relu(const Expr &z, const Expr &) {
    return select(not_positive(z), cast(z.type(), 0), z);
}
Expr relu_gradient(const Expr &z, const Expr &dy, const Expr &) {
    return select(not_positive(z), cast(dy.type(), 0), dy);
}

} // namespace

const std::map<std::string, Activation> &activations() {
    static const std::map<std::string, Activation> list = {
        {"none", {identity, pass_gradient, nullptr, false, false}},
        {"relu", {relu, relu_gradient, relu_gradient, false, true}},
    };
    return list;
}

Epilogue epilogue_named(const std::string &word) {
    bool adds = word == "add" || word.rfind("add_", 0) == 0;
    std::string rest = word == "add" ? "none" : adds ? word.substr(4) : word;
    auto entry = activations().find(rest);
    _halide_user_assert(entry != activations().end()) << "epilogue '" << word << "' does not exist";
    return {entry->second, adds};
}

} // namespace normforge
