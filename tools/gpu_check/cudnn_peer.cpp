// SPDX-License-Identifier: MIT
// See cudnn_peer.h. Calls are those of cuDNN's documentation for training: forward with saved statistics and reserve space,
// backward with both. Of backward the same way's forward runs first, untimed, into memory of its own.
#include "tools/gpu_check/cudnn_peer.h"

#include "runtime/ops.h"
#include "tools/gpu_check/cudnn_api.h"

namespace normforge::gpu_check {

namespace {

/// Scaling factors of results and of what was there: plain assignment. f32 for all types but f64.
constexpr float kOne = 1, kZero = 0;

void require_cudnn(int status, const char *call) {
    if (!status) return;
    const std::string text = std::string(call) + ": " + cudnn().error_text(status);
    throw NotOffered(cudnn_not_supported(status) ? text : text + " (an error, not a limit)");
}

CudnnHandle handle() {
    static const CudnnHandle instance = [] {
        if (!cudnn().why_not.empty()) throw NotOffered(cudnn().why_not);
        CudnnHandle created = nullptr;
        require_cudnn(cudnn().create(&created), "cudnnCreate");
        return created;
    }();
    return instance;
}

int type_number(nf_dtype dtype) {
    return dtype == NF_F16 ? kCudnnHalf : dtype == NF_BF16 ? kCudnnBfloat16 : kCudnnFloat;
}

class Descriptors {
public:
    Descriptors(const Operands &operands, int mode) {
        const Geometry &g = operands.geometry();
        const auto extent = [](int64_t value) { return static_cast<int>(value); };
        require_cudnn(cudnn().create_tensor(&tensor), "cudnnCreateTensorDescriptor");
        require_cudnn(cudnn().create_tensor(&channels), "cudnnCreateTensorDescriptor");
        require_cudnn(cudnn().create_activation(&relu), "cudnnCreateActivationDescriptor");
        require_cudnn(cudnn().set_tensor(tensor, g.last ? kCudnnNhwc : kCudnnNchw,
                                         type_number(operands.description().x.dtype), extent(g.n), extent(g.c), extent(g.h),
                                         extent(g.w)),
                      "cudnnSetTensor4dDescriptor");
        require_cudnn(cudnn().derive_channels(channels, tensor, mode), "cudnnDeriveBNTensorDescriptor");
        require_cudnn(cudnn().set_activation(relu, kCudnnRelu, kCudnnPropagateNan, 0), "cudnnSetActivationDescriptor");
    }
    ~Descriptors() {
        for (const CudnnDescriptor descriptor : {tensor, channels})
            if (descriptor) cudnn().destroy_tensor(descriptor);
        if (relu) cudnn().destroy_activation(relu);
    }
    Descriptors(const Descriptors &) = delete;
    Descriptors &operator=(const Descriptors &) = delete;

    CudnnDescriptor tensor = nullptr, channels = nullptr, relu = nullptr;
};

class Cudnn final : public Competitor {
public:
    Cudnn(const Operands &operands, const CudnnWay &way)
        : Competitor(way.name),
          operands_(operands),
          handle_(handle()),
          mode_(way.persistent ? kCudnnPersistent : kCudnnSpatial),
          ops_(!way.fused                                       ? kCudnnBn
               : adds_residual(operands.description().epilogue) ? kCudnnBnAddActivation
                                                                : kCudnnBnActivation),
          relu_(operands.description().epilogue != NF_EPILOGUE_NONE),
          adds_(adds_residual(operands.description().epilogue)),
          descriptors_(operands, mode_) {
        if (operands.description().op == NF_FORWARD_INFERENCE) {
            if (fused()) throw NotOffered("cudnnBatchNormalizationForwardInference has no activation");
            return;
        }
        size_t bytes = 0, backward_bytes = 0;
        require_cudnn(cudnn().forward_workspace(handle_, mode_, ops_, x(), residual_in_call(), x(), channels(),
                                                relu_in_call(), &bytes),
                      "cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize");
        if (operands.is_backward())
            require_cudnn(cudnn().backward_workspace(handle_, mode_, ops_, x(), y_in_backward(), x(), residual_in_call(),
                                                     x(), channels(), relu_in_call(), &backward_bytes),
                          "cudnnGetBatchNormalizationBackwardExWorkspaceSize");
        workspace_ = std::make_unique<Memory>(std::max(bytes, backward_bytes));
        require_cudnn(cudnn().reserve(handle_, mode_, ops_, relu_in_call(), x(), &bytes),
                      "cudnnGetBatchNormalizationTrainingExReserveSpaceSize");
        reserve_ = std::make_unique<Memory>(bytes);
        reserve_bytes_ = bytes;
        if (!operands.is_backward()) return;
        y_ = std::make_unique<Memory>(operands.tensor());
        mean_ = std::make_unique<Memory>(operands.channels());
        invstd_ = std::make_unique<Memory>(operands.channels());
        if (relu_ && !fused() && !adds_) dz_ = std::make_unique<Memory>(operands.tensor());
        forward_train(y_->pointer(), mean_->pointer(), invstd_->pointer());
    }

    void run() override {
        switch (operands_.description().op) {
        case NF_FORWARD_TRAIN:
            return forward_train(operands_.at("y"), operands_.at("saved_mean"), operands_.at("saved_invstd"));
        case NF_FORWARD_INFERENCE: return forward_inference(operands_.at("y"));
        default: return backward();
        }
    }

    std::vector<Output> outputs() const override { return operands_.outputs(); }

private:
    bool fused() const { return ops_ != kCudnnBn; }
    CudnnDescriptor x() const { return descriptors_.tensor; } ///< of every tensor
    CudnnDescriptor channels() const { return descriptors_.channels; }
    CudnnDescriptor residual_in_call() const { return ops_ == kCudnnBnAddActivation ? x() : nullptr; }
    CudnnDescriptor relu_in_call() const { return fused() ? descriptors_.relu : nullptr; }
    CudnnDescriptor y_in_backward() const { return fused() ? x() : nullptr; }

    void forward_train(void *y, void *mean, void *invstd) const {
        const nf_description &d = operands_.description();
        require_cudnn(cudnn().forward_train(handle_, mode_, ops_, &kOne, &kZero, x(), operands_.at("x"), residual_in_call(),
                                            residual_in_call() ? operands_.at("residual") : nullptr, x(), y, channels(),
                                            operands_.at("gamma"), operands_.at("beta"), 1 - d.momentum,
                                            operands_.at("running_mean"), operands_.at("running_variance"), d.eps, mean,
                                            invstd, relu_in_call(), workspace_->pointer(), workspace_->bytes(),
                                            reserve_->pointer(), reserve_bytes_),
                      "cudnnBatchNormalizationForwardTrainingEx");
        apply_epilogue(y);
    }

    void forward_inference(void *y) const {
        require_cudnn(cudnn().forward_inference(handle_, mode_, &kOne, &kZero, x(), operands_.at("x"), x(), y, channels(),
                                                operands_.at("gamma"), operands_.at("beta"), operands_.at("running_mean"),
                                                operands_.at("running_variance"), operands_.description().eps),
                      "cudnnBatchNormalizationForwardInference");
        apply_epilogue(y);
    }

    /// What is not part of the call, in place.
    void apply_epilogue(void *y) const {
        if (fused()) return;
        if (adds_)
            require_cudnn(cudnn().add(handle_, &kOne, x(), operands_.at("residual"), &kOne, x(), y), "cudnnAddTensor");
        if (relu_)
            require_cudnn(cudnn().activation_forward(handle_, descriptors_.relu, &kOne, x(), y, &kZero, x(), y),
                          "cudnnActivationForward");
    }

    void backward() const {
        const void *dz = operands_.at("dy");
        void *const masked = adds_ ? operands_.at("dresidual") : dz_ ? dz_->pointer() : nullptr;
        if (relu_ && !fused()) { // y stands for the pre-activation, too: ReLU's derivative is the same at both
            require_cudnn(cudnn().activation_backward(handle_, descriptors_.relu, &kOne, x(), y_->pointer(), x(), dz, x(),
                                                      y_->pointer(), &kZero, x(), masked),
                          "cudnnActivationBackward");
            dz = masked;
        }
        require_cudnn(cudnn().backward(handle_, mode_, ops_, &kOne, &kZero, &kOne, &kZero, x(), operands_.at("x"),
                                       y_in_backward(), fused() ? y_->pointer() : nullptr, x(), dz, residual_in_call(),
                                       residual_in_call() ? operands_.at("dresidual") : nullptr, x(), operands_.at("dx"),
                                       channels(), operands_.at("gamma"), fused() ? operands_.at("beta") : nullptr,
                                       operands_.at("dgamma"), operands_.at("dbeta"), operands_.description().eps,
                                       mean_->pointer(), invstd_->pointer(), relu_in_call(), workspace_->pointer(),
                                       workspace_->bytes(), reserve_->pointer(), reserve_bytes_),
                      "cudnnBatchNormalizationBackwardEx");
    }

    const Operands &operands_;
    CudnnHandle handle_;
    int mode_, ops_;
    bool relu_, adds_;
    Descriptors descriptors_;
    std::unique_ptr<Memory> workspace_, reserve_; ///< null in inference
    size_t reserve_bytes_ = 0;
    std::unique_ptr<Memory> y_, mean_, invstd_, dz_; ///< of backward
};

} // namespace

std::unique_ptr<Competitor> make_cudnn(const Operands &operands, const CudnnWay &way) {
    return std::make_unique<Cudnn>(operands, way);
}

} // namespace normforge::gpu_check
