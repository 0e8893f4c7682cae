// SPDX-License-Identifier: MIT
// Problems beyond 2^31 - 1, with the library's own kernels: by the number of elements, by one extent, and by strides. bf16,
// with input that repeats a few rows in memory and statistics that are exact, so that every element can be checked quickly.
#include "tests/support/compare.h"
#include "tests/support/operands.h"
#include "tests/support/sparse_memory.h"
#include "tests/support/strict.h"
#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <deque>
#include <fstream>
#include <iostream>
#include <limits>
#include <normforge/normforge.hpp>
#include <unistd.h>

using namespace normforge;
using namespace normforge::testing;

namespace {

constexpr int64_t kRow = int64_t{1} << 20; ///< elements
constexpr size_t kRowBytes = kRow * sizeof(uint16_t);
constexpr int64_t kChannels = 3, kKinds = 4, kImages = 683; ///< image n is of kind n % kKinds
constexpr int64_t kRows = kImages * kChannels;
constexpr int64_t kPatterns = kKinds * kChannels; ///< of a row: they repeat in memory
static_assert(kRows * kRow == (int64_t{1} << 31) + kRow);

constexpr float kBase[kChannels] = {3, -5, 12};
constexpr double kAmplitude[kKinds] = {0.125, 0.25, 0.5, 1}; ///< x is base + amplitude or base - amplitude
constexpr double kGradient[kKinds] = {1, -2, 0, 3};          ///< dy is this or 1 more

uint64_t hash(uint64_t value) {
    value = (value ^ value >> 31) * 0x9E3779B97F4A7C15;
    return (value ^ value >> 29) * 0xBF58476D1CE4E5B9;
}

/// Which of its two values an element of a row has: one of a pair has the one, one the other, whatever tile they are in.
bool second_of_two(int64_t pattern, int64_t i) {
    return (hash(static_cast<uint64_t>(pattern * kRow + i / 2)) >> 40 & 1) != (i & 1);
}

/// The rows in which element i of a pattern is one of its two values.
std::vector<uint16_t> make_rows(const Values &two_of_each) {
    std::vector<uint16_t> rows;
    for (int64_t pattern = 0; pattern * 2 < static_cast<int64_t>(two_of_each.size()); ++pattern) {
        uint16_t stored[2];
        for (const int64_t which : {0, 1}) store(NF_BF16, &stored[which], two_of_each[2 * pattern + which]);
        for (int64_t i = 0; i < kRow; ++i) rows.push_back(stored[second_of_two(pattern, i)]);
    }
    return rows;
}

void fill(const SparseMemory &memory, const std::vector<uint16_t> &rows) {
    for (int64_t row = 0; row < kRows; ++row)
        std::memcpy(memory.as<uint16_t>() + row * kRow, &rows[row % kPatterns * kRow], kRowBytes);
}

int64_t rows_that_differ(const SparseMemory &memory, const std::vector<uint16_t> &rows) {
    int64_t different = 0;
    for (int64_t row = 0; row < kRows; ++row)
        different += std::memcmp(memory.as<uint16_t>() + row * kRow, &rows[row % kPatterns * kRow], kRowBytes) != 0;
    return different;
}

/// Rows over and over: the same pages everywhere, until one is written.
class RepeatedMemory {
public:
    RepeatedMemory(const std::vector<uint16_t> &rows, int64_t elements)
        : memory_(static_cast<size_t>(elements) * sizeof(uint16_t)) {
        const size_t period = rows.size() * sizeof rows[0];
        const int file = memfd_create("rows", 0);
        REQUIRE(file >= 0);
        REQUIRE(write(file, rows.data(), period) == static_cast<ssize_t>(period));
        for (size_t at = 0; at < memory_.size(); at += period) {
            void *const here = memory_.as<char>() + at;
            const size_t length = std::min(period, memory_.size() - at);
            REQUIRE(mmap(here, length, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_FIXED, file, 0) == here);
        }
        close(file);
    }

    uint16_t *data() const { return memory_.as<uint16_t>(); }

private:
    SparseMemory memory_;
};

bool enough_memory() {
    constexpr int64_t kNeededKilobytes = int64_t{8} << 20;
    std::ifstream file("/proc/meminfo");
    std::string key;
    int64_t kilobytes = 0;
    while (file >> key && key != "MemAvailable:") file.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
    if (file >> kilobytes && kilobytes >= kNeededKilobytes) return true;
    std::cout << "skipped: " << kilobytes / 1024 << " MiB of memory are available, 8192 MiB are needed\n";
    return false;
}

/// Runs a plan with a workspace of its own.
void execute(const nf_description &description, nf_tensors tensors) {
    const Plan plan(description);
    INFO(plan.describe());
    const Workspace workspace(plan);
    tensors.workspace = workspace.data();
    tensors.workspace_size = workspace.size();
    REQUIRE_NOTHROW(plan.execute(tensors));
}

/// Runs a problem as run() does, in memory that is there only where there are elements.
Results run_sparse(const Problem &problem, const Inputs &in) {
    const nf_description &d = problem.description;
    std::deque<SparseMemory> memories;
    Tensors call;
    Results results;
    const auto visit = [&](auto body) {
        size_t next = 0;
        for (const OperandRow &row : kOperands) {
            const Access access = access_of(row, d);
            if (access == Access::none) continue;
            const bool tensor = row.kind == OperandKind::tensor;
            const CanonicalTensor layout =
                tensor ? canonicalise(d.x, d.*row.layout, d.axis) : CanonicalTensor{{1, in.shape.c, 1}, in.shape.c, 1, 1};
            const auto bytes = precision_of(type_of(row, d)).bytes;
            if (next == memories.size()) memories.emplace_back(static_cast<size_t>(layout.span() * bytes));
            char *const begin = memories[next++].as<char>() + layout.origin() * bytes;
            const auto element = [&](int64_t i) {
                const int64_t s = i % layout.shape.s, c = i / layout.shape.s % layout.shape.c;
                const int64_t n = i / layout.shape.s / layout.shape.c;
                return begin + (n * layout.stride_n + c * layout.stride_c + s * layout.stride_s) * bytes;
            };
            body(row, access, layout.shape.count(), begin, element);
        }
    };
    visit([&](const OperandRow &row, Access access, int64_t count, char *begin, auto element) {
        row.set(call, begin, count);
        if (access == Access::read || access == Access::update)
            for (int64_t i = 0; i < count; ++i) store(type_of(row, d), element(i), (in.*row.values)[i]);
    });
    execute(d, call);
    visit([&](const OperandRow &row, Access access, int64_t count, char *, auto element) {
        if (access != Access::write && access != Access::update) return;
        for (int64_t i = 0; i < count; ++i) results[row.output].push_back(load(type_of(row, d), element(i)));
    });
    return results;
}

} // namespace

TEST_CASE("More than 2^31 elements, in place, every one checked") {
    if (!enough_memory()) return;
    Description forward(NF_FORWARD_TRAIN, {kImages, kChannels, kRow}, NF_BF16);
    forward.momentum = 0.5;
    Description backward(NF_BACKWARD_TRAIN, {kImages, kChannels, kRow}, NF_BF16);

    // One of each kind of image, with the two values that its elements have.
    Inputs kinds;
    kinds.shape = {kKinds, kChannels, 2};
    kinds.gamma = {1.5, -0.75, 2};
    kinds.beta = {0.25, 3, -1};
    Values m2(kChannels), sum_dz(kChannels), sum_dz_x(kChannels); // exact: they are dyadic
    for (int64_t pattern = 0; pattern < kPatterns; ++pattern) {
        const int64_t kind = pattern / kChannels, c = pattern % kChannels;
        for (const int sign : {-1, 1}) kinds.x.push_back(kBase[c] + sign * kAmplitude[kind]);
        for (const int more : {0, 1}) kinds.dy.push_back(kGradient[kind] + more);
        const auto elements = static_cast<double>((kImages - kind + kKinds - 1) / kKinds * kRow);
        m2[c] += elements * kAmplitude[kind] * kAmplitude[kind];
        sum_dz[c] += elements * (kGradient[kind] + 0.5);
        sum_dz_x[c] += elements * kAmplitude[kind] / 2;
    }
    const auto m = static_cast<double>(kImages * kRow);
    const std::vector<float> gamma(kinds.gamma.begin(), kinds.gamma.end()), beta(kinds.beta.begin(), kinds.beta.end());
    std::vector<float> mean(kChannels), variance(kChannels), invstd(kChannels);
    std::vector<float> running_mean(kChannels, 1), running_variance(kChannels, 2), dgamma(kChannels), dbeta(kChannels);

    Tensors tensors;
    tensors.gamma = channels(gamma);
    tensors.beta = channels(beta);
    tensors.saved_mean = channels(mean);
    tensors.saved_variance = channels(variance);
    tensors.saved_invstd = channels(invstd);
    tensors.running_mean = channels(running_mean);
    tensors.running_variance = channels(running_variance);
    tensors.dgamma = channels(dgamma);
    tensors.dbeta = channels(dbeta);

    const auto x_rows = make_rows(kinds.x);
    const SparseMemory memory(kRows * kRowBytes);
    madvise(memory.as<void>(), memory.size(), MADV_HUGEPAGE);
    fill(memory, x_rows);
    tensors.x = tensors.y = memory.as<void>();
    execute(forward, tensors);
    for (int64_t c = 0; c < kChannels; ++c) {
        INFO("channel " << c);
        const double exact = m2[c] / m;
        CHECK(mean[c] == kBase[c]);
        CHECK(variance[c] == static_cast<float>(exact));
        CHECK(invstd[c] == static_cast<float>(1 / std::sqrt(exact + forward.eps)));
        CHECK(running_mean[c] == (1 + kBase[c]) / 2);
        CHECK(running_variance[c] == static_cast<float>((2 + exact) / 2));
    }
    const StrictAffine affine(forward, kinds, Values(mean.begin(), mean.end()), Values(invstd.begin(), invstd.end()));
    Values y;
    for_each(kinds.shape, [&](int64_t c, int64_t i) { y.push_back(round_to(NF_BF16, affine.value(c, i))); });
    CHECK(rows_that_differ(memory, make_rows(y)) == 0);

    const RepeatedMemory x(x_rows, kRows * kRow);
    fill(memory, make_rows(kinds.dy));
    tensors.x = x.data();
    tensors.dy = tensors.dx = memory.as<void>();
    execute(backward, tensors);
    for (int64_t c = 0; c < kChannels; ++c) {
        INFO("channel " << c);
        CHECK(dbeta[c] == static_cast<float>(sum_dz[c]));
        CHECK(std::abs(dgamma[c] - sum_dz_x[c] * invstd[c]) <= ulp(NF_F32, std::abs(dgamma[c])));
    }
    Values dx;
    for_each(kinds.shape, [&](int64_t c, int64_t i) {
        const int64_t pattern = i / 2, first = second_of_two(pattern, 0) == (i % 2 == 1) ? 0 : 1; // of the two values
        dx.push_back(load(NF_BF16, memory.as<uint16_t>() + pattern * kRow + first));
        const double scale = kinds.gamma[c] * invstd[c], xhat = (kinds.x[i] - mean[c]) * invstd[c];
        const double terms[] = {kinds.dy[i], dbeta[c] / m, xhat * dgamma[c] / m};
        const double wanted = scale * (terms[0] - terms[1] - terms[2]);
        const double size = std::abs(scale) * (std::abs(terms[0]) + std::abs(terms[1]) + std::abs(terms[2]));
        INFO("dx of channel " << c << ", image " << pattern / kChannels << ", value " << i % 2);
        CHECK(std::abs(dx.back() - wanted) <= 7 * ulp(NF_F32, size) + ulp(NF_BF16, std::abs(wanted)) / 2);
    });
    CHECK(rows_that_differ(memory, make_rows(dx)) == 0);
}

TEST_CASE("One extent beyond 2^31") {
    constexpr int64_t kCount = (int64_t{1} << 31) + 5;
    const RepeatedMemory x(make_rows({kBase[0] - kAmplitude[0], kBase[0] + kAmplitude[0]}), kCount);
    store(NF_BF16, x.data() + kCount - 1, kBase[0]); // the one without another to make a pair
    const std::vector<float> mean = {kBase[0]}, invstd = {1};
    const auto triple_of = [&](const std::string &op) {
        Values triple(3);
        Tensors tensors;
        tensors.x = tensors.dy = x.data();
        tensors.saved_mean = channels(mean);
        tensors.saved_invstd = channels(invstd);
        tensors.triples = channels(triple);
        execute(parse_problem(op + ":bf16:ncw:1x1x" + std::to_string(kCount)).description, tensors);
        return triple;
    };
    const auto m = static_cast<double>(kCount);
    const double m2 = (m - 1) * kAmplitude[0] * kAmplitude[0];
    CHECK(triple_of("stats") == Values{m, kBase[0], m2});
    CHECK(triple_of("backward_reduce") == Values{m, m * kBase[0], m2}); // dy is x
}

TEST_CASE("Strides beyond 2^31") {
    // In the inner form the tiles are those of a dense tensor, which are merged in f64: f32 results have the same bits.
    const auto [shape, strides, same_bits] = GENERATE(table<const char *, const char *, bool>({
        {"ncw:3x2x2500", "3000000000x2500x1", true},
        {"ncw:3x2x2500", "-3000000000x2500x1", true},
        {"ncw:3x2x2500", "2500x3000000000x1", true},
        {"ncw:2x3x2500", "7000000000x2200000000x1", true},
        {"nchw:3x5x4x5", "3000000000x20x5x1", false},
        {"nhwc:2x3x4x5", "8400000000x2800000000x700000000x1", false},
        {"nc:3x40", "3000000000x1", false},
        {"nc:40x3", "1x3000000000", false},
    }));
    for (const char *op : {"forward_train", "forward_inference", "backward_train", "backward_frozen"}) {
        const std::string dense = std::string(op) + ":bf16:" + shape + ":relu";
        const Problem problem = parse_problem(dense + ":strides=" + strides), contiguous = parse_problem(dense);
        INFO(to_string(problem));
        const Inputs in = make_inputs(problem.description, {});
        const Results results = run_sparse(problem, in);
        const Comparison comparison = compare(problem, in, results);
        INFO(to_string(comparison));
        CHECK(comparison.within_bounds());
        if (same_bits) CHECK(first_difference(results, run(contiguous, in, {})) == "");
    }
}
