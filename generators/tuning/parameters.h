// SPDX-License-Identifier: MIT
// The numbers of a schedule for CPUs: names, ranges, and the values one kernel is compiled with. Those for GPUs are
// constants of generators/schedule/schedule.h, tiles and lanes belong to the algorithm (reduction_tree.h): they show in the
// bits. Which kernels a number matters to and which values are worth trying is said here too; space.h makes candidates of
// it.
#pragma once

#include "generators/tuning/targets.h"
#include "generators/tuning/variant_facts.h"

#include <string>
#include <vector>

namespace normforge {

/// A parameter that has not been given: it takes the target's default.
constexpr int kUnset = -1;

/// The values of one kernel. Each is described in parameter_space().
struct ScheduleParameters {
    int vector = kUnset;
    int unroll = kUnset;
    int output_rows = kUnset;
    int sum_vectors = kUnset;
    int position_vectors = kUnset;
    int channel_vectors = kUnset;
    int task_elements = kUnset;
    int prefetch_tiles = kUnset;
    int prefetch_channels = kUnset;
    int prefetch_images = kUnset;
};

/// One parameter: its name, allowed range, default by target, where it lives, and what a search needs to know of it.
struct Parameter {
    const char *name;
    const char *meaning;
    int minimum, maximum;
    bool power_of_two;
    int (*default_value)(const TargetFacts &facts, int element_bytes);
    int ScheduleParameters::*field;
    /// Whether the kernel's code depends on it. The portable schedule takes none.
    bool (*applies)(const VariantName &kernel);
    /// Values that a search tries, ascending; the default need not be among them.
    std::vector<int> (*searched)(const TargetFacts &facts, int element_bytes);
    /// What the schedule makes of it, given the others: values of equal effect give equal code. Null: every value differs.
    int (*effect)(const VariantName &kernel, const TargetFacts &facts, const ScheduleParameters &parameters);
};

/// All parameters, in the order in which they are printed.
const std::vector<Parameter> &parameter_space();

/// Replaces what is unset by the defaults of the target, for arithmetic on elements of so many bytes. Throws
/// std::invalid_argument naming a parameter outside its range.
ScheduleParameters resolve(ScheduleParameters requested, const TargetFacts &facts, int element_bytes);

/// "vector=16 unroll=4 ..." and back; the parser throws std::invalid_argument for unknown names and values that are no
/// integers.
std::string to_string(const ScheduleParameters &parameters);
ScheduleParameters parse_parameters(const std::string &text);

} // namespace normforge
