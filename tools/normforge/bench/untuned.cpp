// SPDX-License-Identifier: MIT
// Our own kernel for any shape as a peer of the one that is specialised and tuned: what tuning is worth.
#include "tools/normforge/bench/peers.h"
#include "tools/normforge/tune/main_kernel.h"

#include <fmt/format.h>
#include <normforge/normforge.h>
#include <stdexcept>

namespace normforge::bench {

namespace {

/// The variant that the library would choose.
std::string chosen_variant(const Problem &problem) {
    nf_plan *plan = nullptr;
    if (nf_plan_create(&problem.description, &plan) != NF_SUCCESS) throw std::runtime_error(nf_last_error());
    const std::unique_ptr<nf_plan, decltype(&nf_plan_destroy)> owner(plan, nf_plan_destroy);
    return nf_plan_variant(plan);
}

std::unique_ptr<Competitor> make_untuned(const Problem &problem, const Operands &operands, int threads,
                                         std::string &why_not) {
    try {
        const VariantName chosen = parse_symbol(chosen_variant(problem));
        const std::string untuned = main_kernel(problem, chosen.target).default_symbol();
        Problem forced = problem;
        forced.description.variant = untuned.c_str();
        return make_ours(forced, operands, threads, "untuned");
    } catch (const std::runtime_error &error) {
        why_not = fmt::format("untuned: {}", error.what());
        return nullptr;
    }
}

} // namespace

Peer untuned_peer() {
    return {"untuned", nf_version(), make_untuned, nullptr, false};
}

} // namespace normforge::bench
