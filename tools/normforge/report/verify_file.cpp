// SPDX-License-Identifier: MIT
// Reads errors and bounds; shares are computed from them.
#include "tools/normforge/report/verify_file.h"

#include "tools/normforge/report/json_node.h"

#include <numeric>

namespace normforge::report {

namespace {

VerifiedProblem read_problem(const JsonNode &node) {
    VerifiedProblem one;
    one.problem = node.at("problem").text();
    one.variants = node.at("variants").count();
    one.failures = node.at("failures").count();
    const JsonNode nearest = node.at("nearest_its_bound");
    if (!nearest.is_null())
        one.nearest = {nearest.at("variant").text(), nearest.at("output").text(), nearest.at("error").not_negative(),
                       nearest.at("bound").not_negative()};
    return one;
}

} // namespace

size_t VerifyFile::failures() const {
    return std::accumulate(problems.begin(), problems.end(), size_t{0},
                           [](size_t sum, const VerifiedProblem &one) { return sum + static_cast<size_t>(one.failures); });
}

const VerifiedProblem *VerifyFile::worst() const {
    const VerifiedProblem *worst = nullptr;
    for (const auto &one : problems) {
        if (one.nearest && (!worst || one.nearest->share() > worst->nearest->share())) worst = &one;
    }
    return worst;
}

VerifyFile read_verify_file(const nlohmann::json &document, const std::string &name) {
    const JsonNode root(document, name);
    VerifyFile file = {name, {}};
    for (const JsonNode &node : root.at("problems").items()) file.problems.push_back(read_problem(node));
    return file;
}

} // namespace normforge::report
