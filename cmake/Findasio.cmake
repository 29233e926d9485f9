# Finds the standalone Asio headers (Debian: libasio-dev) and makes the target asio::asio.
# A project that has such a target already keeps its own.
find_path(asio_INCLUDE_DIR NAMES asio.hpp DOC "Folder that holds asio.hpp")
include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(asio REQUIRED_VARS asio_INCLUDE_DIR)
mark_as_advanced(asio_INCLUDE_DIR)

if(asio_FOUND AND NOT TARGET asio::asio)
  add_library(asio::asio INTERFACE IMPORTED)
  set_target_properties(asio::asio PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${asio_INCLUDE_DIR}")
endif()
