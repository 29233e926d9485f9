// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_WINOGRAD_TRANSFORM_HPP
#define CLEAVE_KERNELS_WINOGRAD_TRANSFORM_HPP

/// @file
/// The transforms of Winograd's filtering along one direction, F(4, 3) with the points 0, 1, -1, 2, -2 and infinity,
/// F(2, 3) with 0, 1, -1 and infinity. Products are powers of two or feed an `fma`, so the bits are the same on all
/// packs that fuse.

#include <array>
#include <cstddef>

#include <cleave/core/static_for.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// From the inputs of a window to its points: B^T d.
template <pack Pack>
[[gnu::always_inline]] inline std::array<Pack, 6> winograd_input(const std::array<Pack, 6>& d) noexcept {
  const auto times = [](float factor, Pack x, Pack y) __attribute__((always_inline)) {
    return fma(Pack::fill(factor), x, y);
  };
  const Pack even = times(-4, d[2], d[4]);
  const Pack odd = times(-4, d[1], d[3]);
  const Pack far_even = d[4] - d[2];
  const Pack far_odd = d[3] - d[1];
  return {times(4, d[0], times(-5, d[2], d[4])),
          even + odd,
          even - odd,
          times(2, far_odd, far_even),
          times(-2, far_odd, far_even),
          times(4, d[1], times(-5, d[3], d[5]))};
}
template <pack Pack>
[[gnu::always_inline]] inline std::array<Pack, 4> winograd_input(const std::array<Pack, 4>& d) noexcept {
  return {d[0] - d[2], d[1] + d[2], d[2] - d[1], d[1] - d[3]};
}

/// From three weights to the points: G g with the rows for other points than 0 and infinity times -6, -6, 24, 24 (edge
/// 4) or 2, 2 (edge 2). The outputs' transform makes up for that, so that no weight is rounded for a factor's sake.
template <int Edge, class Number>
[[gnu::always_inline]] constexpr std::array<Number, static_cast<std::size_t>(Edge + 2)> winograd_weights(
    const std::array<Number, 3>& g) noexcept {
  const Number outer = g[0] + g[2];
  if constexpr (Edge == 2) {
    return {g[0], outer + g[1], outer - g[1], g[2]};
  } else {
    const Number two = g[1] + g[1];
    const Number twice = g[2] + g[2];
    const Number far = g[0] + (twice + twice);
    return {g[0], outer + g[1], outer - g[1], far + two, far - two, g[2]};
  }
}

/// From the points to the outputs: A^T m, each output divided by its `winograd_scale`.
template <pack Pack>
[[gnu::always_inline]] inline std::array<Pack, 4> winograd_output(const std::array<Pack, 6>& m) noexcept {
  const auto times = [](float factor, Pack x, Pack y) __attribute__((always_inline)) {
    return fma(Pack::fill(factor), x, y);
  };
  const Pack near_even = m[1] + m[2];
  const Pack near_odd = m[1] - m[2];
  const Pack far_even = m[3] + m[4];
  const Pack far_odd = m[3] - m[4];
  return {times(6, m[0], times(-4, near_even, far_even)), times(-2, near_odd, far_odd), far_even - near_even,
          times(6, m[5], times(2, far_odd, m[2] - m[1]))};
}
template <pack Pack>
[[gnu::always_inline]] inline std::array<Pack, 2> winograd_output(const std::array<Pack, 4>& m) noexcept {
  const auto times = [](float factor, Pack x, Pack y) __attribute__((always_inline)) {
    return fma(Pack::fill(factor), x, y);
  };
  return {times(2, m[0], m[1] + m[2]), times(-2, m[3], m[1] - m[2])};
}

/// What output (y, x) of a tile is multiplied with in the end.
constexpr float winograd_scale(int edge, std::size_t y, std::size_t x) noexcept {
  constexpr float line[]{24, 12, 6, 6};
  return edge == 2 ? 0.25F : 1.0F / (line[y] * line[x]);
}

/// A square of `Side` x `Side` numbers, transformed in both directions. `load(y, x)` gives the numbers, column by
/// column; `store(y, x, number)` takes the results, row by row.
template <int Side, int Result, class Load, class Transform, class Store>
[[gnu::always_inline]] inline void winograd_square(Load&& load, Transform&& transform, Store&& store) noexcept {
  using number = decltype(load(std::size_t{}, std::size_t{}));
  constexpr auto side = static_cast<std::size_t>(Side);
  constexpr auto result = static_cast<std::size_t>(Result);
  number half[result][side];
  static_for<side>([&]<std::size_t X>() __attribute__((always_inline)) {
    std::array<number, side> column;
    static_for<side>([&]<std::size_t Y>() __attribute__((always_inline)) { column[Y] = load(Y, X); });
    const std::array<number, result> done = transform(column);
    static_for<result>([&]<std::size_t Y>() __attribute__((always_inline)) { half[Y][X] = done[Y]; });
  });
  static_for<result>([&]<std::size_t Y>() __attribute__((always_inline)) {
    std::array<number, side> row;
    static_for<side>([&]<std::size_t X>() __attribute__((always_inline)) { row[X] = half[Y][X]; });
    const std::array<number, result> done = transform(row);
    static_for<result>([&]<std::size_t X>() __attribute__((always_inline)) { store(Y, X, done[X]); });
  });
}

}  // namespace cleave::kernels
#endif
