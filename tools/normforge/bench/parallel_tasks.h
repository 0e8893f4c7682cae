// SPDX-License-Identifier: MIT
// Tasks on the library's own pool, shared out as those of kernels are.
#pragma once

#include "runtime/threads.h"

#include <type_traits>

namespace normforge::bench {

/// task(0) to task(count - 1) on at most `threads` threads, for which prepare_threads() was called.
template <class Task>
void parallel_tasks(int threads, int count, Task &&task) {
    const ThreadLimit limit(threads);
    const auto run = [](void *, int index, uint8_t *closure) {
        (*reinterpret_cast<std::remove_reference_t<Task> *>(closure))(index);
        return 0;
    };
    kernel_host()->parallel_for(run, 0, count, reinterpret_cast<uint8_t *>(&task));
}

} // namespace normforge::bench
