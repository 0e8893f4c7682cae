// SPDX-License-Identifier: MIT
// cudnn_api.h against NVIDIA's headers; compiled where those are found, never linked.
#include "tools/gpu_check/cudnn_api.h"

#include <cudnn.h>
#include <type_traits>

namespace normforge::gpu_check {

namespace {

/// What the ABI sees of a type: enumerators are ints, opaque structs nothing.
template <typename T>
struct Seen {
    using type = std::conditional_t<std::is_enum_v<T>, int, T>;
};
template <typename T>
struct Seen<T *> {
    using type = std::conditional_t<std::is_class_v<std::remove_const_t<T>>, void *,
                                    std::conditional_t<std::is_class_v<std::remove_pointer_t<T>>, void *, T> *>;
};
template <typename R, typename... A>
struct Seen<R (*)(A...)> {
    using type = typename Seen<R>::type (*)(typename Seen<A>::type...);
};

template <typename Declared, typename Theirs>
constexpr bool kSame = std::is_same_v<Declared, typename Seen<Theirs>::type>;

// NOLINTBEGIN(clang-diagnostic-deprecated-declarations): the library's older interface is what is compared
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"
#define NF_COMPARE(member, function) static_assert(kSame<decltype(CudnnApi::member), decltype(&function)>);
NF_CUDNN_FUNCTIONS(NF_COMPARE)
#undef NF_COMPARE

static_assert(int{kCudnnNchw} == CUDNN_TENSOR_NCHW && int{kCudnnNhwc} == CUDNN_TENSOR_NHWC);
static_assert(int{kCudnnFloat} == CUDNN_DATA_FLOAT && int{kCudnnHalf} == CUDNN_DATA_HALF);
static_assert(int{kCudnnBfloat16} == CUDNN_DATA_BFLOAT16);
static_assert(int{kCudnnRelu} == CUDNN_ACTIVATION_RELU && int{kCudnnPropagateNan} == CUDNN_PROPAGATE_NAN);
static_assert(int{kCudnnSpatial} == CUDNN_BATCHNORM_SPATIAL);
static_assert(int{kCudnnPersistent} == CUDNN_BATCHNORM_SPATIAL_PERSISTENT);
static_assert(int{kCudnnBn} == CUDNN_BATCHNORM_OPS_BN);
static_assert(int{kCudnnBnActivation} == CUDNN_BATCHNORM_OPS_BN_ACTIVATION);
static_assert(int{kCudnnBnAddActivation} == CUDNN_BATCHNORM_OPS_BN_ADD_ACTIVATION);
#if CUDNN_MAJOR >= 9
static_assert(CUDNN_STATUS_NOT_SUPPORTED == 3000 && CUDNN_STATUS_INTERNAL_ERROR == 4000);
#else
static_assert(CUDNN_STATUS_NOT_SUPPORTED == 9);
#endif
// NOLINTEND(clang-diagnostic-deprecated-declarations)

} // namespace

} // namespace normforge::gpu_check
