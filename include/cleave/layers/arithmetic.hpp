// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_LAYERS_ARITHMETIC_HPP
#define CLEAVE_LAYERS_ARITHMETIC_HPP

/// @file
/// Element by element arithmetic of two tensors. The second may be of the same shape, or 1 x 1 x channels, or height x
/// width x 1, or one element.

#include <array>

#include <cleave/layers/record.hpp>
// Behind this, packs find their own divide whatever else bears the name.
#include <cleave/simd/pack.hpp>

namespace cleave {

namespace detail {

constexpr layer_record arithmetic_record(op kind, label with, label name, label from) {
  layer_record record;
  record.kind = kind;
  record.name = name;
  record.from = {from, with};
  record.arity = 2;
  return record;
}

}  // namespace detail

constexpr inference infer_arithmetic(shape first, shape second) noexcept {
  const bool fits = second == first || second == shape{1, 1, first.channels} ||
                    second == shape{first.height, first.width, 1} || second == shape{1, 1, 1};
  if (!fits) return refused(need::inputs_of_equal_shape_or_one_per_channel);
  inference result;
  result.out = first;
  return result;
}

/// from + with.
struct add {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::add, with, name, from); }
};

/// from - with.
struct subtract {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::subtract, with, name, from); }
};

/// from * with.
struct multiply {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::multiply, with, name, from); }
};

/// from / with.
struct divide {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::divide, with, name, from); }
};

/// The larger of from and with.
struct maximum {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::maximum, with, name, from); }
};

/// The smaller of from and with.
struct minimum {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::minimum, with, name, from); }
};

/// from to the power of with; of a negative from, only where with is whole.
struct power {
  label with;
  label name{};
  label from{};

  constexpr operator layer_record() const { return detail::arithmetic_record(op::power, with, name, from); }
};

}  // namespace cleave
#endif
