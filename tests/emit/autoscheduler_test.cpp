// SPDX-License-Identifier: MIT
// The tags of variants that Halide's autoschedulers schedule.
#include "generators/tuning/autoscheduler.h"
#include "generators/tuning/parameters.h"

#include <catch2/catch.hpp>

using namespace normforge;

namespace {

VariantName tagged(const std::string &tag) {
    return {NF_FORWARD_TRAIN, NF_F32, NF_FORM_INNER, NF_EPILOGUE_RELU, NF_STORE_CACHED, "x86-64", tag};
}

} // namespace

TEST_CASE("a tag names the autoscheduler and what it is told") {
    CHECK_FALSE(autoscheduler_of(tagged("")).has_value());
    CHECK_FALSE(autoscheduler_of(tagged("n8_c64_s49")).has_value());
    CHECK_FALSE(autoscheduler_of(tagged("portable")).has_value());

    const auto li = autoscheduler_of(tagged("n8_c64_s49_li2018_threads4"));
    REQUIRE(li.has_value());
    CHECK(li->name == "Li2018");
    CHECK(li->plugin == "autoschedule_li2018");
    CHECK(li->parameters() == std::map<std::string, std::string>{{"parallelism", "4"}});
}

TEST_CASE("a seed makes Adams2019's schedules random") {
    const auto best = autoscheduler_of(tagged("n8_c64_s49_adams2019_threads2"))->parameters();
    CHECK(best.at("beam_size") == "32");
    CHECK(best.at("random_dropout") == "100");
    const auto random = autoscheduler_of(tagged("n8_c64_s49_adams2019_threads2_seed7"))->parameters();
    CHECK(random.at("beam_size") == "1");
    CHECK(random.at("random_dropout") == "1");
    CHECK(random.at("random_dropout_seed") == "7");
}

TEST_CASE("words that do not go together are refused") {
    const auto refused = [](const char *tag, const char *why) {
        CHECK_THROWS_WITH(autoscheduler_of(tagged(tag)), Catch::Contains(tag) && Catch::Contains(why));
    };
    refused("n8_c64_s49_li2018", "lacks the threads that Li2018 reckons with");
    refused("n8_c64_s49_li2018_threads0", "lacks the threads");
    refused("n8_c64_s49_li2018_threadsx", "lacks the threads");
    refused("li2018_threads2", "lacks the shape");
    refused("n8_c64_s49_li2018_adams2019_threads2", "two autoschedulers");
    refused("n8_c64_s49_li2018_threads2_seed1", "only adams2019 takes one");
    refused("n8_c64_s49_li2018_threads2_portable", "portable schedule as well");
}

TEST_CASE("no parameter of ours applies to what an autoscheduler schedules") {
    for (const char *tag : {"adams2019", "li2018", "mullapudi2016"}) {
        const VariantName kernel = tagged(std::string("n8_c64_s49_") + tag + "_threads2");
        CHECK_FALSE(has_native_schedule(kernel));
        for (const Parameter &parameter : parameter_space()) CHECK_FALSE(parameter.applies(kernel));
    }
}
