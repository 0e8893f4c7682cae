// SPDX-License-Identifier: MIT
// Reads the samples; ratios and medians are computed from them, so that nothing in the file can disagree with itself.
#include "tools/normforge/report/bench_file.h"

#include "runtime/threads.h"
#include "tools/normforge/report/json_node.h"

#include <algorithm>

namespace normforge::report {

namespace {

int thread_count(const JsonNode &node) {
    const int64_t count = node.count();
    if (count < 1 || count > kMaxThreads) node.refuse("a number of threads, from 1 to " + std::to_string(kMaxThreads));
    return static_cast<int>(count);
}

bench::Series read_series(const JsonNode &node) {
    bench::Series series;
    series.name = node.at("name").text();
    series.implementation = node.at("implementation").text();
    const JsonNode samples = node.at("milliseconds");
    for (const JsonNode &sample : samples.items()) series.milliseconds.push_back(sample.positive());
    if (series.milliseconds.empty()) samples.refuse("at least one time");
    series.faulted = static_cast<int>(node.at("thrown_away_for_page_faults").count());
    series.page_faults = node.at("page_faults_in_those").count();
    series.preempted = static_cast<int>(node.at("counted_though_preempted").count());
    return series;
}

std::vector<bench::Series> read_all_series(const JsonNode &list) {
    std::vector<bench::Series> all;
    for (const JsonNode &node : list.items()) all.push_back(read_series(node));
    return all;
}

bench::Case read_case(const JsonNode &node) {
    bench::Case one;
    one.problem = node.at("problem").text();
    one.op = node.at("op").text();
    one.dtype = node.at("dtype").text();
    one.layout = node.at("layout").text();
    one.epilogue = node.at("epilogue").text();
    one.threads = thread_count(node.at("threads"));
    const JsonNode temperature = node.at("temperature");
    one.cold = temperature.text() == "cold";
    if (one.temperature() != temperature.text()) temperature.refuse("cold or warm");
    one.traffic_bytes = node.at("traffic_bytes").count();
    if (one.traffic_bytes == 0) node.at("traffic_bytes").refuse("a number above 0");
    one.slots = static_cast<size_t>(node.at("slots").count());
    one.exceeds_cache = node.at("exceeds_cache").boolean();
    one.note = node.at("note").text();
    one.ours = read_series(node.at("ours"));
    one.ours_again = read_series(node.at("ours_again"));
    one.baseline = read_series(node.at("baseline"));
    if (const auto floor = node.find("floor")) one.floor = read_series(*floor);
    one.peers = read_all_series(node.at("peers"));
    one.information = read_all_series(node.at("information"));
    return one;
}

} // namespace

BenchFile read_bench_file(const nlohmann::json &document, const std::string &name) {
    const JsonNode root(document, name);
    BenchFile file;
    file.name = name;
    file.normforge = root.at("normforge").text();
    if (const auto time = root.find("time")) file.time = time->text(); // older versions did not write it
    for (const auto &[peer, version] : root.at("peers").members()) file.peers.emplace_back(peer, version.text());
    const JsonNode machine = root.at("machine");
    file.processor = machine.at("processor").text();
    file.cpus = machine.at("cpus").count();
    file.l1_bytes = machine.at("l1_bytes").count();
    file.l2_bytes = machine.at("l2_bytes").count();
    file.last_level_bytes = machine.at("last_level_bytes").count();
    for (const JsonNode &feature : machine.at("features").items()) file.features.push_back(feature.text());
    for (const JsonNode &threads : root.at("threads").items()) file.threads.push_back(thread_count(threads));
    const JsonNode cases = root.at("cases");
    for (const JsonNode &one : cases.items()) file.cases.push_back(read_case(one));
    if (file.cases.empty()) cases.refuse("at least one case");
    return file;
}

} // namespace normforge::report
