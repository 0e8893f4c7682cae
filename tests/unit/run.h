// SPDX-License-Identifier: MIT
// A plan and memory for it, to execute once or often with the fakes.
#pragma once

#include "runtime/problem.h"
#include "tests/support/environment.h"
#include "tests/unit/fake_kernels.h"
#include "tests/unit/operand_memory.h"
#include <cmath>

namespace normforge::unit {

struct Run {
    nf_description description;
    PlanOwner plan;
    OperandMemory memory;

    explicit Run(const nf_description &d) : description(d), plan(d), memory(d, plan.get()) {}
    explicit Run(const char *problem) : Run(parse_problem(problem).description) {}

    nf_status execute() {
        fake_runs.clear();
        return nf_plan_execute(plan.get(), &memory.tensors);
    }
};

using testing::Environment;

/// The ops of the fakes that ran and their flavours: "backward_reduce, backward_merge, backward_apply accumulate".
inline std::string runs_text() {
    std::string text;
    for (const std::string &name : fake_runs) {
        text += (text.empty() ? "" : ", ") + name.substr(0, name.find("_f32"));
        for (const char *flavour : {"frozen", "accumulate"})
            if (name.find(flavour, name.find("_f32")) != std::string::npos) text += std::string(" ") + flavour;
    }
    return text;
}

/// The largest |a - b| / (1 + |b|) of two arrays of one size.
inline double difference(const std::vector<double> &a, const std::vector<double> &b) {
    REQUIRE(a.size() == b.size());
    double largest = 0;
    for (size_t i = 0; i < a.size(); ++i) {
        const double d = std::abs(a[i] - b[i]) / (1 + std::abs(b[i]));
        if (!(d <= largest)) largest = d; // NaN too
    }
    return largest;
}

} // namespace normforge::unit
