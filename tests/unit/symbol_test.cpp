// SPDX-License-Identifier: MIT
// The grammar of kernel symbols, and the names it is made of.
#include "runtime/names.h"
#include "runtime/ops.h"
#include "runtime/symbol.h"
#include "runtime/targets.h"
#include <catch2/catch.hpp>
#include <stdexcept>

using namespace normforge;

TEST_CASE("every combination of words survives writing and reading") {
    const auto one_if = [](bool none, auto value, auto all) { return none ? decltype(all){value} : all; };
    const std::vector<nf_form> forms = {NF_FORM_INNER, NF_FORM_SMALL_PLANES, NF_FORM_LAST};
    const std::vector<nf_store> stores = {NF_STORE_CACHED, NF_STORE_STREAM};
    for (const nf_op op : values_of<nf_op>())
        for (const Target &target : kTargets)
            for (const nf_form form : one_if(!has_form(op), NF_FORM_INNER, forms))
                for (const nf_store store : one_if(!has_store(op), NF_STORE_CACHED, stores))
                    for (const char *tag : {"", "planes", "planes_7x7", "64x112", "a_b_1"}) {
                        const nf_epilogue epilogue = has_epilogue(op) ? NF_EPILOGUE_ADD_GELU_TANH : NF_EPILOGUE_NONE;
                        const VariantName name{op, NF_F32, form, epilogue, store, target.name, tag};
                        const bool planes = name.tag.rfind("planes", 0) == 0;
                        if (has_form(op) && form == NF_FORM_INNER && planes) continue; // means small_planes
                        const std::string symbol = format_symbol(name);
                        INFO(symbol);
                        const VariantName back = parse_symbol(symbol);
                        CHECK(back.op == name.op);
                        CHECK(back.dtype == name.dtype);
                        CHECK(back.form == name.form);
                        CHECK(back.epilogue == name.epilogue);
                        CHECK(back.store == name.store);
                        CHECK(back.target == name.target);
                        CHECK(format_symbol(back) == symbol);
                    }
}

TEST_CASE("a symbol reads as its words") {
    const VariantName name = parse_symbol("nf_backward_train_f32_inner_relu_stream_x86_64_avx512_planes_49");
    CHECK(name.op == NF_BACKWARD_TRAIN);
    CHECK(name.form == NF_FORM_SMALL_PLANES);
    CHECK(name.epilogue == NF_EPILOGUE_RELU);
    CHECK(name.store == NF_STORE_STREAM);
    CHECK(name.target == "x86-64-avx512");
    CHECK(name.tag == "planes_49");
}

TEST_CASE("words that an op does not have are left out") {
    const VariantName merge = parse_symbol("nf_merge_f64_x86_64");
    CHECK(merge.op == NF_MERGE);
    CHECK(merge.target == "x86-64");
    const VariantName stats = parse_symbol("nf_stats_bf16_inner_x86_64_avx2_planes");
    CHECK(stats.op == NF_STATS);
    CHECK(stats.form == NF_FORM_SMALL_PLANES);
    const VariantName reduce = parse_symbol("nf_backward_reduce_f16_last_add_relu_x86_64");
    CHECK(reduce.epilogue == NF_EPILOGUE_ADD_RELU);
    CHECK_THROWS_WITH(parse_symbol("nf_backward_reduce_f16_last_relu_cached_x86_64"), Catch::Contains("expected a target"));
    CHECK_THROWS_WITH(parse_symbol("nf_merge_f64_inner_x86_64"), Catch::Contains("expected a target"));
}

TEST_CASE("the longest target name is matched") {
    CHECK(parse_symbol("nf_forward_train_f32_last_none_cached_x86_64").target == "x86-64");
    CHECK(parse_symbol("nf_forward_train_f32_last_none_cached_x86_64_avx2").target == "x86-64-avx2");
    const VariantName tagged = parse_symbol("nf_forward_train_f32_last_none_cached_x86_64_avx2x");
    CHECK(tagged.target == "x86-64");
    CHECK(tagged.tag == "avx2x");
}

TEST_CASE("words of a tag are whole words") {
    const auto tagged = [](const char *word) {
        return has_tag(parse_symbol("nf_backward_apply_f32_last_none_cached_x86_64_frozen_my_accumulates"), word);
    };
    CHECK(tagged("frozen"));
    CHECK(tagged("my"));
    CHECK_FALSE(tagged("accumulate"));
}

TEST_CASE("three words of a tag say for which shape a variant is specialised") {
    const auto shape = [](const std::string &tag) {
        return specialised_for(parse_symbol("nf_forward_train_f32_inner_none_cached_x86_64" + tag));
    };
    CHECK_FALSE(shape("").has_value());
    CHECK_FALSE(shape("_planes_narrow_n_c2x_sfree_1n").has_value());
    for (const char *tag : {"_n32_c64_s3136", "_planes_n32_c64_s3136_stats64", "_s3136_mine_c64_n32"})
        CHECK((shape(tag) == Extents{32, 64, 3136}));
    const VariantName written{NF_STATS,
                              NF_F16,
                              NF_FORM_SMALL_PLANES,
                              NF_EPILOGUE_NONE,
                              NF_STORE_CACHED,
                              "arm-64",
                              shape_tag({1, 2, INT32_MAX}) + "_frozen"};
    CHECK(format_symbol(written) == "nf_stats_f16_inner_arm_64_planes_n1_c2_s2147483647_frozen");
}

TEST_CASE("part of a shape is none, and an error") {
    const auto [tag, says] = GENERATE(table<const char *, const char *>({
        {"n32", "tag \"n32\" has only part of a shape, expected all of n<digits>, c<digits> and s<digits>, or none"},
        {"c4_s4", "has only part of a shape"},
        {"n4_c4_s4_n4", "tag \"n4_c4_s4_n4\" has two words for n, expected one"},
        {"n0_c4_s4", "holds n0, expected an extent from 1 to 2147483647"},
        {"n4_c04_s4", "holds c04"},
        {"n4_c4_s2147483648", "holds s2147483648"},
        {"n4_c4_s99999999999999999999", "holds s99999999999999999999"},
    }));
    const VariantName name{NF_FORWARD_TRAIN, NF_F32, NF_FORM_INNER, NF_EPILOGUE_NONE, NF_STORE_CACHED, "x86-64", tag};
    CHECK_THROWS_WITH(specialised_for(name), Catch::Contains(says));
    CHECK_THROWS_WITH(parse_symbol("nf_forward_train_f32_inner_none_cached_x86_64_" + name.tag), Catch::Contains(says));
    CHECK_THROWS_WITH(parse_symbol("nf_merge_f32_x86_64_n1_c2_s3"),
                      Catch::Contains("has a shape, but no kernel of merge is for one shape"));
}

TEST_CASE("small planes get their word in the tag") {
    CHECK(format_symbol({NF_FORWARD_TRAIN, NF_F32, NF_FORM_SMALL_PLANES, NF_EPILOGUE_NONE, NF_STORE_CACHED, "x86-64", ""}) ==
          "nf_forward_train_f32_inner_none_cached_x86_64_planes");
}

TEST_CASE("what cannot be read back is not written") {
    const auto format = [](nf_form form, const char *target, const char *tag) {
        return format_symbol({NF_FORWARD_TRAIN, NF_F32, form, NF_EPILOGUE_NONE, NF_STORE_CACHED, target, tag});
    };
    CHECK_THROWS_AS(format(NF_FORM_INNER, "x86-64", "avx2"), std::invalid_argument);
    CHECK_THROWS_AS(format(NF_FORM_INNER, "x86-64", "planes"), std::invalid_argument);
    CHECK_THROWS_AS(format(NF_FORM_INNER, "x86-64", "a__b"), std::invalid_argument);
    CHECK_THROWS_AS(format(NF_FORM_INNER, "x86-64", "Big"), std::invalid_argument);
    CHECK_THROWS_AS(format(NF_FORM_INNER, "x86-65", ""), std::invalid_argument);
}

TEST_CASE("errors name the column and the choices") {
    const auto [symbol, says] = GENERATE(table<const char *, const char *>({
        {"forward_train", "column 1: expected it to begin with \"nf_\""},
        {"nf_forward_f32", "column 4: got \"forward_f32\", expected an op, one of: forward_train"},
        {"nf_forward_train_f8_inner", "column 18: got \"f8_inner\", expected a data type, one of: f32"},
        {"nf_forward_train_f32_middle", "column 22: got \"middle\", expected a layout, one of: inner, last"},
        {"nf_forward_train_f32_inner_mish", "an epilogue, one of: none, relu"},
        {"nf_forward_train_f32_inner_relu_auto_x86_64", "a store policy, one of: cached, stream"},
        {"nf_forward_train_f32_inner_relu_cached_riscv",
         "one of: x86-64-avx512-bf16, x86-64-avx512, x86-64-avx2, x86-64, arm-64"},
        {"nf_forward_train_f32_inner_relu_cached", "got \"\", expected a target"},
        {"nf_forward_train_f32_inner_relu_cached_x86_64_", "a tag of"},
        {"nf_forward_train_f32_inner_relu_cached_x86_64__a", "a tag of"},
    }));
    CHECK_THROWS_WITH(parse_symbol(symbol), Catch::Contains(says));
}

TEST_CASE("names and enumerators are inverse") {
    for (int value = 0; value <= NF_WRONG_MEMORY; ++value) {
        const char *name = name_of<nf_status>(value);
        REQUIRE(name);
        CHECK(from_name<nf_status>(name) == static_cast<nf_status>(value));
    }
    CHECK(name_of<nf_status>(NF_WRONG_MEMORY + 1) == nullptr);
    CHECK(name_of<nf_op>(-1) == nullptr);
    CHECK_FALSE(from_name<nf_form>("outer"));
    CHECK(choices_of<nf_store>() == "auto, cached, stream");
    CHECK(std::string(nf_status_string(NF_UNSUPPORTED_STRIDES)) == "unsupported_strides");
}
