// SPDX-License-Identifier: MIT
// The ladder of the tuning database: exact problem, nearest shape, the same on other devices.
#include "generators/tuning/database.h"

#include "runtime/compose.h"
#include "runtime/outline.h"
#include "runtime/pieces.h"
#include "runtime/validate.h"

#include <array>
#include <cmath>
#include <optional>
#include <tuple>

namespace normforge {

namespace {

/// What a problem's main kernel is chosen by, and the canonical shape it works on.
struct Work {
    std::tuple<nf_op, nf_op, nf_dtype, nf_form, nf_epilogue, nf_channel_type, bool, bool> kernel;
    std::array<double, 3> extents; ///< n, c, s as logarithms to the base 2
};

/// Nothing for problems that are refused, have no elements, or write no tensor.
std::optional<Work> work_of(const Problem &problem) {
    CheckedProblem checked;
    if (check_description(problem.description, checked).failed() || checked.empty || checked.tensors.empty())
        return std::nullopt;
    const auto steps = compose(checked, cut(checked.tensors, checked.form, kReach).parts());
    if (steps.empty()) return std::nullopt;
    const Step &main = steps[named_step(steps)];
    if (!output_of(main)) return std::nullopt;
    const Canonical &x = checked.tensors.front().canonical;
    return Work{{checked.op(), main.op, checked.dtype(), checked.form, epilogue_of(main, checked.description.epilogue),
                 checked.description.statistics, main.accumulate, main.frozen},
                {std::log2(x.outer * x.n), std::log2(x.c), std::log2(x.s)}};
}

double distance(const Work &a, const Work &b) {
    return std::hypot(a.extents[0] - b.extents[0], a.extents[1] - b.extents[1], a.extents[2] - b.extents[2]);
}

/// How well an entry serves; less is better, in this order.
struct Rank {
    bool other_device, other_problem;
    double doublings, thread_doublings;

    bool operator<(const Rank &other) const {
        return std::tie(other_device, other_problem, doublings, thread_doublings) <
               std::tie(other.other_device, other.other_problem, other.doublings, other.thread_doublings);
    }
    Rung rung() const { return other_device ? Rung::architecture : other_problem ? Rung::nearest : Rung::exact; }
};

} // namespace

const char *name_of(Rung rung) {
    switch (rung) {
    case Rung::exact: return "exact";
    case Rung::nearest: return "nearest shape";
    case Rung::architecture: return "architecture";
    case Rung::none: return "default";
    }
    return "";
}

Lookup look_up(const Database &database, const Problem &problem, const std::string &device, int threads) {
    const std::string text = to_string(problem);
    const std::optional<Work> wanted = work_of(problem);
    const TunedEntry *best = nullptr;
    Rank best_rank{};
    for (const TunedEntry &entry : database.entries) {
        Rank rank{entry.device != device, entry.problem != text, 0,
                  std::abs(std::log2(static_cast<double>(entry.threads) / threads))};
        if (rank.other_problem) {
            const std::optional<Work> known = wanted ? work_of(parse_problem(entry.problem)) : std::nullopt;
            if (!known || known->kernel != wanted->kernel) continue;
            rank.doublings = distance(*known, *wanted);
            if (rank.doublings > kFarthestDoublings) continue;
        }
        if (best && !(rank < best_rank)) continue;
        best = &entry;
        best_rank = rank;
    }
    return best ? Lookup{best_rank.rung(), best, best_rank.doublings} : Lookup{};
}

} // namespace normforge
