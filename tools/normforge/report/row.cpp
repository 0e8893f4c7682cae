// SPDX-License-Identifier: MIT
// Ratios of each line. Ratios against a reference are ours / reference, against the default and peers the other way round.
#include "tools/normforge/report/row.h"

#include "tools/normforge/bench/geometry.h"
#include "tools/normforge/bench/summary.h"
#include "tools/normforge/report/numbers.h"

#include <algorithm>
#include <fmt/format.h>
#include <set>

namespace normforge::report {

namespace {

std::string compared(const bench::Case &one, double mean_noise) {
    if (!one.has_peer()) return "measured";
    const double noise = std::max(one.noise(), mean_noise);
    const std::string &peer = one.fastest_peer().name;
    if (one.to_peer() * noise < 1) return "slower than " + peer;
    return (one.to_peer() > noise ? "faster than " : "level with ") + peer;
}

std::string preempted(const bench::Case &one) {
    int count = 0;
    size_t samples = 0;
    for (const bench::Series *series : one.all_series()) {
        count += series->preempted;
        samples += series->milliseconds.size();
    }
    return count == 0 ? "" : fmt::format("; {} of {} samples preempted", count, samples);
}

Row row_of(const bench::Case &one, double mean_noise) {
    Row row;
    row.problem = one.problem;
    row.threads = one.threads;
    row.temperature = one.temperature();
    row.milliseconds = {one.ours.median(), one.ours.least(), one.ours.most()};
    row.gigabytes_per_second = one.gigabytes_per_second();
    row.reference = one.baseline.name;
    row.roofline = 1 / one.to_baseline();
    if (one.has_floor()) row.to_floor = one.to_floor();
    for (const auto &peer : one.peers) row.over_peers.emplace_back(peer.name, peer.median() / one.ours.median());
    row.noise = one.noise();
    row.outcome = compared(one, mean_noise) + preempted(one) + (one.note.empty() ? "" : "; " + one.note);
    row.slower = one.has_peer() && one.to_peer() * std::max(one.noise(), mean_noise) < 1;
    return row;
}

std::string tuned(const Search &search) {
    const Measurement &final = *search.best_final();
    const char *verdict = search.has_winner()                  ? "tuned"
                          : search.standings.finals_left() > 0 ? "not decided, finals are missing"
                                                               : "default stays";
    return fmt::format("{}: {} of {} rounds faster", verdict, faster_rounds(final), final.milliseconds.size());
}

/// Nothing if the text is no problem of a whole op, as those of newer versions may be.
std::optional<int64_t> traffic_of(const std::string &text) {
    try {
        const Problem problem = parse_problem(text);
        if (problem.description.op > NF_BACKWARD_FROZEN) return std::nullopt;
        return bench::Geometry(problem).traffic_bytes;
    } catch (const std::runtime_error &) {
        return std::nullopt;
    }
}

Row row_of(const Search &search) {
    Row row;
    row.problem = search.any().problem;
    row.threads = search.any().threads;
    const Measurement *best = search.best_final() ? search.best_final() : search.best_candidate();
    if (!best) {
        row.outcome = "every candidate failed";
        return row;
    }
    const bool default_runs = search.best_final() && !search.has_winner();
    const std::vector<double> &times = default_runs ? best->default_milliseconds : best->milliseconds;
    const auto [least, most] = std::minmax_element(times.begin(), times.end());
    row.milliseconds = {median(times), *least, *most};
    if (const auto traffic = traffic_of(row.problem))
        row.gigabytes_per_second = static_cast<double>(*traffic) / row.milliseconds->median / 1e6;
    if (search.best_final()) row.over_default = search.gain();
    if (search.best_final()) row.noise = noise(*search.best_final());
    row.outcome = search.best_final() ? tuned(search) : "best candidate so far, no final rounds";
    return row;
}

void add_errors(const Input &input, Row &row) {
    for (const auto &file : input.verifications) {
        for (const auto &one : file.problems) {
            if (one.problem != row.problem) continue;
            if (one.nearest) row.error = std::max(row.error.value_or(0), one.nearest->share());
            row.wrong = row.wrong || one.failures > 0;
        }
    }
}

/// Whether the tuner measured what bench did: it goes round through memory, so its times are those of cold cases.
bool same_case(const bench::Case &one, const std::string &processor, const Search &search) {
    const Measurement &any = search.any();
    return one.cold && any.problem == one.problem && any.threads == one.threads && any.device == processor;
}

} // namespace

std::optional<double> Row::over_peer(const std::string &name) const {
    for (const auto &[peer, ratio] : over_peers) {
        if (peer == name) return ratio;
    }
    return std::nullopt;
}

std::vector<bench::Case> all_cases(const Input &input) {
    std::vector<bench::Case> all;
    for (const auto &file : input.benches) all.insert(all.end(), file.cases.begin(), file.cases.end());
    return all;
}

std::vector<Row> make_rows(const Input &input, const std::vector<Search> &searches) {
    const double mean_noise = bench::summarise(all_cases(input)).noise.geometric_mean;
    std::vector<Row> rows;
    std::set<const Search *> joined;
    for (const auto &file : input.benches) {
        for (const auto &one : file.cases) {
            rows.push_back(row_of(one, mean_noise));
            for (const auto &search : searches) {
                if (!search.best_final() || !same_case(one, file.processor, search)) continue;
                joined.insert(&search);
                rows.back().over_default = search.gain();
                rows.back().outcome += "; " + tuned(search);
            }
        }
    }
    for (const auto &search : searches) {
        if (joined.count(&search) == 0) rows.push_back(row_of(search));
    }
    for (auto &row : rows) add_errors(input, row);
    return rows;
}

std::vector<std::string> peers_of(const std::vector<Row> &rows) {
    std::set<std::string> names;
    for (const auto &row : rows) {
        for (const auto &[name, ratio] : row.over_peers) names.insert(name);
    }
    return {names.begin(), names.end()};
}

} // namespace normforge::report
