// SPDX-License-Identifier: MIT
// The text of nf_plan_describe(): what was decided for a plan, and why.
#pragma once

#include "runtime/dispatch.h"
#include <string>

namespace normforge {

class PlanText {
public:
    /// The problem and its canonical form; nothing else for an empty batch.
    explicit PlanText(const CheckedProblem &problem);

    void add_grid(const Grid &grid, int64_t group);
    void add_step(const std::vector<Step> &steps, size_t index, const Choice &choice);
    void add_resources(int threads, bool serial, size_t workspace_size);

    const std::string &str() const { return text_; }

private:
    void line(const char *subject, const std::string &content);

    const CheckedProblem &problem_;
    std::string text_;
};

} // namespace normforge
