// SPDX-License-Identifier: MIT
// See operands.h. A tensor repeats a block of random numbers whose length is prime, so that no two channels, rows or images
// hold the same numbers in the same places.
#include "tools/gpu_check/operands.h"

#include "runtime/ops.h"
#include "tests/support/number.h"
#include "tools/normforge/bench/elements.h"

#include <algorithm>
#include <random>

namespace normforge::gpu_check {

namespace {

constexpr size_t kBlockElements = 2'097'143; // the largest prime below 2^21

template <typename Distribution>
std::vector<float> random_floats(size_t count, Distribution distribution, unsigned seed) {
    std::mt19937 generator(seed);
    std::vector<float> values(count);
    for (float &value : values) value = static_cast<float>(distribution(generator));
    return values;
}

} // namespace

Geometry geometry_of(const Problem &problem) {
    const nf_description &d = problem.description;
    const nf_layout &x = d.x;
    const auto &e = x.extents;
    const bool dense = std::all_of(std::begin(x.strides), std::end(x.strides), [](int64_t stride) { return stride == 0; });
    if (x.rank != 4 || !dense || problem.in_place || problem.offset_bytes || x.dtype == NF_F64 ||
        (problem.layout != "nchw" && problem.layout != "nhwc"))
        throw std::runtime_error(to_string(problem) +
                                 ": expected f32, f16 or bf16 in nchw or nhwc, without strides, offset or inplace");
    if ((d.op != NF_FORWARD_TRAIN && d.op != NF_FORWARD_INFERENCE && d.op != NF_BACKWARD_TRAIN) ||
        (d.epilogue != NF_EPILOGUE_NONE && d.epilogue != NF_EPILOGUE_RELU && d.epilogue != NF_EPILOGUE_ADD_RELU))
        throw std::runtime_error(to_string(problem) +
                                 ": expected forward_train, forward_inference or backward_train with none, "
                                 "relu or add_relu");
    if (problem.layout == "nhwc") return {e[0], e[3], e[1], e[2], true};
    return {e[0], e[1], e[2], e[3], false};
}

Operands::Operands(const Problem &problem) : description_(problem.description), geometry_(geometry_of(problem)) {
    const nf_op op = description_.op;
    const bool residual = adds_residual(description_.epilogue);
    add_tensor("x", 0.25, 1.5, 1);
    if (residual) add_tensor("residual", 0, 1, 2);
    add_channels("gamma", 0.5, 1.5, 3);
    add_channels("beta", -0.5, 0.5, 4);
    if (op == NF_BACKWARD_TRAIN) {
        add_tensor("dy", 0, 1, 5);
        add_output("dx", geometry_.elements(), description_.x.dtype);
        if (residual) add_output("dresidual", geometry_.elements(), description_.x.dtype);
        add_output("dgamma", geometry_.c, NF_F32);
        add_output("dbeta", geometry_.c, NF_F32);
        return;
    }
    add_channels("running_mean", 0.2, 0.3, 6);
    add_channels("running_variance", 2, 2.5, 7);
    add_output("y", geometry_.elements(), description_.x.dtype);
    if (op == NF_FORWARD_INFERENCE) return;
    add_output("saved_mean", geometry_.c, NF_F32);
    add_output("saved_invstd", geometry_.c, NF_F32);
}

bool Operands::is_backward() const {
    return description_.op == NF_BACKWARD_TRAIN;
}

size_t Operands::tensor_bytes() const {
    return static_cast<size_t>(geometry_.elements() * testing::precision_of(description_.x.dtype).bytes);
}

void *Operands::at(const std::string &name) const {
    const auto found = memory_.find(name);
    return found == memory_.end() ? nullptr : found->second.pointer();
}

void Operands::poison() const {
    for (const Output &output : outputs_) memory_.at(output.name).fill(0xff);
}

void Operands::add_tensor(const char *name, double mean, double deviation, unsigned seed) {
    const size_t count = std::min(kBlockElements, static_cast<size_t>(geometry_.elements()));
    const std::vector<float> values = random_floats(count, std::normal_distribution<double>(mean, deviation), seed);
    std::vector<std::byte> block(count * static_cast<size_t>(testing::precision_of(description_.x.dtype).bytes));
    bench::from_floats(description_.x.dtype, values.data(), count, block.data());
    memory_.emplace(name, tensor()).first->second.repeat(block.data(), block.size());
}

void Operands::add_channels(const char *name, double low, double high, unsigned seed) {
    const auto values =
        random_floats(static_cast<size_t>(geometry_.c), std::uniform_real_distribution<double>(low, high), seed);
    memory_.emplace(name, channels()).first->second.repeat(values.data(), values.size() * sizeof(float));
}

void Operands::add_output(const char *name, int64_t count, nf_dtype dtype) {
    const auto bytes = static_cast<size_t>(count * testing::precision_of(dtype).bytes);
    const Memory &memory = memory_.emplace(name, Memory(bytes)).first->second;
    outputs_.push_back({name, memory.address(), count, dtype});
}

} // namespace normforge::gpu_check
