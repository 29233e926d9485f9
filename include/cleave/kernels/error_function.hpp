// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_ERROR_FUNCTION_HPP
#define CLEAVE_KERNELS_ERROR_FUNCTION_HPP

/// @file
/// The error function over packs, as the library's own polynomials, by the rules of math.hpp.

#include <cleave/kernels/math.hpp>
#include <cleave/simd/pack.hpp>

namespace cleave::kernels {

/// 2 / sqrt(pi) times the integral of e^(-t^2) from 0 to x.
template <pack Pack>
[[gnu::always_inline]] inline Pack erf(Pack x) noexcept {
  // Near 0 as x + x P(x^2), elsewhere as 1 - e^(-x Q(x)); from 4 on it is 1.
  const Pack square = x * x;
  const Pack p = detail::polynomial(square, -0x1.3ba9cep-11F, 0x1.479c9ep-8F, -0x1.b69b96p-6F, 0x1.ce1b86p-4F,
                                    -0x1.8126ecp-2F, 0x1.06eba6p-3F);
  const Pack inner = fma(x, p, x);
  const Pack size = abs(x);
  const Pack bounded = min(Pack::fill(4.0F), size);
  const Pack q = detail::polynomial(bounded, -0x1.c2076ep-13F, 0x1.a60b08p-9F, -0x1.774a38p-6F, 0x1.af41p-4F,
                                    0x1.457a6ap-1F, 0x1.20e6aep+0F);
  const Pack rest = kernels::exp(fma(bounded * Pack::fill(-1.0F), q, Pack::fill(0.0F)));
  const Pack outer = Pack::fill(1.0F) - rest;
  const Pack sign = max(Pack::fill(-1.0F), min(Pack::fill(1.0F), x * Pack::fill(0x1p127F)));
  return select_greater(Pack::fill(0.9F), size, inner, fma(outer, sign, Pack::fill(0.0F)));
}

}  // namespace cleave::kernels
#endif
