// SPDX-License-Identifier: MIT
// See cuda_operands.h. Names are those of cuda.h.
#include "tests/support/cuda_operands.h"

#include "runtime/device/driver_library.h"
#include <algorithm>
#include <stdexcept>
#include <string>

namespace normforge::testing {

namespace {

constexpr size_t kMargin = 4096, kAlignment = 256;
constexpr std::byte kMarginByte{0xa5};

struct Driver {
    int (*init)(unsigned) = nullptr;
    int (*current)(void **) = nullptr;
    int (*retain)(void **, int) = nullptr;
    int (*set_current)(void *) = nullptr;
    int (*synchronize)() = nullptr;
    int (*allocate)(uint64_t *, size_t) = nullptr;
    int (*release)(uint64_t) = nullptr;
    int (*to_device)(uint64_t, const void *, size_t) = nullptr;
    int (*to_host)(void *, uint64_t, size_t) = nullptr;

    Driver() {
        DriverLibrary library("libcuda.so.1");
        library.find(init, "cuInit");
        library.find(current, "cuCtxGetCurrent");
        library.find(retain, "cuDevicePrimaryCtxRetain");
        library.find(set_current, "cuCtxSetCurrent");
        library.find(synchronize, "cuCtxSynchronize");
        library.find(allocate, "cuMemAlloc_v2");
        library.find(release, "cuMemFree_v2");
        library.find(to_device, "cuMemcpyHtoD_v2");
        library.find(to_host, "cuMemcpyDtoH_v2");
        if (!library.reason().empty()) throw std::runtime_error("CUDA: " + library.reason());
    }
};

const Driver &driver() {
    static const Driver instance;
    return instance;
}

void require(int result, const char *call) {
    if (result) throw std::runtime_error(std::string(call) + " returned " + std::to_string(result));
}

} // namespace

void use_cuda_device() {
    void *context = nullptr;
    require(driver().init(0), "cuInit");
    require(driver().current(&context), "cuCtxGetCurrent");
    if (context) return;
    require(driver().retain(&context, 0), "cuDevicePrimaryCtxRetain");
    require(driver().set_current(context), "cuCtxSetCurrent");
}

size_t CudaOperands::Copy::allocated() const {
    return offset + bytes + kMargin;
}

CudaOperands::CudaOperands(const GuardedOperands &operands, size_t workspace_size) : call(operands.call) {
    for (const auto &[row, operand] : operands.rows()) {
        const std::byte *const host = operand->memory.data();
        const auto known = std::find_if(copies_.begin(), copies_.end(), [&](const Copy &copy) { return copy.host == host; });
        const uint64_t memory = known != copies_.end()
                                    ? known->base + known->offset
                                    : add(host, operand->memory.size(), reinterpret_cast<uintptr_t>(host) % kAlignment);
        const auto first = static_cast<uint64_t>(operand->data() - host);
        row->set(call, reinterpret_cast<void *>(memory + first), operand->layout.shape.count());
    }
    call.workspace_size = workspace_size;
    call.workspace = reinterpret_cast<void *>(add(nullptr, workspace_size, 0));
}

CudaOperands::~CudaOperands() {
    for (const Copy &copy : copies_) driver().release(copy.base);
}

uint64_t CudaOperands::add(const std::byte *host, size_t bytes, size_t remainder) {
    Copy copy{const_cast<std::byte *>(host), bytes, kMargin + remainder, 0};
    std::vector<std::byte> content(copy.allocated(), kMarginByte);
    if (host) std::copy(host, host + bytes, content.begin() + static_cast<std::ptrdiff_t>(copy.offset));
    require(driver().allocate(&copy.base, content.size()), "cuMemAlloc");
    copies_.push_back(copy);
    require(driver().to_device(copy.base, content.data(), content.size()), "cuMemcpyHtoD");
    return copy.base + copy.offset;
}

void CudaOperands::copy_back() {
    require(driver().synchronize(), "cuCtxSynchronize");
    for (const Copy &copy : copies_) {
        std::vector<std::byte> content(copy.allocated());
        require(driver().to_host(content.data(), copy.base, content.size()), "cuMemcpyDtoH");
        const auto begin = content.begin() + static_cast<std::ptrdiff_t>(copy.offset);
        const auto end = begin + static_cast<std::ptrdiff_t>(copy.bytes);
        const auto is_margin = [](std::byte byte) { return byte == kMarginByte; };
        if (!std::all_of(content.begin(), begin, is_margin) || !std::all_of(end, content.end(), is_margin))
            throw std::runtime_error("memory around an operand was changed on the device");
        if (copy.host) std::copy(begin, end, copy.host);
    }
}

} // namespace normforge::testing
