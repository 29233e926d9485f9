// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <bit>
#include <cleave/kernels/math.hpp>
#include <cleave/simd/native.hpp>
#include <cmath>
#include <cstdint>
#include <limits>

#include "support/kernel_packs.hpp"

namespace {

namespace kernels = cleave::kernels;

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float least = std::numeric_limits<float>::min();

/// What one walk over the floats of a range found.
struct walk {
  double worst = 0;      ///< error in units in the last place
  float at = 0;          ///< where
  long subnormal = 0;    ///< results that are subnormal numbers
  long not_below = 0;    ///< results that are not 0 where the exact one is subnormal
  long other_lanes = 0;  ///< results that depend on the lane
};

/// Every `step`-th float from `from` to `to`, of one sign, `from` being nearer to 0.
template <class Pack, class Function, class Exact>
walk sweep(float from, float to, std::uint32_t step, Function function, Exact exact) {
  walk found;
  const auto last = std::bit_cast<std::uint32_t>(to);
  for (auto bits = std::bit_cast<std::uint32_t>(from); bits <= last; bits += step) {
    const float x = std::bit_cast<float>(bits);
    float lanes[Pack::lanes];
    function(Pack::fill(x)).store(lanes);
    const float y = lanes[0];
    for (const float each : lanes)
      found.other_lanes += std::bit_cast<std::uint32_t>(each) != std::bit_cast<std::uint32_t>(y);
    const double wanted = exact(static_cast<double>(x));
    if (y != 0 && std::fabs(y) < least) ++found.subnormal;
    if (std::fabs(wanted) < static_cast<double>(least)) {
      // At the very edge rounding may end above it.
      if (y != 0 && std::fabs(y) > 1.0001F * least) ++found.not_below;
      continue;
    }
    int exponent = 0;
    std::frexp(wanted, &exponent);
    const double error = std::fabs(static_cast<double>(y) - wanted) / std::ldexp(1.0, exponent - 24);
    if (!(error <= found.worst)) {
      found.worst = error;
      found.at = x;
    }
  }
  return found;
}

void check(const walk& found, double limit) {
  CAPTURE(found.at);
  CHECK(found.worst <= limit);
  CHECK(found.subnormal == 0);
  CHECK(found.not_below == 0);
  CHECK(found.other_lanes == 0);
}

template <class Pack, class Function>
float at(Function function, float x) {
  float lanes[Pack::lanes];
  function(Pack::fill(x)).store(lanes);
  return lanes[0];
}

// Sweeps take every 65521st float or so; all of them have been tried, see the limits in math.hpp.
constexpr std::uint32_t coarse = 65521;

}  // namespace

TEST_CASE_TEMPLATE("exp is within 1.6 ulp and makes no subnormal number", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  const auto exp = [](Pack x) { return kernels::exp(x); };
  const auto exact = [](double x) { return std::exp(x); };
  check(sweep<Pack>(least, 88.72282F, coarse, exp, exact), 1.6);
  check(sweep<Pack>(-least, -1e4F, coarse, exp, exact), 1.6);
  // Where results leave the normal numbers, every float.
  check(sweep<Pack>(-87.33F, -87.34F, 1, exp, exact), 1.6);
  check(sweep<Pack>(88.72F, 88.72282F, 1, exp, exact), 1.6);
}

TEST_CASE_TEMPLATE("exp is exact at 0 and goes to 0 and infinity", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  const auto exp = [](Pack x) { return kernels::exp(x); };
  CHECK(at<Pack>(exp, 0.0F) == 1);
  CHECK(at<Pack>(exp, -0.0F) == 1);
  CHECK(at<Pack>(exp, 88.73F) == inf);
  CHECK(at<Pack>(exp, std::numeric_limits<float>::max()) == inf);
  CHECK(at<Pack>(exp, inf) == inf);
  CHECK(at<Pack>(exp, -87.34F) == 0);
  CHECK(at<Pack>(exp, -std::numeric_limits<float>::max()) == 0);
  CHECK(at<Pack>(exp, -inf) == 0);
  CHECK(std::isnan(at<Pack>(exp, std::numeric_limits<float>::quiet_NaN())));
}

TEST_CASE_TEMPLATE("exp - 1 keeps its digits near 0", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  const auto expm1 = [](Pack x) { return kernels::expm1_negative(x); };
  check(sweep<Pack>(-least, -inf, coarse, expm1, [](double x) { return std::expm1(x); }), 1.1);
  CHECK(at<Pack>(expm1, 0.0F) == 0);
  CHECK(at<Pack>(expm1, -inf) == -1);
}

TEST_CASE_TEMPLATE("log is within 0.9 ulp for every positive normal number", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  const auto log = [](Pack x) { return kernels::log(x); };
  const auto exact = [](double x) { return std::log(x); };
  check(sweep<Pack>(least, std::numeric_limits<float>::max(), coarse, log, exact), 0.9);
  check(sweep<Pack>(0.5F, 2.0F, 499, log, exact), 0.9);
  CHECK(at<Pack>(log, 1.0F) == 0);
}

TEST_CASE_TEMPLATE("log(1 + x) keeps its digits near 0", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  const auto log1p = [](Pack x) { return kernels::log1p_unit(x); };
  check(sweep<Pack>(least, 1.0F, coarse, log1p, [](double x) { return std::log1p(x); }), 2.0);
  CHECK(at<Pack>(log1p, 0.0F) == 0);
}

TEST_CASE_TEMPLATE("sigmoid, tanh and softplus are within 3 ulp everywhere", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  const auto sigmoid = [](Pack x) { return kernels::sigmoid(x); };
  const auto exact_sigmoid = [](double x) { return 1 / (1 + std::exp(-x)); };
  check(sweep<Pack>(least, inf, coarse, sigmoid, exact_sigmoid), 3);
  check(sweep<Pack>(-least, -inf, coarse, sigmoid, exact_sigmoid), 3);
  const auto tanh = [](Pack x) { return kernels::tanh(x); };
  const auto exact_tanh = [](double x) { return std::tanh(x); };
  check(sweep<Pack>(least, inf, coarse, tanh, exact_tanh), 3);
  check(sweep<Pack>(-least, -inf, coarse, tanh, exact_tanh), 3);
  const auto softplus = [](Pack x) { return kernels::softplus(x); };
  const auto exact_softplus = [](double x) { return x > 40 ? x : std::log1p(std::exp(x)); };
  check(sweep<Pack>(least, std::numeric_limits<float>::max(), coarse, softplus, exact_softplus), 3);
  check(sweep<Pack>(-least, -inf, coarse, softplus, exact_softplus), 3);
}

TEST_CASE_TEMPLATE("tanh is odd to the last bit", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  const auto tanh = [](Pack x) { return kernels::tanh(x); };
  for (float x = least; x < 1e3F; x *= 1.37F) CHECK(at<Pack>(tanh, -x) == -at<Pack>(tanh, x));
}
