# What our own programs are built with; nothing here reaches a consumer.
add_library(cleave_developer INTERFACE)
target_compile_options(cleave_developer INTERFACE
  -Wall -Wextra -Wconversion -Wshadow -Wpedantic
  # g++ for ARM tells of a change in passing vectors between 4.4 and 5, of use to nobody here.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-psabi>
)
option(CLEAVE_WARNINGS_AS_ERRORS "Let a warning in our own programs stop the build" ON)
if(CLEAVE_WARNINGS_AS_ERRORS)
  target_compile_options(cleave_developer INTERFACE -Werror)
endif()

# A folder with a link to each of the header-only libraries that the cross builds share with the host. Their own
# folder is /usr/include, which a cross compiler must not see.
function(cleave_link_host_headers folder)
  foreach(name IN LISTS ARGN)
    if(EXISTS "/usr/include/${name}" AND NOT EXISTS "${folder}/${name}")
      file(MAKE_DIRECTORY "${folder}")
      file(CREATE_LINK "/usr/include/${name}" "${folder}/${name}" SYMBOLIC)
    endif()
  endforeach()
endfunction()
