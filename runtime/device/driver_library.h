// SPDX-License-Identifier: MIT
// A driver's library, loaded when it is first needed: nothing of normforge is linked with it.
#pragma once

#include <string>

namespace normforge {

/// dlopen(): null, and in `reason` why, if the library cannot be loaded, or is not loaded where `present_only`. In a file of
/// its own, which programs that are linked statically replace.
void *open_driver(const char *name, bool present_only, std::string &reason);

/// dlsym()
void *find_in_driver(void *library, const char *name);

class DriverLibrary {
public:
    explicit DriverLibrary(const char *name) : handle_(open_driver(name, false, reason_)) {}

    /// Why the library, or a function of it, is not there; empty if all is.
    const std::string &reason() const { return reason_; }

    template <typename Function>
    void find(Function *&function, const char *name) {
        find_if_there(function, name);
        if (handle_ && !function && reason_.empty()) reason_ = std::string("it has no function ") + name;
    }
    template <typename Function>
    void find_if_there(Function *&function, const char *name) {
        if (handle_) function = reinterpret_cast<Function *>(find_in_driver(handle_, name));
    }

private:
    std::string reason_;
    void *handle_; ///< never closed: threads may be in it until the process ends
};

} // namespace normforge
