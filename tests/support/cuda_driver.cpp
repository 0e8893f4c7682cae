// SPDX-License-Identifier: MIT
// See cuda_driver.h.
#include "tests/support/cuda_driver.h"

#include "runtime/device/driver_library.h"
#include <stdexcept>
#include <string>

namespace normforge::testing {

namespace {

CudaDriver load() {
    CudaDriver driver;
    DriverLibrary library("libcuda.so.1");
    library.find(driver.init, "cuInit");
    library.find(driver.current, "cuCtxGetCurrent");
    library.find(driver.retain, "cuDevicePrimaryCtxRetain");
    library.find(driver.set_current, "cuCtxSetCurrent");
    library.find(driver.synchronize, "cuCtxSynchronize");
    library.find(driver.free_memory, "cuMemGetInfo_v2");
    library.find(driver.allocate, "cuMemAlloc_v2");
    library.find(driver.release, "cuMemFree_v2");
    library.find(driver.to_device, "cuMemcpyHtoD_v2");
    library.find(driver.to_host, "cuMemcpyDtoH_v2");
    if (!library.reason().empty()) throw std::runtime_error("CUDA: " + library.reason());
    return driver;
}

} // namespace

const CudaDriver &cuda_driver() {
    static const CudaDriver driver = load();
    return driver;
}

void require(int result, const char *call) {
    if (result) throw std::runtime_error(std::string(call) + " returned " + std::to_string(result));
}

} // namespace normforge::testing
