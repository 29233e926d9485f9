// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_ELEMENTWISE_HPP
#define CLEAVE_KERNELS_ELEMENTWISE_HPP

/// @file
/// Arithmetic of two tensors, element by element.

#include <cstdint>

#include <cleave/core/activation.hpp>
#include <cleave/core/shape.hpp>
#include <cleave/kernels/activation.hpp>
#include <cleave/kernels/flat.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

enum class arithmetic_kind : std::uint8_t { add, subtract, multiply };

/// What the second operand has: every element, one a channel, or a single one.
enum class operand_kind : std::uint8_t { full, per_channel, single };

/// What `elementwise` is keyed by.
struct elementwise_shape {
  shape out;
  arithmetic_kind what;
  operand_kind second = operand_kind::full;
  activation post{};

  constexpr bool operator==(const elementwise_shape&) const = default;
};

/// The operand of shape `second` beside a tensor of shape `first`.
constexpr operand_kind operand_of(shape first, shape second) noexcept {
  if (second == first) return operand_kind::full;
  return second.size() == 1 ? operand_kind::single : operand_kind::per_channel;
}

/// post(first + second), post(first - second) or post(first * second). `out` may be either full operand.
/// Guarantees: a product is never -0.
template <elementwise_shape Shape, pack Pack>
void elementwise(const float* first, const float* second, float* out, range rows) noexcept {
  const auto one = [](Pack a, Pack b) __attribute__((always_inline)) {
    if constexpr (Shape.what == arithmetic_kind::add) {
      return apply_any<Shape.post>(a + b);
    } else if constexpr (Shape.what == arithmetic_kind::subtract) {
      return apply_any<Shape.post>(a - b);
    } else {
      // A plain product could be contracted with a sum in the activation.
      return apply<Shape.post>(fma(a, b, Pack::fill(0.0F)));
    }
  };
  const flat_run run = elements_of(Shape.out, rows);
  if constexpr (Shape.second == operand_kind::full) {
    map_flat<Pack>(out + run.first, run.count, one, first + run.first, second + run.first);
  } else if constexpr (Shape.second == operand_kind::per_channel) {
    map_channels<Shape.out.channels, Pack>(out + run.first, run.count, one, first + run.first, second);
  } else {
    const Pack same = Pack::fill(*second);
    map_flat<Pack>(
        out + run.first, run.count, [&](Pack a) __attribute__((always_inline)) { return one(a, same); },
        first + run.first);
  }
}

}  // namespace cleave::kernels
#endif
