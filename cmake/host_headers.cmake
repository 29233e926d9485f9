# Header-only libraries of the host, for a cross build of our own programs: a folder of links to them alone, since a
# cross compiler must not see the rest of /usr/include.
set(cleave_host_headers "${PROJECT_BINARY_DIR}/host_headers")
file(MAKE_DIRECTORY "${cleave_host_headers}")
foreach(name IN ITEMS CLI asio asio.hpp doctest nlohmann xsimd)
  if(EXISTS "/usr/include/${name}" AND NOT EXISTS "${cleave_host_headers}/${name}")
    file(CREATE_LINK "/usr/include/${name}" "${cleave_host_headers}/${name}" SYMBOLIC)
  endif()
endforeach()
# Whoever looks for one of them with find_path finds it there.
list(APPEND CMAKE_FIND_ROOT_PATH "${cleave_host_headers}")
list(APPEND CMAKE_INCLUDE_PATH "/")
