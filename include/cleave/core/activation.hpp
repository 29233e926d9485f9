// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_CORE_ACTIVATION_HPP
#define CLEAVE_CORE_ACTIVATION_HPP

/// @file
/// Which function is applied to every element, as data: graphs and kernels' shapes carry it; the arithmetic is in
/// kernels/activation.hpp.

#include <cstdint>

namespace cleave {

/// Functions of one element. Formulas and defaults are those of the ONNX operators of the same names.
enum class activation_kind : std::uint8_t {
  none,
  relu,        ///< max(x, 0)
  clip,        ///< min(max(x, alpha), beta); relu6 is clip 0..6, hard tanh is clip -1..1
  leaky_relu,  ///< x < 0 ? alpha x : x
  elu,         ///< x < 0 ? alpha (exp x - 1) : x
  selu,        ///< gamma (x > 0 ? x : alpha (exp x - 1))
  sigmoid,     ///< 1 / (1 + exp -x)
  tanh,
  hard_sigmoid,  ///< max(0, min(1, alpha x + beta))
  hard_swish,    ///< x max(0, min(1, x / 6 + 1/2))
  softplus,      ///< log(1 + exp x)

  exp,
  log,
  sqrt,
  negate,            ///< -x
  absolute,          ///< |x|
  reciprocal,        ///< 1 / x
  floor,             ///< the largest integer not above x
  ceil,              ///< the smallest integer not below x
  round,             ///< the nearest integer, the even one where two are as near
  sign,              ///< -1, 0 or 1
  sine,              ///< of x in radians
  cosine,            ///< of x in radians
  erf,               ///< the error function
  gelu,              ///< x (1 + erf(x / sqrt 2)) / 2
  gelu_tanh,         ///< x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2
  mish,              ///< x tanh(softplus x)
  softsign,          ///< x / (1 + |x|)
  thresholded_relu,  ///< x > alpha ? x : 0
  celu,              ///< max(x, 0) + min(alpha (exp(x / alpha) - 1), 0)
  swish,             ///< x sigmoid(alpha x)
  power_of,          ///< x^alpha
};

/// An activation with its numbers. Structural: it is part of a kernel's shape.
struct activation {
  activation_kind kind = activation_kind::none;
  float alpha = 0;
  float beta = 0;
  float gamma = 0;

  constexpr bool operator==(const activation&) const = default;
};

/// What a convolution, dense or sum does to each output before it is stored: act(value + residual). With `pools`, which
/// only convolutions in Winograd's form may have, the largest of each 2x2 of these is what is stored.
struct epilogue {
  bool residual = false;
  activation post{};
  bool pools = false;

  constexpr bool operator==(const epilogue&) const = default;
};

}  // namespace cleave
#endif
