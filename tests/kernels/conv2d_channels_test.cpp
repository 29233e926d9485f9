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

template <std::size_t Count>
constexpr std::array<conv2d_shape, Count> with_channels(std::array<int, Count> channels) {
  std::array<conv2d_shape, Count> result{};
  for (std::size_t i = 0; i < Count; ++i) result[i] = convolution({2, 2, 2}, channels[i], {1, 2}, {0, 1});
  return result;
}

template <std::size_t Count>
constexpr std::array<int, Count> up_to_count() {
  std::array<int, Count> result{};
  for (std::size_t i = 0; i < Count; ++i) result[i] = static_cast<int>(i) + 1;
  return result;
}

constexpr std::array around_packs = with_channels(up_to_count<2 * cleave::native_pack::lanes + 1>());
constexpr std::array around_blocks = with_channels(std::array{1, 4, 5, 12, 15, 16, 17, 23, 28, 32, 33, 40, 52, 61, 80});
/// So many weights that tiles ask for the next ones, in whole chunks and in what is left of them.
constexpr std::array many_weights{convolution({3, 13, 230}, 250, 3, 1)};

}  // namespace

TEST_CASE("a convolution writes exactly its output channels, for each number around the pack") {
  check_conv2d_shapes<around_packs, cleave::native_pack>();
}

TEST_CASE_TEMPLATE("a convolution writes exactly its output channels, for numbers around blocks", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  check_conv2d_shapes<around_blocks, Pack>();
}

TEST_CASE_TEMPLATE("a convolution asks ahead for weights and changes no bit", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check_conv2d_shapes<many_weights, Pack>();
}
