// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_REARRANGE_HPP
#define CLEAVE_KERNELS_REARRANGE_HPP

/// @file
/// Elements in another order: transposed, sliced, repeated, reversed.

#include <algorithm>
#include <array>
#include <cstddef>

#include <cleave/core/element_order.hpp>
#include <cleave/core/shape.hpp>
#include <cleave/kernels/flat.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// What `rearrange` is keyed by.
struct rearrange_shape {
  shape out;
  element_order order;  ///< of the input's elements, merged

  constexpr bool operator==(const rearrange_shape&) const = default;
};

namespace detail {

/// `count` elements that lie `Step` apart.
template <int Step>
[[gnu::always_inline]] inline void copy_steps(const float* in, float* out, std::ptrdiff_t count) noexcept {
  if constexpr (Step == 1) {
    std::copy_n(in, count, out);
  } else if constexpr (Step == 0) {
    std::fill_n(out, count, *in);
  } else {
    for (std::ptrdiff_t i = 0; i < count; ++i) out[i] = in[i * Step];
  }
}

/// The innermost two directions of an order, where the outer one is contiguous in the input: a matrix read across.
/// Squares of it stay in the first cache, however far apart its rows lie.
template <element_order Order>
inline void transpose_matrix(const float* in, float* out) noexcept {
  constexpr std::size_t rank = Order.rank();
  constexpr std::ptrdiff_t rows = Order.sizes[rank - 2];
  constexpr std::ptrdiff_t columns = Order.sizes[rank - 1];
  constexpr std::ptrdiff_t step = Order.steps[rank - 1];
  constexpr std::ptrdiff_t side = 16;
  for (std::ptrdiff_t y = 0; y < rows; y += side) {
    const std::ptrdiff_t end = std::min(y + side, rows);
    for (std::ptrdiff_t x = 0; x < columns; x += side) {
      const std::ptrdiff_t width = std::min(side, columns - x);
      for (std::ptrdiff_t row = y; row < end; ++row) {
        copy_steps<step>(in + row + x * step, out + row * columns + x, width);
      }
    }
  }
}

}  // namespace detail

/// out[i] = the i-th element of `in` in the order of the shape. The tensors must not overlap.
template <rearrange_shape Shape, pack Pack>
void rearrange(const float* in, float* out, range rows) noexcept {
  constexpr element_order order = Shape.order;
  constexpr std::size_t rank = order.rank();
  constexpr std::size_t inner = rank - 1;
  constexpr int step = order.steps[inner];
  // A matrix that is read across goes square by square, where all of it is asked for.
  constexpr bool is_matrix = rank > 1 && step != 1 && order.steps[rank > 1 ? rank - 2 : 0] == 1;
  constexpr std::size_t outer = is_matrix ? rank - 2 : inner;
  constexpr std::size_t piece =
      static_cast<std::size_t>(order.sizes[inner]) * static_cast<std::size_t>(is_matrix ? order.sizes[outer] : 1);

  const flat_run run = elements_of(Shape.out, rows);
  float* to = out + run.first;
  float* const end = to + run.count;
  // Where in each direction the first element stands.
  std::array<int, rank> at{};
  std::ptrdiff_t from = order.offset;
  std::size_t rest = run.first;
  for (std::size_t i = rank; i-- > 0;) {
    const auto size = static_cast<std::size_t>(order.sizes[i]);
    at[i] = static_cast<int>(rest % size);
    rest /= size;
    from += static_cast<std::ptrdiff_t>(at[i]) * order.steps[i];
  }
  while (to != end) {
    std::size_t direction = inner;
    if (is_matrix && at[inner] == 0 && at[outer] == 0 && static_cast<std::size_t>(end - to) >= piece) {
      if constexpr (is_matrix) detail::transpose_matrix<order>(in + from, to);
      to += piece;
      direction = outer;
    } else {
      const std::ptrdiff_t count = std::min<std::ptrdiff_t>(order.sizes[inner] - at[inner], end - to);
      detail::copy_steps<step>(in + from, to, count);
      to += count;
      from -= static_cast<std::ptrdiff_t>(at[inner]) * step;
      at[inner] = 0;
    }
    // On to the next, with carries.
    while (direction-- > 0) {
      from += order.steps[direction];
      if (++at[direction] < order.sizes[direction]) break;
      from -= static_cast<std::ptrdiff_t>(order.sizes[direction]) * order.steps[direction];
      at[direction] = 0;
    }
  }
}

}  // namespace cleave::kernels
#endif
