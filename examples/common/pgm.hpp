// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_COMMON_PGM_HPP
#define EXAMPLES_COMMON_PGM_HPP

/// @file
/// The portable grey map: P5 (binary) and P2 (numbers), https://netpbm.sourceforge.net/doc/pgm.html. Not left to
/// stb_image, whose PNM reader of 2022 takes a file that ends early and neither knows P2 nor the maximal value.

#include "picture.hpp"

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>

namespace demo {

class pgm_reader {
 public:
  explicit pgm_reader(std::span<const std::uint8_t> bytes) : bytes_(bytes) {}

  static bool recognises(std::span<const std::uint8_t> bytes) {
    return bytes.size() > 2 && bytes[0] == 'P' && (bytes[1] == '2' || bytes[1] == '5');
  }

  grey_picture read() {
    const bool binary = bytes_[1] == '5';
    at_ = 2;
    grey_picture result;
    result.width = number(longest_side, "width");
    result.height = number(longest_side, "height");
    const int brightest = number(65535, "maximal value");
    if (result.width == 0 || result.height == 0 || brightest == 0) throw std::runtime_error("an empty PGM picture");
    if (binary) ++at_;  // the one white space behind the header
    const std::size_t count = static_cast<std::size_t>(result.width) * static_cast<std::size_t>(result.height);
    const std::size_t least = binary ? count * (brightest > 255 ? 2 : 1) : count * 2 - 1;
    if (at_ > bytes_.size() || bytes_.size() - at_ < least) throw std::runtime_error("a PGM picture that ends early");
    result.pixels.reserve(count);
    while (result.pixels.size() < count) {
      const int value = !binary ? number(brightest, "pixel") : brightest > 255 ? 256 * next() + next() : next();
      if (value > brightest) throw std::runtime_error("a PGM picture with a pixel above its maximal value");
      result.pixels.push_back(static_cast<std::uint8_t>((255 * value + brightest / 2) / brightest));
    }
    return result;
  }

 private:
  int next() { return bytes_[at_++]; }

  /// The next number of the text; comments run from # to the end of the line.
  int number(int largest, const char* what) {
    const auto more = [&] { return at_ < bytes_.size(); };
    const auto digit = [&] { return more() && bytes_[at_] >= '0' && bytes_[at_] <= '9'; };
    while (more() && !digit()) {
      if (bytes_[at_] == '#') {
        while (more() && bytes_[at_] != '\n') ++at_;
      } else if (bytes_[at_] > ' ') {
        break;
      } else {
        ++at_;
      }
    }
    if (!digit()) throw std::runtime_error(std::string("a PGM picture without its ") + what);
    int value = 0;
    while (digit()) {
      value = 10 * value + (next() - '0');
      if (value > largest) {
        throw std::runtime_error(std::string("a PGM picture whose ") + what + " is above " + std::to_string(largest));
      }
    }
    return value;
  }

  std::span<const std::uint8_t> bytes_;
  std::size_t at_ = 0;
};

}  // namespace demo
#endif
