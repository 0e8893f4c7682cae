// SPDX-License-Identifier: MIT
// The text of the last failure of each thread, see report.h.
#include "runtime/report.h"

namespace normforge {
namespace {

std::string &text_of_thread() noexcept {
    thread_local std::string text;
    return text;
}

} // namespace

nf_status report(const Status &status) noexcept {
    if (!status.failed()) return NF_SUCCESS;
    try {
        text_of_thread() = status.text;
    } catch (...) { // no memory for the text: the status alone must do
        text_of_thread().clear();
    }
    return status.code;
}

nf_status report_refusal_of_system(const char *reason) noexcept {
    text_of_thread().clear();
    try {
        return report({NF_OUT_OF_MEMORY, std::string("the system refused memory or a lock: ") + reason});
    } catch (...) {
        return NF_OUT_OF_MEMORY;
    }
}

const char *last_error() noexcept {
    return text_of_thread().c_str();
}

} // namespace normforge
