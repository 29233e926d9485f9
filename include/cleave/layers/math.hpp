// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_LAYERS_MATH_HPP
#define CLEAVE_LAYERS_MATH_HPP

/// @file
/// Layers that apply one function of mathematics to every element (ONNX Exp, Log, Sqrt, Neg, Abs, Reciprocal, Floor,
/// Ceil, Round, Sign, Sin, Cos, Erf, Pow).

#include <cleave/layers/activation.hpp>
// Behind this, packs find their own sqrt whatever else bears the name.
#include <cleave/simd/pack.hpp>

namespace cleave {

/// e^x.
struct exp {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::exp, {activation_kind::exp, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The natural logarithm.
struct log {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::log, {activation_kind::log, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The square root.
struct sqrt {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::sqrt, {activation_kind::sqrt, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// -x.
struct negate {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::negate, {activation_kind::negate, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// |x|.
struct absolute {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::absolute, {activation_kind::absolute, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// 1 / x.
struct reciprocal {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::reciprocal, {activation_kind::reciprocal, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The largest integer not above x.
struct floor {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::floor, {activation_kind::floor, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The smallest integer not below x.
struct ceil {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::ceil, {activation_kind::ceil, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The nearest integer, the even one where two are as near.
struct round {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::round, {activation_kind::round, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// -1, 0 or 1.
struct sign {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::sign, {activation_kind::sign, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// Of x in radians.
struct sine {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::sine, {activation_kind::sine, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// Of x in radians.
struct cosine {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::cosine, {activation_kind::cosine, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// The error function.
struct erf {
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::erf, {activation_kind::erf, 0.0F, 0.0F, 0.0F}, name, from);
  }
};

/// x^exponent; of a negative x, only for whole exponents.
struct power_of {
  float exponent;
  label name{};
  label from{};

  constexpr operator layer_record() const {
    return detail::activation_record(op::power_of, {activation_kind::power_of, exponent, 0.0F, 0.0F}, name, from);
  }
};

}  // namespace cleave
#endif
