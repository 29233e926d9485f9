// SPDX-License-Identifier: BSL-1.0
#include <cleave/simd/pack.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "packs.hpp"

namespace {

using namespace cleave_test;

static_assert(cleave::pack<cleave::scalar_pack>);
static_assert(cleave::pack<cleave::native_pack>);
static_assert(!cleave::pack<float>);
static_assert(cleave::pack<cleave::basic_scalar_pack<true>> && cleave::pack<cleave::basic_scalar_pack<false>>);
static_assert(cleave::scalar_pack::fused == cleave::native_pack::fused, "a target has one arithmetic");

/// A scalar pack with one thing wrong is no pack.
struct without_fma : cleave::scalar_pack {
  friend without_fma fma(without_fma, without_fma, without_fma) = delete;
};
static_assert(!cleave::pack<without_fma>);

// Numbers whose sums, products and quotients round in every way, and zeros; nothing that becomes subnormal.
constexpr std::array numbers{0.0F,       1.0F,       -1.0F,         3.0F,        0.1F,       -0.7F,      1.5F,
                             -2.5F,      0.3333333F, 16777215.0F,   -16777217.F, 1.0000001F, 3.1415927F, 123456.79F,
                             -0.001234F, 7.0e-10F,   6.0221408e18F, -2.0F,       0.49999997F};
constexpr std::array positive{1.0F,        2.0F,       3.0F,        0.1F,    0.7F,    10.0F,
                              16777215.0F, 1.0000001F, 0.99999994F, 6.0e18F, 7.0e-10F};

/// a * b + c as the pack does it. The product goes through memory where it must be rounded.
template <class Pack>
float multiplied_and_added(float a, float b, float c) {
  if (Pack::fused) return std::fma(a, b, c);
  volatile float product = a * b;
  return product + c;
}

}  // namespace

TEST_CASE_TEMPLATE("a pack adds, subtracts and multiplies as floats do", Pack, CLEAVE_TEST_PACKS) {
  check_lanes<Pack, 2>([](Pack a, Pack b) { return a + b; }, [](float a, float b) { return a + b; }, numbers);
  check_lanes<Pack, 2>([](Pack a, Pack b) { return a - b; }, [](float a, float b) { return a - b; }, numbers);
  check_lanes<Pack, 2>([](Pack a, Pack b) { return a * b; }, [](float a, float b) { return a * b; }, numbers);
}

TEST_CASE_TEMPLATE("a multiply-add rounds once where the pack says that it is fused", Pack, CLEAVE_TEST_PACKS) {
  check_lanes<Pack, 3>([](Pack a, Pack b, Pack c) { return fma(a, b, c); }, multiplied_and_added<Pack>, numbers);
  const float a = 1.0F + 0x1p-23F;
  const float low = lanes(fma(Pack::fill(a), Pack::fill(a), Pack::fill(-1.0F - 0x1p-22F)))[0];
  CHECK(low == (Pack::fused ? 0x1p-46F : 0.0F));
}

TEST_CASE_TEMPLATE("quotients and square roots are rounded as IEEE 754 demands", Pack, CLEAVE_TEST_PACKS) {
  check_lanes<Pack, 2>([](Pack a, Pack b) { return divide(a, b); }, [](float a, float b) { return a / b; }, positive);
  check_lanes<Pack, 1>([](Pack a) { return sqrt(a); }, [](float a) { return std::sqrt(a); }, positive);
}

TEST_CASE_TEMPLATE("max, min, abs and select compare lane by lane", Pack, CLEAVE_TEST_PACKS) {
  check_lanes<Pack, 2>([](Pack a, Pack b) { return max(a, b); }, [](float a, float b) { return a > b ? a : b; },
                       numbers);
  check_lanes<Pack, 2>([](Pack a, Pack b) { return min(a, b); }, [](float a, float b) { return a < b ? a : b; },
                       numbers);
  check_lanes<Pack, 1>([](Pack a) { return abs(a); }, [](float a) { return std::fabs(a); }, numbers);
  check_lanes<Pack, 2>([](Pack a, Pack b) { return select_greater(a, b, a + b, a - b); },
                       [](float a, float b) { return a > b ? a + b : a - b; }, numbers);
  CHECK(std::signbit(lanes(abs(Pack::fill(-0.0F)))[0]) == false);
}

TEST_CASE_TEMPLATE("a NaN on the right of max and min stays", Pack, CLEAVE_TEST_PACKS) {
  const Pack nan = Pack::fill(std::numeric_limits<float>::quiet_NaN());
  CHECK(std::isnan(lanes(max(Pack::fill(1), nan))[0]));
  CHECK(std::isnan(lanes(min(Pack::fill(1), nan))[0]));
}

TEST_CASE_TEMPLATE("round_even rounds ties to even", Pack, CLEAVE_TEST_PACKS) {
  constexpr std::array halves{0.0F, 0.5F, 1.5F, 2.5F, -0.5F, -1.5F, -2.5F, 0.49999997F, 4194303.5F, -4194302.5F, 87.3F};
  check_lanes<Pack, 1>([](Pack a) { return round_even(a); }, [](float a) { return std::nearbyint(a) + 0.0F; }, halves);
}

TEST_CASE_TEMPLATE("power_of_two is exact from the least normal number to the greatest power", Pack,
                   CLEAVE_TEST_PACKS) {
  for (int n = -126; n <= 127; ++n) {
    for (const float power : lanes(power_of_two(Pack::fill(static_cast<float>(n)))))
      CHECK(power == std::ldexp(1.0F, n));
  }
}

TEST_CASE_TEMPLATE("split_exponent undoes itself for normal numbers", Pack, CLEAVE_TEST_PACKS) {
  constexpr std::array edges{1.0F,
                             std::numeric_limits<float>::min(),
                             std::numeric_limits<float>::max(),
                             0.99999994F,
                             2.0F,
                             1.9999999F,
                             3.0e-20F,
                             7.0e19F};
  const auto exponent = [](float a) { return static_cast<float>(std::ilogb(a)); };
  check_lanes<Pack, 1>(
      [](Pack a) {
        Pack mantissa;
        return split_exponent(a, mantissa);
      },
      exponent, edges);
  check_lanes<Pack, 1>(
      [](Pack a) {
        Pack mantissa;
        split_exponent(a, mantissa);
        return mantissa;
      },
      [&](float a) { return std::ldexp(a, -std::ilogb(a)); }, edges);
}

TEST_CASE_TEMPLATE("reduce_max finds the greatest lane wherever it is", Pack, CLEAVE_TEST_PACKS) {
  for (std::size_t place = 0; place < Pack::lanes; ++place) {
    lanes_of<Pack> values;
    for (std::size_t i = 0; i < Pack::lanes; ++i) values[i] = -static_cast<float>(i + 1);
    values[place] = -0.5F;
    CHECK(reduce_max(Pack::load(values.data())) == -0.5F);
  }
}
