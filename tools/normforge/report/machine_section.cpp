// SPDX-License-Identifier: MIT
// What was measured on what, when, and how far to trust it.
#include "tools/normforge/common/byte_text.h"
#include "tools/normforge/report/sections.h"
#include "tools/normforge/report/text.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <set>

namespace normforge::report {

namespace {

/// Terms and what they are, as a list of definitions.
class Facts {
public:
    void add(const char *term, const std::string &text) {
        if (!text.empty()) rows_ += fmt::format("<dt>{}</dt><dd>{}</dd>\n", term, escape(text));
    }
    std::string str() const { return "<dl class=\"facts\">\n" + rows_ + "</dl>\n"; }

private:
    std::string rows_;
};

std::string caches(const BenchFile &file) {
    return fmt::format("L1 {}, L2 {}, last level {}", format_bytes(file.l1_bytes), format_bytes(file.l2_bytes),
                       format_bytes(file.last_level_bytes));
}

std::string bench_facts(const BenchFile &file) {
    std::vector<std::string> peers;
    for (const auto &[name, version] : file.peers) peers.push_back(name + " " + version);
    int faulted = 0;
    for (const auto &one : file.cases) faulted += one.faulted();
    Facts facts;
    facts.add("Measured", file.time.empty() ? "at a time that the file does not say" : file.time);
    facts.add("Processor", fmt::format("{}, {}", file.processor, count_text(static_cast<size_t>(file.cpus), "logical CPU")));
    facts.add("Caches", caches(file));
    facts.add("Instruction set", fmt::format("{}", fmt::join(file.features, " ")));
    facts.add("Threads", fmt::format("{} for every competitor", fmt::join(file.threads, ", ")));
    facts.add("Versions", fmt::format("normforge {}; peers: {}", file.normforge,
                                      peers.empty() ? "none" : fmt::format("{}", fmt::join(peers, ", "))));
    facts.add("Cases", fmt::format("{}; {} thrown away because of page faults", file.cases.size(),
                                   count_text(static_cast<size_t>(faulted), "sample")));
    return fmt::format("<div>\n<h3>Benchmark <code>{}</code></h3>\n{}</div>\n", escape(file.name), facts.str());
}

std::string journal_facts(const JournalFile &journal) {
    std::set<std::string> devices, targets, versions, times, threads;
    for (const auto &one : journal.content.measurements) {
        devices.insert(one.device);
        targets.insert(one.target);
        threads.insert(std::to_string(one.threads));
        versions.insert(versions_text(one));
        times.insert(one.time);
    }
    Facts facts;
    facts.add("Measured", fmt::format("{} to {}", *times.begin(), *times.rbegin()));
    facts.add("Processor", fmt::format("{}", fmt::join(devices, "; ")));
    facts.add("Target", fmt::format("{}", fmt::join(targets, ", ")));
    facts.add("Threads", fmt::format("{}", fmt::join(threads, ", ")));
    facts.add("Versions", fmt::format("{}", fmt::join(versions, "; ")));
    facts.add("Measurements", std::to_string(journal.content.measurements.size()));
    return fmt::format("<div>\n<h3>Tuner's journal <code>{}</code></h3>\n{}</div>\n", escape(journal.name), facts.str());
}

std::string verify_facts(const VerifyFile &file) {
    int64_t compared = 0;
    for (const auto &one : file.problems) compared += one.variants;
    Facts facts;
    facts.add("Compared", fmt::format("{}, {} with the float64 reference", count_text(file.problems.size(), "problem"),
                                      count_text(static_cast<size_t>(compared), "result")));
    facts.add("Failed", count_text(file.failures(), "result"));
    if (const VerifiedProblem *worst = file.worst())
        facts.add("Largest error",
                  fmt::format("{:.2f} of a bound of {:.2f}: {} of {} by {}", worst->nearest->error, worst->nearest->bound,
                              worst->nearest->output, worst->problem, worst->nearest->variant));
    return fmt::format("<div>\n<h3>Verification <code>{}</code></h3>\n{}</div>\n", escape(file.name), facts.str());
}

} // namespace

std::string machine_section(const Content &content) {
    std::string text;
    if (!content.headlines.empty()) {
        text += "<dl class=\"headlines\">\n";
        for (const auto &[value, meaning] : content.headlines)
            text += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", escape(meaning), escape(value));
        text += "</dl>\n";
    }
    if (!content.warnings.empty()) {
        text += "<ul class=\"warnings\">\n";
        for (const auto &warning : content.warnings) text += "<li>" + escape(warning) + "</li>\n";
        text += "</ul>\n";
    }
    text += "<div class=\"sources\">\n";
    for (const auto &file : content.input.benches) text += bench_facts(file);
    for (const auto &journal : content.input.journals) text += journal_facts(journal);
    for (const auto &file : content.input.verifications) text += verify_facts(file);
    return text + "</div>\n";
}

} // namespace normforge::report
