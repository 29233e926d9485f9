# cleave_suite(<layer> <file>...): the program test_<layer> from tests/<layer>/<file>..., each TEST_CASE a test of CTest.
#
# In cross builds a program is one test, since starting the emulator for every case costs more than the cases.
# A suite that stands on Asio is declared with cleave_suite(<layer> TCP <file>...).

option(CLEAVE_TEST_PER_CASE "Make every TEST_CASE a test of CTest (otherwise every program)" ON)
set(CLEAVE_TEST_SUITES "" CACHE STRING "Suites to build; empty means all")

set(cleave_test_headers "")
if(CMAKE_CROSSCOMPILING)
  set(cleave_test_headers "${CMAKE_CURRENT_BINARY_DIR}/host_headers")
  cleave_link_host_headers("${cleave_test_headers}" doctest xsimd)
else()
  find_path(doctest_INCLUDE_DIR NAMES doctest/doctest.h REQUIRED)
  set(cleave_test_headers "${doctest_INCLUDE_DIR}")
endif()

add_library(cleave_test_main OBJECT support/main.cpp)
target_compile_features(cleave_test_main PRIVATE cxx_std_20)
target_include_directories(cleave_test_main SYSTEM PUBLIC "${cleave_test_headers}")

function(cleave_suite layer)
  cmake_parse_arguments(arg "TCP" "" "" ${ARGN})
  if(CLEAVE_TEST_SUITES AND NOT layer IN_LIST CLEAVE_TEST_SUITES)
    return()
  endif()
  list(TRANSFORM arg_UNPARSED_ARGUMENTS PREPEND "${layer}/" OUTPUT_VARIABLE files)
  add_executable(test_${layer} ${files})
  target_link_libraries(test_${layer} PRIVATE cleave_test_main cleave_developer
    $<IF:$<BOOL:${arg_TCP}>,cleave::tcp,cleave::cleave>)
  target_include_directories(test_${layer} PRIVATE "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/..")
  target_compile_definitions(test_${layer} PRIVATE
    CLEAVE_TEST_PACKAGE_VERSION="${PROJECT_VERSION}"
    CLEAVE_TEST_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  add_test(NAME "${layer}" COMMAND test_${layer})
endfunction()
