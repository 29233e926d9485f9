# What our own programs are built with; nothing here reaches a consumer.
set(CLEAVE_TARGET_FLAGS "" CACHE STRING "Flags that choose the processor for our own programs, such as -march=native")
set(CLEAVE_SANITIZE "" CACHE STRING "Sanitizers for our own programs, such as address,undefined")
# For builds from nothing: where one develops, a change would have its neighbours compiled anew.
set(CLEAVE_JOINED_FILES 1 CACHE STRING "Files of a suite or a library of the tools that are compiled as one")
option(CLEAVE_WARNINGS_AS_ERRORS "Let a warning in our own programs stop the build" ON)

# cleave_command_line(<file>): what reads a command line is much code that runs once. In builds from nothing it is not
# optimized, and compiled in half of the time.
function(cleave_command_line file)
  if(CLEAVE_JOINED_FILES GREATER 1)
    set_source_files_properties("${file}" PROPERTIES COMPILE_OPTIONS -O0)
  endif()
endfunction()

add_library(cleave_warnings INTERFACE)
target_compile_options(cleave_warnings INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wpedantic
  # g++ for ARM tells of a change in passing vectors between 4.4 and 5, of use to nobody here.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-psabi>
  # g++ looks through its memory for what it can give back from 128 MB on; for 0.7 GB without, it takes a seventh less time.
  $<$<CXX_COMPILER_ID:GNU>:--param=ggc-min-heapsize=2000000>
)
if(CLEAVE_WARNINGS_AS_ERRORS)
  target_compile_options(cleave_warnings INTERFACE -Werror)
endif()
if(CLEAVE_SANITIZE)
  target_compile_options(cleave_warnings INTERFACE
    "-fsanitize=${CLEAVE_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer)
  # Half of the time to compile goes into telling beforehand of an access that the address sanitizer then sees.
  if(CLEAVE_SANITIZE MATCHES "address.*undefined")
    target_compile_options(cleave_warnings INTERFACE -fno-sanitize=pointer-overflow,object-size,null)
  endif()
  # Accesses are looked at in functions of the sanitizer and not in place: from a seventh to a third less time to compile.
  if(CLEAVE_SANITIZE MATCHES "address" AND CMAKE_CXX_COMPILER_ID MATCHES "Clang")
    target_compile_options(cleave_warnings INTERFACE "SHELL:-mllvm -asan-instrumentation-with-call-threshold=0")
  endif()
  target_link_options(cleave_warnings INTERFACE "-fsanitize=${CLEAVE_SANITIZE}")
endif()

# And the processor, for all but the programs that choose one for each unit.
separate_arguments(cleave_target_flags UNIX_COMMAND "${CLEAVE_TARGET_FLAGS}")
add_library(cleave_developer INTERFACE)
target_compile_options(cleave_developer INTERFACE ${cleave_target_flags})
target_link_libraries(cleave_developer INTERFACE cleave_warnings)

if(cleave_host_headers)  # in a cross build: xsimd, where the host has it
  target_include_directories(cleave_developer SYSTEM INTERFACE "${cleave_host_headers}")
endif()
