# nf_add_test(NAME <name> SOURCES <file>... [LIBRARIES <target>...] [PROCESSORS <n>] [TIMEOUT <seconds>])
#
# A Catch2 executable of the current folder tests/<folder>, in CTest as <folder>.<name> with the label <folder>; when cross
# compiling as arm64.<folder>.<name>, run by the emulator.
find_package(Catch2 REQUIRED)
set(NF_TEST_PREFIX "")
if(CMAKE_CROSSCOMPILING)
  set(NF_TEST_PREFIX ${NF_ARCHITECTURE_WORD}.)
endif()

function(nf_add_test)
  cmake_parse_arguments(PARSE_ARGV 0 ARG "" "NAME;PROCESSORS;TIMEOUT" "SOURCES;LIBRARIES")
  get_filename_component(folder ${CMAKE_CURRENT_SOURCE_DIR} NAME)
  set(target test_${folder}_${ARG_NAME})
  add_executable(${target} ${ARG_SOURCES})
  target_link_libraries(${target} PRIVATE nf_test_main ${ARG_LIBRARIES})
  set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR}/tests)
  set(test ${NF_TEST_PREFIX}${folder}.${ARG_NAME})
  add_test(NAME ${test} COMMAND ${target})
  set_tests_properties(${test} PROPERTIES LABELS ${folder})
  if(CMAKE_CROSSCOMPILING) # an emulator is 10 to 30 times slower; without the variable the executables try everything
    set_tests_properties(${test} PROPERTIES ENVIRONMENT NORMFORGE_TEST_SHARE=16)
  endif()
  foreach(property IN ITEMS PROCESSORS TIMEOUT)
    if(ARG_${property})
      set_tests_properties(${test} PROPERTIES ${property} ${ARG_${property}})
    endif()
  endforeach()
endfunction()
