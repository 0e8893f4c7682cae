// SPDX-License-Identifier: MIT
// Sorts a journal by problem, see recorded.h.
#include "tools/normforge/db/recorded.h"

#include <algorithm>
#include <cctype>
#include <fmt/format.h>
#include <map>
#include <sstream>
#include <stdexcept>
#include <tuple>

namespace normforge {

namespace {

/// Throws std::invalid_argument.
Choices parse_choices(const std::string &configuration) {
    Choices choices;
    std::istringstream words(configuration);
    for (std::string word; words >> word;) {
        const size_t equals = word.find('=');
        if (equals == 0 || equals == std::string::npos || equals + 1 == word.size())
            throw std::invalid_argument(fmt::format("configuration '{}': '{}', expected NAME=VALUE", configuration, word));
        const std::string value = word.substr(equals + 1);
        const bool is_number = value.size() < 10 &&
                               std::all_of(value.begin(), value.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
        choices.emplace_back(word.substr(0, equals), is_number ? nlohmann::json(std::stoi(value)) : nlohmann::json(value));
    }
    if (choices.empty()) throw std::invalid_argument("configuration: is empty");
    return choices;
}

bool same_names(const Choices &a, const Choices &b) {
    return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                      [](const auto &x, const auto &y) { return x.first == y.first; });
}

/// Letters that are safe in file names everywhere; others become `_`.
std::string safe(std::string text) {
    for (char &c : text)
        if (std::isalnum(static_cast<unsigned char>(c)) == 0 && c != '-' && c != '_') c = '_';
    return text;
}

std::string place(const Measurement &m) {
    return fmt::format("{} on {}, {} threads", m.problem, m.device, m.threads);
}

} // namespace

std::string RecordedProblem::file_stem() const {
    const Measurement &m = first();
    return fmt::format("{}.{}.{}.{}_threads", safe(m.problem), safe(m.target), safe(m.device), m.threads);
}

Recorded sort_journal(const std::vector<Measurement> &measurements) {
    using Key = std::tuple<std::string, std::string, std::string, int>;
    std::map<Key, std::vector<const Measurement *>> by_key;
    for (const Measurement &m : measurements) by_key[{m.problem, m.target, m.device, m.threads}].push_back(&m);

    Recorded recorded;
    for (const auto &[key, list] : by_key) {
        const std::string &signature = list.back()->signature;
        RecordedProblem problem;
        size_t of_other_spaces = 0;
        for (const Measurement *m : list) {
            if (m->signature != signature) {
                of_other_spaces++;
                continue;
            }
            try {
                Choices choices = parse_choices(m->configuration);
                if (!problem.trials.empty() && !same_names(problem.trials.front().choices, choices))
                    throw std::invalid_argument(fmt::format("configuration '{}': expected the choices of '{}'",
                                                            m->configuration, problem.first().configuration));
                problem.trials.push_back({*m, std::move(choices)});
            } catch (const std::invalid_argument &error) {
                recorded.left_out.push_back(fmt::format("{}: {}", place(*m), error.what()));
            }
        }
        if (of_other_spaces)
            recorded.left_out.push_back(fmt::format("{}: {} measurements of other parameter spaces than the last, {}",
                                                    place(*list.front()), of_other_spaces, signature));
        if (!problem.trials.empty()) recorded.problems.push_back(std::move(problem));
    }
    return recorded;
}

} // namespace normforge
