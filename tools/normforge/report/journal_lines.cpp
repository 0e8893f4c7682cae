// SPDX-License-Identifier: MIT
// A line that cannot be used is skipped and said; the others stand.
#include "tools/normforge/report/journal_lines.h"

#include "tools/normforge/report/json_node.h"

#include <algorithm>
#include <fmt/format.h>
#include <sstream>

namespace normforge {

namespace {

using report::JsonNode;

std::vector<double> read_times(const JsonNode &list) {
    std::vector<double> times;
    for (const JsonNode &time : list.items()) times.push_back(time.positive());
    return times;
}

Measurement read_measurement(const JsonNode &line) {
    if (line.at("format").count() != 1) line.at("format").refuse("1");
    Measurement one;
    one.problem = line.at("problem").text();
    one.target = line.at("target").text();
    one.device = line.at("device").text();
    one.threads = static_cast<int>(line.at("threads").count());
    one.signature = line.at("signature").text();
    one.configuration = line.at("configuration").text();
    one.phase = line.at("phase").text();
    if (one.phase != "search" && one.phase != "final") line.at("phase").refuse("search or final");
    one.outcome = line.at("outcome").text();
    one.message = line.at("message").text();
    one.milliseconds = read_times(line.at("milliseconds"));
    one.default_milliseconds = read_times(line.at("default_milliseconds"));
    if (one.milliseconds.size() != one.default_milliseconds.size())
        line.at("default_milliseconds").refuse("as many times as milliseconds has");
    if (one.outcome == "measured" && one.milliseconds.empty()) line.at("milliseconds").refuse("at least one time");
    if (const auto seconds = line.find("compile_seconds")) one.compile_seconds = seconds->number();
    one.normforge = line.at("normforge").text();
    one.halide = line.at("halide").text();
    one.llvm = line.at("llvm").text();
    one.time = line.at("time").text();
    return one;
}

} // namespace

double median(std::vector<double> numbers) {
    std::sort(numbers.begin(), numbers.end());
    const size_t middle = numbers.size() / 2;
    return numbers.size() % 2 ? numbers[middle] : (numbers[middle - 1] + numbers[middle]) / 2;
}

double cost(const Measurement &measurement) {
    return median(measurement.milliseconds) / median(measurement.default_milliseconds);
}

JournalContent parse_journal(const std::string &text, const std::string &name) {
    JournalContent content;
    std::istringstream file(text);
    std::string line;
    for (size_t number = 1; std::getline(file, line); number++) {
        if (line.empty()) continue;
        const std::string place = fmt::format("{}:{}", name, number);
        const auto json = nlohmann::json::parse(line, nullptr, false);
        if (json.is_discarded()) {
            content.skipped.push_back(place + (file.eof() ? ": torn last line" : ": not JSON"));
            continue;
        }
        try {
            content.measurements.push_back(read_measurement(JsonNode(json, place)));
        } catch (const std::runtime_error &error) {
            content.skipped.emplace_back(error.what());
        }
    }
    return content;
}

} // namespace normforge
