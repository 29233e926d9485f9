// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_KERNELS_CONV2D_CASE_HPP
#define CLEAVE_TESTS_KERNELS_CONV2D_CASE_HPP

/// @file
/// Checks conv2d over a table of shapes. The tests that use it are several, so that none takes long to compile.

#include <cleave/kernels/conv2d.hpp>
#include <cleave/kernels/reference_conv2d.hpp>
#include <cstddef>
#include <utility>
#include <vector>

#include "weighted_case.hpp"

namespace cleave_test {

inline void check_conv2d(const cleave::kernels::conv2d_shape& of, weighted_kernel kernel) {
  const cleave::kernels::blocked_layout layout = cleave::kernels::blocked(of);
  const std::vector<bool> used = used_places(layout);
  check_weighted(of, weights_of(layout.floats(), [&](std::size_t i) { return used[i]; }), kernel,
                 cleave::kernels::reference::conv2d);
}

/// Checks every shape of the constexpr array `Shapes` with a pack.
template <const auto& Shapes, class Pack>
void check_conv2d_shapes() {
  [&]<std::size_t... Index>(std::index_sequence<Index...>) {
    (check_conv2d(Shapes[Index], cleave::kernels::conv2d<Shapes[Index], Pack>), ...);
  }(std::make_index_sequence<Shapes.size()>{});
}

}  // namespace cleave_test
#endif
