// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <bit>
#include <cleave/kernels/function.hpp>
#include <cleave/simd/native.hpp>
#include <cmath>
#include <cstdint>
#include <limits>

#include "support/kernel_packs.hpp"

namespace {

namespace kernels = cleave::kernels;

constexpr float inf = std::numeric_limits<float>::infinity();
constexpr float no_number = std::numeric_limits<float>::quiet_NaN();

template <class Pack, class Function>
float at(Function function, float x) {
  float lanes[Pack::lanes];
  function(Pack::fill(x)).store(lanes);
  return lanes[Pack::lanes - 1];
}

/// The largest error over floats of both signs with sizes from `from` to `to`, in units of `unit(exact)`.
template <class Pack, class Function, class Exact, class Unit>
double worst(float from, float to, Function function, Exact exact, Unit unit) {
  double found = 0;
  for (auto bits = std::bit_cast<std::uint32_t>(from); bits <= std::bit_cast<std::uint32_t>(to); bits += 16411) {
    for (const float x : {std::bit_cast<float>(bits), -std::bit_cast<float>(bits)}) {
      const double wanted = exact(static_cast<double>(x));
      const double error = std::fabs(static_cast<double>(at<Pack>(function, x)) - wanted) / unit(wanted);
      if (!(error <= found)) found = error;
    }
  }
  return found;
}

double ulp(double of) {
  int exponent = 0;
  std::frexp(of, &exponent);
  return std::ldexp(1.0, exponent - 24);
}

template <class Pack>
double worst_power(float y, float from, float to) {
  double found = 0;
  for (auto bits = std::bit_cast<std::uint32_t>(from); bits <= std::bit_cast<std::uint32_t>(to); bits += 16411) {
    const float x = std::bit_cast<float>(bits);
    const double wanted = std::pow(static_cast<double>(x), static_cast<double>(y));
    // Beyond these results are 0 and inf.
    if (wanted < 1.2e-38 || wanted > 3.4e38) continue;
    const float found_here = at<Pack>([&](Pack of) { return kernels::power(of, Pack::fill(y)); }, x);
    const double error = std::fabs(static_cast<double>(found_here) - wanted) / ulp(wanted);
    if (!(error <= found)) found = error;
  }
  return found;
}

/// Results that must be these to the last bit, but for what kind of NaN.
void check_same(float found, float wanted) {
  if (std::isnan(wanted)) CHECK(std::isnan(found));
  else CHECK(found == wanted);
}

}  // namespace

TEST_CASE_TEMPLATE("sine and cosine are within 1.6 ulp up to 100", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  const auto sine = [](Pack x) { return kernels::sine(x); };
  const auto cosine = [](Pack x) { return kernels::cosine(x); };
  CHECK(worst<Pack>(
            1e-30F, 100.0F, sine, [](double x) { return std::sin(x); }, ulp) <= 1.6);
  CHECK(worst<Pack>(
            1e-30F, 100.0F, cosine, [](double x) { return std::cos(x); }, ulp) <= 1.6);
  if (Pack::fused)
    CHECK(worst<Pack>(
              100.0F, 2e6F, cosine, [](double x) { return std::cos(x); }, ulp) <= 1.6);
  CHECK(at<Pack>(sine, 0) == 0);
  CHECK(at<Pack>(cosine, 0) == 1);
  CHECK(std::isnan(at<Pack>(sine, no_number)));
}

TEST_CASE_TEMPLATE("erf is within 1.1 ulp", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  const auto erf = [](Pack x) { return kernels::erf(x); };
  CHECK(worst<Pack>(
            1e-30F, 10.0F, erf, [](double x) { return std::erf(x); }, ulp) <= 1.1);
  CHECK(at<Pack>(erf, inf) == 1);
  CHECK(at<Pack>(erf, -inf) == -1);
  CHECK(at<Pack>(erf, 0) == 0);
  CHECK(std::isnan(at<Pack>(erf, no_number)));
}

TEST_CASE_TEMPLATE("floor, ceil, round and sign are exact for all sizes", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  const auto any = [](double) { return 1e-30; };
  const auto walk = [&](auto function, auto exact) { return worst<Pack>(1e-30F, 1e30F, function, exact, any); };
  CHECK(walk([](Pack x) { return kernels::floor(x); }, [](double x) { return std::floor(x); }) == 0);
  CHECK(walk([](Pack x) { return kernels::ceil(x); }, [](double x) { return std::ceil(x); }) == 0);
  CHECK(walk([](Pack x) { return kernels::round(x); }, [](double x) { return std::nearbyint(x); }) == 0);
  CHECK(walk([](Pack x) { return kernels::sign(x); }, [](double x) { return x < 0 ? -1.0 : 1.0; }) == 0);
  for (const float x : {0.0F, 0.5F, 1.5F, 2.5F, 0.49999997F, 4194303.5F, 8388607.5F, 8388608.0F, 16777215.0F, inf}) {
    for (const float signed_x : {x, -x}) {
      CAPTURE(signed_x);
      CHECK(at<Pack>([](Pack of) { return kernels::floor(of); }, signed_x) == std::floor(signed_x));
      CHECK(at<Pack>([](Pack of) { return kernels::ceil(of); }, signed_x) == std::ceil(signed_x));
      CHECK(at<Pack>([](Pack of) { return kernels::round(of); }, signed_x) == std::nearbyint(signed_x));
    }
  }
  CHECK(std::isnan(at<Pack>([](Pack of) { return kernels::floor(of); }, no_number)));
  CHECK(std::isnan(at<Pack>([](Pack of) { return kernels::sign(of); }, no_number)));
}

TEST_CASE_TEMPLATE("x^y is within 3 ulp for fused packs", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  const double limit = Pack::fused ? 3 : 120;
  for (const float y : {2.5F, 0.3F, -1.7F, 10.1F, -30.0F, 100.0F, 0.001F, 3.0F, 1000.0F}) {
    CAPTURE(y);
    CHECK(worst_power<Pack>(y, std::numeric_limits<float>::min(), std::numeric_limits<float>::max()) <= limit);
    CHECK(worst_power<Pack>(y, 0.99F, 1.01F) <= limit);
  }
}

TEST_CASE_TEMPLATE("x^y of zeros, infinities, NaNs and negative numbers", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  const auto power = [](float x, float y) {
    return at<Pack>([&](Pack of) { return kernels::power(of, Pack::fill(y)); }, x);
  };
  for (const float x : {0.0F, 1.0F, 2.0F, 0.5F, inf}) {
    for (const float y : {0.0F, 1.0F, 2.0F, -1.0F, 0.5F, -0.5F, 1e10F, -1e10F, inf, -inf}) {
      CAPTURE(x);
      CAPTURE(y);
      check_same(power(x, y), std::pow(x, y));
    }
  }
  for (const float y : {0.0F, 1.0F, 2.0F, 3.0F, -1.0F, -2.0F, 0.5F, 1.5F, 16777217.0F, 1e10F}) {
    CAPTURE(y);
    check_same(power(-2, y), std::pow(-2.0F, y));
    check_same(power(-1, y), std::pow(-1.0F, y));
  }
  CHECK(std::isnan(power(no_number, 2)));
  CHECK(std::isnan(power(2, no_number)));
}

TEST_CASE_TEMPLATE("the logarithm of any number", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  const auto log = [](float x) { return at<Pack>([](Pack of) { return kernels::any_log(of); }, x); };
  CHECK(log(0) == -inf);
  CHECK(log(1e-40F) == -inf);
  CHECK(log(inf) == inf);
  CHECK(log(1) == 0);
  CHECK(log(std::numeric_limits<float>::min()) == doctest::Approx(-87.33655));
  CHECK(log(std::numeric_limits<float>::max()) == doctest::Approx(88.72284));
  CHECK(std::isnan(log(-1)));
  CHECK(std::isnan(log(-inf)));
  CHECK(std::isnan(log(no_number)));
}
