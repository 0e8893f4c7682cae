// SPDX-License-Identifier: MIT
// Generators of operands, see data.h.
#include "tests/support/data.h"

#include "runtime/ops.h"
#include "tests/support/operands.h"
#include "tests/support/strict.h"

#include <algorithm>
#include <cmath>
#include <random>
#include <stdexcept>

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
/// base, so that the elements of the narrowest types are exact. With f64
/// arithmetic there is one base in all tiles: the merge, in f64 too, divides by numbers of tiles.
void fill_exact(const Shape &shape, nf_form form, const nf_description &d, Random &random, Values &x) {
    const int widest = precision_of(d.x.dtype).digits < 11 ? 3 : 32;
    const double step = arithmetic_type(d) == NF_F64 ? 0 : 0.125;
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

namespace {

/// Of an operand that is a plain normal distribution. Deviations are chosen so that nothing is swamped by anything else.
struct Normal {
    const char *operand;
    double mean, sigma;
};
constexpr Normal kNormals[] = {{"residual", 0, 1}, {"dy", 0.1, 1},      {"gamma", 1, 0.5}, {"beta", 0, 0.5},
                               {"dx", 0, 1},       {"dresidual", 0, 1}, {"dgamma", 0, 3},  {"dbeta", 0, 3}};

/// Every operand has numbers of its own, whatever else an op reads.
void add_normals(const nf_description &d, uint64_t seed, Inputs &in) {
    for (const Normal &normal : kNormals) {
        const OperandRow &row = operand(normal.operand);
        const Access access = access_of(row, d);
        const bool tensor = row.kind == OperandKind::tensor;
        const bool makes_y = &row == &operand("residual") && adds_residual(d.epilogue);
        if (tensor && !makes_y && access != Access::read && access != Access::update) continue;
        Random random(seed * 1000 + static_cast<uint64_t>(&row - kOperands));
        in.*row.values = normals(random, type_of(row, d), tensor ? in.shape.count() : in.shape.c, normal.mean, normal.sigma);
    }
}

/// Saved statistics are x's own, running ones are near them.
void add_statistics(const nf_description &d, Random &random, Inputs &in) {
    const Shape &shape = in.shape;
    const nf_dtype type = statistic_type(d);
    std::uniform_real_distribution<double> factor(0.5, 2);
    std::normal_distribution<double> normal(0, 1);
    reference::Statistics batch{reference::Channels(shape.c), reference::Channels(shape.c, 1)};
    if (shape.per_channel() > 0) batch = reference::statistics(shape, reference::dense<const double>(in.x.data(), shape));
    for (int64_t c = 0; c < shape.c; ++c) {
        const auto add = [&](Values &values, reference::Real value) {
            values.push_back(round_to(type, static_cast<double>(value)));
        };
        add(in.saved_mean, batch.mean[c]);
        add(in.saved_invstd, reference::inverse_deviation(batch.variance[c], d.eps));
        add(in.running_mean, batch.mean[c] + 0.1 * std::sqrt(batch.variance[c]) * normal(random));
        add(in.running_variance, (batch.variance[c] + 0.01) * factor(random));
    }
}

} // namespace

Inputs make_inputs(const nf_description &d, const DataSpec &spec) {
    Inputs in;
    const Shape &shape = in.shape = canonicalise(d.x, d.x, d.axis).shape;
    Random random(spec.seed);
    in.x.assign(static_cast<size_t>(shape.count()), spec.mean);
    if (spec.distribution == Distribution::normal) fill_normal(shape, spec, random, in.x);
    if (spec.distribution == Distribution::exact) {
        const auto form = form_of(tensors_of(d));
        if (!form) throw std::invalid_argument("exact data for a problem that runs in pieces");
        fill_exact(shape, *form, d, random, in.x);
    }
    for (double &x : in.x) x = round_to(d.x.dtype, x);
    add_normals(d, spec.seed, in);
    add_statistics(d, random, in);
    if (access_of(operand("y"), d) == Access::read) {
        const StrictAffine affine = given_affine(d, in);
        in.y.resize(in.x.size());
        for_each(shape, [&](int64_t c, int64_t i) { in.y[i] = round_to(d.x.dtype, affine.value(c, i)); });
    }
    if (access_of(operand("triples"), d) == Access::read) {
        const bool forward = d.op == NF_MERGE;
        if (in.dy.empty()) in.dy = normals(random, d.x.dtype, shape.count(), 0.1, 1);
        in.triples = make_triples(in, forward || d.op == NF_BACKWARD_MERGE ? d.parts : 1, !forward);
    }
    return in;
}

Values make_triples(const Inputs &in, int parts, bool with_dy) {
    const Shape &shape = in.shape;
    const int64_t m = shape.per_channel();
    Values triples(static_cast<size_t>(parts * 3 * shape.c));
    for (int64_t c = 0; c < shape.c; ++c) {
        Values x, dy;
        for (int64_t i = 0; i < m; ++i) {
            const int64_t element = (i / shape.s * shape.c + c) * shape.s + i % shape.s;
            x.push_back(in.x[element]);
            if (with_dy) dy.push_back(in.dy[element]);
        }
        for (int64_t part = 0; part < parts; ++part) {
            const int64_t begin = part * m / parts, end = (part + 1) * m / parts;
            const Shape piece{end - begin, 1, 1};
            if (piece.n == 0) continue;
            const auto x_of_piece = reference::dense<const double>(x.data() + begin, piece);
            reference::Triple triple;
            if (with_dy) {
                const reference::Channels dz(dy.begin() + begin, dy.begin() + end);
                triple = reference::backward_reduce(
                    piece, x_of_piece, reference::dense<const reference::Real>(dz.data(), piece), {in.saved_mean[c]});
            } else {
                triple = reference::stats(piece, x_of_piece);
            }
            int64_t word = 0;
            for (const auto *channels : {&triple.count, &triple.first, &triple.second})
                triples[(part * 3 + word++) * shape.c + c] = static_cast<double>(channels->front());
        }
    }
    return triples;
}

std::vector<reference::Triple> triples_of(const Values &triples, int64_t channels) {
    std::vector<reference::Triple> result(channels ? triples.size() / 3 / static_cast<size_t>(channels) : 0);
    auto next = triples.begin();
    for (reference::Triple &triple : result) {
        for (reference::Channels *word : {&triple.count, &triple.first, &triple.second}) {
            word->assign(next, next + channels);
            next += channels;
        }
    }
    return result;
}

} // namespace normforge::testing
