// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/kernels/reference_activation.hpp>
#include <cleave/kernels/softmax.hpp>
#include <cleave/simd/native.hpp>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "check_rows.hpp"
#include "support/kernel_packs.hpp"

namespace {

using namespace cleave_test;
using cleave::range;
using cleave::shape;
namespace kernels = cleave::kernels;

struct softmax_case {
  kernels::softmax_shape of;
  bool logarithm;
  void (*run)(const float*, float*, range) noexcept;
};

template <kernels::softmax_shape Shape, bool Logarithm, class Pack>
softmax_case case_of() {
  if constexpr (Logarithm) {
    return {Shape, true, kernels::log_softmax<Shape, Pack>};
  } else {
    return {Shape, false, kernels::softmax<Shape, Pack>};
  }
}

template <bool Logarithm, class Pack, std::size_t... Less>
std::vector<softmax_case> each_channels(std::index_sequence<Less...>) {
  return {case_of<kernels::softmax_shape{{1, 1, 1000}}, Logarithm, Pack>(),
          case_of<kernels::softmax_shape{{3, 2, static_cast<int>(Less) + 1}}, Logarithm, Pack>()...};
}

void check(const std::vector<softmax_case>& cases) {
  for (const softmax_case& each : cases) {
    // Beside numbers so huge that all else vanishes, moderate ones, so that the order of the sum shows.
    for (const bool extremes : {true, false}) {
      CAPTURE(each.logarithm);
      CAPTURE(extremes);
      const std::vector<float> in = numbers(each.of.out.size(), 13, extremes);
      const auto reference = [&](float* out, range rows) {
        kernels::reference::softmax(each.of, each.logarithm, in.data(), out, rows);
      };
      check_rows<float>(
          each.of.out, [&](float* out, range rows) { each.run(in.data(), out, rows); }, reference);
      check_rows<float>(
          each.of.out, [&](float* out, range rows) { each.run(out, out, rows); }, reference, in.data());
    }
  }
}

}  // namespace

TEST_CASE_TEMPLATE("softmax agrees with its reference, also in place", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check(each_channels<false, Pack>(std::make_index_sequence<2 * Pack::lanes + 1>{}));
}

TEST_CASE_TEMPLATE("log softmax agrees with its reference, also in place", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check(each_channels<true, Pack>(std::make_index_sequence<2 * Pack::lanes + 1>{}));
}

TEST_CASE_TEMPLATE("softmax is within 1e-6 of the exact quotient", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  constexpr kernels::softmax_shape of{{1, 1, 100}};
  const std::vector<float> in = numbers(100, 17, false);
  std::vector<float> out(100);
  std::vector<float> logarithm(100);
  kernels::softmax<of, Pack>(in.data(), out.data(), {0, 1});
  kernels::log_softmax<of, Pack>(in.data(), logarithm.data(), {0, 1});
  double sum = 0;
  for (const float x : in) sum += std::exp(static_cast<double>(x));
  for (std::size_t i = 0; i < 100; ++i) {
    const double exact = std::exp(static_cast<double>(in[i])) / sum;
    CHECK(std::fabs(static_cast<double>(out[i]) / exact - 1) < 1e-6);
    CHECK(std::fabs(static_cast<double>(logarithm[i]) - std::log(exact)) < 2e-6);
  }
}

TEST_CASE_TEMPLATE("softmax of huge numbers neither overflows nor makes subnormal numbers", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  constexpr kernels::softmax_shape of{{1, 1, 5}};
  constexpr float inf = std::numeric_limits<float>::infinity();
  const float in[] = {3e38F, -3e38F, 3e38F, -inf, 0};
  float out[5];
  kernels::softmax<of, Pack>(in, out, {0, 1});
  CHECK(out[0] == 0.5F);
  CHECK(out[1] == 0);
  CHECK(out[2] == 0.5F);
  CHECK(out[3] == 0);
  kernels::log_softmax<of, Pack>(in, out, {0, 1});
  CHECK(out[0] == doctest::Approx(-0.6931472));
  CHECK(out[1] == -inf);

  // Many equal largest ones make the quotient much smaller than the power.
  constexpr kernels::softmax_shape many{{1, 1, 40}};
  for (int step = 0; step < 2000; ++step) {
    std::vector<float> steps(40, 0.0F);
    steps[7] = -76.0F - static_cast<float>(step) * 0x1p-7F;
    kernels::softmax<many, Pack>(steps.data(), steps.data(), {0, 1});
    CHECK((steps[7] == 0 || steps[7] >= std::numeric_limits<float>::min()));
  }
}

TEST_CASE_TEMPLATE("softmax of a NaN is NaN", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  constexpr kernels::softmax_shape of{{1, 1, 3}};
  const float in[] = {1, std::numeric_limits<float>::quiet_NaN(), 2};
  float out[3];
  kernels::softmax<of, Pack>(in, out, {0, 1});
  for (const float each : out) CHECK(std::isnan(each));
}
