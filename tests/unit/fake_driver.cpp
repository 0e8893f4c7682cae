// SPDX-License-Identifier: MIT
// A libcuda.so.1 that knows no device, and counts what is asked of it. Names and numbers are those of cuda.h.
namespace {

constexpr int kNotInitialised = 3; // CUDA_ERROR_NOT_INITIALIZED

} // namespace

extern "C" {

int fake_initialisations = 0, fake_questions = 0;

int cuInit(unsigned) {
    ++fake_initialisations;
    return 0;
}

int cuDeviceGetCount(int *count) {
    *count = 0;
    return fake_initialisations ? 0 : kNotInitialised;
}

int cuPointerGetAttribute(void *, int, unsigned long long) {
    ++fake_questions;
    return kNotInitialised;
}

// What the runtime looks for, but has no use of without a device.
#define NF_ABSENT(name)                                                                                                     \
    int name() {                                                                                                            \
        return kNotInitialised;                                                                                             \
    }
NF_ABSENT(cuDeviceGetAttribute)
NF_ABSENT(cuCtxGetCurrent)
NF_ABSENT(cuCtxPushCurrent_v2)
NF_ABSENT(cuCtxPopCurrent_v2)
NF_ABSENT(cuCtxGetDevice)
NF_ABSENT(cuModuleLoadData)
NF_ABSENT(cuModuleGetFunction)
NF_ABSENT(cuLaunchKernel)
NF_ABSENT(cuMemsetD32Async)
NF_ABSENT(cuMemsetD2D32Async)
NF_ABSENT(cuGetErrorName)
#undef NF_ABSENT
}
