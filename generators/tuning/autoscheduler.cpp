// SPDX-License-Identifier: MIT
// Reads the words of a tag that say which autoscheduler schedules a variant.
#include "generators/tuning/autoscheduler.h"

#include <algorithm>
#include <cctype>
#include <sstream>
#include <stdexcept>

namespace normforge {

namespace {

constexpr const char *kAdams = "Adams2019", *kMullapudi = "Mullapudi2016";

/// The number of a word such as "threads2"; nothing for a word of another kind.
std::optional<int> number_of(const std::string &word, const std::string &name) {
    if (word.rfind(name, 0) != 0 || word.size() == name.size() || word.size() > name.size() + 6) return std::nullopt;
    const bool digits = std::all_of(word.begin() + static_cast<long>(name.size()), word.end(),
                                    [](unsigned char c) { return std::isdigit(c) != 0; });
    return digits ? std::optional(std::stoi(word.substr(name.size()))) : std::nullopt;
}

} // namespace

std::map<std::string, std::string> Autoscheduler::parameters() const {
    std::map<std::string, std::string> values = {{"parallelism", std::to_string(threads)}};
    if (name == kMullapudi) { // Halide's own defaults, said here so that a new Halide cannot change them
        values["last_level_cache_size"] = "16777216";
        values["balance"] = "40";
    }
    // As adams2019_autotune_loop.sh, which comes with Halide, does: one search of its cost model, then random schedules.
    if (name == kAdams) {
        values["beam_size"] = seed ? "1" : "32";
        values["random_dropout"] = seed ? "1" : "100"; // per cent of choices that are kept in each step
        values["random_dropout_seed"] = std::to_string(seed.value_or(0));
    }
    return values;
}

std::optional<Autoscheduler> autoscheduler_of(const VariantName &variant) {
    static const std::map<std::string, const char *> names = {
        {"adams2019", kAdams}, {"li2018", "Li2018"}, {"mullapudi2016", kMullapudi}};
    const auto fail = [&](const std::string &what) { throw std::invalid_argument("tag \"" + variant.tag + "\" " + what); };
    Autoscheduler found = {"", "", 0, {}};
    std::istringstream words(variant.tag);
    for (std::string word; std::getline(words, word, '_');) {
        if (const auto name = names.find(word); name != names.end()) {
            if (!found.name.empty()) fail("names two autoschedulers, expected one");
            found.name = name->second;
            found.plugin = "autoschedule_" + word;
        }
        if (const auto threads = number_of(word, "threads")) found.threads = *threads;
        if (const auto seed = number_of(word, "seed")) found.seed = seed;
    }
    if (found.name.empty()) return std::nullopt;
    if (found.threads < 1) fail("lacks the threads that " + found.name + " reckons with, expected threads<number> from 1");
    if (found.seed && found.name != kAdams) fail("has a seed, but only adams2019 takes one");
    if (is_portable(variant)) fail("names the portable schedule as well as an autoscheduler, expected one");
    if (!specialised_for(variant)) fail("lacks the shape that " + found.name + " reckons with, expected n<n>_c<c>_s<s>");
    return found;
}

} // namespace normforge
