# Finds Halide 19 (the C++ SDK inside the Python wheel) and the LLVM it was built with.
if(NOT Halide_DIR OR CMAKE_CROSSCOMPILING)
  execute_process(
    COMMAND ${NF_PYTHON} -c "import halide; print(halide.install_dir())"
    OUTPUT_VARIABLE nf_halide_prefix OUTPUT_STRIP_TRAILING_WHITESPACE
    RESULT_VARIABLE nf_halide_status ERROR_QUIET
  )
  if(NOT nf_halide_status EQUAL 0)
    message(FATAL_ERROR "${NF_PYTHON} has no halide: run tools/bootstrap.sh, or set Halide_DIR")
  endif()
  if(CMAKE_CROSSCOMPILING) # halide_buffer_t is all that other machines need of Halide
    set(NF_HALIDE_INCLUDE_DIR ${nf_halide_prefix}/include)
    return()
  endif()
  file(GLOB nf_halide_config ${nf_halide_prefix}/lib*/cmake/Halide)
  file(GLOB nf_helpers_config ${nf_halide_prefix}/lib*/cmake/HalideHelpers)
  set(Halide_DIR ${nf_halide_config} CACHE PATH "Halide's CMake package")
  set(HalideHelpers_DIR ${nf_helpers_config} CACHE PATH "HalideHelpers' CMake package")
endif()
find_package(Halide 19 REQUIRED COMPONENTS Halide)
# A bare 19 is refused: LLVM's version file wants major.minor.
find_package(LLVM 19.1 REQUIRED CONFIG)
get_target_property(NF_HALIDE_INCLUDE_DIR Halide::Runtime INTERFACE_INCLUDE_DIRECTORIES)
