// SPDX-License-Identifier: MIT
//
// normforge for C++17: the C contract of normforge.h with owners, exceptions and spans. Header-only, adds no cost per call.
// Semantics, formulas and notation are those of normforge.h; what follows only says what C++ adds.
//
//   normforge::Description description(NF_FORWARD_INFERENCE, {32, 64, 56, 56}); // NCHW: axis 1 is the default
//   description.epilogue = NF_EPILOGUE_RELU;
//   const normforge::Plan plan(description);
//   normforge::Workspace workspace(plan);
//   normforge::Tensors tensors(workspace);
//   tensors.x = x.data();
//   tensors.y = y.data();
//   tensors.running_mean = normforge::channels(mean);         // any container with data() and size()
//   tensors.running_variance = normforge::channels(variance);
//   plan.execute(tensors);
//
// Backward, with a residual, dx added to what is there, and no gradient of beta:
//
//   normforge::Description description(NF_BACKWARD_TRAIN, {32, 64, 56, 56}, NF_BF16);
//   description.epilogue = NF_EPILOGUE_ADD_RELU;
//   description.dx_gradient = NF_GRADIENT_ADD;
//   description.dbeta_gradient = NF_GRADIENT_NULL;
#ifndef NORMFORGE_NORMFORGE_HPP
#define NORMFORGE_NORMFORGE_HPP

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <new>
#include <normforge/normforge.h>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>

namespace normforge {

/// A refusal of the library: its status, and as what() the text of nf_last_error().
class Error : public std::runtime_error {
public:
    Error(nf_status status, const char *text)
        : std::runtime_error(std::string(nf_status_string(status)) + ": " + text), status_(status) {}

    nf_status status() const noexcept { return status_; }

private:
    nf_status status_;
};

/// Throws Error unless `status` is NF_SUCCESS. For calls of the C functions that have no wrapper here.
inline void check(nf_status status) {
    if (status != NF_SUCCESS) throw Error(status, nf_last_error());
}

/// A tensor's layout: contiguous with the last axis innermost, or with strides, in elements.
/// Throws Error (NF_INVALID_ARGUMENT) if there are more than NF_MAX_RANK extents, or strides but not one per extent.
inline nf_layout layout(std::initializer_list<std::int64_t> extents, std::initializer_list<std::int64_t> strides = {},
                        nf_dtype dtype = NF_F32) {
    if (extents.size() > NF_MAX_RANK) throw Error(NF_INVALID_ARGUMENT, "layout: more extents than NF_MAX_RANK");
    if (strides.size() != 0 && strides.size() != extents.size())
        throw Error(NF_INVALID_ARGUMENT, "layout: the number of strides differs from the number of extents");
    nf_layout result{};
    result.dtype = dtype;
    result.rank = static_cast<std::int32_t>(extents.size());
    std::copy(extents.begin(), extents.end(), result.extents);
    std::copy(strides.begin(), strides.end(), result.strides);
    return result;
}

/// A per-channel array, or triples, from a pointer to float or double, whichever the description makes of it, and a length.
/// The library only reads those operands that its table marks "in".
template <class Number>
nf_channels channels(const Number *data, std::size_t length) noexcept {
    static_assert(std::is_same_v<Number, float> || std::is_same_v<Number, double>, "per-channel arrays are f32 or f64");
    return {const_cast<Number *>(data), static_cast<std::int64_t>(length)};
}

/// The same from any contiguous container of float or double: std::vector, std::array, a span.
template <class Container>
nf_channels channels(const Container &container) noexcept {
    return channels(container.data(), container.size());
}

/// A momentum, said in the words of whoever has it; converts to what nf_description::momentum takes.
class Momentum {
public:
    /// The weight of the old running value: MXNet's, ONNX's and TensorFlow's momentum.
    static Momentum of_old(double weight) noexcept { return Momentum(weight); }
    /// The weight of the new value: PyTorch's momentum, cuDNN's factor.
    static Momentum of_new(double weight) noexcept { return Momentum(nf_momentum_of_new(weight)); }

    operator double() const noexcept { return weight_of_old_; }

private:
    explicit Momentum(double weight_of_old) noexcept : weight_of_old_(weight_of_old) {}

    double weight_of_old_;
};

/// The registered variant at an index below nf_variant_count(). Throws Error with any status of nf_variant_at().
inline nf_variant variant_at(std::size_t index) {
    nf_variant variant{};
    variant.struct_size = sizeof variant;
    check(nf_variant_at(index, &variant));
    return variant;
}

/// nf_description with its defaults set; the fields are used as they are.
struct Description : nf_description {
    explicit Description(nf_op operation) : nf_description{} { check(nf_description_init(this, operation)); }

    /// With x contiguous, and every other tensor like it.
    Description(nf_op operation, std::initializer_list<std::int64_t> extents, nf_dtype dtype = NF_F32)
        : Description(operation) {
        x = layout(extents, {}, dtype);
    }
};

/// A problem bound to a variant. Movable, not copyable; any number of threads may execute one at once, each with outputs and
/// a workspace of its own. A moved-from plan may only be destroyed or assigned to.
class Plan {
public:
    /// Throws Error with any status of nf_plan_create().
    explicit Plan(const nf_description &description) {
        nf_plan *plan = nullptr;
        check(nf_plan_create(&description, &plan));
        plan_.reset(plan);
    }

    /// Throws Error with any status of nf_plan_execute(); after a refusal every output is unchanged.
    void execute(const nf_tensors &tensors) const { check(nf_plan_execute(plan_.get(), &tensors)); }

    std::size_t workspace_size() const noexcept { return nf_plan_workspace_size(plan_.get()); }
    /// Name of the preferred variant, "" for an empty batch. Lives as long as the plan.
    const char *variant() const noexcept { return nf_plan_variant(plan_.get()); }
    /// What was decided and why, several lines. Lives as long as the plan.
    const char *describe() const noexcept { return nf_plan_describe(plan_.get()); }
    /// For the C functions; owned by this object.
    const nf_plan *get() const noexcept { return plan_.get(); }

private:
    struct Destroy {
        void operator()(nf_plan *plan) const noexcept { nf_plan_destroy(plan); }
    };
    std::unique_ptr<nf_plan, Destroy> plan_;
};

/// Memory for the executions of a plan, one at a time. Aligned as the library asks; may serve any plan that needs no more.
class Workspace {
public:
    /// Throws std::bad_alloc.
    explicit Workspace(std::size_t size) : data_(size ? allocate(size) : nullptr), size_(size) {}
    explicit Workspace(const Plan &plan) : Workspace(plan.workspace_size()) {}

    void *data() const noexcept { return data_.get(); }
    std::size_t size() const noexcept { return size_; }

private:
    static constexpr std::align_val_t kAlignment{NF_WORKSPACE_ALIGNMENT};

    struct Release {
        void operator()(void *data) const noexcept { ::operator delete(data, kAlignment); }
    };

    static void *allocate(std::size_t size) { return ::operator new(size, kAlignment); }

    std::unique_ptr<void, Release> data_;
    std::size_t size_;
};

/// nf_tensors with nothing set; the fields are used as they are.
struct Tensors : nf_tensors {
    Tensors() : nf_tensors{} { check(nf_tensors_init(this)); }

    /// With this workspace, which must outlive the executions.
    explicit Tensors(const Workspace &scratch) : Tensors() {
        workspace = scratch.data();
        workspace_size = scratch.size();
    }
};

} // namespace normforge

#endif
