// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_CONSTANT_HPP
#define CLEAVE_KERNELS_CONSTANT_HPP

/// @file
/// A tensor of trained numbers.

#include <algorithm>

#include <cleave/core/shape.hpp>
#include <cleave/kernels/flat.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// What `constant` is keyed by.
struct constant_shape {
  shape out;

  constexpr bool operator==(const constant_shape&) const = default;
};

/// Copies `weights`, which lie as the tensor does.
template <constant_shape Shape, pack Pack>
void constant(const float* weights, float* out, range rows) noexcept {
  const flat_run run = elements_of(Shape.out, rows);
  std::copy_n(weights + run.first, run.count, out + run.first);
}

}  // namespace cleave::kernels
#endif
