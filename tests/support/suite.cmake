# cleave_suite(<layer> <file>...): the program test_<layer> from tests/<layer>/<file>...
#
# Each TEST_CASE becomes a test of CTest called "<layer>: <sentence>". In cross builds a program is one test, since
# starting the emulator for every case costs more than the cases. A suite that needs Asio says so:
# cleave_suite(<layer> TCP <file>...).

set(CLEAVE_TEST_SUITES "" CACHE STRING "Suites to build; empty means all")
set(CLEAVE_TEST_TIMEOUT 300 CACHE STRING "Seconds after which a test has failed")
set(CLEAVE_TEST_NATIVE_PACK_ONLY "" CACHE STRING "Suites (kernels, network) on the native pack and not also on single floats")
option(CLEAVE_TEST_PRECOMPILE "Read the headers of the library once for all files of all suites" OFF)
option(CLEAVE_TEST_SINGLE_HEADER "Test single_include in place of include" OFF)
if(CMAKE_CROSSCOMPILING)
  option(CLEAVE_TEST_PER_CASE "Make every TEST_CASE a test of CTest (otherwise every program)" OFF)
else()
  option(CLEAVE_TEST_PER_CASE "Make every TEST_CASE a test of CTest (otherwise every program)" ON)
endif()
find_package(Python3 REQUIRED COMPONENTS Interpreter)

# In a cross build the host's headers are links in a folder of their own: see cmake/host_headers.cmake.
find_path(doctest_INCLUDE_DIR NAMES doctest/doctest.h REQUIRED)

add_library(cleave_test_main OBJECT support/main.cpp)
target_compile_features(cleave_test_main PRIVATE cxx_std_20)
target_include_directories(cleave_test_main SYSTEM PUBLIC "${doctest_INCLUDE_DIR}")
target_link_libraries(cleave_test_main PRIVATE cleave_developer)

# What a suite is linked with: the library, or a tree of headers that lead to the single ones.
if(CLEAVE_TEST_SINGLE_HEADER)
  set(cleave_forwarding "${CMAKE_CURRENT_BINARY_DIR}/forwarding")
  execute_process(COMMAND "${Python3_EXECUTABLE}" "${PROJECT_SOURCE_DIR}/tools/amalgamate.py"
    --forward "${cleave_forwarding}" COMMAND_ERROR_IS_FATAL ANY)
  add_library(cleave_tested INTERFACE)
  target_compile_features(cleave_tested INTERFACE cxx_std_20)
  target_include_directories(cleave_tested INTERFACE "${cleave_forwarding}")
  add_library(cleave_tested_tcp INTERFACE)
  target_link_libraries(cleave_tested_tcp INTERFACE cleave_tested asio::asio Threads::Threads)
else()
  add_library(cleave_tested ALIAS cleave)
  add_library(cleave_tested_tcp ALIAS cleave_tcp)
endif()

# What every file of a suite is compiled with.
function(cleave_suite_options program tested)
  target_link_libraries(${program} PRIVATE cleave_test_main cleave_developer ${tested})
  target_include_directories(${program} PRIVATE "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/..")
  target_compile_definitions(${program} PRIVATE
    CLEAVE_TEST_PACKAGE_VERSION="${PROJECT_VERSION}")
endfunction()

# A file of a suite takes one to three seconds to read doctest and the library. Off by default, so that each file is
# seen to include what it uses.
if(CLEAVE_TEST_PRECOMPILE)
  add_library(cleave_tested_precompiled OBJECT support/precompiled.cpp)
  cleave_suite_options(cleave_tested_precompiled cleave_tested)
  target_precompile_headers(cleave_tested_precompiled PRIVATE <doctest/doctest.h> <cleave/cleave.hpp>)
  if(asio_FOUND)
    add_library(cleave_tested_tcp_precompiled OBJECT support/precompiled.cpp)
    cleave_suite_options(cleave_tested_tcp_precompiled cleave_tested_tcp)
    target_precompile_headers(cleave_tested_tcp_precompiled PRIVATE <doctest/doctest.h> <cleave/tcp.hpp>)
  endif()
endif()

# Tests of a suite use the same: joined by CLEAVE_JOINED_FILES they compile in two thirds of the time. Gives the files to
# compile in `out`.
function(cleave_join_tests layer out)
  set(alone)
  set(batch)
  set(batches 0)
  foreach(file IN LISTS ARGN)
    file(STRINGS "${file}" declares_in_the_library REGEX "^namespace cleave")
    if(file MATCHES "_test\\.cpp$" AND NOT declares_in_the_library AND NOT file IN_LIST cleave_tests_alone)
      list(APPEND batch "${CMAKE_CURRENT_SOURCE_DIR}/${file}")
    else()
      list(APPEND alone "${file}")
    endif()
  endforeach()
  while(batch)
    list(SUBLIST batch 0 ${CLEAVE_JOINED_FILES} tests)
    list(REMOVE_ITEM batch ${tests})
    set(joined "${CMAKE_CURRENT_BINARY_DIR}/joined/${layer}_${batches}.cpp")
    math(EXPR batches "${batches} + 1")
    set(join "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/join.py")
    add_custom_command(OUTPUT "${joined}" VERBATIM DEPENDS "${join}" ${tests}
      COMMAND "${Python3_EXECUTABLE}" "${join}" "${joined}" ${tests})
    list(APPEND alone "${joined}")
  endwhile()
  set(${out} "${alone}" PARENT_SCOPE)
endfunction()

# Suites that read files of the project.
set(cleave_suites_reading_files docs examples import neurosurgeon tools wire zoo)

function(cleave_suite layer)
  cmake_parse_arguments(arg "TCP" "" "" ${ARGN})
  if(CLEAVE_TEST_SUITES AND NOT layer IN_LIST CLEAVE_TEST_SUITES)
    return()
  endif()
  list(TRANSFORM arg_UNPARSED_ARGUMENTS PREPEND "${layer}/" OUTPUT_VARIABLE files)
  set(program test_${layer})
  if(CLEAVE_JOINED_FILES GREATER 1)
    cleave_join_tests(${layer} files ${files})
  endif()
  add_executable(${program} ${files})
  if(arg_TCP)
    set(tested cleave_tested_tcp)
  else()
    set(tested cleave_tested)
  endif()
  cleave_suite_options(${program} ${tested})
  if(layer IN_LIST CLEAVE_TEST_NATIVE_PACK_ONLY)
    target_compile_definitions(${program} PRIVATE CLEAVE_TEST_NATIVE_PACK_ONLY)
  endif()
  # The others compile to the same in any folder, as ccache likes to see.
  if(layer IN_LIST cleave_suites_reading_files)
    target_compile_definitions(${program} PRIVATE CLEAVE_TEST_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  endif()
  if(CLEAVE_TEST_PRECOMPILE)
    target_precompile_headers(${program} REUSE_FROM ${tested}_precompiled)
  endif()

  if(NOT CLEAVE_TEST_PER_CASE)
    add_test(NAME "${layer}" COMMAND ${program} --no-version)
    set_tests_properties("${layer}" PROPERTIES LABELS "${layer}" TIMEOUT ${CLEAVE_TEST_TIMEOUT})
    return()
  endif()
  # The list of cases is made when the program is built; until then CTest sees one test that can not run.
  set(cases "${CMAKE_CURRENT_BINARY_DIR}/${program}_cases.cmake")
  add_custom_command(TARGET ${program} POST_BUILD VERBATIM
    COMMAND "${Python3_EXECUTABLE}" "${CMAKE_CURRENT_FUNCTION_LIST_DIR}/discover.py"
      ${layer} "${cases}" ${CLEAVE_TEST_TIMEOUT} -- ${CMAKE_CROSSCOMPILING_EMULATOR} $<TARGET_FILE:${program}>)
  set(include_file "${CMAKE_CURRENT_BINARY_DIR}/${program}_include.cmake")
  file(WRITE "${include_file}"
    "if(EXISTS \"${cases}\")\n  include(\"${cases}\")\nelse()\n  add_test(\"${layer} is not built\" \"${program}\")\nendif()\n")
  set_property(DIRECTORY APPEND PROPERTY TEST_INCLUDE_FILES "${include_file}")
endfunction()
