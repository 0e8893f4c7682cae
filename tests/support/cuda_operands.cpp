// SPDX-License-Identifier: MIT
// See cuda_operands.h.
#include "tests/support/cuda_operands.h"

#include "tests/support/cuda_driver.h"
#include <algorithm>
#include <stdexcept>
#include <string>

namespace normforge::testing {

namespace {

constexpr size_t kMargin = 4096, kAlignment = 256;
constexpr std::byte kMarginByte{0xa5};

} // namespace

void use_cuda_device() {
    void *context = nullptr;
    require(cuda_driver().init(0), "cuInit");
    require(cuda_driver().current(&context), "cuCtxGetCurrent");
    if (context) return;
    require(cuda_driver().retain(&context, 0), "cuDevicePrimaryCtxRetain");
    require(cuda_driver().set_current(context), "cuCtxSetCurrent");
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
    for (const Copy &copy : copies_) cuda_driver().release(copy.base);
}

uint64_t CudaOperands::add(const std::byte *host, size_t bytes, size_t remainder) {
    Copy copy{const_cast<std::byte *>(host), bytes, kMargin + remainder, 0};
    std::vector<std::byte> content(copy.allocated(), kMarginByte);
    if (host) std::copy(host, host + bytes, content.begin() + static_cast<std::ptrdiff_t>(copy.offset));
    require(cuda_driver().allocate(&copy.base, content.size()), "cuMemAlloc");
    copies_.push_back(copy);
    require(cuda_driver().to_device(copy.base, content.data(), content.size()), "cuMemcpyHtoD");
    return copy.base + copy.offset;
}

void CudaOperands::copy_back() {
    require(cuda_driver().synchronize(), "cuCtxSynchronize");
    for (const Copy &copy : copies_) {
        std::vector<std::byte> content(copy.allocated());
        require(cuda_driver().to_host(content.data(), copy.base, content.size()), "cuMemcpyDtoH");
        const auto begin = content.begin() + static_cast<std::ptrdiff_t>(copy.offset);
        const auto end = begin + static_cast<std::ptrdiff_t>(copy.bytes);
        const auto is_margin = [](std::byte byte) { return byte == kMarginByte; };
        if (!std::all_of(content.begin(), begin, is_margin) || !std::all_of(end, content.end(), is_margin))
            throw std::runtime_error("memory around an operand was changed on the device");
        if (copy.host) std::copy(begin, end, copy.host);
    }
}

} // namespace normforge::testing
