// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_KERNELS_DEPTHWISE_CASE_HPP
#define CLEAVE_TESTS_KERNELS_DEPTHWISE_CASE_HPP

/// @file
/// Checks depthwise over a table of shapes.

#include <cleave/kernels/depthwise.hpp>
#include <cleave/kernels/reference_conv2d.hpp>
#include <cstddef>
#include <utility>

#include "weighted_case.hpp"

namespace cleave_test {

constexpr cleave::kernels::conv2d_shape each_channel(cleave::shape in, cleave::extent kernel, cleave::padding pad = 0,
                                                     cleave::extent stride = 1, cleave::extent dilation = 1,
                                                     int multiplier = 1, cleave::epilogue post = {}) {
  return convolution(in, in.channels * multiplier, kernel, pad, stride, dilation, in.channels, post);
}

inline void check_depthwise(const cleave::kernels::conv2d_shape& of, weighted_kernel kernel) {
  const auto layout = cleave::kernels::depthwise_weights(of);
  check_weighted(of, weights_of(layout.floats(), [](std::size_t) { return true; }), kernel,
                 cleave::kernels::reference::depthwise);
}

/// Checks every shape of the constexpr array `Shapes` with a pack.
template <const auto& Shapes, class Pack>
void check_depthwise_shapes() {
  [&]<std::size_t... Index>(std::index_sequence<Index...>) {
    (check_depthwise(Shapes[Index], cleave::kernels::depthwise<Shapes[Index], Pack>), ...);
  }(std::make_index_sequence<Shapes.size()>{});
}

}  // namespace cleave_test
#endif
