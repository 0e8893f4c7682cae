// SPDX-License-Identifier: MIT
// The driver API, CUDA 11 or later; names and numbers are those of cuda.h. All calls take effect in the caller's context and
// stream; none waits for the device, so executions can be captured into graphs: code is loaded when the plan is made.
#include "runtime/device/cuda.h"
#include "runtime/device/driver_library.h"
#include <HalideRuntime.h>
#include <array>
#include <map>
#include <mutex>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <utility>

namespace normforge {
namespace {

using Handle = void *;
using Result = int;
using Address = uint64_t;

constexpr const char *kLibrary = "libcuda.so.1";
constexpr int kMemoryClock = 36, kMemoryWidth = 37, kCacheBytes = 38, kMajor = 75; // CU_DEVICE_ATTRIBUTE_...
constexpr int kContextOf = 1, kMemoryType = 2, kIsManaged = 8;                     // CU_POINTER_ATTRIBUTE_...
constexpr unsigned kDeviceMemory = 2;                                              // CU_MEMORYTYPE_DEVICE
constexpr int kLeastMajor = 8;                                                     // of the target cuda-80
constexpr int kMostArguments = 96;

/// The functions that are used.
struct Driver {
    Result (*init)(unsigned) = nullptr;
    Result (*device_count)(int *) = nullptr;
    Result (*device_attribute)(int *, int, int) = nullptr;
    Result (*context_current)(Handle *) = nullptr;
    Result (*context_push)(Handle) = nullptr;
    Result (*context_pop)(Handle *) = nullptr;
    Result (*context_device)(int *) = nullptr;
    Result (*context_id)(Handle, unsigned long long *) = nullptr; ///< from CUDA 12 on
    Result (*load_module)(Handle *, const void *) = nullptr;
    Result (*find_function)(Handle *, Handle, const char *) = nullptr;
    Result (*load_function)(Handle) = nullptr; ///< from CUDA 12.4 on; before, finding one loads it
    Result (*launch)(Handle, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, unsigned, Handle, void **,
                     void **) = nullptr;
    Result (*set_words)(Address, unsigned, size_t, Handle) = nullptr;
    Result (*set_words_2d)(Address, size_t, unsigned, size_t, size_t, Handle) = nullptr;
    Result (*pointer_attribute)(void *, int, Address) = nullptr;
    Result (*error_name)(Result, const char **) = nullptr;

    explicit Driver(DriverLibrary &library) {
        library.find(init, "cuInit");
        library.find(device_count, "cuDeviceGetCount");
        library.find(device_attribute, "cuDeviceGetAttribute");
        library.find(context_current, "cuCtxGetCurrent");
        library.find(context_push, "cuCtxPushCurrent_v2");
        library.find(context_pop, "cuCtxPopCurrent_v2");
        library.find(context_device, "cuCtxGetDevice");
        library.find_if_there(context_id, "cuCtxGetId");
        library.find(load_module, "cuModuleLoadData");
        library.find(find_function, "cuModuleGetFunction");
        library.find_if_there(load_function, "cuFuncLoad");
        library.find(launch, "cuLaunchKernel");
        library.find(set_words, "cuMemsetD32Async");
        library.find(set_words_2d, "cuMemsetD2D32Async");
        library.find(pointer_attribute, "cuPointerGetAttribute");
        library.find(error_name, "cuGetErrorName");
    }

    std::string text(const char *call, Result result) const {
        const char *name = nullptr;
        error_name(result, &name);
        return std::string("CUDA: ") + call + " returned " + (name ? name : std::to_string(result).c_str());
    }
};

Address address_of(const void *pointer) {
    return reinterpret_cast<Address>(pointer);
}

class CudaDevice : public Device {
public:
    CudaDevice() : library_(kLibrary), driver_(library_) {}

    /// Initialises the driver, which nobody does before a plan for CUDA is asked for: a process that has done so cannot use
    /// CUDA in the children that it forks.
    Status usable() override {
        std::call_once(initialised_, [&] { reason_ = initialise(); });
        return reason_.empty() ? Status() : Status(NF_NO_DEVICE, "no CUDA device: " + reason_);
    }

    Status find_context(void *&context) override {
        if (Status status = usable(); status.failed()) return status;
        if (!context && (driver_.context_current(&context) || !context))
            return {NF_INVALID_ARGUMENT, "context is null and no CUDA context is current, expected one of them"};
        const Scoped scoped(*this, context);
        if (scoped.result) return no_context(scoped.result);
        if (const int major = attribute(kMajor); major < kLeastMajor)
            return {NF_NO_DEVICE,
                    "the context's device has compute capability " + std::to_string(major) + ".x, expected 8.0 or more"};
        return {};
    }

    MemoryFacts memory(void *context) override {
        const Scoped scoped(*this, context);
        // Kilohertz of a clock both of whose edges move data, and bits.
        return {attribute(kCacheBytes), 2e3 * attribute(kMemoryClock) * attribute(kMemoryWidth) / 8};
    }

    Status check_memory(const char *name, const void *pointer, void *context) override {
        unsigned type = 0, managed = 0;
        Handle owner = nullptr;
        const Address address = address_of(pointer);
        if (driver_.pointer_attribute(&type, kMemoryType, address))
            return {NF_WRONG_MEMORY, std::string(name) + " is memory that CUDA does not know, expected device memory"};
        driver_.pointer_attribute(&managed, kIsManaged, address);
        if (type != kDeviceMemory && !managed)
            return {NF_WRONG_MEMORY, std::string(name) + " is host memory, expected device memory"};
        if (!managed && driver_.pointer_attribute(&owner, kContextOf, address) == 0 && owner && owner != context)
            return {NF_WRONG_MEMORY, std::string(name) + " is memory of another CUDA context, expected that of the plan"};
        return {};
    }

    Status begin(const DeviceQueue &queue) override {
        const Result result = driver_.context_push(queue.context);
        return result ? no_context(result) : Status();
    }

    Status end(const DeviceQueue &) override {
        Handle popped = nullptr;
        const Result result = driver_.context_pop(&popped);
        return result ? failed("cuCtxPopCurrent", result) : Status();
    }

    Status load(const DeviceQueue &queue, const char *code, size_t) override {
        const std::pair key(identity(queue.context), code);
        {
            const std::shared_lock lock(mutex_);
            if (const auto found = modules_.find(key); found != modules_.end()) {
                module() = &found->second;
                return {};
            }
        }
        const std::lock_guard lock(mutex_);
        const auto [place, is_new] = modules_.try_emplace(key);
        if (is_new) {
            if (const Result result = driver_.load_module(&place->second.module, code)) {
                modules_.erase(place);
                return failed("cuModuleLoadData", result);
            }
        }
        module() = &place->second;
        return {};
    }

    Status prepare(const DeviceQueue &, const DeviceLaunch &launch) override {
        Handle function = nullptr;
        return find(launch.entry, function);
    }

    Status launch(const DeviceQueue &queue, const DeviceLaunch &launch) override {
        Handle function = nullptr;
        if (Status status = find(launch.entry, function); status.failed()) return status;
        std::array<Address, kMostArguments> pointers{};
        std::array<void *, kMostArguments> arguments{};
        for (size_t i = 0; launch.sizes[i]; ++i) {
            if (i == arguments.size()) return {NF_KERNEL_FAILED, "CUDA: a kernel has too many arguments"};
            arguments[i] = launch.arguments[i];
            if (!launch.is_buffer[i]) continue;
            pointers[i] = static_cast<halide_buffer_t *>(launch.arguments[i])->device;
            arguments[i] = &pointers[i];
        }
        const auto size = [&](size_t i) { return static_cast<unsigned>(launch.grid[i]); };
        const Result result =
            driver_.launch(function, size(0), size(1), size(2), size(3), size(4), size(5),
                           static_cast<unsigned>(launch.shared_bytes), queue.stream, arguments.data(), nullptr);
        return result ? failed("cuLaunchKernel", result) : Status();
    }

    Status fill(const DeviceQueue &queue, void *memory, size_t count, size_t element_bytes, bool ones) override {
        constexpr unsigned kOne = 0x3f800000, kUpperOfOne = 0x3ff00000; // 1.0f, upper half of 1.0
        const size_t words = element_bytes / sizeof(unsigned);
        const Address begin = address_of(memory);
        const bool narrow = words == 1;
        Result result = driver_.set_words(begin, ones && narrow ? kOne : 0, count * words, queue.stream);
        if (!result && ones && !narrow)
            result = driver_.set_words_2d(begin + sizeof(unsigned), element_bytes, kUpperOfOne, 1, count, queue.stream);
        return result ? failed("cuMemsetD32Async", result) : Status();
    }

    /// Initialises nothing. Where nobody else has, the driver says so (CUDA_ERROR_NOT_INITIALIZED), and no pointer is to
    /// device memory.
    bool on_device(const void *pointer) const {
        unsigned type = 0, managed = 0;
        const Address address = address_of(pointer);
        if (!library_.reason().empty() || driver_.pointer_attribute(&type, kMemoryType, address) || type != kDeviceMemory)
            return false;
        return driver_.pointer_attribute(&managed, kIsManaged, address) || !managed;
    }

private:
    /// Why the driver cannot be used; empty if it can.
    std::string initialise() {
        int count = 0;
        if (!library_.reason().empty()) return library_.reason();
        if (const Result result = driver_.init(0)) return driver_.text("cuInit", result);
        return driver_.device_count(&count) || !count ? "the driver knows no device" : "";
    }

    struct Module {
        Handle module = nullptr;
        std::map<std::string_view, Handle> functions; ///< by their names, which lie in the code that launches them
    };

    /// A context made current for a while.
    struct Scoped {
        Scoped(CudaDevice &device, Handle context) : driver(device.driver_), result(driver.context_push(context)) {}
        ~Scoped() {
            Handle popped = nullptr;
            if (!result) driver.context_pop(&popped);
        }
        Scoped(const Scoped &) = delete;
        Scoped &operator=(const Scoped &) = delete;

        Driver &driver;
        Result result;
    };

    /// A function of the module of this thread, found and loaded when it is first asked for: by prepare(), so that no
    /// execution loads anything, which a driver that loads lazily could not do while a graph is captured.
    Status find(const char *entry, Handle &function) {
        {
            const std::shared_lock lock(mutex_);
            const auto found = module()->functions.find(entry);
            if (found != module()->functions.end()) {
                function = found->second;
                return {};
            }
        }
        const std::lock_guard lock(mutex_);
        if (const Result result = driver_.find_function(&function, module()->module, entry))
            return failed("cuModuleGetFunction", result);
        if (driver_.load_function)
            if (const Result result = driver_.load_function(function)) return failed("cuFuncLoad", result);
        module()->functions.emplace(entry, function);
        return {};
    }

    Status no_context(Result pushed) const {
        return {NF_INVALID_ARGUMENT,
                "context: " + driver_.text("cuCtxPushCurrent", pushed) + ", expected a CUDA context that is alive"};
    }

    Status failed(const char *call, Result result) const { return {NF_KERNEL_FAILED, driver_.text(call, result)}; }

    /// Of the device of the current context; 0 if it cannot be told.
    int attribute(int which) {
        int device = 0, value = 0;
        return driver_.context_device(&device) || driver_.device_attribute(&value, which, device) ? 0 : value;
    }

    /// A number that no other context ever has, where the driver knows one: a new context may lie where an old one did.
    unsigned long long identity(Handle context) const {
        unsigned long long id = 0;
        return driver_.context_id && driver_.context_id(context, &id) == 0 ? id : address_of(context);
    }

    /// Of the launches that follow on this thread.
    static Module *&module() {
        thread_local Module *current = nullptr;
        return current;
    }

    DriverLibrary library_;
    Driver driver_;
    std::once_flag initialised_;
    std::string reason_; ///< why it is not usable
    std::shared_mutex mutex_;
    std::map<std::pair<unsigned long long, const char *>, Module> modules_; ///< of contexts, unloaded with them
};

CudaDevice &cuda() noexcept {
    static CudaDevice device;
    return device;
}

} // namespace

Device &cuda_device() noexcept {
    return cuda();
}

bool cuda_is_loaded() noexcept {
    try {
        std::string reason;
        return open_driver(kLibrary, true, reason) != nullptr;
    } catch (...) {
        return false; // no memory for the reason
    }
}

bool is_device_memory(const void *pointer) noexcept {
    return cuda().on_device(pointer);
}

} // namespace normforge
