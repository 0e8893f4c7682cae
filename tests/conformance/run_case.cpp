// SPDX-License-Identifier: MIT
// From a recorded case to calls of the C API: forward, then backward with what forward saved. See run_case.h.
#include "tests/conformance/run_case.h"

#include "tests/support/number.h"
#include <algorithm>
#include <cstddef>
#include <memory>
#include <numeric>
#include <stdexcept>

namespace normforge::conformance {

using testing::Values;

std::string not_ours(const Case &recorded, const std::string &output) {
    const bool written = output == "gamma_after" || output == "dgamma";
    if (recorded.fixed_gamma && written && recorded.implementation != "mxnet_v1")
        return "fix_gamma's writes to gamma and dgamma, which are those of mxnet_v1.h alone";
    return {};
}

nf_gradient requested(const Case &recorded, const std::string &gradient) {
    const auto found = recorded.gradients.find(gradient);
    if (found == recorded.gradients.end() || found->second == "null") return NF_GRADIENT_NULL;
    return found->second == "add" ? NF_GRADIENT_ADD : NF_GRADIENT_WRITE;
}

namespace {

void require(nf_status status) {
    if (status != NF_SUCCESS) throw std::runtime_error(std::string(nf_status_string(status)) + ": " + nf_last_error());
}

/// Values in memory; no values: an absent operand.
struct Array {
    nf_dtype type = NF_F32;
    std::vector<std::byte> bytes = {};

    size_t element() const { return static_cast<size_t>(testing::precision_of(type).bytes); }
    size_t size() const { return bytes.size() / element(); }
    void *data() { return bytes.empty() ? nullptr : bytes.data(); }

    void put(const Values &values, const std::vector<int64_t> *offsets = nullptr) {
        bytes.resize(values.size() * element());
        for (size_t i = 0; i < values.size(); ++i)
            testing::store(type, bytes.data() + (offsets ? static_cast<size_t>((*offsets)[i]) : i) * element(), values[i]);
    }

    Values get(const std::vector<int64_t> *offsets = nullptr) const {
        Values values(size());
        for (size_t i = 0; i < values.size(); ++i)
            values[i] = testing::load(type, bytes.data() + (offsets ? static_cast<size_t>((*offsets)[i]) : i) * element());
        return values;
    }
};

nf_channels channels(Array &array) {
    return {array.data(), static_cast<int64_t>(array.size())};
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
        layout.dtype = recorded.type();
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
};

struct DestroyPlan {
    void operator()(nf_plan *plan) const { nf_plan_destroy(plan); }
};

/// A case's operands in memory, and the calls.
class Run {
public:
    Run(const Case &recorded, const Arrays *before) : case_(recorded), placement_(recorded) {
        const nf_dtype channel = recorded.type() == NF_F64 ? NF_F64 : NF_F32;
        for (Array *tensor : {&x_, &y_, &dy_, &dx_}) tensor->type = recorded.type();
        for (Array *array :
             {&gamma_, &beta_, &mean_, &variance_, &invstd_, &running_mean_, &running_variance_, &dgamma_, &dbeta_})
            array->type = channel;
        triples_.type = NF_F64;
        old_ = before != nullptr ? before : &recorded.inputs;
        x_.put(recorded.inputs.at("x"), &placement_.offsets);
        y_.bytes.resize(x_.bytes.size());
        if (recorded.affine) {
            if (!recorded.fixed_gamma) gamma_.put(recorded.inputs.at("gamma"));
            beta_.put(recorded.inputs.at("beta"));
        }
        if (recorded.stored_statistics || recorded.updates > 0) {
            running_mean_.put(old_->at("running_mean"));
            running_variance_.put(old_->at("running_variance"));
        }
    }

    Arrays results() {
        if (case_.stored_statistics) {
            execute(NF_FORWARD_INFERENCE);
            save_stored_statistics();
        } else {
            for (Array *saved : {&mean_, &variance_, &invstd_}) saved->put(Values(channel_count()));
            for (int i = 0; i < std::max(1, case_.updates); ++i) execute(NF_FORWARD_TRAIN);
        }
        Arrays results = {{"y", y_.get(&placement_.offsets)},
                          {"mean", mean_.get()},
                          {"variance", variance_.get()},
                          {"invstd", invstd_.get()}};
        for (const auto &[name, running] :
             {std::pair("running_mean", &running_mean_), {"running_variance", &running_variance_}}) {
            const auto kept = old_->find(name); // where nothing updates them
            if (running->size() > 0 || kept != old_->end())
                results[name] = running->size() > 0 ? running->get() : kept->second;
        }
        if (case_.gradients.empty()) return results;

        dy_.put(case_.inputs.at("dy"), &placement_.offsets);
        dx_.put(before_call("dx", x_.size()), &placement_.offsets);
        dgamma_.put(before_call("dgamma", channel_count()));
        dbeta_.put(before_call("dbeta", channel_count()));
        execute(case_.stored_statistics ? NF_BACKWARD_FROZEN : NF_BACKWARD_TRAIN);
        results["dx"] = dx_.get(&placement_.offsets);
        results["dgamma"] = dgamma_.get();
        results["dbeta"] = dbeta_.get();
        return results;
    }

private:
    size_t channel_count() const { return static_cast<size_t>(case_.shape().c); }

    Values before_call(const std::string &name, size_t size) const {
        const auto found = case_.inputs.find(name);
        return found == case_.inputs.end() ? Values(size) : found->second;
    }

    /// What an implementation saves with stored statistics: a merge of the triple (1, mean, variance).
    void save_stored_statistics() {
        Values triple(channel_count(), 1);
        for (const Array *part : {&running_mean_, &running_variance_}) {
            const Values values = part->get();
            triple.insert(triple.end(), values.begin(), values.end());
        }
        triples_.put(triple);
        for (Array *saved : {&mean_, &variance_, &invstd_}) saved->put(Values(channel_count()));
        Array mean, variance; // the merge is not to update them
        std::swap(mean, running_mean_);
        std::swap(variance, running_variance_);
        execute(NF_MERGE);
        std::swap(mean, running_mean_);
        std::swap(variance, running_variance_);
    }

    void execute(nf_op op) {
        nf_description description;
        require(nf_description_init(&description, op));
        description.epilogue = case_.relu ? NF_EPILOGUE_RELU : NF_EPILOGUE_NONE;
        description.x = description.y = description.dy = description.dx = placement_.layout;
        description.axis = case_.axis;
        description.eps = case_.eps;
        description.momentum = case_.momentum;
        description.running_variance = case_.unbiased ? NF_VARIANCE_UNBIASED : NF_VARIANCE_BIASED;
        description.dx_gradient = requested(case_, "dx");
        description.dgamma_gradient = case_.fixed_gamma ? NF_GRADIENT_NULL : requested(case_, "dgamma");
        description.dbeta_gradient = requested(case_, "dbeta");
        nf_plan *created = nullptr;
        require(nf_plan_create(&description, &created));
        const std::unique_ptr<nf_plan, DestroyPlan> plan(created);

        nf_tensors tensors;
        require(nf_tensors_init(&tensors));
        tensors.x = x_.data();
        tensors.y = y_.data();
        tensors.dy = dy_.data();
        tensors.dx = dx_.data();
        tensors.gamma = channels(gamma_);
        tensors.beta = channels(beta_);
        tensors.saved_mean = channels(mean_);
        tensors.saved_variance = channels(variance_);
        tensors.saved_invstd = channels(invstd_);
        tensors.running_mean = channels(running_mean_);
        tensors.running_variance = channels(running_variance_);
        tensors.dgamma = channels(dgamma_);
        tensors.dbeta = channels(dbeta_);
        tensors.triples = channels(triples_);
        const size_t size = nf_plan_workspace_size(plan.get());
        std::vector<std::byte> workspace(size + NF_WORKSPACE_ALIGNMENT);
        void *begin = workspace.data();
        size_t space = workspace.size();
        tensors.workspace = std::align(NF_WORKSPACE_ALIGNMENT, size, begin, space);
        tensors.workspace_size = size;
        require(nf_plan_execute(plan.get(), &tensors));
    }

    const Case &case_;
    const Placement placement_;
    const Arrays *old_; ///< running statistics before the case
    Array x_, y_, dy_, dx_, gamma_, beta_, mean_, variance_, invstd_, running_mean_, running_variance_, dgamma_, dbeta_,
        triples_;
};

} // namespace

Arrays run_case(const Case &recorded, const Arrays *before) {
    return Run(recorded, before).results();
}

} // namespace normforge::conformance
