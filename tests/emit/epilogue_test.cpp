// SPDX-License-Identifier: MIT
// Every activation, compiled for every target of ours that runs here, against the reference: errors of value and derivative
// in the units of docs/numerics.md, kinks, infinities and NaN among them; the same bits from every target and vector width.
#include "generators/algorithm/epilogue.h"
#include "generators/tuning/targets.h"
#include "runtime/names.h"
#include "runtime/ops.h"
#include "tests/reference/reference.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <random>

using namespace normforge;

namespace {

using reference::Real;

constexpr double kSlope = 0.3125; // exact in every type

/// Largest errors allowed, in units, for both types.
struct Bounds {
    double value, derivative;
};
const std::map<std::string, Bounds> kBounds = {
    {"none", {0, 0}}, {"relu", {0, 0}},      {"leaky_relu", {0.5, 0}}, {"relu6", {0, 0}}, {"silu", {4, 3}},
    {"gelu", {6, 3}}, {"gelu_tanh", {4, 4}}, {"sigmoid", {3, 1}},      {"tanh", {3, 3}},  {"hard_swish", {2.5, 1.5}},
};

template <typename T>
using Bits = std::conditional_t<sizeof(T) == 4, uint32_t, uint64_t>;

template <typename T>
T of_bits(Bits<T> bits) {
    T value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}
template <typename T>
Bits<T> to_bits(T value) {
    Bits<T> bits;
    std::memcpy(&bits, &value, sizeof bits);
    return bits;
}

/// `count` values and their negatives, evenly spread over the bit patterns of [from, to).
template <typename T>
void spread(std::vector<T> &points, Bits<T> from, Bits<T> to, Bits<T> count) {
    for (Bits<T> i = 0; i < count; ++i) {
        const T value = of_bits<T>(from + (to - from) / count * i);
        points.insert(points.end(), {value, -value});
    }
}

/// All exponents, kinks, infinities and NaN; most where functions change: 2^-8 to 2^8 (f32) or 2^11.
template <typename T>
std::vector<T> points() {
    const bool is_f32 = sizeof(T) == 4;
    std::vector<T> result = {-6, -3, -1, 1, 3, 6, 120, -120, 760, -760};
    for (const T limit : {std::numeric_limits<T>::infinity(), std::numeric_limits<T>::max(), std::numeric_limits<T>::min(),
                          std::numeric_limits<T>::denorm_min(), std::numeric_limits<T>::quiet_NaN()}) {
        result.insert(result.end(), {limit, -limit});
    }
    const T infinity = std::numeric_limits<T>::infinity();
    spread<T>(result, 0, to_bits<T>(infinity) + 3, is_f32 ? 500'000 : 50'000);
    spread<T>(result, to_bits<T>(T(0x1p-8)), to_bits<T>(is_f32 ? 0x1p8 : 0x1p11), is_f32 ? 500'000 : 100'000);
    return result;
}

template <typename T>
struct Results {
    std::vector<T> value, gradient, gradient_at_output; ///< the last empty if there is no such function
};

/// Compiles for the target, `lanes` elements at once, and runs.
template <typename T>
Results<T> run(const Activation &activation, const Halide::Target &target, int lanes, std::vector<T> z, std::vector<T> dy) {
    Halide::Type type = Halide::type_of<T>();
    Halide::ImageParam z_in(type, 1), dy_in(type, 1);
    Halide::Var i;
    Halide::Expr slope = Halide::cast(type, Halide::Expr(kSlope)), z_i = z_in(i), dy_i = dy_in(i);
    Halide::Func value, gradient, at_output;
    value(i) = activation.value(z_i, slope);
    gradient(i) = activation.gradient(z_i, dy_i, slope);
    std::vector<Halide::Func> outputs = {value, gradient};
    if (activation.gradient_at_output) {
        at_output(i) = activation.gradient_at_output(activation.value(z_i, slope), dy_i, slope);
        outputs.push_back(at_output);
    }
    if (lanes > 1) {
        for (Halide::Func f : outputs) f.vectorize(i, lanes, Halide::TailStrategy::GuardWithIf);
    }
    const int n = static_cast<int>(z.size());
    z_in.set(Halide::Buffer<T>(z.data(), n));
    dy_in.set(Halide::Buffer<T>(dy.data(), n));
    Results<T> results;
    std::vector<T> *stores[] = {&results.value, &results.gradient, &results.gradient_at_output};
    for (size_t o = 0; o < outputs.size(); ++o) {
        stores[o]->resize(z.size());
        Halide::Buffer<T> out(stores[o]->data(), n);
        outputs[o].realize(out, target);
    }
    return results;
}

/// Our targets that this machine can run, best first.
std::vector<Halide::Target> usable_targets() {
    std::vector<Halide::Target> result;
    const Halide::Target host = Halide::get_host_target();
    for (const CompileTarget &candidate : compile_targets()) {
        Halide::Target target(candidate.halide);
        bool usable = target.arch == host.arch && target.bits == host.bits;
        for (int i = 0; i < Halide::Target::FeatureEnd; ++i) {
            const auto feature = static_cast<Halide::Target::Feature>(i);
            usable = usable && (host.has_feature(feature) || !target.has_feature(feature));
        }
        if (usable) result.push_back(target.with_feature(Halide::Target::StrictFloat));
    }
    return result;
}

/// Index of the first difference, all NaN being one value, as 0 and -0 are unless `signed_zero`; -1 if there is none.
template <typename T>
int64_t difference(const std::vector<T> &a, const std::vector<T> &b, bool signed_zero) {
    if (a.size() != b.size()) return 0;
    for (size_t i = 0; i < a.size(); ++i) {
        const bool same = signed_zero ? to_bits(a[i]) == to_bits(b[i]) : a[i] == b[i];
        if (!same && !(std::isnan(a[i]) && std::isnan(b[i]))) return static_cast<int64_t>(i);
    }
    return -1;
}

/// The error in the spacings of numbers of type T at a magnitude.
template <typename T>
double units(Real got, Real want, Real magnitude) {
    if (got == want || (std::isnan(got) && std::isnan(want))) return 0;
    if (!std::isfinite(got) || !std::isfinite(want)) return std::numeric_limits<double>::infinity();
    const int exponent = std::ilogb(std::max(magnitude, Real{std::numeric_limits<T>::min()}));
    return static_cast<double>(std::abs(std::ldexp(got - want, std::numeric_limits<T>::digits - 1 - exponent)));
}

struct Largest {
    double error = 0, at = 0;
    void take(double new_error, double z) {
        if (new_error > error) *this = {new_error, z};
    }
};

template <typename T>
void check(nf_epilogue word) {
    const std::string name = name_of(word);
    const Activation &activation = activations().at(name);
    const std::vector<Halide::Target> targets = usable_targets();
    REQUIRE(!targets.empty());
    const std::vector<T> z = points<T>();
    const Results<T> got = run<T>(activation, targets[0], 1, z, std::vector<T>(z.size(), 1));

    Largest value, derivative;
    const reference::Epilogue epilogue{static_cast<reference::Activation>(word), kSlope};
    for (size_t i = 0; i < z.size(); ++i) {
        const Real f = reference::apply(epilogue, z[i]), slope = reference::gradient(epilogue, z[i], 1);
        const Real condition = word == NF_EPILOGUE_GELU_TANH ? std::abs(z[i] * slope) : 0;
        value.take(units<T>(got.value[i], f, std::max(std::abs(f), condition)), z[i]);
        derivative.take(units<T>(got.gradient[i], slope, std::max(std::abs(slope), Real{0.5})), z[i]);
    }
    std::printf("%-10s f%zu  value %.2f units at %.9g, derivative %.2f at %.9g\n", name.c_str(), 8 * sizeof(T), value.error,
                value.at, derivative.error, derivative.at);
    CHECK(value.error <= kBounds.at(name).value);
    CHECK(derivative.error <= kBounds.at(name).derivative);

    // With other dy: one more product; the same bits from every target, scalar and vectorised; the gradient at y.
    std::mt19937 random(1);
    std::vector<T> dy(z.size()), product(z.size());
    for (size_t i = 0; i < z.size(); ++i) {
        dy[i] = std::normal_distribution<T>()(random);
        product[i] = dy[i] * got.gradient[i];
    }
    for (const Halide::Target &target : targets) {
        INFO(target.to_string());
        const int lanes = target.natural_vector_size<T>();
        for (int width : {1, lanes}) {
            INFO(width << " lanes");
            const Results<T> again = run<T>(activation, target, width, z, dy);
            CHECK(difference(again.value, got.value, true) == -1);
            CHECK(difference(again.gradient, product, false) == -1);
            if (activation.gradient_at_output) CHECK(difference(again.gradient_at_output, again.gradient, true) == -1);
        }
    }
}

/// Calls of library functions in an expression.
class LibraryCalls : public Halide::Internal::IRGraphVisitor {
public:
    std::vector<std::string> names;

private:
    using IRGraphVisitor::visit;
    void visit(const Halide::Internal::Call *call) override {
        if (call->is_extern()) names.push_back(call->name);
        IRGraphVisitor::visit(call);
    }
};

} // namespace

TEST_CASE("values and derivatives are within their bounds, the same bits everywhere") {
    for (int value = 0; value < NF_EPILOGUE_ADD; ++value) {
        const char *word = name_of<nf_epilogue>(value);
        if (!word) continue;
        INFO(word);
        check<float>(static_cast<nf_epilogue>(value));
        check<double>(static_cast<nf_epilogue>(value));
    }
}

TEST_CASE("no activation calls a library") {
    for (const Halide::Type &type : {Halide::Float(32), Halide::Float(64)}) {
        const Halide::Expr z = Halide::Internal::Variable::make(type, "z"),
                           dy = Halide::Internal::Variable::make(type, "dy");
        for (const auto &[name, activation] : activations()) {
            LibraryCalls calls;
            activation.value(z, dy).accept(&calls);
            activation.gradient(z, dy, dy).accept(&calls);
            CHECK_THAT(calls.names, Catch::Matchers::Equals(std::vector<std::string>{}));
        }
    }
}

TEST_CASE("every epilogue of the contract has its activation, which agrees with the runtime on backward's operands") {
    size_t count = 0;
    for (int value = 0; value < 2 * NF_EPILOGUE_ADD; ++value) {
        const char *word = name_of<nf_epilogue>(value);
        if (!word) continue;
        INFO(word);
        const auto epilogue = static_cast<nf_epilogue>(value);
        const Epilogue made = epilogue_named(word);
        CHECK(made.activation.value == activations().at(name_of(activation_of(epilogue))).value);
        CHECK(made.adds_residual == adds_residual(epilogue));
        CHECK((made.activation.gradient_at_output != nullptr) == derivative_from_output(epilogue));
        ++count;
    }
    CHECK(count == 2 * activations().size());
}

TEST_CASE("words that are no epilogue are refused") {
    for (const char *word : {"", "add_", "add_none", "add_add", "relu7", "Relu", "add_relu_"}) {
        CHECK_THROWS_AS(epilogue_named(word), Halide::CompileError);
    }
}
