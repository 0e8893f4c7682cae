// SPDX-License-Identifier: MIT
// Takes the place of onednn.cpp in a build without oneDNN.
#include "tools/normforge/bench/competitor.h"

namespace normforge::bench {

std::unique_ptr<Competitor> make_onednn(const Problem &, const Operands &, int, std::string &why_not) {
    why_not = "this normforge was built without oneDNN (NF_WITH_ONEDNN)";
    return nullptr;
}

std::string onednn_version() {
    return "";
}

} // namespace normforge::bench
