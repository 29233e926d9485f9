// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_ELEMENTWISE_HPP
#define CLEAVE_KERNELS_ELEMENTWISE_HPP

/// @file
/// Arithmetic of two tensors, element by element.

#include <cstddef>
#include <cstdint>

#include <cleave/core/activation.hpp>
#include <cleave/core/shape.hpp>
#include <cleave/kernels/activation.hpp>
#include <cleave/kernels/flat.hpp>
#include <cleave/kernels/power.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

enum class arithmetic_kind : std::uint8_t { add, subtract, multiply, divide, maximum, minimum, power };

/// What the second operand has: every element, one a channel, a single one, or one a pixel.
enum class operand_kind : std::uint8_t { full, per_channel, single, per_pixel };

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
  if (second.size() == 1) return operand_kind::single;
  return second == shape{1, 1, first.channels} ? operand_kind::per_channel : operand_kind::per_pixel;
}

/// post(first + second) or another operation in place of the sum. `out` may be either full operand.
/// Guarantees: a product, a maximum and a minimum are never -0.
template <elementwise_shape Shape, pack Pack>
void elementwise(const float* first, const float* second, float* out, range rows) noexcept {
  const auto one = [](Pack a, Pack b) __attribute__((always_inline)) {
    if constexpr (Shape.what == arithmetic_kind::add) {
      return apply_any<Shape.post>(a + b);
    } else if constexpr (Shape.what == arithmetic_kind::subtract) {
      return apply_any<Shape.post>(a - b);
    } else if constexpr (Shape.what == arithmetic_kind::divide) {
      return apply_any<Shape.post>(divide(a, b));
    } else if constexpr (Shape.what == arithmetic_kind::maximum) {
      // Which of +0 and -0 is larger depends on the machine.
      return apply<Shape.post>(max(a, b) + Pack::fill(0.0F));
    } else if constexpr (Shape.what == arithmetic_kind::minimum) {
      return apply<Shape.post>(min(a, b) + Pack::fill(0.0F));
    } else if constexpr (Shape.what == arithmetic_kind::power) {
      return apply_any<Shape.post>(kernels::power(a, b));
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
  } else if constexpr (Shape.second == operand_kind::per_pixel) {
    constexpr auto channels = static_cast<std::size_t>(Shape.out.channels);
    const float* number = second + run.first / channels;
    for (std::size_t i = run.first; i < run.first + run.count; i += channels, ++number) {
      const Pack same = Pack::fill(*number);
      map_channels<Shape.out.channels, Pack>(
          out + i, channels, [&](Pack a) __attribute__((always_inline)) { return one(a, same); }, first + i);
    }
  } else {
    const Pack same = Pack::fill(*second);
    map_flat<Pack>(
        out + run.first, run.count, [&](Pack a) __attribute__((always_inline)) { return one(a, same); },
        first + run.first);
  }
}

}  // namespace cleave::kernels
#endif
