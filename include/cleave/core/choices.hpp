// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_CORE_CHOICES_HPP
#define CLEAVE_CORE_CHOICES_HPP

/// @file
/// Choices that layers offer and kernels are keyed by. Names are those of the ONNX operators and their attributes.

#include <cstdint>

namespace cleave {

/// A direction in a tensor.
enum class axis : std::uint8_t { channels, height, width };

/// What becomes of the numbers x of a pixel.
enum class reduction : std::uint8_t {
  mean,
  sum,
  max,
  min,
  product,
  l1,           ///< sum of |x|
  l2,           ///< square root of the sum of squares
  sum_square,   ///< sum of squares
  log_sum,      ///< log(sum)
  log_sum_exp,  ///< log(sum of exp x), without overflow
};

/// How a resized tensor is made: of the nearest element, or of the two (along each axis) around.
enum class resize_mode : std::uint8_t { nearest, linear };

/// Where along an axis output element i lies in the input, with scale = output size / input size unless given.
enum class resize_coordinates : std::uint8_t {
  half_pixel,            ///< (i + 1/2) / scale - 1/2
  asymmetric,            ///< i / scale
  align_corners,         ///< i (input size - 1) / (output size - 1)
  pytorch_half_pixel,    ///< half_pixel, but 0 where the output has one element
  tf_half_pixel_for_nn,  ///< (i + 1/2) / scale
};

/// Which element is the nearest one.
enum class resize_rounding : std::uint8_t {
  round_prefer_floor,  ///< the lower one where both are as near
  round_prefer_ceil,   ///< the upper one where both are as near
  floor,
  ceil,
};

}  // namespace cleave
#endif
