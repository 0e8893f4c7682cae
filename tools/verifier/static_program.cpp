// SPDX-License-Identifier: MIT
// A static program loads no driver: glibc's dlopen() works in it only beside the very glibc that it was linked with.
#include "runtime/device/driver_library.h"

namespace normforge {

void *open_driver(const char *name, bool, std::string &reason) {
    reason = std::string(name) + ": this program is linked statically and loads no library";
    return nullptr;
}

void *find_in_driver(void *, const char *) {
    return nullptr;
}

} // namespace normforge
