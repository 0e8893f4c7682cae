# Targets of runtime/targets.h for which this build compiles kernels, best first.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  set(NF_ARCHITECTURE arm-64)  # as in runtime/targets.h
  set(nf_targets arm-64)
  set(NF_BASE_TARGET arm-64)   # that every CPU runs
  set(NF_COMMON_TARGET arm-64) # that most CPUs run
else()
  set(NF_ARCHITECTURE x86-64)
  set(nf_targets x86-64-avx512-bf16 x86-64-avx512 x86-64-avx2 x86-64)
  set(NF_BASE_TARGET x86-64)
  set(NF_COMMON_TARGET x86-64-avx2)
endif()
set(NF_KERNEL_TARGETS ${nf_targets} CACHE STRING "Targets of the built-in kernel set")
