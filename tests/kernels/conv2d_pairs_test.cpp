// SPDX-License-Identifier: BSL-1.0
#include <cleave/kernels/conv2d_pairs.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cleave/kernels/reference_conv2d.hpp>
#include <cleave/simd/native.hpp>
#include <cstddef>
#include <utility>

#include "weighted_case.hpp"

namespace {

using namespace cleave_test;
using cleave::kernels::conv2d_shape;
using cleave::kernels::takes_pairs;

// Rows of one tile and of many, odd and even, padded at either side; every number of channels.
constexpr std::array shapes{
    convolution({9, 48, 3}, 8, 3, {0, 0, 1, 1}, 2, 1, 1, relu),
    convolution({6, 28, 1}, 6, 5, 2, 1, 1, 1, relu),
    convolution({5, 35, 4}, 7, 3, 1, 1, 1, 1, {}),
    convolution({7, 9, 2}, 5, {2, 5}, {1, 3}, {2, 3}, 1, 1, {}),
    convolution({4, 61, 1}, 8, 1, 0, 1, 1, 1, {}),
    convolution({3, 5, 3}, 8, {3, 4}, {1, 2}, 1, 1, 1, relu),
};

template <class Pack>
void check_pairs() {
  if constexpr (cleave::pair_pack<Pack>) {
    [&]<std::size_t... Index>(std::index_sequence<Index...>) {
      const auto check = [](const conv2d_shape& of, weighted_kernel kernel) {
        const auto layout = cleave::kernels::blocked(of);
        const std::vector<bool> used = used_places(layout);
        check_weighted(of, weights_of(layout.floats(), [&](std::size_t i) { return used[i]; }), kernel,
                       cleave::kernels::reference::conv2d);
      };
      (check(shapes[Index],
             [](const float* in, const float* weights, const float*, float* out, cleave::range rows) noexcept {
               cleave::kernels::conv2d_pairs<shapes[Index], Pack>(in, weights, out, rows);
             }),
       ...);
    }(std::make_index_sequence<shapes.size()>{});
  }
}

}  // namespace

TEST_CASE("two pixels in a pack give the bits of the reference") { check_pairs<cleave::native_pack>(); }

TEST_CASE("convolutions that two pixels in a pack would not suit are left to others") {
  for (const conv2d_shape& of : shapes) CHECK(takes_pairs(of));
  CHECK(!takes_pairs(convolution({8, 8, 3}, 4, 3)));
  CHECK(!takes_pairs(convolution({8, 8, 3}, 9, 3)));
  CHECK(!takes_pairs(convolution({8, 8, 5}, 8, 3)));
  CHECK(!takes_pairs(convolution({8, 8, 3}, 8, 5)));
  CHECK(!takes_pairs(convolution({8, 8, 3}, 8, 3, 0, 1, 2)));
  CHECK(!takes_pairs(convolution({8, 8, 3}, 8, 3, 0, 1, 1, 1, residual)));
  CHECK(!takes_pairs(convolution({8, 3, 3}, 8, 1)));
}
