// SPDX-License-Identifier: MIT
// Every activation, compiled for every target of ours that runs here, against formulas in long double: errors of value and
// derivative in the units of docs/numerics.md, limits, NaN, the same bits at every vector width.
#include "generators/algorithm/epilogue.h"
#include "generators/tuning/targets.h"

#include <catch2/catch.hpp>

#include <cmath>
#include <cstdio>
#include <cstring>
#include <limits>
#include <random>

using namespace normforge;

namespace {

using Real = long double;

constexpr double kSlope = 0.3125;
const Real kRootHalf = std::sqrt(Real(0.5)), kPi = std::acos(Real(-1));

/// Formulas without cancellation except at the derivatives' zeros, for finite z.
struct Exact {
    Real (*value)(Real z);
    Real (*derivative)(Real z);
};

Real sigmoid(Real z) {
    return 1 / (1 + std::exp(-z));
}
Real gate(Real z) { // twice the argument of gelu_tanh's tanh
    return std::sqrt(8 / kPi) * (z + 0.044715L * z * z * z);
}
Real gate_derivative(Real z) {
    return std::sqrt(8 / kPi) * (1 + 3 * 0.044715L * z * z);
}
/// sigmoid(w) + inner * sigmoid'(w)
Real gated_derivative(Real w, Real inner) {
    return sigmoid(w) * (1 + inner * sigmoid(-w));
}

const std::map<std::string, Exact> kExact = {
    {"none", {[](Real z) { return z; }, [](Real) { return Real(1); }}},
    {"relu", {[](Real z) { return z > 0 ? z : 0; }, [](Real z) { return Real(z > 0); }}},
    {"leaky_relu", {[](Real z) { return z > 0 ? z : kSlope * z; }, [](Real z) { return z > 0 ? Real(1) : kSlope; }}},
    {"relu6", {[](Real z) { return std::min(std::max(z, Real(0)), Real(6)); }, [](Real z) { return Real(z > 0 && z < 6); }}},
    {"silu", {[](Real z) { return z * sigmoid(z); }, [](Real z) { return gated_derivative(z, z); }}},
    {"gelu",
     {[](Real z) { return z * std::erfc(-z * kRootHalf) / 2; },
      [](Real z) { return std::erfc(-z * kRootHalf) / 2 + z * std::exp(-z * z / 2) / std::sqrt(2 * kPi); }}},
    {"gelu_tanh",
     {[](Real z) { return z * sigmoid(gate(z)); },
      [](Real z) { return gated_derivative(gate(z), z * gate_derivative(z)); }}},
    {"sigmoid", {sigmoid, [](Real z) { return sigmoid(z) * sigmoid(-z); }}},
    {"tanh", {[](Real z) { return std::tanh(z); }, [](Real z) { return 1 / (std::cosh(z) * std::cosh(z)); }}},
    {"hard_swish",
     {[](Real z) { return z * std::min(std::max(z + 3, Real(0)), Real(6)) / 6; },
      [](Real z) { return z <= -3  ? 0
                          : z >= 3 ? 1
                                   : (2 * z + 3) / 6; }}},
};

/// Largest errors allowed, in units; the same for both types unless said.
struct Bounds {
    double value, derivative;
};
const std::map<std::string, Bounds> kBounds = {
    {"none", {0, 0}}, {"relu", {0, 0}},      {"leaky_relu", {0.5, 0}}, {"relu6", {0, 0}}, {"silu", {3, 3}},
    {"gelu", {5, 3}}, {"gelu_tanh", {4, 3}}, {"sigmoid", {2.5, 1}},    {"tanh", {3, 3}},  {"hard_swish", {2.5, 1.5}},
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

/// All exponents, NaN among them; all functions change between 2^-8 and 2^8 (f32) or 2^11.
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

/// The spacing of numbers of type T at a magnitude.
template <typename T>
Real spacing(Real magnitude) {
    const Real least = std::numeric_limits<T>::min();
    return std::ldexp(Real(1), std::ilogb(std::max(magnitude, least)) + 1 - std::numeric_limits<T>::digits);
}

struct Largest {
    double error = 0, at = 0;
    void take(Real got, Real want, Real unit, double z) {
        const double e = got == want ? 0 : static_cast<double>(std::abs(got - want) / unit);
        if (!(e <= error)) *this = {e, z};
    }
};

template <typename T>
void check(const std::string &name) {
    const Activation &activation = activations().at(name);
    const std::vector<Halide::Target> targets = usable_targets();
    REQUIRE(!targets.empty());
    const std::vector<T> z = points<T>();
    const Results<T> got = run<T>(activation, targets[0], 1, z, std::vector<T>(z.size(), 1));

    Largest value, derivative;
    const Exact exact = kExact.at(name);
    for (size_t i = 0; i < z.size(); ++i) {
        if (!std::isfinite(z[i])) continue;
        const Real f = exact.value(z[i]), slope = exact.derivative(z[i]);
        const Real scale = name == "gelu_tanh" ? std::max(std::abs(f), std::abs(z[i] * slope)) : std::abs(f);
        value.take(got.value[i], f, spacing<T>(scale), z[i]);
        derivative.take(got.gradient[i], slope, spacing<T>(std::max(std::abs(slope), Real(0.5))), z[i]);
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

/// f(z) and f'(z).
struct Limit {
    double z, value, derivative;
};
constexpr double kInfinity = std::numeric_limits<double>::infinity();
const std::map<std::string, std::vector<Limit>> kLimits = {
    {"relu", {{-kInfinity, 0, 0}, {0, 0, 0}, {kInfinity, kInfinity, 1}}},
    {"leaky_relu", {{-kInfinity, -kInfinity, kSlope}, {0, 0, kSlope}, {kInfinity, kInfinity, 1}}},
    {"relu6", {{-kInfinity, 0, 0}, {0, 0, 0}, {6, 6, 0}, {kInfinity, 6, 0}}},
    {"silu", {{-kInfinity, 0, 0}, {0, 0, 0.5}, {kInfinity, kInfinity, 1}}},
    {"gelu", {{-kInfinity, 0, 0}, {0, 0, 0.5}, {kInfinity, kInfinity, 1}}},
    {"gelu_tanh", {{-kInfinity, 0, 0}, {0, 0, 0.5}, {kInfinity, kInfinity, 1}}},
    {"sigmoid", {{-kInfinity, 0, 0}, {0, 0.5, 0.25}, {kInfinity, 1, 0}}},
    {"tanh", {{-kInfinity, -1, 0}, {0, 0, 1}, {kInfinity, 1, 0}}},
    {"hard_swish", {{-kInfinity, 0, 0}, {-3, 0, 0}, {0, 0, 0.5}, {3, 3, 1}, {kInfinity, kInfinity, 1}}},
};

template <typename T>
void check_limits(const std::string &name, const std::vector<Limit> &limits) {
    std::vector<T> z;
    for (const Limit &limit : limits) z.push_back(static_cast<T>(limit.z));
    const Results<T> got = run<T>(activations().at(name), usable_targets().at(0), 1, z, std::vector<T>(z.size(), 1));
    for (size_t i = 0; i < z.size(); ++i) {
        INFO(name << " at " << z[i]);
        CHECK(got.value[i] == static_cast<T>(limits[i].value));
        CHECK(got.gradient[i] == static_cast<T>(limits[i].derivative));
    }
}

template <typename T>
void check_nan(const std::string &name) {
    INFO(name);
    const bool is_mask = name == "none" || activations().at(name).gradient_at_output;
    const T nan = std::numeric_limits<T>::quiet_NaN();
    const Results<T> got = run<T>(activations().at(name), usable_targets().at(0), 1, {nan, -nan, 1}, {2, 2, nan});
    for (int i : {0, 1}) {
        CHECK(std::isnan(got.value[i]));
        if (is_mask)
            CHECK(got.gradient[i] == 2);
        else
            CHECK(std::isnan(got.gradient[i]));
    }
    CHECK(std::isnan(got.gradient[2]));
}

} // namespace

TEST_CASE("values and derivatives are within their bounds, the same bits everywhere") {
    for (const auto &[name, activation] : activations()) {
        INFO(name);
        check<float>(name);
        check<double>(name);
    }
}

// The first test has found the same bits for other targets and widths.
TEST_CASE("limits and kinks") {
    for (const auto &[name, limits] : kLimits) {
        check_limits<float>(name, limits);
        check_limits<double>(name, limits);
    }
}

TEST_CASE("NaN passes through values and derivatives; where the derivative is a mask, dy passes") {
    for (const auto &[name, activation] : activations()) {
        check_nan<float>(name);
        check_nan<double>(name);
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

TEST_CASE("words of epilogues") {
    CHECK(epilogue_named("relu").activation.value == activations().at("relu").value);
    CHECK_FALSE(epilogue_named("relu").adds_residual);
    CHECK(epilogue_named("add").activation.value == activations().at("none").value);
    CHECK(epilogue_named("add").adds_residual);
    CHECK(epilogue_named("add_gelu_tanh").activation.value == activations().at("gelu_tanh").value);
    CHECK(epilogue_named("add_gelu_tanh").adds_residual);
    for (const char *word : {"", "add_", "add_none", "add_add", "relu7", "Relu", "add_relu_"}) {
        CHECK_THROWS_AS(epilogue_named(word), Halide::CompileError);
    }
}
