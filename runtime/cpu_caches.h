// SPDX-License-Identifier: MIT
// How much the caches hold, on machines whose cores may differ.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace normforge {

/// The smallest last-level cache among those of `cpus`, in bytes; CPUs for which sysfs lists none below the first level do
/// not count, and 0 is returned if that is so for all. `root` is put before /sys, "" for the machine itself.
///
/// The smallest: a kernel's tasks are shared out to all cores, and a part that the weakest core cannot hold comes from
/// memory again whatever the others hold. Clusters of big and little cores differ so, and x86 cores without a share of the
/// L3.
int64_t smallest_last_level_cache(const std::string &root, const std::vector<int> &cpus);

/// That of the CPUs which the calling thread's affinity allows at the first call; then what sysconf() says, then 8 MiB. Read
/// once. A virtual machine may report the whole host's.
int64_t last_level_cache_bytes() noexcept;

} // namespace normforge
