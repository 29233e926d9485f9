# What our own programs are built with; nothing here reaches a consumer.
set(CLEAVE_TARGET_FLAGS "" CACHE STRING "Flags that choose the processor for our own programs, such as -march=native")
set(CLEAVE_SANITIZE "" CACHE STRING "Sanitizers for our own programs, such as address,undefined")
option(CLEAVE_WARNINGS_AS_ERRORS "Let a warning in our own programs stop the build" ON)

add_library(cleave_warnings INTERFACE)
target_compile_options(cleave_warnings INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wpedantic
  # g++ for ARM tells of a change in passing vectors between 4.4 and 5, of use to nobody here.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-psabi>
)
if(CLEAVE_WARNINGS_AS_ERRORS)
  target_compile_options(cleave_warnings INTERFACE -Werror)
endif()
if(CLEAVE_SANITIZE)
  target_compile_options(cleave_warnings INTERFACE
    "-fsanitize=${CLEAVE_SANITIZE}" -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(cleave_warnings INTERFACE "-fsanitize=${CLEAVE_SANITIZE}")
endif()

# And the processor, for all but the programs that choose one for each unit.
separate_arguments(cleave_target_flags UNIX_COMMAND "${CLEAVE_TARGET_FLAGS}")
add_library(cleave_developer INTERFACE)
target_compile_options(cleave_developer INTERFACE ${cleave_target_flags})
target_link_libraries(cleave_developer INTERFACE cleave_warnings)

# Header-only libraries of the host, for a cross build: a folder of links to them alone, since a cross compiler must
# not see the rest of /usr/include.
if(CMAKE_CROSSCOMPILING)
  set(cleave_host_headers "${PROJECT_BINARY_DIR}/host_headers")
  foreach(name IN ITEMS doctest xsimd)
    if(EXISTS "/usr/include/${name}" AND NOT EXISTS "${cleave_host_headers}/${name}")
      file(MAKE_DIRECTORY "${cleave_host_headers}")
      file(CREATE_LINK "/usr/include/${name}" "${cleave_host_headers}/${name}" SYMBOLIC)
    endif()
  endforeach()
endif()
