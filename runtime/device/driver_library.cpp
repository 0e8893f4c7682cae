// SPDX-License-Identifier: MIT
// The dynamic linker's functions.
#include "runtime/device/driver_library.h"
#include <dlfcn.h>

namespace normforge {

void *open_driver(const char *name, bool present_only, std::string &reason) {
    void *const library = dlopen(name, RTLD_NOW | RTLD_LOCAL | (present_only ? RTLD_NOLOAD : 0));
    const char *const why = library ? nullptr : dlerror();
    if (!library) reason = why ? why : std::string(name) + " is not loaded";
    return library;
}

void *find_in_driver(void *library, const char *name) {
    return dlsym(library, name);
}

} // namespace normforge
