// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/simd/native.hpp>
#include <cstddef>

#include "conv2d_case.hpp"
#include "support/kernel_packs.hpp"

namespace {

using namespace cleave_test;
using cleave::kernels::conv2d_shape;

/// Rows of these widths over one row of input and the padding above it.
template <std::size_t Count>
constexpr std::array<conv2d_shape, Count> with_widths(std::array<int, Count> widths, cleave::extent kernel, int pad,
                                                      int channels) {
  std::array<conv2d_shape, Count> result{};
  for (std::size_t i = 0; i < Count; ++i) {
    result[i] = convolution({1, widths[i], 2}, channels, kernel, {pad, pad});
  }
  return result;
}

// Tiles have up to 30 pixels with AVX-512, 6 with AVX2 and single floats, fewer with more channels.
constexpr std::array padded = with_widths(std::array{1, 2, 3, 5, 6, 7, 8, 12, 13, 16, 17, 33, 47}, 3, 1, 16);
constexpr std::array unpadded = with_widths(std::array{3, 9, 20, 35}, {1, 3}, 0, 16);
constexpr std::array few = with_widths(std::array{1, 3, 4, 5, 8, 13}, 3, 1, 5);

}  // namespace

TEST_CASE("a convolution with padding agrees with the reference for widths around tiles") {
  check_conv2d_shapes<padded, cleave::native_pack>();
}

TEST_CASE("a convolution without padding agrees with the reference for widths around tiles") {
  check_conv2d_shapes<unpadded, cleave::native_pack>();
}

TEST_CASE_TEMPLATE("a convolution with few channels agrees with the reference for widths around tiles", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  check_conv2d_shapes<few, Pack>();
}
