// SPDX-License-Identifier: MIT
// `normforge db export`.
#include "tools/normforge/db/verbs.h"

#include "tools/normforge/common/json_option.h"
#include "tools/normforge/common/problems.h"
#include "tools/normforge/common/whole_file.h"
#include "tools/normforge/db/recorded.h"

#include <filesystem>
#include <fmt/format.h>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

namespace normforge {

namespace {

struct ExportOptions {
    std::string format, journal, out;
    JsonOption json;
};

void export_journal(const ExportOptions &options) {
    if (!std::filesystem::exists(options.journal))
        throw std::runtime_error(fmt::format("{}: no such file", options.journal));
    const JournalContent journal = read_journal(options.journal);
    const Recorded recorded = sort_journal(journal.measurements);
    warn(journal.skipped);
    warn(recorded.left_out);
    if (recorded.problems.empty())
        throw std::runtime_error(fmt::format("{}: holds no measurement that can be exported", options.journal));

    std::set<std::string> names;
    for (const RecordedProblem &problem : recorded.problems)
        if (!names.insert(problem.file_stem()).second)
            throw std::runtime_error(
                fmt::format("{}: two problems would be the file {}.json", options.journal, problem.file_stem()));
    options.json.require_writable();
    std::error_code failed;
    std::filesystem::create_directories(options.out, failed);
    if (failed) throw std::runtime_error(fmt::format("{}: cannot be made: {}", options.out, failed.message()));
    std::string text;
    nlohmann::json files = nlohmann::json::array();
    for (const RecordedProblem &problem : recorded.problems) {
        const std::string file = (std::filesystem::path(options.out) / (problem.file_stem() + ".json")).string();
        write_whole_file(file, options.format == "t4" ? t4_text(problem) : kernel_tuner_text(problem));
        text += fmt::format("{}: {} measurements\n", file, problem.trials.size());
        files.push_back({{"file", file}, {"problem", problem.first().problem}, {"measurements", problem.trials.size()}});
    }
    options.json.write({{"journal", options.journal},
                        {"format", options.format},
                        {"files", files},
                        {"skipped", journal.skipped},
                        {"left_out", recorded.left_out}});
    if (options.json.wants_text()) write_standard_output(text);
}

} // namespace

void add_db_export(CLI::App &db) {
    auto options = std::make_shared<ExportOptions>();
    CLI::App *verb = db.add_subcommand("export", "Write a journal in the format of another program, a file per problem");
    verb->add_option("JOURNAL", options->journal, "The journal")->required()->check(kNotEmpty);
    verb->add_option("--format", options->format, "t4: results for archives; kerneltuner: its cache, for simulation mode")
        ->type_name("FORMAT")
        ->required()
        ->check(CLI::IsMember({"t4", "kerneltuner"}));
    verb->add_option("-o,--out", options->out, "Folder for the files; made if there is none")
        ->type_name("DIR")
        ->required()
        ->check(kNotEmpty);
    options->json.add_to(*verb, "Write which files there are, and what is in none");
    verb->footer("Example:\n"
                 "  normforge db export --format t4 ~/.local/share/normforge/journal/x86-64-avx512.jsonl -o results");
    verb->callback([options] { export_journal(*options); });
}

} // namespace normforge
