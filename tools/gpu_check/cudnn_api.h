// SPDX-License-Identifier: MIT
// The few declarations of cuDNN 8 and 9 that the GPU benchmark calls, so that it builds without NVIDIA's headers, and the
// library, loaded when asked for. Types are those of the ABI: handles and descriptors are pointers, enumerators ints;
// cudnn_header_check.cpp compares them with the headers where those are found.
#pragma once

#include <cstddef>
#include <string>

namespace normforge::gpu_check {

using CudnnHandle = void *;
using CudnnDescriptor = void *;

enum CudnnNumbers : int {
    kCudnnNchw = 0, ///< cudnnTensorFormat_t
    kCudnnNhwc = 1,
    kCudnnFloat = 0, ///< cudnnDataType_t
    kCudnnHalf = 2,
    kCudnnBfloat16 = 9,
    kCudnnRelu = 1,         ///< cudnnActivationMode_t
    kCudnnPropagateNan = 1, ///< cudnnNanPropagation_t
    kCudnnSpatial = 1,      ///< cudnnBatchNormMode_t
    kCudnnPersistent = 2,
    kCudnnBn = 0, ///< cudnnBatchNormOps_t
    kCudnnBnActivation = 1,
    kCudnnBnAddActivation = 2,
};

struct CudnnApi {
    size_t (*version)() = nullptr;
    const char *(*error_text)(int) = nullptr;
    int (*create)(CudnnHandle *) = nullptr;
    int (*create_tensor)(CudnnDescriptor *) = nullptr;
    int (*destroy_tensor)(CudnnDescriptor) = nullptr;
    int (*set_tensor)(CudnnDescriptor, int, int, int, int, int, int) = nullptr;
    int (*derive_channels)(CudnnDescriptor, CudnnDescriptor, int) = nullptr;
    int (*create_activation)(CudnnDescriptor *) = nullptr;
    int (*destroy_activation)(CudnnDescriptor) = nullptr;
    int (*set_activation)(CudnnDescriptor, int, int, double) = nullptr;
    int (*activation_forward)(CudnnHandle, CudnnDescriptor, const void *, CudnnDescriptor, const void *, const void *,
                              CudnnDescriptor, void *) = nullptr;
    int (*activation_backward)(CudnnHandle, CudnnDescriptor, const void *, CudnnDescriptor, const void *, CudnnDescriptor,
                               const void *, CudnnDescriptor, const void *, const void *, CudnnDescriptor, void *) = nullptr;
    int (*add)(CudnnHandle, const void *, CudnnDescriptor, const void *, const void *, CudnnDescriptor, void *) = nullptr;
    int (*forward_workspace)(CudnnHandle, int, int, CudnnDescriptor, CudnnDescriptor, CudnnDescriptor, CudnnDescriptor,
                             CudnnDescriptor, size_t *) = nullptr;
    int (*backward_workspace)(CudnnHandle, int, int, CudnnDescriptor, CudnnDescriptor, CudnnDescriptor, CudnnDescriptor,
                              CudnnDescriptor, CudnnDescriptor, CudnnDescriptor, size_t *) = nullptr;
    int (*reserve)(CudnnHandle, int, int, CudnnDescriptor, CudnnDescriptor, size_t *) = nullptr;
    int (*forward_train)(CudnnHandle, int, int, const void *, const void *, CudnnDescriptor, const void *, CudnnDescriptor,
                         const void *, CudnnDescriptor, void *, CudnnDescriptor, const void *, const void *, double, void *,
                         void *, double, void *, void *, CudnnDescriptor, void *, size_t, void *, size_t) = nullptr;
    int (*forward_inference)(CudnnHandle, int, const void *, const void *, CudnnDescriptor, const void *, CudnnDescriptor,
                             void *, CudnnDescriptor, const void *, const void *, const void *, const void *,
                             double) = nullptr;
    int (*backward)(CudnnHandle, int, int, const void *, const void *, const void *, const void *, CudnnDescriptor,
                    const void *, CudnnDescriptor, const void *, CudnnDescriptor, const void *, CudnnDescriptor, void *,
                    CudnnDescriptor, void *, CudnnDescriptor, const void *, const void *, void *, void *, double,
                    const void *, const void *, CudnnDescriptor, void *, size_t, void *, size_t) = nullptr;

    std::string why_not; ///< why nothing of it may be called; empty if all is there
};

/// The functions of CudnnApi, and what the library calls them.
#define NF_CUDNN_FUNCTIONS(F)                                                                                               \
    F(version, cudnnGetVersion)                                                                                             \
    F(error_text, cudnnGetErrorString)                                                                                      \
    F(create, cudnnCreate)                                                                                                  \
    F(create_tensor, cudnnCreateTensorDescriptor)                                                                           \
    F(destroy_tensor, cudnnDestroyTensorDescriptor)                                                                         \
    F(set_tensor, cudnnSetTensor4dDescriptor)                                                                               \
    F(derive_channels, cudnnDeriveBNTensorDescriptor)                                                                       \
    F(create_activation, cudnnCreateActivationDescriptor)                                                                   \
    F(destroy_activation, cudnnDestroyActivationDescriptor)                                                                 \
    F(set_activation, cudnnSetActivationDescriptor)                                                                         \
    F(activation_forward, cudnnActivationForward)                                                                           \
    F(activation_backward, cudnnActivationBackward)                                                                         \
    F(add, cudnnAddTensor)                                                                                                  \
    F(forward_workspace, cudnnGetBatchNormalizationForwardTrainingExWorkspaceSize)                                          \
    F(backward_workspace, cudnnGetBatchNormalizationBackwardExWorkspaceSize)                                                \
    F(reserve, cudnnGetBatchNormalizationTrainingExReserveSpaceSize)                                                        \
    F(forward_train, cudnnBatchNormalizationForwardTrainingEx)                                                              \
    F(forward_inference, cudnnBatchNormalizationForwardInference)                                                           \
    F(backward, cudnnBatchNormalizationBackwardEx)

/// libcudnn.so.9, else .8.
const CudnnApi &cudnn();

/// "9.10.2" of cudnnGetVersion()'s number.
std::string cudnn_version_text(size_t version);

/// Whether a status says that the library does not do what was asked: 9 before version 9, 3000 to 3999 since.
bool cudnn_not_supported(int status);

} // namespace normforge::gpu_check
