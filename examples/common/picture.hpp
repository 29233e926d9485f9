// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_COMMON_PICTURE_HPP
#define EXAMPLES_COMMON_PICTURE_HPP

/// @file
/// Grey pictures from PGM and PNG files.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace demo {

/// A picture in grey, row by row from the top: 0 is black, 255 is white.
struct grey_picture {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> pixels;

  std::uint8_t at(int row, int column) const {
    return pixels[static_cast<std::size_t>(row) * static_cast<std::size_t>(width) + static_cast<std::size_t>(column)];
  }
};

/// The longest side that is accepted: a few bytes of a PNG can ask for gigabytes.
inline constexpr int longest_side = 4096;

/// Decodes a PGM (P2, P5) or a PNG. Colours become grey, what is transparent becomes white.
/// Throws std::runtime_error, which says why a picture can not be had from these bytes.
grey_picture decode_picture(std::span<const std::uint8_t> bytes);

/// Reads a picture file. Throws std::runtime_error, which names the file.
grey_picture read_picture(const std::filesystem::path& path);

}  // namespace demo
#endif
