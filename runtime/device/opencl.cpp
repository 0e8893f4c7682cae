// SPDX-License-Identifier: MIT
// One device, one context, one queue, one launch at a time; every execution waits for its end. Declarations are those of the
// OpenCL 2.0 specification that are used: Debian packages no header of the C API with the loader.
#include "runtime/device/opencl.h"
#include "runtime/device/driver_library.h"
#include <HalideRuntime.h>
#include <array>
#include <cstring>
#include <map>
#include <mutex>
#include <string>
#include <vector>

namespace normforge {
namespace {

using Handle = void *;
using Result = int32_t;
using Bits = uint64_t;

constexpr Bits kDeviceTypeCpu = 1u << 1;
constexpr uint32_t kDeviceSvm = 0x1053, kProgramBuildLog = 0x1183;

/// The functions that are used.
struct OpenCl {
    Result (*get_platforms)(uint32_t, Handle *, uint32_t *);
    Result (*get_devices)(Handle, Bits, uint32_t, Handle *, uint32_t *);
    Result (*get_device_info)(Handle, uint32_t, size_t, void *, size_t *);
    Handle (*create_context)(const intptr_t *, uint32_t, const Handle *,
                             void (*)(const char *, const void *, size_t, void *), void *, Result *);
    Handle (*create_queue)(Handle, Handle, Bits, Result *);
    Handle (*create_program)(Handle, uint32_t, const char **, const size_t *, Result *);
    Result (*build_program)(Handle, uint32_t, const Handle *, const char *, void (*)(Handle, void *), void *);
    Result (*get_build_info)(Handle, Handle, uint32_t, size_t, void *, size_t *);
    Handle (*create_kernel)(Handle, const char *, Result *);
    Result (*set_argument)(Handle, uint32_t, size_t, const void *);
    Result (*set_pointer)(Handle, uint32_t, const void *);
    Result (*enqueue_kernel)(Handle, Handle, uint32_t, const size_t *, const size_t *, const size_t *, uint32_t,
                             const Handle *, Handle *);
    Result (*finish)(Handle);

    explicit OpenCl(DriverLibrary &library) {
        library.find(get_platforms, "clGetPlatformIDs");
        library.find(get_devices, "clGetDeviceIDs");
        library.find(get_device_info, "clGetDeviceInfo");
        library.find(create_context, "clCreateContext");
        library.find(create_queue, "clCreateCommandQueue");
        library.find(create_program, "clCreateProgramWithSource");
        library.find(build_program, "clBuildProgram");
        library.find(get_build_info, "clGetProgramBuildInfo");
        library.find(create_kernel, "clCreateKernel");
        library.find(set_argument, "clSetKernelArg");
        library.find(set_pointer, "clSetKernelArgSVMPointer");
        library.find(enqueue_kernel, "clEnqueueNDRangeKernel");
        library.find(finish, "clFinish");
    }
};

std::string code_text(const char *call, Result result) {
    return std::string("OpenCL: ") + call + " returned " + std::to_string(result);
}

class OpenClDevice : public Device {
public:
    OpenClDevice() : library_("libOpenCL.so.1"), cl_(library_) {
        reason_ = library_.reason();
        if (reason_.empty()) open();
    }

    Status usable() override { return reason_.empty() ? Status() : Status(NF_NO_DEVICE, "no OpenCL device: " + reason_); }

    Status find_context(void *&context) override {
        context = nullptr;
        return usable();
    }

    MemoryFacts memory(void *) override { return {int64_t{1} << 20, 0}; }

    Status check_memory(const char *, const void *, void *) override { return {}; }

    Status begin(const DeviceQueue &) override {
        launching_.lock();
        return {};
    }

    Status end(const DeviceQueue &) override {
        const Result result = cl_.finish(queue_);
        launching_.unlock();
        return result ? Status(NF_KERNEL_FAILED, code_text("clFinish", result)) : Status();
    }

    Status load(const DeviceQueue &, const char *code, size_t size) override {
        const auto [place, is_new] = programs_.try_emplace(code);
        program_ = &place->second;
        if (!is_new) return {};
        Result result = 0;
        const size_t length = strnlen(code, size);
        program_->program = cl_.create_program(context_, 1, &code, &length, &result);
        if (!result) result = cl_.build_program(program_->program, 1, &device_, "", nullptr, nullptr);
        if (!result) return {};
        std::vector<char> log(1 << 16);
        cl_.get_build_info(program_->program, device_, kProgramBuildLog, log.size() - 1, log.data(), nullptr);
        programs_.erase(place);
        return {NF_KERNEL_FAILED, code_text("clBuildProgram", result) + ": " + log.data()};
    }

    Status prepare(const DeviceQueue &, const DeviceLaunch &launch) override {
        Handle kernel = nullptr;
        return find(launch.entry, kernel);
    }

    Status launch(const DeviceQueue &, const DeviceLaunch &launch) override {
        Handle kernel = nullptr;
        if (Status status = find(launch.entry, kernel); status.failed()) return status;
        Result result = 0;
        uint32_t count = 0;
        for (; launch.sizes[count] && !result; ++count) {
            void *const argument = launch.arguments[count];
            if (launch.is_buffer[count])
                result = cl_.set_pointer(kernel, count,
                                         reinterpret_cast<void *>(static_cast<halide_buffer_t *>(argument)->device));
            else
                result = cl_.set_argument(kernel, count, launch.sizes[count], argument);
        }
        const size_t shared = launch.shared_bytes > 0 ? static_cast<size_t>(launch.shared_bytes) : 1;
        if (!result) result = cl_.set_argument(kernel, count, shared, nullptr);
        if (result) return {NF_KERNEL_FAILED, code_text("clSetKernelArg", result) + ", argument " + std::to_string(count)};
        std::array<size_t, 3> global{}, local{};
        for (size_t i = 0; i < 3; ++i) {
            local[i] = static_cast<size_t>(launch.grid[3 + i]);
            global[i] = static_cast<size_t>(launch.grid[i]) * local[i];
        }
        result = cl_.enqueue_kernel(queue_, kernel, 3, nullptr, global.data(), local.data(), 0, nullptr, nullptr);
        return result ? Status(NF_KERNEL_FAILED, code_text("clEnqueueNDRangeKernel", result)) : Status();
    }

    Status fill(const DeviceQueue &, void *memory, size_t count, size_t element_bytes, bool ones) override {
        // The kernels enqueued before may still read it.
        if (const Result result = cl_.finish(queue_)) return {NF_KERNEL_FAILED, code_text("clFinish", result)};
        std::memset(memory, 0, count * element_bytes);
        const float narrow = 1;
        const double wide = 1;
        for (size_t i = 0; ones && i < count; ++i)
            std::memcpy(static_cast<char *>(memory) + i * element_bytes,
                        element_bytes == sizeof wide ? static_cast<const void *>(&wide) : &narrow, element_bytes);
        return {};
    }

private:
    struct Program {
        Handle program = nullptr;
        std::map<std::string, Handle> kernels;
    };

    /// A kernel of the current program, made when it is first asked for.
    Status find(const char *entry, Handle &kernel) {
        Result result = 0;
        const auto [place, is_new] = program_->kernels.try_emplace(entry);
        if (is_new) place->second = cl_.create_kernel(program_->program, entry, &result);
        kernel = place->second;
        if (!result) return {};
        program_->kernels.erase(place);
        return {NF_KERNEL_FAILED, code_text("clCreateKernel", result)};
    }

    /// The first CPU device that knows pointers.
    void open() {
        std::array<Handle, 16> platforms{};
        uint32_t count = 0;
        reason_ = "no platform has a CPU device with shared virtual memory";
        if (cl_.get_platforms(platforms.size(), platforms.data(), &count)) return;
        for (uint32_t i = 0; i < count && i < platforms.size(); ++i) {
            uint32_t devices = 0;
            Bits shared = 0;
            if (cl_.get_devices(platforms[i], kDeviceTypeCpu, 1, &device_, &devices) || !devices) continue;
            if (cl_.get_device_info(device_, kDeviceSvm, sizeof shared, &shared, nullptr) || !shared) continue;
            Result result = 0;
            context_ = cl_.create_context(nullptr, 1, &device_, nullptr, nullptr, &result);
            if (!result) queue_ = cl_.create_queue(context_, device_, 0, &result);
            reason_ = result ? code_text("clCreateContext", result) : "";
            return;
        }
    }

    DriverLibrary library_;
    OpenCl cl_;
    std::string reason_;
    Handle device_ = nullptr, context_ = nullptr, queue_ = nullptr;
    std::mutex launching_; ///< arguments belong to a kernel, not to a launch
    std::map<const char *, Program> programs_;
    Program *program_ = nullptr; ///< of the launches that follow
};

} // namespace

Device &opencl_device() noexcept {
    static OpenClDevice device;
    return device;
}

} // namespace normforge
