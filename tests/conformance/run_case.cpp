// SPDX-License-Identifier: MIT
// From a recorded case to calls of the C API: forward, then backward with what forward saved. See run_case.h.
#include "tests/conformance/run_case.h"

#include <algorithm>
#include <cstddef>
#include <memory>
#include <normforge/normforge.h>
#include <numeric>
#include <stdexcept>

namespace normforge::conformance {

std::string not_yet_run(const Case &recorded, const std::string &output) {
    if (recorded.dtype != "f32") return "data of type " + recorded.dtype;
    if (recorded.parameter_dtype != "f32") return "parameters of type " + recorded.parameter_dtype;

    if (output == "gamma_after") return "fix_gamma writes 1 into gamma";
    if (output == "dgamma" && recorded.fixed_gamma) return "fix_gamma gives a zero dgamma";
    const auto request = recorded.gradients.find(output);
    if (request != recorded.gradients.end()) {
        if (request->second == "add") return "gradient added to what is there";
        if (request->second == "null" && output == "dx") return "dx not asked for";
    }

    if (output.rfind("running_", 0) == 0 && !recorded.stored_statistics && recorded.updates != 1)
        return "running statistics that one forward does not update once";
    if (output == "running_variance" && recorded.unbiased && recorded.updates > 0) return "unbiased running variance";
    const bool saved = output == "mean" || output == "variance" || output == "invstd";
    if (saved && recorded.stored_statistics) return "stored statistics copied to the saved ones";
    return {};
}

namespace {

using Floats = std::vector<float>;

void require(nf_status status) {
    if (status != NF_SUCCESS) throw std::runtime_error(std::string(nf_status_string(status)) + ": " + nf_last_error());
}

/// Shape and strides, and where in memory each element of the logical order lies.
struct Placement {
    nf_layout layout{};
    std::vector<int64_t> offsets;

    explicit Placement(const Case &recorded) {
        const auto rank = static_cast<int>(recorded.extents.size());
        std::vector<int> order(rank); // of the axes, innermost last
        std::iota(order.begin(), order.end(), 0);
        if (recorded.channels_last) std::rotate(order.begin() + 1, order.begin() + 2, order.end());
        layout.dtype = NF_F32;
        layout.rank = rank;
        std::copy(recorded.extents.begin(), recorded.extents.end(), layout.extents);
        int64_t stride = 1;
        for (auto axis = order.rbegin(); axis != order.rend(); ++axis) {
            layout.strides[*axis] = stride;
            stride *= layout.extents[*axis];
        }
        for (int64_t i = 0; i < stride; ++i) {
            int64_t rest = i, offset = 0;
            for (int axis = rank - 1; axis >= 0; --axis) {
                offset += rest % layout.extents[axis] * layout.strides[axis];
                rest /= layout.extents[axis];
            }
            offsets.push_back(offset);
        }
    }

    Floats put(const std::vector<double> &values) const {
        Floats memory(values.size());
        for (size_t i = 0; i < values.size(); ++i) memory[offsets[i]] = static_cast<float>(values[i]);
        return memory;
    }

    std::vector<double> get(const Floats &memory) const {
        std::vector<double> values(offsets.size());
        std::transform(offsets.begin(), offsets.end(), values.begin(), [&](int64_t offset) { return memory[offset]; });
        return values;
    }
};

/// An array of c values, or an absent one.
nf_channels channels(Floats &values) {
    if (values.empty()) return {};
    return {values.data(), static_cast<int64_t>(values.size())};
}

struct DestroyPlan {
    void operator()(nf_plan *plan) const { nf_plan_destroy(plan); }
};

/// Operands in memory; an empty array is an absent operand.
struct Memory {
    Floats x, y, dy, dx, gamma, beta, mean, variance, invstd, running_mean, running_variance, dgamma, dbeta;
};

void execute(const Case &recorded, nf_op op, const nf_layout &layout, Memory &memory) {
    nf_description description;
    require(nf_description_init(&description, op));
    description.epilogue = recorded.relu ? NF_EPILOGUE_RELU : NF_EPILOGUE_NONE;
    description.x = description.y = description.dy = description.dx = layout;
    description.axis = recorded.axis;
    description.eps = recorded.eps;
    description.momentum = recorded.momentum;
    nf_plan *created = nullptr;
    require(nf_plan_create(&description, &created));
    const std::unique_ptr<nf_plan, DestroyPlan> plan(created);

    nf_tensors tensors;
    require(nf_tensors_init(&tensors));
    tensors.x = memory.x.data();
    tensors.y = memory.y.data();
    tensors.dy = memory.dy.data();
    tensors.dx = memory.dx.data();
    tensors.gamma = channels(memory.gamma);
    tensors.beta = channels(memory.beta);
    tensors.saved_mean = channels(memory.mean);
    tensors.saved_variance = channels(memory.variance);
    tensors.saved_invstd = channels(memory.invstd);
    tensors.running_mean = channels(memory.running_mean);
    tensors.running_variance = channels(memory.running_variance);
    tensors.dgamma = channels(memory.dgamma);
    tensors.dbeta = channels(memory.dbeta);
    const size_t size = nf_plan_workspace_size(plan.get());
    std::vector<std::byte> workspace(size + NF_WORKSPACE_ALIGNMENT);
    void *begin = workspace.data();
    size_t space = workspace.size();
    tensors.workspace = std::align(NF_WORKSPACE_ALIGNMENT, size, begin, space);
    tensors.workspace_size = size;
    require(nf_plan_execute(plan.get(), &tensors));
}

Floats floats(const std::vector<double> &values) {
    return {values.begin(), values.end()};
}

Floats floats(const Arrays &arrays, const std::string &name) {
    const auto found = arrays.find(name);
    return found == arrays.end() ? Floats() : floats(found->second);
}

/// Space for a gradient of one value per channel, absent where nobody asks for it.
Floats gradient(const Case &recorded, const std::string &name) {
    return recorded.gradients.at(name) == "null" ? Floats() : Floats(static_cast<size_t>(recorded.shape().c));
}

} // namespace

Arrays run_case(const Case &recorded, const Arrays *before) {
    const Placement placement(recorded);
    const auto elements = placement.offsets.size(), channel_count = static_cast<size_t>(recorded.shape().c);
    Memory memory;
    memory.x = placement.put(recorded.inputs.at("x"));
    memory.y.resize(elements);
    if (recorded.affine) {
        if (!recorded.fixed_gamma) memory.gamma = floats(recorded.inputs, "gamma");
        memory.beta = floats(recorded.inputs, "beta");
    }
    if (recorded.stored_statistics || recorded.updates > 0) {
        const Arrays &from = before != nullptr ? *before : recorded.inputs;
        memory.running_mean = floats(from.at("running_mean"));
        memory.running_variance = floats(from.at("running_variance"));
    }
    for (Floats *saved : {&memory.mean, &memory.variance, &memory.invstd}) saved->resize(channel_count);

    execute(recorded, recorded.stored_statistics ? NF_FORWARD_INFERENCE : NF_FORWARD_TRAIN, placement.layout, memory);
    Arrays results;
    const auto add = [&results](const char *name, const Floats &values) {
        if (!values.empty()) results[name] = {values.begin(), values.end()};
    };
    results["y"] = placement.get(memory.y);
    add("mean", memory.mean);
    add("variance", memory.variance);
    add("invstd", memory.invstd);
    add("running_mean", memory.running_mean);
    add("running_variance", memory.running_variance);
    if (recorded.gradients.empty()) return results;

    memory.dy = placement.put(recorded.inputs.at("dy"));
    memory.dx.resize(elements);
    memory.dgamma = gradient(recorded, "dgamma");
    memory.dbeta = gradient(recorded, "dbeta");
    execute(recorded, recorded.stored_statistics ? NF_BACKWARD_FROZEN : NF_BACKWARD_TRAIN, placement.layout, memory);
    results["dx"] = placement.get(memory.dx);
    add("dgamma", memory.dgamma);
    add("dbeta", memory.dbeta);
    return results;
}

} // namespace normforge::conformance
