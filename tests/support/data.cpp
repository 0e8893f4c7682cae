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

std::vector<float> normals(Random &random, int64_t count, double mean, double sigma) {
    std::normal_distribution<double> normal(mean, sigma);
    std::vector<float> values(static_cast<size_t>(count));
    for (float &value : values) value = static_cast<float>(normal(random));
    return values;
}

void fill_normal(const Shape &shape, const DataSpec &spec, Random &random, std::vector<float> &x) {
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
            for (int64_t s = 0; s < shape.s; ++s) *element++ = static_cast<float>(mean[c] + sigma[c] * normal(random));
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
/// tile to tile, so every sum of at most 2^20 terms is exact in f32 inside a tile and in f64 between tiles.
void fill_exact(const Shape &shape, nf_form form, Random &random, std::vector<float> &x) {
    std::uniform_int_distribution<int> centre(-32, 32), exponent(-3, 1);
    for (int64_t c = 0; c < shape.c; ++c) {
        const double channel_base = centre(random), amplitude = std::ldexp(1.0, exponent(random));
        for (int64_t n = 0; n < shape.n; ++n) {
            for (int64_t s = 0; s < shape.s; ++s) {
                const Place place = place_of(shape, form, n, s);
                const double base = channel_base + 0.125 * static_cast<double>(place.tile % 7);
                const bool unpaired = place.index == place.length - 1 && place.length % 2 == 1;
                const double deviation = unpaired ? 0 : place.index % 2 == 0 ? amplitude : -amplitude;
                x[(n * shape.c + c) * shape.s + s] = static_cast<float>(base + deviation);
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
    Inputs in;
    const Shape &shape = in.shape = tensors.x.shape;
    in.x.assign(static_cast<size_t>(shape.count()), static_cast<float>(spec.mean));
    if (spec.distribution == Distribution::normal) fill_normal(shape, spec, random, in.x);
    if (spec.distribution == Distribution::exact) fill_exact(shape, tensors.form, random, in.x);
    if (!is_forward(description.op)) in.dy = normals(random, shape.count(), 0.1, 1);
    in.gamma = normals(random, shape.c, 1, 0.5);
    in.beta = normals(random, shape.c, 0, 0.5);

    std::uniform_real_distribution<double> factor(0.5, 2);
    std::normal_distribution<double> normal(0, 1);
    reference::Statistics batch{reference::Channels(shape.c), reference::Channels(shape.c, 1)};
    if (shape.per_channel() > 0) batch = reference::statistics(shape, reference::dense<const float>(in.x.data(), shape));
    for (int64_t c = 0; c < shape.c; ++c) {
        const double invstd = reference::inverse_deviation(batch.variance[c], description.eps);
        in.saved_mean.push_back(static_cast<float>(batch.mean[c]));
        in.saved_invstd.push_back(static_cast<float>(invstd));
        in.running_mean.push_back(static_cast<float>(batch.mean[c] + 0.1 * std::sqrt(batch.variance[c]) * normal(random)));
        in.running_variance.push_back(static_cast<float>((batch.variance[c] + 0.01) * factor(random)));
    }
    return in;
}

} // namespace normforge::testing
