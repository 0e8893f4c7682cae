// SPDX-License-Identifier: MIT
// The one function of glibc 2.36 that the C++ library calls, so that what is built on Debian 12 and carried elsewhere runs
// with 2.35 as well, which is what Ubuntu 22.04 has.
#include <cstdlib>
#include <sys/random.h>

extern "C" __uint32_t arc4random() noexcept {
    __uint32_t value = 0;
    // Less than 256 bytes are never given in part, and nothing else fails on a Linux that has the call.
    if (getrandom(&value, sizeof value, 0) != sizeof value) std::abort();
    return value;
}
