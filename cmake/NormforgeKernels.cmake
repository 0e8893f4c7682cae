# nf_add_kernels(<set> SET <file.json> TARGETS <target>...)
#
# Compiles a kernel set with `normforge gen` at build time and defines the static library nf_kernels_<set>, whose only symbol is
# the table nf_kernels_<set>; NF_KERNEL_OBJECT_<set> is the object inside it, for libraries that hold the set. The shared library
# lands in lib/normforge, where the command line finds it.
function(nf_add_kernels name)
  cmake_parse_arguments(PARSE_ARGV 1 ARG "" "SET" "TARGETS")
  set(directory ${PROJECT_BINARY_DIR}/kernels/${name})
  set(archive ${directory}/lib/lib${name}.a)
  set(shared ${PROJECT_BINARY_DIR}/lib/normforge/lib${name}.so)
  set(normforge ${NF_HOST_BUILD}/bin/normforge)
  set(made_by ${normforge}-compiler) # when cross compiling, files of the other build
  if(NOT CMAKE_CROSSCOMPILING)
    set(normforge $<TARGET_FILE:normforge>)
    # Not on bin/normforge itself: a change of `bench` need not compile kernels. What writes libraries is in nf_emit_library.
    set(made_by $<TARGET_FILE:normforge_compiler> $<TARGET_FILE:nf_emit_library>)
  endif()
  add_custom_command(
    OUTPUT ${archive} ${shared} ${directory}/${name}.o ${directory}/include/${name}.h ${directory}/${name}.json
    COMMAND ${normforge} gen --set ${ARG_SET} --target ${ARG_TARGETS} --out ${directory}
    COMMAND ${CMAKE_COMMAND} -E copy ${directory}/lib/lib${name}.so ${shared}
    COMMAND ${CMAKE_AR} x lib/lib${name}.a
    WORKING_DIRECTORY ${directory}
    DEPENDS ${ARG_SET} ${made_by} nf_headers
    COMMENT "Compiling kernel set ${name}"
    USES_TERMINAL VERBATIM
  )
  add_custom_target(nf_kernels_${name}_files DEPENDS ${archive} ${shared})
  add_library(nf_kernels_${name} STATIC IMPORTED GLOBAL)
  set_target_properties(nf_kernels_${name} PROPERTIES
    IMPORTED_LOCATION ${archive}
  )
  file(MAKE_DIRECTORY ${directory}/include)
  set(NF_KERNEL_OBJECT_${name} ${directory}/${name}.o PARENT_SCOPE)
  set_source_files_properties(${directory}/${name}.o PROPERTIES EXTERNAL_OBJECT ON GENERATED ON)
  target_include_directories(nf_kernels_${name} INTERFACE ${directory}/include)
  add_dependencies(nf_kernels_${name} nf_kernels_${name}_files)
endfunction()
