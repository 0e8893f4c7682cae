// SPDX-License-Identifier: MIT
// How functions of the runtime report: a status and the text for nf_last_error(). Success carries no text and costs nothing.
#pragma once

#include <normforge/normforge.h>
#include <string>
#include <utility>

namespace normforge {

struct [[nodiscard]] Status {
    nf_status code = NF_SUCCESS;
    std::string text; ///< which argument, what came, what was expected; empty on success

    Status() = default;
    Status(nf_status failure, std::string explanation) : code(failure), text(std::move(explanation)) {}
    bool failed() const { return code != NF_SUCCESS; }
};

} // namespace normforge
