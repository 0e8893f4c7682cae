// SPDX-License-Identifier: MIT
// A libcuda.so.1 that answers as its switches say, see fake_driver.h. Names and numbers are those of cuda.h.
#include "tests/unit/fake_driver.h"
#include <cstring>

using normforge::unit::FakeDriver;

extern "C" {
FakeDriver nf_fake_driver;
}

namespace {

enum Result : int {
    kSuccess = 0,
    kInvalidValue = 1,
    kNotInitialised = 3,
    kInvalidContext = 201,
    kInvalidPtx = 218,
    kInvalidHandle = 400,
    kNotFound = 500,
    kOutOfResources = 701
};
constexpr int kMemoryClock = 36, kMemoryWidth = 37, kCacheBytes = 38, kMajor = 75, kMinor = 76; // CU_DEVICE_ATTRIBUTE_...
constexpr int kContextOf = 1, kMemoryType = 2, kIsManaged = 8;                                  // CU_POINTER_ATTRIBUTE_...

FakeDriver &fake = nf_fake_driver;

template <typename Value>
int answer(Value *where, Value value) {
    *where = value;
    return kSuccess;
}

/// For calls that need a current context.
int in_context(int result) {
    return fake.current.empty() ? kInvalidContext : result;
}

} // namespace

extern "C" {

int cuInit(unsigned) {
    ++fake.initialisations;
    return kSuccess;
}

int cuDeviceGetCount(int *count) {
    return fake.initialisations ? answer(count, fake.devices) : kNotInitialised;
}

int cuDeviceGetAttribute(int *value, int attribute, int device) {
    if (device != 0) return kInvalidValue;
    switch (attribute) {
    case kMemoryClock: return answer(value, fake.memory_kilohertz);
    case kMemoryWidth: return answer(value, fake.bits);
    case kCacheBytes: return answer(value, fake.cache_bytes);
    case kMajor: return answer(value, fake.capability / 10);
    case kMinor: return answer(value, fake.capability % 10);
    default: return kInvalidValue;
    }
}

int cuCtxGetCurrent(void **context) {
    return answer<void *>(context, fake.current.empty() ? nullptr : fake.current.back());
}

int cuCtxPushCurrent_v2(void *context) {
    if (!fake.contexts.count(context)) return kInvalidContext;
    ++fake.pushes;
    fake.current.push_back(context);
    return kSuccess;
}

int cuCtxPopCurrent_v2(void **context) {
    if (fake.current.empty()) return kInvalidContext;
    ++fake.pops;
    *context = fake.current.back();
    fake.current.pop_back();
    return kSuccess;
}

int cuCtxGetDevice(int *device) {
    return in_context(answer(device, 0));
}

int cuCtxGetId(void *context, unsigned long long *id) {
    const auto found = fake.contexts.find(context);
    return found == fake.contexts.end() ? kInvalidContext : answer(id, found->second);
}

int cuModuleLoadData(void **module, const void *) {
    ++fake.modules;
    if (!fake.module_result) *module = &fake;
    return in_context(fake.module_result);
}

int cuModuleGetFunction(void **function, void *module, const char *) {
    if (module != &fake) return kInvalidHandle;
    if (!fake.entry_result) *function = &fake;
    return in_context(fake.entry_result);
}

int cuLaunchKernel(void *function, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, void *stream,
                   void **, void **) {
    if (function != &fake) return kInvalidHandle;
    ++fake.launches;
    fake.launch_stream = stream;
    return in_context(fake.launch_result);
}

// A CUdeviceptr is a number; here it is passed as the pointer that it stands for.
int cuMemsetD2D32Async(char *begin, size_t pitch, unsigned value, size_t width, size_t height, void *stream) {
    ++fake.memsets;
    fake.memset_stream = stream;
    if (fake.memset_result || fake.current.empty()) return in_context(fake.memset_result);
    for (size_t row = 0; row < height; ++row)
        for (size_t i = 0; i < width; ++i) std::memcpy(begin + row * pitch + i * sizeof value, &value, sizeof value);
    return kSuccess;
}

int cuMemsetD32Async(char *begin, unsigned value, size_t count, void *stream) {
    return cuMemsetD2D32Async(begin, sizeof value * count, value, count, 1, stream);
}

int cuPointerGetAttribute(void *data, int attribute, const void *address) {
    ++fake.questions;
    if (!fake.initialisations) return kNotInitialised;
    const auto found = fake.pointers.find(address);
    if (found == fake.pointers.end()) return kInvalidValue;
    switch (attribute) {
    case kContextOf: return answer(static_cast<void **>(data), found->second.owner);
    case kMemoryType: return answer(static_cast<unsigned *>(data), static_cast<unsigned>(found->second.type));
    case kIsManaged: return answer(static_cast<unsigned *>(data), static_cast<unsigned>(found->second.managed));
    default: return kInvalidValue;
    }
}

int cuGetErrorName(int result, const char **name) {
    switch (result) {
    case kInvalidContext: return answer<const char *>(name, "CUDA_ERROR_INVALID_CONTEXT");
    case kInvalidPtx: return answer<const char *>(name, "CUDA_ERROR_INVALID_PTX");
    case kNotFound: return answer<const char *>(name, "CUDA_ERROR_NOT_FOUND");
    case kOutOfResources: return answer<const char *>(name, "CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES");
    default: return kInvalidValue;
    }
}
}
