// SPDX-License-Identifier: MIT
// One sweep over the data.
#include "tools/normforge/bench/channel_values.h"

#include <algorithm>
#include <cmath>

namespace normforge::bench {

ChannelStatistics::ChannelStatistics(const float *data, const Canonical &x, double eps) {
    const auto channels = static_cast<size_t>(x.c);
    std::vector<double> sums(channels), squares(channels);
    visit_elements(x, [&](int64_t at, int64_t c) {
        sums[static_cast<size_t>(c)] += data[at];
        squares[static_cast<size_t>(c)] += static_cast<double>(data[at]) * data[at];
    });
    const auto m = static_cast<double>(x.n * x.s);
    for (size_t c = 0; c < channels; c++) {
        const double channel_mean = sums[c] / m;
        const double channel_variance = std::max(0.0, squares[c] / m - channel_mean * channel_mean);
        mean.push_back(static_cast<float>(channel_mean));
        variance.push_back(static_cast<float>(channel_variance));
        invstd.push_back(static_cast<float>(1 / std::sqrt(static_cast<double>(variance.back()) + eps)));
    }
}

} // namespace normforge::bench
