# Whether what the digits demo needs beside the library is here: libstb-dev, libcli11-dev, libasio-dev.
find_path(stb_INCLUDE_DIR NAMES stb/stb_image.h)
find_path(CLI11_INCLUDE_DIR NAMES CLI/CLI.hpp)
mark_as_advanced(stb_INCLUDE_DIR CLI11_INCLUDE_DIR)
set(cleave_digits_possible OFF)
if(stb_INCLUDE_DIR AND CLI11_INCLUDE_DIR AND TARGET asio::asio AND NOT CMAKE_CROSSCOMPILING)
  set(cleave_digits_possible ON)
endif()
