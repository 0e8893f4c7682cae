// SPDX-License-Identifier: MIT
// Generators of operands, see data.h.
#include "tests/support/data.h"

#include <cmath>

namespace normforge::testing {

using reference::Shape;

namespace {

using Random = std::mt19937_64;

/// Elements, images and rows of a tile of the three forms: docs/numerics.md.
constexpr int64_t kTileElements = 1024;
constexpr int64_t kTileImages = 16;
constexpr int64_t kTileRows = 16;

Values normals(Random &random, nf_dtype type, int64_t count, double mean, double sigma) {
    std::normal_distribution<double> normal(mean, sigma);
    Values values(static_cast<size_t>(count));
    for (double &value : values) value = round_to(type, normal(random));
    return values;
}

void fill_normal(const Shape &shape, const DataSpec &spec, Random &random, Values &x) {
    std::normal_distribution<double> normal(0, 1);
    std::uniform_real_distribution<double> spread(0.5, 1.5);
    std::vector<double> mean(shape.c), sigma(shape.c);
    for (int64_t c = 0; c < shape.c; ++c) {
        sigma[c] = spec.sigma * spread(random);
        mean[c] = spec.mean + 0.25 * sigma[c] * normal(random);
    }
    auto element = x.begin();
    for (int64_t n = 0; n < shape.n; ++n) {
        for (int64_t c = 0; c < shape.c; ++c) {
            for (int64_t s = 0; s < shape.s; ++s) *element++ = mean[c] + sigma[c] * normal(random);
        }
    }
}

/// Position of an element in its tile's walk, and the tile it is in.
struct Place {
    int64_t tile, index, length;
};

Place place_of(const Shape &shape, nf_form form, int64_t n, int64_t s) {
    const auto part = [](int64_t position, int64_t extent, int64_t tile_length, int64_t tiles_before) {
        const int64_t tile = position / tile_length, first = tile * tile_length;
        return Place{tiles_before + tile, position - first, std::min(tile_length, extent - first)};
    };
    switch (form) {
    case NF_FORM_INNER: return part(s, shape.s, kTileElements, n * ((shape.s + kTileElements - 1) / kTileElements));
    case NF_FORM_SMALL_PLANES: return {n / kTileImages, s, shape.s};
    case NF_FORM_LAST: break;
    }
    return part(n * shape.s + s, shape.n * shape.s, kTileRows, 0);
}

/// Each tile is base + a, base - a, base + a, ... and an odd last element is base itself: its mean is base, whatever the
/// order of summation and also after subtracting the first element. base and a are small dyadic numbers, base differs from
/// tile to tile, so every sum of at most 2^20 terms is exact in f32 inside a tile and in f64 between tiles. `widest` bounds
/// base, so that the elements of the narrowest types are exact. f64 data have one base in all tiles: their merge, in f64
/// too, divides by numbers of tiles.
void fill_exact(const Shape &shape, nf_form form, nf_dtype dtype, Random &random, Values &x) {
    const int widest = precision_of(dtype).digits < 11 ? 3 : 32;
    const double step = dtype == NF_F64 ? 0 : 0.125;
    std::uniform_int_distribution<int> centre(-widest, widest), exponent(-3, 1);
    for (int64_t c = 0; c < shape.c; ++c) {
        const double channel_base = centre(random), amplitude = std::ldexp(1.0, exponent(random));
        for (int64_t n = 0; n < shape.n; ++n) {
            for (int64_t s = 0; s < shape.s; ++s) {
                const Place place = place_of(shape, form, n, s);
                const double base = channel_base + step * static_cast<double>(place.tile % 7);
                const bool unpaired = place.index == place.length - 1 && place.length % 2 == 1;
                const double deviation = unpaired ? 0 : place.index % 2 == 0 ? amplitude : -amplitude;
                x[(n * shape.c + c) * shape.s + s] = base + deviation;
            }
        }
    }
}

const char *name_of(Distribution distribution) {
    switch (distribution) {
    case Distribution::normal: return "normal";
    case Distribution::constant: return "constant";
    case Distribution::exact: break;
    }
    return "exact";
}

} // namespace

std::string to_string(const DataSpec &spec) {
    return std::string(name_of(spec.distribution)) + "(" + std::to_string(spec.mean) + ", " + std::to_string(spec.sigma) +
           ") seed " + std::to_string(spec.seed);
}

Inputs make_inputs(const nf_description &description, const DataSpec &spec) {
    const ProblemTensors tensors = problem_tensors(description);
    Random random(spec.seed);
    const nf_dtype dtype = description.x.dtype, statistic = statistic_type(description);
    Inputs in;
    const Shape &shape = in.shape = tensors.x.shape;
    in.x.assign(static_cast<size_t>(shape.count()), spec.mean);
    if (spec.distribution == Distribution::normal) fill_normal(shape, spec, random, in.x);
    if (spec.distribution == Distribution::exact) fill_exact(shape, tensors.form, dtype, random, in.x);
    for (double &x : in.x) x = round_to(dtype, x);
    if (!is_forward(description.op)) in.dy = normals(random, dtype, shape.count(), 0.1, 1);
    in.gamma = normals(random, parameter_type(description), shape.c, 1, 0.5);
    in.beta = normals(random, parameter_type(description), shape.c, 0, 0.5);

    std::uniform_real_distribution<double> factor(0.5, 2);
    std::normal_distribution<double> normal(0, 1);
    reference::Statistics batch{reference::Channels(shape.c), reference::Channels(shape.c, 1)};
    if (shape.per_channel() > 0) batch = reference::statistics(shape, reference::dense<const double>(in.x.data(), shape));
    for (int64_t c = 0; c < shape.c; ++c) {
        const auto invstd = reference::inverse_deviation(batch.variance[c], description.eps);
        in.saved_mean.push_back(round_to(statistic, static_cast<double>(batch.mean[c])));
        in.saved_invstd.push_back(round_to(statistic, static_cast<double>(invstd)));
        in.running_mean.push_back(
            round_to(statistic, static_cast<double>(batch.mean[c] + 0.1 * std::sqrt(batch.variance[c]) * normal(random))));
        in.running_variance.push_back(round_to(statistic, static_cast<double>((batch.variance[c] + 0.01) * factor(random))));
    }
    return in;
}

} // namespace normforge::testing
