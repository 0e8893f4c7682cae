// SPDX-License-Identifier: MIT
// Requests and answers as JSON.
#include "tools/trial/protocol.h"

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <stdexcept>

namespace normforge {

namespace {

using nlohmann::json;

Outcome parse_outcome(const std::string &name) {
    const auto outcome = outcome_named(name);
    if (!outcome) throw std::runtime_error(fmt::format("'{}' is no outcome", name));
    return *outcome;
}

/// Runs `read` on the line's JSON; what is wrong with it becomes one error.
template <typename Read>
auto parse(const std::string &line, Read read) {
    try {
        return read(json::parse(line));
    } catch (const json::exception &error) {
        throw std::runtime_error(fmt::format("not a line of normforge-trial: '{}': {}", line, error.what()));
    }
}

} // namespace

std::string to_line(const TrialRequest &request) {
    return json{{"library", request.library},
                {"variant", request.variant},
                {"guard_begin", request.guard_begin},
                {"least_rounds", request.least_rounds},
                {"most_rounds", request.most_rounds},
                {"seconds", request.seconds},
                {"timeout_seconds", request.limits.timeout_seconds},
                {"memory_bytes", request.limits.memory_bytes}}
               .dump() +
           "\n";
}

std::string to_line(const TrialAnswer &answer) {
    return json{{"outcome", name_of(answer.outcome)},
                {"message", answer.message},
                {"milliseconds", answer.milliseconds},
                {"default_milliseconds", answer.default_milliseconds},
                {"again_milliseconds", answer.again_milliseconds}}
               .dump(-1, ' ', false, json::error_handler_t::replace) + // a candidate may print anything
           "\n";
}

TrialRequest parse_request(const std::string &line) {
    return parse(line, [](const json &object) {
        TrialRequest request{object.at("library"),
                             object.at("variant"),
                             object.at("guard_begin"),
                             object.at("least_rounds"),
                             object.at("most_rounds"),
                             object.at("seconds"),
                             {}};
        object.at("timeout_seconds").get_to(request.limits.timeout_seconds);
        object.at("memory_bytes").get_to(request.limits.memory_bytes);
        return request;
    });
}

TrialAnswer parse_answer(const std::string &line) {
    return parse(line, [](const json &object) {
        return TrialAnswer{parse_outcome(object.at("outcome")), object.at("message"), object.at("milliseconds"),
                           object.at("default_milliseconds"), object.at("again_milliseconds")};
    });
}

} // namespace normforge
