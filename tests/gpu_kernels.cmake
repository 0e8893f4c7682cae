# GPU kernels that the tests compile, one set for each target.

# nf_add_gpu_kernels(<name> <target>)
function(nf_add_gpu_kernels name target)
  set(all ${PROJECT_SOURCE_DIR}/tests/gpu_selection.json)
  if(NF_GPU_ALL)
    set(all ${PROJECT_SOURCE_DIR}/generators/kernel_sets/gpu.json)
  endif()
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${all})
  file(READ ${all} document)
  string(REGEX REPLACE "(\"name\": )\"[a-z_]+\"" "\\1\"${name}\"" document "${document}")
  set(file ${CMAKE_CURRENT_BINARY_DIR}/${name}.json)
  file(CONFIGURE OUTPUT ${file} CONTENT "${document}" @ONLY)
  nf_add_kernels(${name} SET ${file} TARGETS ${target})
endfunction()

# What a program is compiled with to use such a set.
function(nf_use_gpu_kernels program name target)
  target_link_libraries(${program} PRIVATE nf_test_support nf_runtime nf_kernels_${name})
  target_compile_definitions(${program} PRIVATE NF_GPU_HEADER=<${name}.h> NF_GPU_TABLE=nf_kernels_${name}
    NF_GPU_TARGET="${target}")
endfunction()
