// SPDX-License-Identifier: MIT
// When a candidate may replace the default: noise must not win.
#pragma once

#include <string>
#include <vector>

namespace normforge {

/// A winner takes at most this part of the default's time, in the median.
inline constexpr double kWinningCost = 0.98;

/// How likely the rounds may be by chance, if the two were equally fast.
inline constexpr double kSignificance = 0.01;

/// The probability that of equally fast competitors one wins so many rounds or more: the sign test, one-sided.
double sign_test(int won, int rounds);

/// Empty if a candidate may replace the default, both timed in the same rounds; else why not, in words. Throws
/// std::invalid_argument for series of different length or none.
std::string why_not_faster(const std::vector<double> &milliseconds, const std::vector<double> &default_milliseconds);

} // namespace normforge
