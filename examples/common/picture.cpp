// SPDX-License-Identifier: BSL-1.0
#include "picture.hpp"

#include "idx.hpp"
#include "pgm.hpp"

#include <cstdlib>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>

// stb_image: Debian package libstb-dev. PNG only, to keep little code open to files.
#define STB_IMAGE_IMPLEMENTATION
#define STB_IMAGE_STATIC
#define STBI_ONLY_PNG
#define STBI_NO_STDIO
#if defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#endif
#include <stb/stb_image.h>
#if defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

namespace demo {

grey_picture decode_picture(std::span<const std::uint8_t> bytes) {
  if (pgm_reader::recognises(bytes)) return pgm_reader(bytes).read();
  if (bytes.size() > std::numeric_limits<int>::max()) throw std::runtime_error("a picture file of more than 2 GiB");
  const int size = static_cast<int>(bytes.size());
  int width = 0;
  int height = 0;
  int channels = 0;
  if (stbi_info_from_memory(bytes.data(), size, &width, &height, &channels) == 0) {
    throw std::runtime_error("neither a PNG nor a PGM picture");
  }
  if (width > longest_side || height > longest_side) {
    throw std::runtime_error("a picture of " + std::to_string(width) + 'x' + std::to_string(height) +
                             " pixels; at most " + std::to_string(longest_side) + " a side");
  }
  constexpr int grey_and_alpha = 2;
  const std::unique_ptr<stbi_uc, decltype(&std::free)> decoded(
      stbi_load_from_memory(bytes.data(), size, &width, &height, &channels, grey_and_alpha), &std::free);
  if (!decoded) throw std::runtime_error(std::string("a damaged picture (") + stbi_failure_reason() + ')');

  grey_picture result;
  result.width = width;
  result.height = height;
  const std::size_t count = static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
  result.pixels.resize(count);
  for (std::size_t at = 0; at < count; ++at) {
    const int grey = decoded.get()[2 * at];
    const int alpha = decoded.get()[2 * at + 1];
    result.pixels[at] = static_cast<std::uint8_t>((grey * alpha + 255 * (255 - alpha) + 127) / 255);
  }
  return result;
}

grey_picture read_picture(const std::filesystem::path& path) {
  const std::vector<std::uint8_t> bytes = read_file(path);
  try {
    return decode_picture(bytes);
  } catch (const std::runtime_error& error) {
    throw std::runtime_error(path.string() + ": " + error.what());
  }
}

}  // namespace demo
