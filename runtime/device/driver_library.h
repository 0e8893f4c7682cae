// SPDX-License-Identifier: MIT
// A driver's library, loaded when it is first needed: nothing of normforge is linked with it.
#pragma once

#include <dlfcn.h>
#include <string>

namespace normforge {

class DriverLibrary {
public:
    explicit DriverLibrary(const char *name) : handle_(dlopen(name, RTLD_NOW | RTLD_LOCAL)) {
        if (!handle_) reason_ = dlerror();
    }

    /// Why the library, or a function of it, is not there; empty if all is.
    const std::string &reason() const { return reason_; }

    template <typename Function>
    void find(Function *&function, const char *name) {
        if (!handle_) return;
        function = reinterpret_cast<Function *>(dlsym(handle_, name));
        if (!function && reason_.empty()) reason_ = std::string("it has no function ") + name;
    }
    template <typename Function>
    void find_if_there(Function *&function, const char *name) {
        if (handle_) function = reinterpret_cast<Function *>(dlsym(handle_, name));
    }

private:
    void *handle_; ///< never closed: threads may be in it until the process ends
    std::string reason_;
};

} // namespace normforge
