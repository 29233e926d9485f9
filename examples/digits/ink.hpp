// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_DIGITS_INK_HPP
#define EXAMPLES_DIGITS_INK_HPP

/// @file
/// What of a picture is stroke and what is paper.

#include "../common/picture.hpp"

#include <cstddef>
#include <vector>

namespace demo {

/// Ink from 0 (paper) to 1 (stroke).
struct ink_picture {
  int width = 0;
  int height = 0;
  std::vector<float> ink;

  float at(int row, int column) const {
    if (row < 0 || column < 0 || row >= height || column >= width) return 0;
    return ink[static_cast<std::size_t>(row) * static_cast<std::size_t>(width) + static_cast<std::size_t>(column)];
  }
};

/// Paper becomes 0 and strokes 1, with a slope between them, whether the picture is dark on light or light on dark;
/// specks are gone. Throws std::runtime_error when there is nothing to see in the picture.
ink_picture find_ink(const grey_picture& picture);

/// The same without a threshold: from the lightest to the darkest shade in equal steps.
ink_picture stretch_contrast(const grey_picture& picture);

}  // namespace demo
#endif
