# normforge_add_kernels(NAME <name> SHAPES <file> | SET <file> TARGET <target>... [TUNED] [DATABASE <file>...])
#
# For projects that use an installed normforge: compiles, when the project is built, a library of kernels for the problems of a
# shape file, or of a kernel set (a JSON file), with the installed `normforge gen`, and compiles it again when a file changes. Defines
# the static library normforge_kernels_<name>; a program that links it and normforge includes <name>.h and calls
# nf_register(&nf_kernels_<name>). NAME is a C identifier; that of a set is the set's own. TARGET takes those of `normforge gen`, e.g.
# native or x86-64-avx2. TUNED and DATABASE (files of tuned parameters) are handed on to it; TUNED alone reads the databases where
# `normforge tune` keeps them, in the environment of the build. Kernels are the same in all configurations.
function(normforge_add_kernels)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "TUNED" "NAME;SHAPES;SET" "TARGET;DATABASE")
  set(call "normforge_add_kernels(NAME ${ARG_NAME})")
  if(ARG_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "${call}: got ${ARG_UNPARSED_ARGUMENTS}, expected NAME, SHAPES or SET, TARGET, TUNED, DATABASE")
  endif()
  if(NOT ARG_NAME MATCHES "^[A-Za-z_][A-Za-z0-9_]*$")
    message(FATAL_ERROR "${call}: NAME is \"${ARG_NAME}\", expected a C identifier")
  endif()
  if((ARG_SHAPES AND ARG_SET) OR NOT (ARG_SHAPES OR ARG_SET))
    message(FATAL_ERROR "${call}: expected either SHAPES <file> or SET <file>")
  endif()
  if(NOT ARG_TARGET)
    message(FATAL_ERROR "${call}: TARGET is missing, expected native or names like x86-64-avx2")
  endif()
  if(ARG_SET AND (ARG_TUNED OR ARG_DATABASE))
    message(FATAL_ERROR "${call}: TUNED and DATABASE need SHAPES: a set says the parameters of its kernels itself")
  endif()
  if(ARG_DATABASE AND NOT ARG_TUNED)
    message(FATAL_ERROR "${call}: DATABASE needs TUNED")
  endif()
  if(NOT NORMFORGE_EXECUTABLE)
    message(FATAL_ERROR "${call}: the program normforge was not found; set NORMFORGE_EXECUTABLE to its path")
  endif()

  get_filename_component(programs ${NORMFORGE_EXECUTABLE} DIRECTORY)
  set(databases)
  foreach(file IN LISTS ARG_DATABASE)
    get_filename_component(file ${file} ABSOLUTE)
    list(APPEND databases ${file})
  endforeach()
  set(default_databases)
  if(ARG_TUNED AND NOT databases)
    normforge_default_databases(default_databases ${programs} ${ARG_TARGET})
  endif()
  if(ARG_SHAPES)
    get_filename_component(source ${ARG_SHAPES} ABSOLUTE)
    set(arguments --shapes ${source} --name ${ARG_NAME})
    if(ARG_TUNED)
      list(APPEND arguments --tuned)
    endif()
    foreach(file IN LISTS databases)
      list(APPEND arguments --database ${file})
    endforeach()
  else()
    get_filename_component(source ${ARG_SET} ABSOLUTE)
    file(READ ${source} document)
    string(JSON name ERROR_VARIABLE error GET "${document}" name)
    if(NOT name STREQUAL ARG_NAME)
      message(FATAL_ERROR "${call}: the name in ${source} is \"${name}\", expected the same")
    endif()
    set(arguments --set ${source})
  endif()

  set(directory ${CMAKE_CURRENT_BINARY_DIR}/normforge_kernels/${ARG_NAME})
  set(archive ${directory}/lib/lib${ARG_NAME}.a)
  add_custom_command(
    OUTPUT ${archive} ${directory}/lib/lib${ARG_NAME}.so ${directory}/include/${ARG_NAME}.h ${directory}/${ARG_NAME}.json
    COMMAND ${NORMFORGE_EXECUTABLE} gen ${arguments} --target ${ARG_TARGET} --out ${directory}
    DEPENDS ${source} ${databases} ${default_databases} ${NORMFORGE_EXECUTABLE} ${programs}/normforge-compiler
    COMMENT "Compiling kernels ${ARG_NAME} with normforge"
    VERBATIM
  )
  add_custom_target(normforge_kernels_${ARG_NAME}_files DEPENDS ${archive})
  file(MAKE_DIRECTORY ${directory}/include) # imported targets name directories that exist
  add_library(normforge_kernels_${ARG_NAME} STATIC IMPORTED GLOBAL)
  set_target_properties(normforge_kernels_${ARG_NAME} PROPERTIES IMPORTED_LOCATION ${archive})
  target_include_directories(normforge_kernels_${ARG_NAME} INTERFACE ${directory}/include
    $<TARGET_PROPERTY:normforge::normforge,INTERFACE_INCLUDE_DIRECTORIES>)
  add_dependencies(normforge_kernels_${ARG_NAME} normforge_kernels_${ARG_NAME}_files)
endfunction()

# The databases that `normforge gen --tuned` reads by itself: the user's, and those that came with the program. One may appear later:
# every build looks again. Which target `native` is, only the program knows, so that is all of them.
function(normforge_default_databases result programs)
  set(data $ENV{XDG_DATA_HOME})
  if(NOT IS_ABSOLUTE "${data}")
    set(data $ENV{HOME}/.local/share)
  endif()
  set(patterns)
  foreach(target IN LISTS ARGN)
    string(REGEX REPLACE "^native$" "*" target ${target})
    list(APPEND patterns ${data}/normforge/tuned/${target}.json ${programs}/../share/normforge/tuned/${target}.json)
  endforeach()
  file(GLOB files CONFIGURE_DEPENDS ${patterns})
  set(${result} ${files} PARENT_SCOPE)
endfunction()
