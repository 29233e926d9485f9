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

/// From three weights to one of their points: G g with the rows for other points than 0 and infinity times -6, -6, 24,
/// 24 (edge 4) or 2, 2 (edge 2). The outputs' transform makes up for that, so that no weight is rounded for a factor's
/// sake; factors here are powers of two, so that fused or not the sums are the same.
template <int Edge, std::size_t Point, pack Pack>
[[gnu::always_inline]] inline Pack winograd_weight(Pack g0, Pack g1, Pack g2) noexcept {
  const auto times = [](float factor, Pack x, Pack y) __attribute__((always_inline)) {
    return fma(Pack::fill(factor), x, y);
  };
  if constexpr (Point == 0) return g0;
  else if constexpr (Point == 1) return (g0 + g2) + g1;
  else if constexpr (Point == 2) return (g0 + g2) - g1;
  else if constexpr (Edge == 2 || Point == 5) return g2;
  else return times(Point == 3 ? 2 : -2, g1, times(4, g2, g0));
}

/// The points of a 3x3 kernel. `load(y, x)` gives its weights; `store(y, x, number)` takes the points, row by row, so
/// that few registers wait.
template <int Edge, pack Pack, class Load, class Store>
[[gnu::always_inline]] inline void winograd_kernel(Load&& load, Store&& store) noexcept {
  Pack g[9];
  static_for<9>([&]<std::size_t I>() __attribute__((always_inline)) { g[I] = load(I / 3, I % 3); });
  static_for<Edge + 2>([&]<std::size_t Y>() __attribute__((always_inline)) {
    const Pack left = winograd_weight<Edge, Y>(g[0], g[3], g[6]);
    const Pack middle = winograd_weight<Edge, Y>(g[1], g[4], g[7]);
    const Pack right = winograd_weight<Edge, Y>(g[2], g[5], g[8]);
    static_for<Edge + 2>([&]<std::size_t X>() __attribute__((always_inline)) {
      store(Y, X, winograd_weight<Edge, X>(left, middle, right));
    });
  });
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

/// Calls `body.template operator()<Lanes>(channel)` for vectors of channels, the last with the lanes that are left.
template <int Channels, pack Pack, class Body>
[[gnu::always_inline]] inline void for_each_vector(Body&& body) noexcept {
  constexpr int lanes = static_cast<int>(Pack::lanes);
  constexpr int whole = Channels / lanes * lanes;
  for (int channel = 0; channel < whole; channel += lanes) body.template operator()<lanes>(channel);
  if constexpr (whole < Channels) body.template operator()<Channels - whole>(whole);
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
