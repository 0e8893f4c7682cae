// SPDX-License-Identifier: MIT
// The pass that makes accesses of 16 bytes, on the machine's own processor: it is for CUDA, but knows no target. Values must
// be in the same places as without it, and it must have done something where it may and nothing elsewhere.
#include "generators/schedule/wide_accesses.h"

#include <catch2/catch.hpp>

#include <vector>

using namespace normforge;

namespace {

constexpr int kCount = 48;

/// Loads and stores of 128 bits.
struct Counter : Halide::Internal::IRVisitor {
    using IRVisitor::visit;
    void visit(const Halide::Internal::Load *load) override {
        count += load->type.bits() == 128;
        IRVisitor::visit(load);
    }
    void visit(const Halide::Internal::Store *store) override {
        count += store->value.type().bits() == 128;
        IRVisitor::visit(store);
    }
    int count = 0;
};

/// out(i) = in(i + shift) + table(i), `lanes` at once, where `shift` is known to be a multiple of `step`.
template <typename T>
struct Sum {
    Sum(int lanes, int step) : in(Halide::type_of<T>(), 1), table(Halide::type_of<float>(), 1), shift("shift") {
        Halide::Var i;
        out(i) = in(i + shift / step * step) + Halide::cast<T>(table(i));
        for (Halide::ImageParam array : {in, table}) array.dim(0).set_min(0);
        out.output_buffer().dim(0).set_bounds(0, kCount);
        out.vectorize(i, lanes);
    }

    std::vector<T> run(bool widened) {
        std::vector<T> values(kCount + 16);
        std::vector<float> added(kCount);
        for (size_t k = 0; k < values.size(); ++k) values[k] = static_cast<T>(3 * k + 1);
        for (size_t k = 0; k < added.size(); ++k) added[k] = static_cast<float>(k * k);
        in.set(Halide::Buffer<T>(values.data(), static_cast<int>(values.size())));
        table.set(Halide::Buffer<float>(added.data(), kCount));
        shift.set(8);
        Halide::Pipeline pipeline(out);
        if (widened) widen_accesses(pipeline);
        Halide::Buffer<T> result(kCount);
        pipeline.realize(result);
        return {result.begin(), result.end()};
    }

    int wide_accesses() {
        Halide::Pipeline pipeline(out);
        widen_accesses(pipeline);
        Counter counter;
        for (const auto &function : pipeline.compile_to_module({in, table, shift}, "sum").functions())
            function.body.accept(&counter);
        return counter.count;
    }

    Halide::ImageParam in, table;
    Halide::Param<int> shift;
    Halide::Func out;
};

template <typename T>
void check(int lanes) {
    Sum<T> sum(lanes, lanes), plain(lanes, lanes), unaligned(lanes, 1);
    CHECK(sum.wide_accesses() > 0);
    CHECK(sum.run(true) == plain.run(false));
    CHECK(unaligned.run(true) == plain.run(false));
    CHECK(unaligned.wide_accesses() < sum.wide_accesses());
}

} // namespace

TEST_CASE("Accesses of 16 bytes put every element in its place") {
    check<uint16_t>(8);
    check<float>(4);
    check<float>(8);
    check<double>(2);
}

TEST_CASE("Accesses of other sizes stay") {
    CHECK(Sum<float>(2, 2).wide_accesses() == 0);
    CHECK(Sum<float>(1, 4).wide_accesses() == 0);
}
