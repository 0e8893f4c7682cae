// SPDX-License-Identifier: MIT
// Requests and answers survive the way through the pipe.
#include "tools/trial/protocol.h"

#include <catch2/catch.hpp>

using namespace normforge;

TEST_CASE("a request comes back as it was") {
    TrialRequest request;
    request.library = "/tmp/a \"b\"\n/libc.so";
    request.variant = "nf_x";
    request.guard_begin = true;
    request.least_rounds = 3;
    request.most_rounds = 8;
    request.seconds = 0.125;
    request.limits = {1.5, 1 << 20};
    const std::string line = to_line(request);
    CHECK(line.find('\n') == line.size() - 1);
    const TrialRequest back = parse_request(line);
    CHECK(back.library == request.library);
    CHECK(back.variant == "nf_x");
    CHECK(back.guard_begin);
    CHECK(back.least_rounds == 3);
    CHECK(back.most_rounds == 8);
    CHECK(back.seconds == 0.125);
    CHECK(back.limits.timeout_seconds == 1.5);
    CHECK(back.limits.memory_bytes == 1 << 20);
}

TEST_CASE("an answer comes back as it was, whatever the candidate printed") {
    for (const Outcome outcome : {Outcome::measured, Outcome::compile, Outcome::timeout, Outcome::crash, Outcome::memory,
                                  Outcome::wrong, Outcome::disturbed}) {
        const TrialAnswer answer = parse_answer(to_line({outcome, "why", {1.5, 2}, {3}, {}}));
        CHECK(answer.outcome == outcome);
        CHECK(answer.message == "why");
        CHECK(answer.milliseconds == std::vector<double>{1.5, 2});
        CHECK(answer.default_milliseconds == std::vector<double>{3});
        CHECK(answer.again_milliseconds.empty());
    }
    CHECK(parse_answer(to_line({Outcome::crash, "\xff\xfe", {}, {}, {}})).outcome == Outcome::crash);
}

TEST_CASE("a line that is none is refused") {
    CHECK_THROWS_WITH(parse_answer("Segmentation fault"), Catch::Contains("not a line of normforge-trial: 'Segmentation"));
    CHECK_THROWS_WITH(parse_answer(R"({"outcome": "fine", "message": ""})"), Catch::Contains("'fine' is no outcome"));
    CHECK_THROWS(parse_request("{}"));
}
