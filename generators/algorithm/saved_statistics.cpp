// SPDX-License-Identifier: MIT
// Definitions of the saved and running statistics.
#include "generators/algorithm/saved_statistics.h"

#include "generators/algorithm/affine.h"
#include "generators/algorithm/statistics.h"

namespace normforge {

using namespace Halide;

namespace {

Func define(const std::string &name, const std::vector<Var> &channel, const Expr &value) {
    Func f(name);
    f(channel) = value;
    return f;
}

/// The caller's array, read and written.
Func update(const std::string &name, const std::vector<Var> &channel, Type type, const Expr &count, const Expr &momentum,
            const Expr &batch) {
    Func running(name);
    running(channel) = undef(type);
    Expr old = running(channel), zero = cast<double>(0);
    // momentum 0 replaces whatever was there, 1 keeps it: NaN times 0 would be NaN.
    Expr kept = select(momentum == 0, zero, momentum * cast<double>(old));
    Expr added = select(momentum == 1, zero, (1 - momentum) * batch);
    running(channel) = select(count == 0, old, cast(type, kept + added));
    return running;
}

} // namespace

SavedStatistics saved_statistics(const std::vector<Var> &channel, const Expr &count, const Func &moments, Type type,
                                 const Expr &eps, const RunningUpdate &running) {
    SavedStatistics s;
    Expr m2 = moments(channel)[kM2], mean = moments(channel)[kMean];
    s.variance64 = define("variance64", channel, select(count == 0, m2, m2 / count));
    s.batch_mean = define("batch_mean", channel, cast(type, mean));
    s.batch_invstd = define("batch_invstd", channel, cast(type, inverse_deviation(s.variance64(channel), eps)));

    s.mean = define("mean", channel, s.batch_mean(channel));
    s.variance = define("variance", channel, cast(type, s.variance64(channel)));
    s.invstd = define("invstd", channel, s.batch_invstd(channel));
    Expr averaged = select(running.unbiased != 0 && count > 1, m2 / (count - 1), s.variance64(channel));
    s.running_mean = update("running_mean", channel, type, count, running.momentum, mean);
    s.running_variance = update("running_variance", channel, type, count, running.momentum, averaged);
    return s;
}

} // namespace normforge
