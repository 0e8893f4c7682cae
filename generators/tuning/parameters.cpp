// SPDX-License-Identifier: MIT
// The parameter space and its text form.
#include "generators/tuning/parameters.h"

#include "generators/tuning/steps.h"
#include "runtime/ops.h"

#include <sstream>
#include <stdexcept>

namespace normforge {

namespace {

int full_register(const TargetFacts &facts, int element_bytes) {
    return facts.vector_bytes / element_bytes;
}

template <int value>
int constant(const TargetFacts &, int) {
    return value;
}

// Backward with ReLU keeps two sums and three values (mean, scale, beta) per vector of positions: with 4 vectors 16
// registers spill. With 32, 2 vectors are 0.95 (32x256x14x14 forward) to 0.99, 8 vectors 0.98 to 1.04 times as fast as 4.
int position_sum_vectors(const TargetFacts &facts, int) {
    return facts.vector_registers >= 32 ? 4 : 2;
}

// A step of the row sums keeps two accumulators and two shifts per vector of channels in registers. With 32 of them, 2
// vectors are 0.95 to 0.97 times as fast as 4; 8 up to 1.08 times, but with 64 channels, which do not fill them, 0.5.
int row_sum_vectors(const TargetFacts &facts, int) {
    return facts.vector_registers >= 32 ? 4 : 2;
}

template <int... values>
std::vector<int> listed(const TargetFacts &, int) {
    return {values...};
}

// Half a register: shorter tails, and no 512-bit instructions.
std::vector<int> half_and_full_register(const TargetFacts &facts, int element_bytes) {
    const int full = full_register(facts, element_bytes);
    return {full / 2, full};
}

bool native(const VariantName &kernel) {
    return has_form(kernel.op) && has_native_schedule(kernel);
}

bool sums(const VariantName &kernel, nf_form form) {
    return native(kernel) && reduces(kernel.op) && kernel.form == form;
}

bool writes_tensor(const VariantName &kernel) {
    return native(kernel) && has_store(kernel.op);
}

bool writes_rows(const VariantName &kernel) {
    return writes_tensor(kernel) && kernel.form == NF_FORM_LAST;
}

bool sums_planes(const VariantName &kernel) {
    return sums(kernel, NF_FORM_INNER) || sums(kernel, NF_FORM_SMALL_PLANES);
}

bool sums_small_planes(const VariantName &kernel) {
    return sums(kernel, NF_FORM_SMALL_PLANES);
}

bool sums_rows(const VariantName &kernel) {
    return sums(kernel, NF_FORM_LAST);
}

// Elsewhere a task is a channel or a group.
bool has_tasks_of_elements(const VariantName &kernel) {
    return native(kernel) && (kernel.form == NF_FORM_LAST || (kernel.form == NF_FORM_INNER && !reduces(kernel.op)));
}

bool fetches_tiles(const VariantName &kernel) {
    return sums(kernel, NF_FORM_INNER) || sums(kernel, NF_FORM_LAST);
}

bool fetches_channels(const VariantName &kernel) {
    return sums_planes(kernel) && has_store(kernel.op);
}

// In inference, planes of `inner` are taken in the order in which they lie in memory.
bool fetches_images(const VariantName &kernel) {
    const bool has_unread = adds_residual(kernel.epilogue) || !reduces(kernel.op);
    const bool jumps = kernel.form == NF_FORM_SMALL_PLANES || (kernel.form == NF_FORM_INNER && reduces(kernel.op));
    return native(kernel) && writes_y(kernel.op) && has_unread && jumps &&
           loads_parts_of_lines(compile_target(kernel.target).facts, elements_of(kernel));
}

int images_fetched(const VariantName &kernel, const TargetFacts &facts, const ScheduleParameters &parameters) {
    return images_ahead(parameters, facts, elements_of(kernel), kernel.form == NF_FORM_INNER);
}

int step_that_writes(const VariantName &kernel, const TargetFacts &facts, const ScheduleParameters &parameters) {
    return output_step(parameters, facts, elements_of(kernel));
}

int lanes_of_sweep(const VariantName &kernel, const TargetFacts &, const ScheduleParameters &parameters) {
    return sum_lanes(parameters, sums_of(kernel));
}

const Parameter &find(const std::string &name) {
    std::string names;
    for (const Parameter &parameter : parameter_space()) {
        if (name == parameter.name) return parameter;
        names += std::string(names.empty() ? "" : ", ") + parameter.name;
    }
    throw std::invalid_argument("unknown schedule parameter '" + name + "', expected one of: " + names);
}

} // namespace

const std::vector<Parameter> &parameter_space() {
    // "Times as fast" is measured with f32 in cache on one core (AVX-512, Zen 5) where nothing else is said.
    static const std::vector<Parameter> space = {
        // Half a register: forward 0.62 (784x128) to 0.87 (32x512x7x7), backward 0.69 to 0.96 times as fast.
        {"vector", "elements of a vector", 1, 32, true, full_register, &ScheduleParameters::vector, native,
         half_and_full_register, nullptr},
        // 2 instead of 4: on AVX2 0.94 to 0.99 (f32), 0.98 to 1.01 (bf16), on AVX-512 0.99 to 1.05 and 0.99 to 1.00; 8: 0.92
        // to 1.00 times as fast. Streaming beyond the cache 0.99 to 1.01.
        {"unroll", "vectors per step of the loop that writes y or dx", 1, 16, true, constant<4>, &ScheduleParameters::unroll,
         writes_tensor, listed<1, 2, 4, 8>, step_that_writes},
        // Rows of a step share the loads of their per-channel values. In cache, with 2 rows: backward with ReLU takes 0.88
        // (49x2048) to 1.06 times (196x1024) as long, forward 0.97 to 1.13, and code grows by half: for a search to tell.
        {"output_rows", "rows per step of the loop that writes y or dx (last, cached stores)", 1, 4, true, constant<1>,
         &ScheduleParameters::output_rows, writes_rows, listed<1, 2>, nullptr},
        // kLanes lanes are 2 vectors of f32 on AVX-512 and 4 on AVX2; forward has one sum per lane, backward two, and up to
        // three values that all lanes share: 16 vectors spill, with 16 registers and with 32. 4 is 1.00 times as fast.
        {"sum_vectors", "vectors of sums per sweep over a tile or a plane (inner, small_planes)", 1, 32, true, constant<8>,
         &ScheduleParameters::sum_vectors, sums_planes, listed<2, 4, 8>, lanes_of_sweep},
        {"position_vectors", "vectors of positions per step of the sums over images (small_planes)", 1, 16, true,
         position_sum_vectors, &ScheduleParameters::position_vectors, sums_small_planes, listed<1, 2, 4, 8>, nullptr},
        {"channel_vectors", "vectors of channels per step of the row sums (last)", 1, 16, true, row_sum_vectors,
         &ScheduleParameters::channel_vectors, sums_rows, listed<1, 2, 4, 8>, nullptr},
        // Two threads, row by row: 2^13 0.96 to 1.08, 2^17 0.87 (784x128, one task) to 1.02 times as fast as 2^15.
        {"task_elements", "least elements of a parallel task (last, inference)", 1, 1 << 24, false, constant<1 << 15>,
         &ScheduleParameters::task_elements, has_tasks_of_elements, listed<1 << 13, 1 << 15, 1 << 17>, nullptr},
        // Forward, 32x256x56x56 and 32x512x28x28 on two cores: 2.4 and 2.9 times a copy without either, 1.5 and 1.6 with
        // tiles, 1.3 and 1.4 with both. The same distance where training streams rows of f32 (last), times as fast with 32
        // images: backward 1.01 to 1.17 on AVX-512, 0.98 to 1.12 on AVX2, forward 0.99 to 1.08 and 0.99 to 1.01; bf16
        // backward 0.96 to 1.00 and 0.92 to 1.00, cached stores in cache 0.97 to 1.01.
        {"prefetch_tiles", "how many tiles ahead the last sweep over a tile, or over streamed rows, fetches (inner, last)",
         0, 16, false, constant<1>, &ScheduleParameters::prefetch_tiles, fetches_tiles, listed<0, 1, 2>, nullptr},
        {"prefetch_channels", "how many channels or groups ahead the loop that writes y or dx fetches", 0, 16, false,
         constant<1>, &ScheduleParameters::prefetch_channels, fetches_channels, listed<0, 1, 2>, nullptr},
        // x in inference, the residual in training: a run or a plane lies far from that of the next image. Times as fast
        // with 32 images on two cores. Inference of 7x7 and 14x14, streaming: bf16 and f16 1.8 to 2.1 on AVX2, 1.1
        // (add_relu) to 1.5 (relu) on AVX-512, f32 1.2 on AVX2. The same by cached stores: bf16 and f16 in memory 1.2 to 2.1
        // on AVX2, 1.2 to 1.5 on AVX-512, in L3 0.9 to 1.9, in L2 0.88 to 1.02; f32 in memory 1.1 to 1.3, but in L3 0.9 and
        // in L2 0.83. Training with add_relu of 56x56 and 28x28: bf16 and f16 1.3 to 1.6 on AVX2, 1.1 to 1.4 on AVX-512,
        // f32 1.02 to 1.08 on AVX2; in cache 1.00. f32 on AVX-512, whole lines: 0.95 to 1.02. Not measured on SSE4.1 and
        // NEON.
        {"prefetch_images", "how many images ahead the loop that writes y fetches what no sum read", 0, 16, false,
         constant<1>, &ScheduleParameters::prefetch_images, fetches_images, listed<0, 1>, images_fetched},
    };
    return space;
}

ScheduleParameters resolve(ScheduleParameters requested, const TargetFacts &facts, int element_bytes) {
    for (const Parameter &parameter : parameter_space()) {
        int &value = requested.*parameter.field;
        if (value == kUnset) value = parameter.default_value(facts, element_bytes);
        bool power_of_two = (value & (value - 1)) == 0;
        if (value < parameter.minimum || value > parameter.maximum || (parameter.power_of_two && !power_of_two)) {
            throw std::invalid_argument("schedule parameter " + std::string(parameter.name) + " (" + parameter.meaning +
                                        ") is " + std::to_string(value) + ", expected " +
                                        (parameter.power_of_two ? "a power of two from " : "") +
                                        std::to_string(parameter.minimum) + " to " + std::to_string(parameter.maximum));
        }
    }
    return requested;
}

std::string to_string(const ScheduleParameters &parameters) {
    std::string text;
    for (const Parameter &parameter : parameter_space()) {
        text += (text.empty() ? "" : " ") + std::string(parameter.name) + "=" + std::to_string(parameters.*parameter.field);
    }
    return text;
}

ScheduleParameters parse_parameters(const std::string &text) {
    ScheduleParameters parameters;
    std::istringstream words(text);
    for (std::string word; words >> word;) {
        size_t equals = word.find('=');
        if (equals == std::string::npos)
            throw std::invalid_argument("schedule parameter '" + word + "', expected name=integer");
        const Parameter &parameter = find(word.substr(0, equals));
        size_t used = 0;
        std::string value = word.substr(equals + 1);
        try {
            parameters.*parameter.field = std::stoi(value, &used);
        } catch (const std::exception &) {
            used = 0;
        }
        if (used == 0 || used != value.size()) {
            throw std::invalid_argument("schedule parameter " + std::string(parameter.name) + " is '" + value +
                                        "', expected an integer");
        }
    }
    return parameters;
}

} // namespace normforge
