// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_DIGITS_PICTURES_HPP
#define EXAMPLES_DIGITS_PICTURES_HPP

/// @file
/// The held-out pictures and what they show.

#include "../common/idx.hpp"
#include "fit.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

namespace demo {

struct labelled_digit {
  digit_counts counts{};
  int label = 0;
};

/// What the network takes: the share of ink, 0 to 1.
inline std::array<float, 64> as_input(const digit_counts& counts) {
  std::array<float, 64> input{};
  std::transform(counts.begin(), counts.end(), input.begin(),
                 [](std::uint8_t count) { return static_cast<float>(count) / 16; });
  return input;
}

/// Reads heldout-images.idx3-ubyte and heldout-labels.idx1-ubyte from a folder. Throws std::runtime_error, which
/// names the file that is missing or does not fit.
inline std::vector<labelled_digit> read_held_out(const std::filesystem::path& folder) {
  const auto image_file = folder / "heldout-images.idx3-ubyte";
  const auto label_file = folder / "heldout-labels.idx1-ubyte";
  const auto images = read_idx<std::uint8_t>(image_file);
  const auto labels = read_idx<std::uint8_t>(label_file);
  if (images.sizes.size() != 3 || images.sizes[1] != 8 || images.sizes[2] != 8) {
    throw std::runtime_error(image_file.string() + ": the pictures are not of 8x8 pixels");
  }
  if (labels.sizes.size() != 1 || labels.sizes[0] != images.sizes[0]) {
    throw std::runtime_error(label_file.string() + ": not as many labels as there are pictures");
  }
  if (std::any_of(images.values.begin(), images.values.end(), [](auto count) { return count > 16; })) {
    throw std::runtime_error(image_file.string() + ": a count of ink above 16");
  }
  if (std::any_of(labels.values.begin(), labels.values.end(), [](auto label) { return label > 9; })) {
    throw std::runtime_error(label_file.string() + ": a label above 9");
  }
  std::vector<labelled_digit> result(labels.values.size());
  for (std::size_t at = 0; at < result.size(); ++at) {
    std::copy_n(images.values.begin() + static_cast<std::ptrdiff_t>(at * 64), 64, result[at].counts.begin());
    result[at].label = labels.values[at];
  }
  return result;
}

}  // namespace demo
#endif
