// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_TAPS_HPP
#define CLEAVE_KERNELS_TAPS_HPP

/// @file
/// Which taps of a window lie on the input, along one axis. Taps on padding are skipped, never added as zeros.

#include <algorithm>

#include <cleave/core/shape.hpp>

namespace cleave::kernels {

/// The taps k of 0 .. kernel-1 for which 0 <= origin + k * dilation < size; begin == end where there is none.
constexpr range taps_inside(int origin, int kernel, int dilation, int size) noexcept {
  const int begin = origin >= 0 ? 0 : ceil_div(-origin, dilation);
  const int end = origin >= size ? 0 : std::min(kernel, ceil_div(size - origin, dilation));
  return {begin, std::max(begin, end)};
}

}  // namespace cleave::kernels
#endif
