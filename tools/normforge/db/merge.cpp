// SPDX-License-Identifier: MIT
// The decisions of `normforge db merge`, see merge.h.
#include "tools/normforge/db/merge.h"

#include <algorithm>
#include <fmt/format.h>
#include <map>
#include <stdexcept>

namespace normforge {

namespace {

struct Rival {
    const std::string *name; ///< of the database
    const TunedEntry *entry;
};

bool same_versions(const TunedEntry &a, const TunedEntry &b) {
    return versions_of(a) == versions_of(b);
}

std::string text_of(const TunedEntry &entry) {
    return to_text({"", "", {entry}});
}

/// By date, then by speed-up; by their texts where these are equal, so that the order of files decides nothing.
bool older(const Rival &a, const Rival &b) {
    const auto rank = [](const TunedEntry &entry) { return std::tuple(entry.date, speed_up(entry), text_of(entry)); };
    return rank(*a.entry) < rank(*b.entry);
}

bool slower(const Rival &a, const Rival &b) {
    const auto rank = [](const TunedEntry &entry) { return std::tuple(speed_up(entry), entry.date, text_of(entry)); };
    return rank(*a.entry) < rank(*b.entry);
}

Rival winner_of(const std::vector<Rival> &rivals) {
    const Rival newest = *std::max_element(rivals.begin(), rivals.end(), older);
    std::vector<Rival> comparable;
    for (const Rival &rival : rivals)
        if (same_versions(*rival.entry, *newest.entry)) comparable.push_back(rival);
    return *std::max_element(comparable.begin(), comparable.end(), slower);
}

std::string decision(const Rival &winner, const Rival &loser) {
    const TunedEntry &won = *winner.entry, &lost = *loser.entry;
    const std::string what =
        fmt::format("{} on {}, {} threads: {} over {}: ", won.problem, won.device, won.threads, *winner.name, *loser.name);
    if (!same_versions(won, lost))
        return what + fmt::format("newer, {} with {} over {} with {}", won.date, versions_text(won), lost.date,
                                  versions_text(lost));
    if (speed_up(won) > speed_up(lost))
        return what + fmt::format("faster, {:.3f} over {:.3f} times the default's speed", speed_up(won), speed_up(lost));
    return what + fmt::format("as fast, {} over {}", won.date, lost.date);
}

void require_same(const NamedDatabase &first, const NamedDatabase &other) {
    const auto compare = [&](const char *what, const std::string &expected, const std::string &got) {
        if (got != expected)
            throw std::runtime_error(
                fmt::format("{}: {} is {}, expected {} as in {}", other.name, what, got, expected, first.name));
    };
    compare("target", first.database.target, other.database.target);
    compare("signature of the parameter space", first.database.signature, other.database.signature);
}

} // namespace

Merged merge(const std::vector<NamedDatabase> &databases) {
    const NamedDatabase &first = databases.front();
    std::map<decltype(key_of(TunedEntry())), std::vector<Rival>> by_key;
    for (const NamedDatabase &named : databases) {
        require_same(first, named);
        for (const TunedEntry &entry : named.database.entries) by_key[key_of(entry)].push_back({&named.name, &entry});
    }
    Merged merged{{first.database.target, first.database.signature, {}}, {}};
    for (const auto &[key, rivals] : by_key) {
        const Rival winner = winner_of(rivals);
        merged.database.entries.push_back(*winner.entry);
        for (const Rival &rival : rivals)
            if (text_of(*rival.entry) != text_of(*winner.entry)) merged.decisions.push_back(decision(winner, rival));
    }
    return merged;
}

} // namespace normforge
