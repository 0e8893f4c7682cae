// SPDX-License-Identifier: MIT
// The kernels that tools/gpu_check.sh times, without a GPU: for each step of the plans of all its problems those that the
// whole set of GPU kernels has. Plans are composed as for the CPU, which differs only where boxes share a channel.
#include "generators/kernel_sets/from_problems.h"

#include <catch2/catch.hpp>
#include <set>

using namespace normforge;

namespace {

using Symbols = std::set<std::string>;

constexpr const char *kTarget = "cuda-80";
/// What a kernel asks of pointers and shapes: a plan holds those without any, too.
constexpr const char *kTags[] = {"", "aligned", "whole", "whole_aligned"};

std::string source(const char *file) {
    return std::string(NF_SOURCE_DIRECTORY "/") + file;
}

Symbols symbols_of(const std::vector<VariantRequest> &variants) {
    Symbols symbols;
    for (const VariantRequest &variant : variants) symbols.insert(variant.symbol);
    return symbols;
}

/// Those for any shape, cached, of all steps.
std::vector<VariantName> kernels_of(const Problem &problem) {
    ProblemKernels kernels({kTarget});
    REQUIRE(kernels.add(problem).empty());
    std::vector<VariantName> names;
    for (const std::string &symbol : symbols_of(kernels.set("t").variants)) {
        const VariantName name = parse_symbol(symbol);
        if (name.store == NF_STORE_CACHED && !specialised_for(name)) names.push_back(name);
    }
    return names;
}

} // namespace

TEST_CASE("what is timed on a GPU has kernels for each step") {
    const Symbols whole_set = symbols_of(read_kernel_set(source("generators/kernel_sets/gpu.json"), {kTarget}).variants);
    const Symbols timed = symbols_of(read_kernel_set(source("tools/gpu_check/gpu_bench.json"), {kTarget}).variants);
    const std::vector<ShapeLine> lines = read_shape_file(source("benchmarks/shapes/resnet50_gpu.txt"));
    REQUIRE_FALSE(lines.empty());
    for (const ShapeLine &line : lines)
        for (VariantName kernel : kernels_of(line.problem)) {
            REQUIRE(whole_set.count(format_symbol(kernel)) == 1);
            for (const char *tag : kTags) {
                kernel.tag = tag;
                const std::string symbol = format_symbol(kernel);
                INFO(to_string(line.problem) << ": " << symbol);
                CHECK(timed.count(symbol) == whole_set.count(symbol));
            }
        }
}
