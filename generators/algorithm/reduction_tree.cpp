// SPDX-License-Identifier: MIT
// The lane sum: kLanes accumulators and a fold in halves, written out as Funcs because no `rfactor` gives this exact tree.
#include "generators/algorithm/reduction_tree.h"

namespace normforge {

using namespace Halide;

namespace {

/// One value as it is, several as a Tuple.
void define(FuncRef place, const std::vector<Expr> &values) {
    if (values.size() == 1)
        place = values[0];
    else
        place = Tuple(values);
}

} // namespace

Expr value_of(const Func &f, const std::vector<Expr> &where, int which) {
    return f.outputs() == 1 ? Expr(f(where)) : Expr(f(where)[which]);
}

void set_to_zero(Func &f, const std::vector<Expr> &where, const std::vector<Expr> &like) {
    std::vector<Expr> zeros;
    for (const Expr &value : like) zeros.push_back(cast(value.type(), 0));
    define(f(where), zeros);
}

void add_to(Func &f, const std::vector<Expr> &where, const std::vector<Expr> &values) {
    std::vector<Expr> sums;
    for (size_t i = 0; i < values.size(); i++) sums.push_back(value_of(f, where, static_cast<int>(i)) + values[i]);
    define(f(where), sums);
}

Expr LaneSum::operator()(const std::vector<Expr> &where, int which) const {
    std::vector<Expr> arguments = {0};
    arguments.insert(arguments.end(), where.begin(), where.end());
    return value_of(folds.back(), arguments, which);
}

LaneSum lane_sum(const std::string &name, const std::vector<Var> &where, int capacity, const Expr &length,
                 const std::function<std::vector<Expr>(Expr)> &values) {
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
    sum.tail = RDom(0, 1, name + "_tail");
    sum.tail.where(length % kLanes > 0);

    sum.lanes = Func(name + "_lanes");
    std::vector<Expr> row_values = values(sum.rows * kLanes + lane);
    set_to_zero(sum.lanes, at(lane), row_values);
    add_to(sum.lanes, at(lane), row_values);
    // Lanes past the end add 0, which changes no bit: a sum that began with +0 is never -0.
    Expr last_row = length / kLanes * kLanes + lane + sum.tail;
    std::vector<Expr> tail_values = values(min(last_row, length - 1));
    for (Expr &value : tail_values) value = select(last_row < length, value, cast(value.type(), 0));
    add_to(sum.lanes, at(lane), tail_values);

    Func wider = sum.lanes;
    for (int half = kLanes / 2; half >= 1; half /= 2) {
        Func fold(name + "_fold" + std::to_string(half));
        std::vector<Expr> halves;
        for (int which = 0; which < wider.outputs(); which++) {
            halves.push_back(value_of(wider, at(lane), which) + value_of(wider, at(lane + half), which));
        }
        define(fold(at(lane)), halves);
        sum.folds.push_back(fold);
        wider = fold;
    }
    return sum;
}

Expr ceil_div(const Expr &a, const Expr &b) {
    return (a + b - 1) / b;
}

} // namespace normforge
