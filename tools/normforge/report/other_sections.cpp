// SPDX-License-Identifier: MIT
// Roofline, noise, and the commands that measure the same again.
#include "generators/emit/child_process.h"
#include "tools/normforge/report/figures.h"
#include "tools/normforge/report/sections.h"
#include "tools/normforge/report/text.h"

#include <algorithm>
#include <fmt/format.h>
#include <fmt/ranges.h>

namespace normforge::report {

namespace {

/// Each text once, in the order of its first appearance.
std::vector<std::string> distinct(const std::vector<std::string> &texts) {
    std::vector<std::string> found;
    for (const auto &text : texts) {
        if (std::find(found.begin(), found.end(), text) == found.end()) found.push_back(text);
    }
    return found;
}

std::string command(const std::string &title, const std::string &call, const std::vector<std::string> &problems) {
    std::string text = fmt::format("<h3>{}</h3>\n<pre>{}", title, escape(call));
    for (const auto &problem : problems) text += " \\\n  " + escape(shell_quoted(problem));
    return text + "</pre>\n";
}

std::string bench_command(const BenchFile &file) {
    std::vector<std::string> problems, peers;
    bool cold = false, warm = false;
    for (const auto &one : file.cases) {
        problems.push_back(one.problem);
        (one.cold ? cold : warm) = true;
    }
    for (const auto &[name, version] : file.peers) peers.push_back(shell_quoted(name));
    const char *temperature = cold == warm ? "" : cold ? " --cold" : " --warm";
    return command("Benchmark <code>" + escape(file.name) + "</code>",
                   fmt::format("normforge bench --threads {} --peers {}{}", fmt::join(file.threads, ","),
                               peers.empty() ? "none" : fmt::format("{}", fmt::join(peers, ",")), temperature),
                   distinct(problems));
}

std::vector<NoisePoint> noise_points(const Content &content) {
    std::vector<NoisePoint> points;
    for (const auto &one : content.cases)
        points.push_back({one.cold ? NoisePoint::Kind::cold : NoisePoint::Kind::warm, one.where(), one.noise()});
    for (const auto &search : content.searches) {
        for (const auto &final : search.finals) {
            if (const auto ratio = noise(final)) points.push_back({NoisePoint::Kind::tuner, search.where(), *ratio});
        }
    }
    return points;
}

} // namespace

std::string roofline_section(const Content &content) {
    if (content.cases.empty())
        return paragraph("The roof is measured by normforge bench --json; give such a file to normforge report too.");
    return paragraph(
               "Batch normalisation is memory traffic: what it can reach is the bandwidth of a copy (forward) or triad "
               "(backward) of the same bytes, on the same machine, in the same rounds.") +
           roofline_figures(content.input.benches);
}

std::string noise_section(const Content &content) {
    const auto points = noise_points(content);
    if (points.empty())
        return paragraph("normforge bench --json times normforge twice in every round, normforge tune the default twice in "
                         "its final rounds; a file with such times would show the noise.");
    return paragraph("Normforge takes part twice in every round, in the tuner's final rounds the default does; the two "
                     "differ by chance alone.") +
           noise_figure(points);
}

std::string repeat_section(const Content &content) {
    std::string text;
    for (const auto &file : content.input.benches) text += bench_command(file);
    for (const auto &journal : content.input.journals) {
        std::vector<std::string> problems, targets;
        for (const auto &one : journal.content.measurements) {
            problems.push_back(one.problem);
            targets.push_back(one.target);
        }
        for (const auto &target : distinct(targets))
            text += command("Tuner's journal <code>" + escape(journal.name) + "</code>",
                            "normforge tune --target " + shell_quoted(target), distinct(problems));
    }
    for (const auto &file : content.input.verifications) {
        std::vector<std::string> problems;
        for (const auto &one : file.problems) problems.push_back(one.problem);
        text += command("Verification <code>" + escape(file.name) + "</code>", "normforge verify", distinct(problems));
    }
    return text;
}

} // namespace normforge::report
