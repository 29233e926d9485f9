// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/simd/native.hpp>
#include <cstddef>

#include "depthwise_case.hpp"
#include "support/kernel_packs.hpp"

namespace {

using namespace cleave_test;
using cleave::kernels::conv2d_shape;

template <std::size_t Count>
constexpr std::array<conv2d_shape, Count> with_widths(std::array<int, Count> widths) {
  std::array<conv2d_shape, Count> result{};
  for (std::size_t i = 0; i < Count; ++i) result[i] = each_channel({2, widths[i], 3}, {2, 3}, {1, 1, 0, 1});
  return result;
}
constexpr std::array widths = with_widths(std::array{1, 2, 5, 6, 7, 8, 9, 12, 13, 16, 17, 25});

template <std::size_t Count>
constexpr std::array<conv2d_shape, Count> up_to_channels() {
  std::array<conv2d_shape, Count> result{};
  for (std::size_t i = 0; i < Count; ++i) result[i] = each_channel({1, 2, static_cast<int>(i) + 2}, {1, 2});
  return result;
}
constexpr std::array channels = up_to_channels<2 * cleave::native_pack::lanes>();

}  // namespace

TEST_CASE_TEMPLATE("a depthwise convolution agrees with the reference for widths around tiles", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  check_depthwise_shapes<widths, Pack>();
}

TEST_CASE("a depthwise convolution writes exactly its channels, for each number around the pack") {
  check_depthwise_shapes<channels, cleave::native_pack>();
}
