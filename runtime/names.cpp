// SPDX-License-Identifier: MIT
// The tables behind names.h: one per enumeration, in the order in which error texts list the choices.
#include "runtime/names.h"

namespace normforge {
namespace {

template <class Enum>
struct Name {
    Enum enumerator;
    const char *text;
};

template <class Enum>
struct Names;

template <>
struct Names<nf_op> {
    static constexpr Name<nf_op> kTable[] = {
        {NF_FORWARD_TRAIN, "forward_train"},
        {NF_FORWARD_INFERENCE, "forward_inference"},
        {NF_BACKWARD_TRAIN, "backward_train"},
        {NF_BACKWARD_FROZEN, "backward_frozen"},
        {NF_STATS, "stats"},
        {NF_MERGE, "merge"},
        {NF_APPLY, "apply"},
        {NF_BACKWARD_REDUCE, "backward_reduce"},
        {NF_BACKWARD_MERGE, "backward_merge"},
        {NF_BACKWARD_APPLY, "backward_apply"},
        {NF_BACKWARD_RESIDUAL, "backward_residual"},
    };
};

template <>
struct Names<nf_dtype> {
    static constexpr Name<nf_dtype> kTable[] = {{NF_F32, "f32"}, {NF_F64, "f64"}, {NF_F16, "f16"}, {NF_BF16, "bf16"}};
};

template <>
struct Names<nf_form> {
    static constexpr Name<nf_form> kTable[] = {
        {NF_FORM_INNER, "inner"},
        {NF_FORM_SMALL_PLANES, "small_planes"},
        {NF_FORM_LAST, "last"},
    };
};

template <>
struct Names<nf_epilogue> {
    static constexpr Name<nf_epilogue> kTable[] = {
        {NF_EPILOGUE_NONE, "none"},
        {NF_EPILOGUE_RELU, "relu"},
        {NF_EPILOGUE_LEAKY_RELU, "leaky_relu"},
        {NF_EPILOGUE_RELU6, "relu6"},
        {NF_EPILOGUE_SILU, "silu"},
        {NF_EPILOGUE_GELU, "gelu"},
        {NF_EPILOGUE_GELU_TANH, "gelu_tanh"},
        {NF_EPILOGUE_SIGMOID, "sigmoid"},
        {NF_EPILOGUE_TANH, "tanh"},
        {NF_EPILOGUE_HARD_SWISH, "hard_swish"},
        {NF_EPILOGUE_ADD, "add"},
        {NF_EPILOGUE_ADD_RELU, "add_relu"},
        {NF_EPILOGUE_ADD_LEAKY_RELU, "add_leaky_relu"},
        {NF_EPILOGUE_ADD_RELU6, "add_relu6"},
        {NF_EPILOGUE_ADD_SILU, "add_silu"},
        {NF_EPILOGUE_ADD_GELU, "add_gelu"},
        {NF_EPILOGUE_ADD_GELU_TANH, "add_gelu_tanh"},
        {NF_EPILOGUE_ADD_SIGMOID, "add_sigmoid"},
        {NF_EPILOGUE_ADD_TANH, "add_tanh"},
        {NF_EPILOGUE_ADD_HARD_SWISH, "add_hard_swish"},
    };
};

template <>
struct Names<nf_channel_type> {
    static constexpr Name<nf_channel_type> kTable[] = {
        {NF_CHANNEL_DEFAULT, "default"}, {NF_CHANNEL_F32, "f32"},   {NF_CHANNEL_F64, "f64"},
        {NF_CHANNEL_F16, "f16"},         {NF_CHANNEL_BF16, "bf16"},
    };
};

template <>
struct Names<nf_gradient> {
    static constexpr Name<nf_gradient> kTable[] = {
        {NF_GRADIENT_WRITE, "write"}, {NF_GRADIENT_ADD, "add"}, {NF_GRADIENT_NULL, "null"}};
};

template <>
struct Names<nf_running_variance> {
    static constexpr Name<nf_running_variance> kTable[] = {{NF_VARIANCE_BIASED, "biased"},
                                                           {NF_VARIANCE_UNBIASED, "unbiased"}};
};

template <>
struct Names<nf_average> {
    static constexpr Name<nf_average> kTable[] = {{NF_AVERAGE_EXPONENTIAL, "exponential"},
                                                  {NF_AVERAGE_CUMULATIVE, "cumulative"}};
};

template <>
struct Names<nf_store> {
    static constexpr Name<nf_store> kTable[] = {
        {NF_STORE_AUTO, "auto"},
        {NF_STORE_CACHED, "cached"},
        {NF_STORE_STREAM, "stream"},
    };
};

template <>
struct Names<nf_device> {
    static constexpr Name<nf_device> kTable[] = {
        {NF_DEVICE_CPU, "cpu"},
        {NF_DEVICE_CUDA, "cuda"},
        {NF_DEVICE_OPENCL, "opencl"},
    };
};
template <>
struct Names<nf_status> {
    static constexpr Name<nf_status> kTable[] = {
        {NF_SUCCESS, "success"},
        {NF_NULL_POINTER, "null_pointer"},
        {NF_INVALID_ARGUMENT, "invalid_argument"},
        {NF_SHAPE_MISMATCH, "shape_mismatch"},
        {NF_TYPE_MISMATCH, "type_mismatch"},
        {NF_UNSUPPORTED_STRIDES, "unsupported_strides"},
        {NF_OVERFLOW, "overflow"},
        {NF_MISALIGNED, "misaligned"},
        {NF_OVERLAP, "overlap"},
        {NF_WORKSPACE_TOO_SMALL, "workspace_too_small"},
        {NF_UNKNOWN_VARIANT, "unknown_variant"},
        {NF_UNKNOWN_TARGET, "unknown_target"},
        {NF_NO_VARIANT, "no_variant"},
        {NF_BAD_KERNEL_TABLE, "bad_kernel_table"},
        {NF_OUT_OF_MEMORY, "out_of_memory"},
        {NF_KERNEL_FAILED, "kernel_failed"},
        {NF_NO_DEVICE, "no_device"},
        {NF_WRONG_MEMORY, "wrong_memory"},
    };
};

} // namespace

template <class Enum>
const char *name_of(int value) noexcept {
    for (const Name<Enum> &name : Names<Enum>::kTable)
        if (static_cast<int>(name.enumerator) == value) return name.text;
    return nullptr;
}

template <class Enum>
std::optional<Enum> from_name(std::string_view text) noexcept {
    for (const Name<Enum> &name : Names<Enum>::kTable)
        if (text == name.text) return name.enumerator;
    return std::nullopt;
}

template <class Enum>
std::vector<Enum> values_of() {
    std::vector<Enum> values;
    for (const Name<Enum> &name : Names<Enum>::kTable) values.push_back(name.enumerator);
    return values;
}

template <class Enum>
std::string choices_of() {
    std::string text;
    for (const Name<Enum> &name : Names<Enum>::kTable) {
        if (!text.empty()) text += ", ";
        text += name.text;
    }
    return text;
}

#define NF_INSTANTIATE(Enum)                                                                                                \
    template const char *name_of<Enum>(int) noexcept;                                                                       \
    template std::optional<Enum> from_name<Enum>(std::string_view) noexcept;                                                \
    template std::vector<Enum> values_of<Enum>();                                                                           \
    template std::string choices_of<Enum>();
NF_INSTANTIATE(nf_op)
NF_INSTANTIATE(nf_dtype)
NF_INSTANTIATE(nf_form)
NF_INSTANTIATE(nf_epilogue)
NF_INSTANTIATE(nf_channel_type)
NF_INSTANTIATE(nf_gradient)
NF_INSTANTIATE(nf_running_variance)
NF_INSTANTIATE(nf_average)
NF_INSTANTIATE(nf_store)
NF_INSTANTIATE(nf_device)
NF_INSTANTIATE(nf_status)
#undef NF_INSTANTIATE

} // namespace normforge
