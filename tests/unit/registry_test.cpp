// SPDX-License-Identifier: MIT
// Registration: order of preference, listing, and tables that are refused.
#include "runtime/registry.h"
#include "runtime/threads.h"
#include <catch2/catch.hpp>
#include <deque>
#include <functional>
#include <thread>

using namespace normforge;

namespace {

int run_nothing(void **) {
    return 0;
}

constexpr uint8_t kRoles[] = {NF_ROLE_x, NF_ROLE_y, NF_ROLE_partial_0};
constexpr uint8_t kUnknownRole[] = {NF_ROLE_x, 99, NF_ROLE_y};
constexpr uint8_t kRepeatedRole[] = {NF_ROLE_x, NF_ROLE_x, NF_ROLE_y};
constexpr uint8_t kForeignTensor[] = {NF_ROLE_x, NF_ROLE_dy, NF_ROLE_y};

constexpr uint8_t kMergeWithY[] = {NF_ROLE_triples, NF_ROLE_y, NF_ROLE_mean};

nf_kernel good_kernel(const char *name, const char *target) {
    nf_kernel kernel{};
    kernel.name = name;
    kernel.target = target;
    kernel.parameters = "vector=8";
    kernel.op = NF_FORWARD_TRAIN;
    kernel.form = NF_FORM_LAST;
    kernel.store = NF_STORE_CACHED;
    kernel.channel_step = 1;
    kernel.role_count = sizeof kRoles;
    kernel.roles = kRoles;
    kernel.run = &run_nothing;
    return kernel;
}

/// A table with its kernels; lives as long as the process, as a registered table must.
struct Set {
    std::vector<nf_kernel> kernels;
    const nf_kernel_host *host = nullptr;
    nf_kernel_table table;

    Set(const char *name, std::vector<nf_kernel> members) : kernels(std::move(members)) {
        table = {NF_KERNEL_TABLE_VERSION, sizeof(nf_kernel), name, kernels.data(), kernels.size(), &host};
    }
};

} // namespace

TEST_CASE("kernels are listed in order of registration, and registering twice is harmless") {
    static Set first("first", {good_kernel("a", "x86-64"), good_kernel("b", "arm-64")});
    static Set second("second", {good_kernel("c", "x86-64")});
    REQUIRE(nf_variant_count() == 0); // no built-in set in this program
    REQUIRE(nf_register(&first.table) == NF_SUCCESS);
    REQUIRE(nf_register(&second.table) == NF_SUCCESS);
    REQUIRE(nf_register(&first.table) == NF_SUCCESS);
    REQUIRE(nf_variant_count() == 3);
    std::string names;
    for (size_t i = 0; i < 3; ++i) {
        nf_variant variant{};
        variant.struct_size = sizeof variant;
        REQUIRE(nf_variant_at(i, &variant) == NF_SUCCESS);
        names += std::string(variant.set) + "/" + variant.name + "/" + variant.parameters + " ";
        CHECK(variant.usable == nf_target_usable(variant.target));
    }
    CHECK(names == "first/a/vector=8 first/b/vector=8 second/c/vector=8 ");
    CHECK(first.host == kernel_host());

    nf_variant variant{};
    variant.struct_size = sizeof variant;
    CHECK(nf_variant_at(3, &variant) == NF_INVALID_ARGUMENT);
    CHECK_THAT(nf_last_error(), Catch::Contains("index is 3, expected less than nf_variant_count(), 3"));
    CHECK(nf_variant_at(0, nullptr) == NF_NULL_POINTER);
    variant.struct_size += 8; // of a later header
    variant.name = "untouched";
    CHECK(nf_variant_at(0, &variant) == NF_INVALID_ARGUMENT);
    CHECK_THAT(nf_last_error(), Catch::Contains("nf_variant.struct_size is " + std::to_string(sizeof variant + 8)));
    CHECK(std::string(variant.name) == "untouched");
}

TEST_CASE("damaged tables are refused and leave no trace") {
    struct Row {
        const char *says;
        std::function<void(Set &)> spoil;
        nf_status status = NF_BAD_KERNEL_TABLE;
    };
    const std::vector<Row> rows = {
        {"version is 99, expected 5", [](Set &s) { s.table.version = 99; }},
        {"entry_size is 8", [](Set &s) { s.table.entry_size = 8; }},
        {"set is null", [](Set &s) { s.table.set = nullptr; }},
        {"host is null", [](Set &s) { s.table.host = nullptr; }},
        {"kernels is null", [](Set &s) { s.table.kernels = nullptr; }},
        {"set \"bad\", kernel 1: name is null", [](Set &s) { s.kernels[1].name = nullptr; }},
        {"target is null", [](Set &s) { s.kernels[1].target = nullptr; }},
        {"parameters is null", [](Set &s) { s.kernels[1].parameters = nullptr; }},
        {"roles is null", [](Set &s) { s.kernels[1].roles = nullptr; }},
        {"run is null", [](Set &s) { s.kernels[1].run = nullptr; }},
        {"target is \"vax\", choices: x86-64-avx512", [](Set &s) { s.kernels[1].target = "vax"; }, NF_UNKNOWN_TARGET},
        {"op is 11", [](Set &s) { s.kernels[1].op = 11; }},
        {"dtype is 9", [](Set &s) { s.kernels[1].dtype = 9; }},
        {"form is 9", [](Set &s) { s.kernels[1].form = 9; }},
        {"epilogue is 10", [](Set &s) { s.kernels[1].epilogue = 10; }},
        {"store is 0", [](Set &s) { s.kernels[1].store = NF_STORE_AUTO; }},
        {"store is stream, but its op writes no tensor",
         [](Set &s) { s.kernels[1].op = NF_STATS, s.kernels[1].store = NF_STORE_STREAM; }},
        {"statistics64 is 2, expected 0 or 1", [](Set &s) { s.kernels[1].statistics64 = 2; }},
        {"accumulate is 7, expected 0 or 1", [](Set &s) { s.kernels[1].accumulate = 7; }},
        {"frozen is 2, expected 0 or 1", [](Set &s) { s.kernels[1].frozen = 2; }},
        {"forced_only is 9, expected 0 or 1", [](Set &s) { s.kernels[1].forced_only = 9; }},
        {"n, c and s are 3, 0 and 0, expected extents from 1, or 0 three times", [](Set &s) { s.kernels[1].n = 3; }},
        {"n, c and s are 0, 0 and 7", [](Set &s) { s.kernels[1].s = 7; }},
        {"n, c and s are 1, -1 and 1", [](Set &s) { s.kernels[1].n = s.kernels[1].s = 1, s.kernels[1].c = -1; }},
        {"n is 1, but no kernel of its op is for one shape",
         [](Set &s) { s.kernels[1].op = NF_MERGE, s.kernels[1].n = s.kernels[1].c = s.kernels[1].s = 1; }},
        {"role_count is 0", [](Set &s) { s.kernels[1].role_count = 0; }},
        {"role_count is 200", [](Set &s) { s.kernels[1].role_count = 200; }},
        {"roles[1] is 99", [](Set &s) { s.kernels[1].roles = kUnknownRole; }},
        {"roles[1] repeats a role", [](Set &s) { s.kernels[1].roles = kRepeatedRole; }},
        {"roles[1] is a tensor that its op does not have", [](Set &s) { s.kernels[1].roles = kForeignTensor; }},
        {"roles[1] is a tensor that its op does not have",
         [](Set &s) {
             s.kernels[1].op = NF_MERGE;
             s.kernels[1].roles = kMergeWithY;
         }},
        {"roles[0] is triples, which only merge and backward_merge take", [](Set &s) { s.kernels[1].roles = kMergeWithY; }},
        {"roles[2] is a partial result, which only the last form has", [](Set &s) { s.kernels[1].form = NF_FORM_INNER; }},
        {"alignment is 12, expected 0 or a power of two", [](Set &s) { s.kernels[1].alignment = 12; }},
        {"channel_step is 0, expected 1 or more", [](Set &s) { s.kernels[1].channel_step = 0; }},
    };
    for (const Row &row : rows) {
        INFO(row.says);
        // Kept: a table that is accepted by mistake stays registered, and must fail a check rather than dangle.
        static std::deque<Set> sets;
        Set &set = sets.emplace_back("bad", std::vector{good_kernel("a", "x86-64"), good_kernel("b", "x86-64")});
        row.spoil(set);
        const size_t before = nf_variant_count();
        CHECK(nf_register(&set.table) == row.status);
        CHECK_THAT(nf_last_error(), Catch::Contains(row.says));
        CHECK(nf_variant_count() == before);
        CHECK(set.host == nullptr);
    }
    CHECK(nf_register(nullptr) == NF_NULL_POINTER);
}

TEST_CASE("threads may register and list at once") {
    static Set sets[] = {{"t0", {good_kernel("t0", "x86-64")}}, {"t1", {good_kernel("t1", "x86-64")}}};
    const size_t before = nf_variant_count();
    std::vector<std::thread> threads;
    threads.reserve(4);
    for (int i = 0; i < 4; ++i)
        threads.emplace_back([i] {
            for (int repeat = 0; repeat < 50; ++repeat) {
                nf_register(&sets[i % 2].table);
                nf_variant_count();
            }
        });
    for (std::thread &thread : threads) thread.join();
    CHECK(nf_variant_count() == before + 2);
}
