// SPDX-License-Identifier: MIT
// Steps of loops that follow from several parameters at once: the schedule takes them from here, and so does the search,
// which leaves out what gives the same steps.
#pragma once

#include "generators/tuning/parameters.h"

namespace normforge {

/// Virtual lanes of a sum over a tile: kLanes of generators/algorithm/reduction_tree.h, which the emitter checks.
constexpr int kSumLanes = 32;

/// How elements are computed and stored.
struct ElementFacts {
    int computed_bytes, stored_bytes;
    bool f16;     ///< stored as f16
    bool streams; ///< stored past the caches
};

ElementFacts elements_of(const VariantName &kernel);

/// Sums that a kernel takes in one sweep: of x, or of dz and dz * (x - mean).
int sums_of(const VariantName &kernel);

/// Lanes that one sweep adds, for each of `sums` sums.
int sum_lanes(const ScheduleParameters &parameters, int sums);

/// Vector registers that the loops of sums over images or rows keep busy, with as many vectors per step as the parameters
/// say; 0 if the kernel has no such loop. More than the target has would spill.
int registers_of_sums(const VariantName &kernel, const ScheduleParameters &parameters);

/// Elements of a vector store, and of a step of the loop that writes y or dx.
int stored_vector(const ScheduleParameters &parameters, const TargetFacts &facts, const ElementFacts &elements);
int output_step(const ScheduleParameters &parameters, const TargetFacts &facts, const ElementFacts &elements);

/// How many images ahead the loop that writes y fetches what no sum has read, by planes (inner) or runs of them.
int images_ahead(const ScheduleParameters &parameters, const TargetFacts &facts, const ElementFacts &elements, bool planes);

/// Whether a register of elements is less than a cache line in memory.
bool loads_parts_of_lines(const TargetFacts &facts, const ElementFacts &elements);

/// Whether the target has streaming stores for such steps.
bool step_streams(const ScheduleParameters &parameters, const TargetFacts &facts, const ElementFacts &elements);

} // namespace normforge
