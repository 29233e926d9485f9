// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_DIGITS_FIT_HPP
#define EXAMPLES_DIGITS_FIT_HPP

/// @file
/// Makes 8x8 counts of ink from a picture of any size, the way the data set's pictures were made: black and
/// white, scaled into 20x32 pixels of 32x32, strokes of a usual width, then the ink of every 4x4 block counted.

#include "../common/picture.hpp"

#include <array>
#include <cstdint>

namespace demo {

/// A digit as the data set has it: counts 0..16, row by row.
using digit_counts = std::array<std::uint8_t, 64>;

/// Finds the digit in a picture, dark on light or light on dark, and fits it. A picture of 8x8 pixels is taken
/// as it is. Throws std::runtime_error when there is nothing to see in the picture.
digit_counts fit_digit(const grey_picture& picture);

}  // namespace demo
#endif
