// SPDX-License-Identifier: MIT
// Reads the problems named on the command line; errors point at the column.
#include "tools/normforge/common/problems.h"

#include "runtime/text.h"
#include "runtime/validate.h"

#include <fmt/format.h>
#include <stdexcept>
#include <unistd.h>

namespace normforge {

namespace {

[[noreturn]] void refuse(const Problem &problem, const std::string &why) {
    throw std::runtime_error(fmt::format("{}: {}", to_string(problem), why));
}

CheckedProblem checked_problem(const Problem &problem) {
    CheckedProblem checked;
    const Status status = check_description(problem.description, checked);
    if (status.failed()) refuse(problem, status.text);
    return checked;
}

/// Of x, y, dy and dx, with the deliberate misalignment before each. In double: `offset` may be any number.
double tensor_bytes(const Problem &problem) {
    const CheckedProblem checked = checked_problem(problem);
    return static_cast<double>(checked.bytes) +
           static_cast<double>(checked.tensors.size()) * static_cast<double>(problem.offset_bytes);
}

double machine_bytes() {
    return static_cast<double>(sysconf(_SC_PHYS_PAGES)) * static_cast<double>(sysconf(_SC_PAGESIZE));
}

} // namespace

const CLI::Validator kNotEmpty([](std::string &text) { return std::string(text.empty() ? "is empty" : ""); }, "");

std::string shapes_name(const std::string &file) {
    return file == "-" ? "standard input" : file;
}

std::vector<ShapeLine> read_shapes(const std::string &file) {
    const std::string name = shapes_name(file);
    auto lines = file == "-" ? parse_shapes(read_text(stdin).value_or(""), name) : read_shape_file(file);
    if (lines.empty()) throw std::runtime_error(fmt::format("{}: holds no problem", name));
    return lines;
}

void ProblemOptions::add_to(CLI::App &verb) {
    verb.add_option("PROBLEM", texts_, "A problem string, e.g. forward_train:f32:nchw:32x64x112x112:relu");
    verb.add_option("--shapes", files_,
                    "Shape file: a problem per line, `PROBLEM [*COUNT] [# text]`, with alternatives in braces;\n`-` is "
                    "standard input; may be repeated")
        ->allow_extra_args(false)
        ->type_name("FILE");
}

std::vector<ShapeLine> ProblemOptions::read() const {
    std::vector<ShapeLine> lines;
    for (const auto &text : texts_) {
        ShapeLine line;
        line.problem = parse_problem_argument(text);
        lines.push_back(line);
    }
    for (const auto &file : files_) {
        const auto read = read_shapes(file);
        lines.insert(lines.end(), read.begin(), read.end());
    }
    if (lines.empty()) throw std::runtime_error("no problem given; expected PROBLEM... or --shapes FILE");
    return lines;
}

void require_valid(const Problem &problem) {
    checked_problem(problem);
    const int64_t element = element_bytes(problem.description.x.dtype);
    if (problem.offset_bytes % element != 0) {
        refuse(problem,
               fmt::format("offset is {}, expected a multiple of the element's {} bytes", problem.offset_bytes, element));
    }
}

void require_usable(const Problem &problem) {
    require_valid(problem);
    nf_plan *plan = nullptr;
    const nf_status status = nf_plan_create(&problem.description, &plan);
    nf_plan_destroy(plan);
    if (status != NF_SUCCESS && status != NF_NO_VARIANT) refuse(problem, nf_last_error());
    if (tensor_bytes(problem) > machine_bytes())
        refuse(problem, fmt::format("{}, this machine has {:.0f}", memory_text(problem), machine_bytes()));
}

std::string memory_text(const Problem &problem) {
    return fmt::format("not enough memory: the tensors alone take {:.0f} bytes", tensor_bytes(problem));
}

Problem parse_problem_argument(const std::string &text) {
    try {
        return parse_problem(text);
    } catch (const ProblemError &error) {
        throw std::runtime_error(fmt::format("{}\n  {}\n  {:>{}}", error.what(), text, '^', error.column));
    }
}

} // namespace normforge
