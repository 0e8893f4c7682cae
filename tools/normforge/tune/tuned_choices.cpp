// SPDX-License-Identifier: MIT
// The best rung over all databases; what it says, in the words of the kernel's own space.
#include "tools/normforge/tune/tuned_choices.h"

#include "generators/tuning/space.h"
#include "tools/normforge/common/user_folders.h"
#include "tools/normforge/tune/database_file.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>
#include <stdexcept>

namespace normforge {

namespace {

std::string origin_of(const Lookup &found) {
    const TunedEntry &entry = *found.entry;
    const std::string how = entry.configuration == kDefaultConfiguration ? "default, kept by tuning" : "tuned";
    switch (found.rung) {
    case Rung::exact: return how;
    case Rung::nearest: return how + " for " + entry.problem;
    case Rung::architecture: return how + " for " + entry.problem + " on " + entry.device;
    case Rung::none: break;
    }
    return "default";
}

} // namespace

TunedChoices::TunedChoices(const std::vector<std::string> &targets, const std::vector<std::string> &files,
                           std::string device, int threads)
    : device_(std::move(device)), threads_(threads) {
    for (const std::string &target : targets) {
        const std::vector<std::string> places =
            files.empty() ? std::vector<std::string>{user_database(target), shipped_database(target)} : files;
        for (const std::string &file : places) {
            try {
                read(target, file);
            } catch (const std::runtime_error &error) { // of another parameter space, for example
                if (!files.empty()) throw;
                refused_.emplace_back(error.what());
            }
        }
        if (databases_[target].empty()) {
            throw std::runtime_error(fmt::format("--tuned: no database for {}, expected {}; `normforge tune` makes one{}{}",
                                                 target, fmt::join(places, " or "), refused_.empty() ? "" : "\n",
                                                 fmt::join(refused_, "\n")));
        }
    }
}

void TunedChoices::read(const std::string &target, const std::string &file) {
    auto loaded = read_database(file, space_signature(), target);
    if (!loaded) return;
    refused_.insert(refused_.end(), loaded->refused.begin(), loaded->refused.end());
    databases_[target].push_back(std::move(loaded->database));
}

TunedChoice TunedChoices::choose(const Problem &problem, const VariantName &kernel, bool can_stream) {
    Lookup best;
    for (const Database &database : databases_.at(kernel.target)) {
        const Lookup found = look_up(database, problem, device_, threads_);
        if (found.entry && (!best.entry || found.rung < best.rung)) best = found;
    }
    rungs_[best.rung]++;
    if (!best.entry) return {};
    if (best.entry->configuration == kDefaultConfiguration) {
        kept_++;
        TunedChoice kept;
        kept.specialise = false;
        kept.origin = origin_of(best);
        return kept;
    }
    const Space space(kernel, can_stream, kernel.store);
    try {
        const Point point = space.parse(best.entry->configuration);
        return {space.parameters(point), space.store(point), origin_of(best)};
    } catch (const std::invalid_argument &error) { // of another shape, where other stores fit
        refused_.push_back(
            fmt::format("{}: what {} is tuned to does not fit: {}", to_string(problem), best.entry->problem, error.what()));
        rungs_[best.rung]--;
        rungs_[Rung::none]++;
        return {};
    }
}

std::string TunedChoices::summary() const {
    std::vector<std::string> words;
    for (const auto &[rung, count] : rungs_)
        if (count > 0) words.push_back(fmt::format("{} {}", count, name_of(rung)));
    return fmt::format("tuned: {}; of these {} keep the kernel for any shape", fmt::join(words, ", "), kept_);
}

} // namespace normforge
