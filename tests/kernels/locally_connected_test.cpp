// SPDX-License-Identifier: BSL-1.0
#include <cleave/kernels/locally_connected.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cleave/kernels/reference_conv2d.hpp>
#include <cleave/simd/native.hpp>
#include <cstddef>
#include <utility>
#include <vector>

#include "support/kernel_packs.hpp"
#include "weighted_case.hpp"

namespace {

using namespace cleave_test;
using cleave::activation_kind;
using cleave::epilogue;
using cleave::kernels::conv2d_shape;

void check(const conv2d_shape& of, weighted_kernel kernel) {
  const auto layout = cleave::kernels::untied_weights(of);
  std::vector<bool> used(layout.floats());
  for (int pixel = 0; pixel < layout.pixels; ++pixel) {
    for (int o = 0; o < of.out.channels; ++o) {
      used[layout.bias(pixel, o)] = true;
      for (int y = 0; y < of.kernel.height; ++y) {
        for (int x = 0; x < of.kernel.width; ++x) {
          for (int i = 0; i < of.in.channels; ++i) used[layout.weight(pixel, o, y, x, i)] = true;
        }
      }
    }
  }
  check_weighted(of, weights_of(layout.floats(), [&](std::size_t i) { return used[i]; }), kernel,
                 cleave::kernels::reference::locally_connected);
}

constexpr std::array shapes{
    convolution({4, 5, 3}, 6, 3),
    convolution({5, 6, 2}, 17, 3, 1, 2),
    convolution({5, 4, 3}, 16, 2, {0, 1, 1, 0}),
    convolution({6, 7, 1}, 5, 3, 2, 1, 2),
    convolution({3, 3, 2}, 150, 2, 0, 1, 1, 1, epilogue{true, {activation_kind::relu}}),
    convolution({1, 6, 4}, 33, {1, 3}, {0, 1}, 1, 1, 1, relu),
};

}  // namespace

TEST_CASE_TEMPLATE("a convolution with untied weights agrees with the reference", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  [&]<std::size_t... Index>(std::index_sequence<Index...>) {
    (check(shapes[Index], cleave::kernels::locally_connected<shapes[Index], Pack>), ...);
  }(std::make_index_sequence<shapes.size()>{});
}
