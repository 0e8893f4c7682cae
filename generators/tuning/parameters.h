// SPDX-License-Identifier: MIT
// The numbers of a schedule: names, ranges, and the values one kernel is compiled with. No schedule holds another number.
#pragma once

#include "generators/tuning/targets.h"

#include <string>
#include <vector>

namespace normforge {

/// A parameter that has not been given: it takes the target's default.
constexpr int kUnset = -1;

/// The values of one kernel. Each is described in parameter_space().
struct ScheduleParameters {
    int vector = kUnset;
    int unroll = kUnset;
    int sum_vectors = kUnset;
    int position_vectors = kUnset;
    int channel_vectors = kUnset;
    int task_elements = kUnset;
    int prefetch_tiles = kUnset;
    int prefetch_channels = kUnset;
};

/// One parameter: its name, allowed range, default by target, and where it lives.
struct Parameter {
    const char *name;
    const char *meaning;
    int minimum, maximum;
    bool power_of_two;
    int (*default_value)(const TargetFacts &facts, int element_bytes);
    int ScheduleParameters::*field;
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
