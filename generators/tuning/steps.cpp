// SPDX-License-Identifier: MIT
// Steps of loops from parameters, target and types.
#include "generators/tuning/steps.h"

#include "runtime/ops.h"

#include <algorithm>

namespace normforge {

ElementFacts elements_of(const VariantName &kernel) {
    return {arithmetic_bytes(kernel), stored_bytes(kernel), kernel.dtype == NF_F16, kernel.store == NF_STORE_STREAM};
}

int sums_of(const VariantName &kernel) {
    return writes_y(kernel.op) || kernel.op == NF_STATS ? 1 : 2;
}

int sum_lanes(const ScheduleParameters &parameters, int sums) {
    return std::min(kSumLanes, parameters.vector * std::max(1, parameters.sum_vectors / sums));
}

// Per vector, forward keeps a sum, the first value that it is shifted by, and in its second sweep a mean; backward two sums
// and, with an activation, mean, scale and beta.
int registers_of_sums(const VariantName &kernel, const ScheduleParameters &parameters) {
    if (!reduces(kernel.op) || kernel.form == NF_FORM_INNER) return 0;
    const int vectors = kernel.form == NF_FORM_LAST ? parameters.channel_vectors : parameters.position_vectors;
    return vectors * (sums_of(kernel) == 1 ? 3 : 5);
}

// LLVM streams bf16 only where a store fills a register, and NEON's pairs are of whole registers; f16 is streamed by halves
// where converting and storing is one instruction, and wider vectors of it break into elements there.
int stored_vector(const ScheduleParameters &parameters, const TargetFacts &facts, const ElementFacts &elements) {
    const bool fills = !elements.f16 || !facts.converts_halves_on_store;
    return fills ? parameters.vector * elements.computed_bytes / elements.stored_bytes : parameters.vector;
}

int output_step(const ScheduleParameters &parameters, const TargetFacts &facts, const ElementFacts &elements) {
    return std::max(stored_vector(parameters, facts, elements), parameters.vector * parameters.unroll);
}

bool loads_parts_of_lines(const TargetFacts &facts, const ElementFacts &elements) {
    constexpr int kLineBytes = 64;
    return facts.vector_bytes / elements.computed_bytes * elements.stored_bytes < kLineBytes;
}

// Runs of f32 in the caches, and whole lines, are read no faster, see parameter_space().
int images_ahead(const ScheduleParameters &parameters, const TargetFacts &facts, const ElementFacts &elements, bool planes) {
    const bool halves = elements.stored_bytes < elements.computed_bytes;
    return (elements.streams || planes || halves) && loads_parts_of_lines(facts, elements) ? parameters.prefetch_images : 0;
}

bool step_streams(const ScheduleParameters &parameters, const TargetFacts &facts, const ElementFacts &elements) {
    if (!facts.streams_pairs) return true;
    return stored_vector(parameters, facts, elements) * elements.stored_bytes >= facts.vector_bytes &&
           output_step(parameters, facts, elements) * elements.stored_bytes >= 2 * facts.vector_bytes;
}

} // namespace normforge
