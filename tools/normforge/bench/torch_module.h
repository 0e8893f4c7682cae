// SPDX-License-Identifier: MIT
// What the module peer_torch.so exports. It is built together with this program, so C++ types may cross; it sees only what
// is inline in the headers of operands and competitors.
#pragma once

#include "tools/normforge/bench/competitor.h"

namespace normforge::bench {

struct TorchModule {
    const char *version;
    std::unique_ptr<Competitor> (*make)(const Problem &problem, const Operands &operands, int threads, std::string &why_not);
};

/// The symbol that returns `const TorchModule *`.
inline constexpr const char *kTorchModuleSymbol = "nf_torch_module";

} // namespace normforge::bench
