// SPDX-License-Identifier: MIT
// The lane sum: kLanes accumulators and a fold in halves, written out as Funcs because no `rfactor` gives this exact tree.
#include "generators/algorithm/reduction_tree.h"

namespace normforge {

using namespace Halide;

Expr LaneSum::operator()(const std::vector<Expr> &where) const {
    std::vector<Expr> arguments = {0};
    arguments.insert(arguments.end(), where.begin(), where.end());
    return folds.back()(arguments);
}

LaneSum lane_sum(const std::string &name, const std::vector<Var> &where, int capacity, const Expr &length,
                 const std::function<Expr(Expr)> &value) {
    LaneSum sum;
    Var lane("lane");
    std::vector<Expr> places(where.begin(), where.end());
    auto at = [&](const Expr &index) {
        std::vector<Expr> arguments = {index};
        arguments.insert(arguments.end(), places.begin(), places.end());
        return arguments;
    };

    sum.rows = RDom(0, ceil_div(capacity, kLanes), name + "_rows");
    sum.rows.where(sum.rows < length / kLanes);
    sum.tail = RDom(0, kLanes, name + "_tail");
    sum.tail.where(sum.tail < length % kLanes);

    sum.lanes = Func(name + "_lanes");
    Expr zero = cast(value(0).type(), 0);
    sum.lanes(at(lane)) = zero;
    sum.lanes(at(lane)) += value(sum.rows * kLanes + lane);
    sum.lanes(at(sum.tail)) += value(length / kLanes * kLanes + sum.tail);

    Func wider = sum.lanes;
    for (int half = kLanes / 2; half >= 1; half /= 2) {
        Func fold(name + "_fold" + std::to_string(half));
        fold(at(lane)) = wider(at(lane)) + wider(at(lane + half));
        sum.folds.push_back(fold);
        wider = fold;
    }
    return sum;
}

Expr ceil_div(const Expr &a, const Expr &b) {
    return (a + b - 1) / b;
}

} // namespace normforge
