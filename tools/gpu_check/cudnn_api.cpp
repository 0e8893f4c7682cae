// SPDX-License-Identifier: MIT
// See cudnn_api.h.
#include "tools/gpu_check/cudnn_api.h"

#include "runtime/device/driver_library.h"

namespace normforge::gpu_check {

namespace {

CudnnApi find_all(DriverLibrary &library) {
    CudnnApi api;
#define NF_FIND(member, function) library.find(api.member, #function);
    NF_CUDNN_FUNCTIONS(NF_FIND)
#undef NF_FIND
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
