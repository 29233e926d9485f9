// SPDX-License-Identifier: BSL-1.0
// The errors of exp and its kin on the board, in units in the last place, against series in double: at most what
// kernels/math.hpp states. The exit status is the number of the first function that is worse.
#include <bit>
#include <cstdint>

#include <cleave/kernels/fold_channels.hpp>
#include <cleave/kernels/math.hpp>
#include <cleave/simd/native.hpp>

namespace {

using cleave::native_pack;
namespace kernels = cleave::kernels;

/// e^x by its series at x / 1024, squared ten times.
double exact_exp(double x) {
  const double small = x / 1024;
  double sum = 1;
  for (int i = 14; i > 0; --i) sum = 1 + sum * small / i;
  for (int i = 0; i < 10; ++i) sum *= sum;
  return sum;
}

/// log x for positive x: of its mantissa by the series of the area tangent.
double exact_log(double x) {
  int doublings = 0;
  for (; x > 1.4; x /= 2) ++doublings;
  for (; x < 0.7; x *= 2) --doublings;
  const double t = (x - 1) / (x + 1);
  double sum = 0;
  for (int i = 39; i > 0; i -= 2) sum = sum * t * t + 2.0 / i;
  return sum * t + doublings * 0.693147180559945309417;
}

/// How far `got` is from `exact`, in units in the last place of a float of that size.
double error_of(float got, double exact) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(exact)) & 0x7f800000U;
  const double unit = static_cast<double>(std::bit_cast<float>(bits)) * 0x1p-23;
  const double error = static_cast<double>(got) - exact;
  return (error < 0 ? -error : error) / unit;
}

/// The largest error at some thousand points between `first` and `last`.
template <class Function, class Exact>
double largest_error(float first, float last, Function function, Exact exact) {
  constexpr int points = 3001;
  double largest = 0;
  for (int i = 0; i < points; ++i) {
    const float x = first + (last - first) * (static_cast<float>(i) / static_cast<float>(points - 1));
    const double error = error_of(kernels::of_one<native_pack>(function, x), exact(static_cast<double>(x)));
    if (error > largest) largest = error;
  }
  return largest;
}

int check() {
  const auto exp = [](native_pack x) { return kernels::exp(x); };
  const auto log = [](native_pack x) { return kernels::log(x); };
  const auto sigmoid = [](native_pack x) { return kernels::sigmoid(x); };
  const auto tanh = [](native_pack x) { return kernels::tanh(x); };
  const auto softplus = [](native_pack x) { return kernels::softplus(x); };
  const auto exact_tanh = [](double x) { return 1 - 2 / (exact_exp(2 * x) + 1); };
  if (!(largest_error(-87, 88, exp, exact_exp) <= 1.58)) return 1;
  if (!(largest_error(-1, 1, exp, exact_exp) <= 1.58)) return 2;
  if (!(largest_error(0x1p-20F, 4, log, exact_log) <= 0.87)) return 3;
  if (!(largest_error(4, 1e6F, log, exact_log) <= 0.87)) return 4;
  if (!(largest_error(-80, 20, sigmoid, [](double x) { return 1 / (1 + exact_exp(-x)); }) <= 2.75)) return 5;
  if (!(largest_error(0.01F, 10, tanh, exact_tanh) <= 2.50)) return 6;
  if (!(largest_error(-10, -0.01F, tanh, exact_tanh) <= 2.50)) return 7;
  if (!(largest_error(-15, 30, softplus, [](double x) { return exact_log(1 + exact_exp(x)); }) <= 2.91)) return 8;
  return 0;
}

}  // namespace

int main() { return check(); }
