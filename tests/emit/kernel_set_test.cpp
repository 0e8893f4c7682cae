// SPDX-License-Identifier: MIT
// Kernel sets: what a rule expands to, and what is refused with which text.
#include "generators/kernel_sets/kernel_set.h"
#include "generators/tuning/targets.h"

#include <catch2/catch.hpp>
#include <cstdio>
#include <fstream>
#include <set>

using namespace normforge;

namespace {

/// A file in the working directory, removed at the end of the test.
struct SetFile {
    explicit SetFile(const std::string &text) { std::ofstream(path) << text; }
    ~SetFile() { std::remove(path.c_str()); }
    std::string path = "kernel_set_test.json";
};

std::string rule(const std::string &changed) {
    return R"({"name": "t", "kernels": [{"op": ["forward_train"], "dtype": ["f32"], "form": ["inner"], "epilogue": ["none", "relu"],
              "store": ["stream", "cached"])" +
           changed + "}]}";
}

std::string refusal(const std::string &text) {
    SetFile file(text);
    try {
        read_kernel_set(file.path, {"x86-64"});
    } catch (const std::runtime_error &error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("a rule stands for the product of its lists, for each target in turn") {
    SetFile file(rule(""));
    KernelSet set = read_kernel_set(file.path, {"x86-64-avx2", "x86-64"});
    CHECK(set.name == "t");
    REQUIRE(set.variants.size() == 8);
    CHECK(set.variants[0].symbol == "nf_forward_train_f32_inner_none_stream_x86_64_avx2");
    CHECK(set.variants[1].symbol == "nf_forward_train_f32_inner_none_cached_x86_64_avx2");
    CHECK(set.variants[2].symbol == "nf_forward_train_f32_inner_relu_stream_x86_64_avx2");
    CHECK(set.variants[7].symbol == "nf_forward_train_f32_inner_relu_cached_x86_64");
}

TEST_CASE("the default set can be compiled for each of its targets alone, and what is the target's own comes first") {
    for (const CompileTarget &target : compile_targets()) {
        if (target.facts.gpu != Gpu::None) continue;
        INFO(target.name);
        const KernelSet set = read_kernel_set(NF_SOURCE_DIRECTORY "/generators/kernel_sets/default.json", {target.name});
        CHECK(!set.variants.empty());
        std::set<std::string> of_base;
        for (const VariantRequest &variant : set.variants) {
            VariantName name = parse_symbol(variant.symbol);
            if (name.target != target.name) {
                of_base.insert(variant.symbol);
            } else if (target.base) {
                name.target = target.base;
                CHECK(of_base.count(format_symbol(name)) == 0);
            }
        }
    }
}

TEST_CASE("tag and parameters reach every variant of the rule") {
    SetFile file(rule(R"(, "tag": "narrow", "parameters": "vector=4")"));
    for (const VariantRequest &variant : read_kernel_set(file.path, {"x86-64"}).variants) {
        CHECK(parse_symbol(variant.symbol).tag == "narrow");
        CHECK(variant.parameters == "vector=4");
    }
}

TEST_CASE("words that a rule's ops do not have are left out of it") {
    SetFile file(R"({"name": "t", "kernels": [{"op": ["merge"], "dtype": ["f32"]},
                    {"op": ["backward_reduce"], "dtype": ["f16"], "form": ["last"], "epilogue": ["add_relu"]}]})");
    KernelSet set = read_kernel_set(file.path, {"x86-64"});
    REQUIRE(set.variants.size() == 2);
    CHECK(set.variants[0].symbol == "nf_merge_f32_x86_64");
    CHECK(set.variants[1].symbol == "nf_backward_reduce_f16_last_add_relu_x86_64");
    CHECK_THAT(refusal(R"({"name": "t", "kernels": [{"op": ["merge"], "dtype": ["f32"], "store": ["cached"]}]})"),
               Catch::Contains("\"store\" is given, but ops of this rule have none"));
}

TEST_CASE("a rule holds for the targets of its list") {
    SetFile file(rule(R"(, "target": ["x86-64"])"));
    CHECK(read_kernel_set(file.path, {"x86-64-avx2", "x86-64"}).variants.size() == 4);
    CHECK_THAT(refusal(rule(R"(, "target": ["z80"])")),
               Catch::Contains("\"target\" holds \"z80\", expected a list of: x86"));
    CHECK_THAT(refusal(rule(R"(, "target": "x86-64")")), Catch::Contains("\"target\" is \"x86-64\", expected a list of"));
}

TEST_CASE("a set may say which element types a target gets") {
    const auto set = [](const std::string &dtypes, const std::string &rule) {
        return R"({"name": "t", "dtype": )" + dtypes + R"(, "kernels": [{"op": ["merge"])" + rule + "}]}";
    };
    SetFile file(set(R"({"x86-64-avx2": ["f32", "f64"], "x86-64": ["f32"]})", ""));
    KernelSet all = read_kernel_set(file.path, {"x86-64-avx2", "x86-64"});
    REQUIRE(all.variants.size() == 3);
    CHECK(all.variants[1].symbol == "nf_merge_f64_x86_64_avx2");
    CHECK(all.variants[2].symbol == "nf_merge_f32_x86_64");
    SetFile narrowed(set(R"({"x86-64": ["f32", "f64"]})", R"(, "dtype": ["f64", "f16"])"));
    REQUIRE(read_kernel_set(narrowed.path, {"x86-64"}).variants.size() == 1);
    CHECK_THAT(refusal(set(R"({"arm-64": ["f32"]})", "")), Catch::Contains("\"dtype\" says nothing of target x86-64"));
    CHECK_THAT(refusal(set("7", "")), Catch::Contains("\"dtype\" is 7, expected an object of target: list"));
    CHECK_THAT(refusal(set(R"({"x86-64": ["f99"]})", "")), Catch::Contains("\"dtype\" of x86-64: \"dtype\" holds \"f99\""));
}

TEST_CASE("a target that has a base shares kernels that would be the same") {
    const auto expanded = [](const std::string &target, const std::vector<std::string> &targets) {
        const SetFile file(
            R"({"name": "t", "kernels": [{"op": ["forward_inference"], "dtype": ["f32", "bf16"], "form": ["last"],
                              "epilogue": ["none"], "store": ["cached"])" +
            target + R"(}, {"op": ["merge"], "dtype": ["bf16"]}]})");
        std::vector<std::string> symbols;
        for (const VariantRequest &variant : read_kernel_set(file.path, targets).variants) symbols.push_back(variant.symbol);
        return symbols;
    };
    const std::string f32 = "nf_forward_inference_f32_last_none_cached_x86_64_avx512",
                      bf16 = "nf_forward_inference_bf16_last_none_cached_x86_64_avx512",
                      merge = "nf_merge_bf16_x86_64_avx512";
    using Symbols = std::vector<std::string>;
    const std::string target = "x86-64-avx512-bf16", base = "x86-64-avx512";
    CHECK(expanded("", {target}) == Symbols{f32, bf16 + "_bf16", merge});
    CHECK(expanded("", {target, base}) == Symbols{bf16 + "_bf16", f32, bf16, merge});
    CHECK(expanded("", {base}) == Symbols{f32, bf16, merge});
    // A rule that names the base alone means its kernels.
    const std::string base_only = R"(, "target": ["x86-64-avx512"])";
    CHECK(expanded(base_only, {target}) == Symbols{f32, bf16, merge});
    CHECK(expanded(base_only, {target, base}) == Symbols{f32, bf16, merge});
}

TEST_CASE("a kernel set that cannot be used is refused with the place and the reason") {
    struct Row {
        std::string text, expected;
    };
    const Row rows[] = {
        {"{", "not JSON"},
        {"[]", "is array, expected an object"},
        {R"({"name": "a-b", "kernels": []})", "\"name\" is \"a-b\", expected a C identifier"},
        {R"({"name": "a", "kernels": [], "extra": 3})", "\"extra\" is no key, expected name, dtype or kernels"},
        {R"({"name": "a"})", "\"kernels\" must be a list of rules"},
        {R"({"name": "a", "kernels": [7]})", "rule 1 is number, expected an object"},
        {R"({"name": "a", "kernels": [{}]})", "rule 1: \"op\" is missing, expected a list of: forward_train"},
        {R"({"name": "a", "kernels": [{"op": "forward_train"}]})", "\"op\" is \"forward_train\", expected a list of"},
        {rule(R"(, "colour": 1)"), "\"colour\" is no key of a rule"},
        {rule(R"(, "tag": 1)"), "\"tag\" is 1, expected a string"},
        {rule(R"(, "tag": "A B")"), "rule 1 cannot be compiled: "},
        {rule(R"(, "parameters": "colour=3")"), "rule 1 cannot be compiled: unknown schedule parameter 'colour'"},
        {rule(R"(, "tag": "portable", "parameters": "vector=4")"),
         "the portable schedule and Halide's autoschedulers take none"},
        {R"({"name": "a", "kernels": [{"op": ["forwards"]}]})", "\"op\" holds \"forwards\", expected one of: forward_train"},
        {R"({"name": "a", "kernels": [{"op": ["forward_train"], "dtype": ["f99"]}]})", "\"dtype\" holds \"f99\""},
    };
    for (const Row &row : rows) {
        INFO(row.text);
        CHECK_THAT(refusal(row.text), Catch::Contains(row.expected));
    }
    CHECK_THAT(refusal(R"({"name": "a", "kernels": [{"op": ["forward_train", "forward_train"], "dtype": ["f32"],
                       "form": ["inner"], "epilogue": ["none"], "store": ["cached"]}]})"),
               Catch::Contains("repeats nf_forward_train_f32_inner_none_cached_x86_64"));
    CHECK_THROWS_WITH(read_kernel_set("/", {"x86-64"}), Catch::Contains("kernel set /: cannot be read"));
    CHECK_THROWS_WITH(read_kernel_set("no/such/file.json", {"x86-64"}),
                      Catch::Contains("no/such/file.json: cannot be read"));
}
