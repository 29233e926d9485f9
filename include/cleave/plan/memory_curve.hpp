// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_MEMORY_CURVE_HPP
#define CLEAVE_PLAN_MEMORY_CURVE_HPP

/// @file
/// How fast a machine reads memory, by how much of it: caches make small things quick.

#include <array>
#include <cstddef>

#include <cleave/plan/logarithm.hpp>

namespace cleave {

/// How long reading memory takes over and over, by the size of what is read: points in order of size.
struct memory_curve {
  static constexpr std::size_t most_points = 10;
  std::array<double, most_points> bytes{};
  std::array<double, most_points> seconds_per_byte{};
  std::size_t points = 0;

  /// Straight lines between the points over the logarithm of the size. Without points 0.
  constexpr double at(double size) const noexcept {
    if (points == 0) return 0;
    if (size <= bytes[0]) return seconds_per_byte[0];
    for (std::size_t i = 1; i < points; ++i) {
      if (size >= bytes[i]) continue;
      const double part = natural_logarithm(size / bytes[i - 1]) / natural_logarithm(bytes[i] / bytes[i - 1]);
      return seconds_per_byte[i - 1] + part * (seconds_per_byte[i] - seconds_per_byte[i - 1]);
    }
    return seconds_per_byte[points - 1];
  }
};

}  // namespace cleave
#endif
