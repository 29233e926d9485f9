// SPDX-License-Identifier: BSL-1.0
#include <cleave/kernels/in_order.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cleave/kernels/dense.hpp>
#include <cleave/kernels/reference_conv2d.hpp>
#include <cstddef>
#include <vector>

#include "conv2d_case.hpp"
#include "in_order_pack.hpp"

namespace {

using namespace cleave_test;
using cleave::kernels::choose_in_order_tile;
using cleave::kernels::conv2d_shape;
using cleave::kernels::dense_shape;
using cleave::kernels::tile_size;

/// Rows around tiles, channels around blocks and narrow last blocks, windows with and without padding, in every kind of
/// loop: neighbouring columns in one, columns one by one (dilation, groups), more pixels than a pointer reaches.
constexpr std::array shapes{
    convolution({3, 13, 2}, 16, 3, 1, 1, 1, 1, relu),
    convolution({2, 6, 3}, 5, {2, 3}, {0, 1}),
    convolution({4, 5, 4}, 20, 1, 0, 1, 1, 1, residual),
    convolution({5, 9, 3}, 4, 3, 2, 1, 2),
    convolution({2, 7, 4}, 4, 3, 1, 1, 1, 2),
    convolution({2, 14, 150}, 4, 1),
    convolution({2, 20, 1}, 1, {2, 17}, {0, 8}),
};
/// Lanes in the last vector that are no outputs, one loop and several.
constexpr std::array vector_shapes{
    convolution({2, 7, 2}, 12, 3, 1, 1, 1, 1, relu),
    convolution({2, 6, 3}, 5, {1, 3}, {0, 1}),
    convolution({4, 5, 4}, 20, 1, 0, 1, 1, 1, residual),
};

constexpr std::array matrices{dense_shape{5, 4, residual}, dense_shape{64, 33, relu}, dense_shape{9, 70}};

template <class Pack, std::size_t Index>
void check_matrix() {
  constexpr dense_shape of = matrices[Index];
  const auto layout = cleave::kernels::blocked(of);
  const std::vector<bool> used = used_places(layout);
  const std::vector<float> weights = weights_of(layout.floats(), [&](std::size_t i) { return used[i]; });
  const std::vector<float> in = numbers(static_cast<std::size_t>(of.inputs), 1, false);
  const std::vector<float> added = numbers(static_cast<std::size_t>(of.outputs), 3, false);
  std::vector<float> expected = added;
  std::vector<float> actual = added;
  cleave::kernels::reference::dense(of, in.data(), weights.data(), added.data(), expected.data(), {0, of.outputs});
  cleave::kernels::dense<of, Pack>(in.data(), weights.data(), added.data(), actual.data(), {0, of.outputs});
  CAPTURE(of.outputs);
  CHECK(differences(actual, expected) == 0);
}

}  // namespace

TEST_CASE("a convolution on a core that issues one instruction at a time agrees with the reference") {
  check_conv2d_shapes<shapes, one_float>();
  check_conv2d_shapes<vector_shapes, four_floats>();
}

TEST_CASE_TEMPLATE("a dense layer on a core that issues one instruction at a time agrees with the reference", Pack,
                   one_float, four_floats) {
  [&]<std::size_t... Index>(std::index_sequence<Index...>) {
    (check_matrix<Pack, Index>(), ...);
  }(std::make_index_sequence<matrices.size()>{});
}

TEST_CASE("tiles for cores that issue one instruction at a time fit the registers and stay within a block") {
  for (const bool apart : {false, true}) {
    for (const int registers : {8, 16, 32}) {
      for (const int block : {1, 4, 16}) {
        for (int vectors = 1; vectors <= 34; ++vectors) {
          for (int width = 1; width <= 33; ++width) {
            const tile_size tile = choose_in_order_tile(registers, apart, width, vectors, block);
            const int held = apart ? 0 : std::min(tile.pixels, tile.vectors);
            REQUIRE(tile.pixels >= 1);
            REQUIRE(tile.pixels <= width);
            REQUIRE(tile.vectors <= vectors);
            REQUIRE(tile.pixels * tile.vectors + held + 1 <= registers);
            REQUIRE((block % tile.vectors == 0 || tile.vectors == vectors));
            REQUIRE(tile.vectors <= block);
          }
        }
      }
    }
  }
}

TEST_CASE("tiles of a Cortex-M4 have six pixels and four channels, of a Cortex-M55 three pixels and eight channels") {
  const tile_size m4 = choose_in_order_tile(32, false, 32, 16, 16);
  CHECK(m4.pixels == 6);
  CHECK(m4.vectors == 4);
  const tile_size m55 = choose_in_order_tile(8, true, 32, 4, 4);
  CHECK(m55.pixels == 3);
  CHECK(m55.vectors == 2);
}
