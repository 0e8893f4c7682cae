// SPDX-License-Identifier: MIT
// `normforge report`: what bench and the tuner measured, as a page or as text.
#include "tools/normforge/common/problems.h"
#include "tools/normforge/common/whole_file.h"
#include "tools/normforge/report/content.h"
#include "tools/normforge/verbs.h"

#include <algorithm>
#include <filesystem>
#include <fmt/format.h>
#include <memory>

namespace normforge {

namespace {

struct ReportOptions {
    std::vector<std::string> files;
    std::string out, title = "normforge report";
};

/// Hours of measuring are in the files.
void require_no_input(const ReportOptions &options) {
    const auto same = [&](const std::string &file) {
        std::error_code absent;
        return std::filesystem::equivalent(file, options.out, absent);
    };
    if (std::any_of(options.files.begin(), options.files.end(), same))
        throw std::runtime_error(fmt::format("--out: {} is one of the files to read, expected another", options.out));
}

void run_report(const ReportOptions &options) {
    require_no_input(options);
    const auto content = report::make_content(options.title, report::read_input(options.files));
    if (options.out.empty()) return write_standard_output(report::to_text(content));
    for (const auto &warning : content.warnings) fmt::print(stderr, "normforge: {}\n", warning);
    write_whole_file(options.out, report::to_html(content));
}

} // namespace

void add_report(CLI::App &app) {
    auto options = std::make_shared<ReportOptions>();
    CLI::App *verb = app.add_subcommand("report", "Make a page, or a table, of what bench and tune measured");
    verb->add_option("FILE", options->files,
                     "JSON of `normforge bench --json` and `normforge verify --json`, journals of `normforge tune`,\n"
                     "in any mixture")
        ->required()
        ->check(kNotEmpty);
    verb->add_option(
            "-o,--out", options->out,
            "Write one HTML page, complete in itself, as a whole or not at all; default: a table on standard output")
        ->type_name("FILE")
        ->check(kNotEmpty);
    verb->add_option("--title", options->title, "Heading of the page or table")->type_name("TEXT")->capture_default_str();
    verb->footer("Example:\n  normforge report smoke.json -o smoke.html\n"
                 "where smoke.json is from `normforge bench --shapes benchmarks/shapes/smoke.txt --json smoke.json`.");
    verb->callback([options] { run_report(*options); });
}

} // namespace normforge
