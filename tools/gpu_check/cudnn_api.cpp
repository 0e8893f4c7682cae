// SPDX-License-Identifier: MIT
// See cudnn_api.h.
#include "tools/gpu_check/cudnn_api.h"

#include "runtime/device/driver_library.h"

namespace normforge::gpu_check {

namespace {

CudnnApi find_all(DriverLibrary &library) {
    CudnnApi api;
    library.find(api.version, "cudnnGetVersion");
    library.find(api.error_text, "cudnnGetErrorString");
    library.find(api.create, "cudnnCreate");
    library.find(api.create_tensor, "cudnnCreateTensorDescriptor");
    library.find(api.destroy_tensor, "cudnnDestroyTensorDescriptor");
    library.find(api.set_tensor, "cudnnSetTensor4dDescriptor");
    library.find(api.derive_channels, "cudnnDeriveBNTensorDescriptor");
    library.find(api.create_activation, "cudnnCreateActivationDescriptor");
    library.find(api.destroy_activation, "cudnnDestroyActivationDescriptor");
    library.find(api.set_activation, "cudnnSetActivationDescriptor");
    library.find(api.activation_forward, "cudnnActivationForward");
    library.find(api.activation_backward, "cudnnActivationBackward");
    library.find(api.add, "cudnnAddTensor");
    library.find(api.forward_workspace, "cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize");
    library.find(api.backward_workspace, "cudnnGetBatchNormalizationBackwardExWorkspaceSize");
    library.find(api.reserve, "cudnnGetBatchNormalizationTrainingExReserveSpaceSize");
    library.find(api.forward_train, "cudnnBatchNormalizationForwardTrainingEx");
    library.find(api.forward_inference, "cudnnBatchNormalizationForwardInference");
    library.find(api.backward, "cudnnBatchNormalizationBackwardEx");
    api.why_not = library.reason();
    return api;
}

CudnnApi load() {
    std::string reasons;
    for (const char *name : {"libcudnn.so.9", "libcudnn.so.8"}) {
        DriverLibrary library(name);
        CudnnApi api = find_all(library);
        if (api.why_not.empty()) return api;
        reasons += (reasons.empty() ? "" : "; ") + api.why_not;
    }
    CudnnApi none;
    none.why_not = reasons;
    return none;
}

} // namespace

const CudnnApi &cudnn() {
    static const CudnnApi api = load();
    return api;
}

std::string cudnn_version_text(size_t version) {
    const size_t thousand = version < 90000 ? 1000 : 10000; // 8907 is 8.9.7, 91002 is 9.10.2
    return std::to_string(version / thousand) + "." + std::to_string(version % thousand / 100) + "." +
           std::to_string(version % 100);
}

bool cudnn_not_supported(int status) {
    constexpr int kUntilVersion8 = 9, kFirst = 3000, kEnd = 4000;
    return status == kUntilVersion8 || (status >= kFirst && status < kEnd);
}

} // namespace normforge::gpu_check
