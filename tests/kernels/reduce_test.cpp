// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/kernels/reduce.hpp>
#include <cleave/kernels/reference_normalization.hpp>
#include <cleave/simd/native.hpp>
#include <limits>
#include <utility>
#include <vector>

#include "check_rows.hpp"
#include "support/kernel_packs.hpp"

namespace {

using namespace cleave_test;
using cleave::range;
using cleave::reduction;
using cleave::shape;
namespace kernels = cleave::kernels;

struct reduce_case {
  kernels::reduce_shape of;
  void (*run)(const float*, float*, range) noexcept;
};

template <kernels::reduce_shape Shape, class Pack>
reduce_case case_of() {
  return {Shape, kernels::reduce<Shape, Pack>};
}

template <reduction What, class Pack, std::size_t... Less>
void append(std::vector<reduce_case>& cases, std::index_sequence<Less...>) {
  (cases.push_back(case_of<kernels::reduce_shape{{1, 2, static_cast<int>(Less) + 1}, What}, Pack>()), ...);
}

template <class Pack, int... What>
std::vector<reduce_case> each_kind(std::integer_sequence<int, What...>) {
  return {case_of<kernels::reduce_shape{{3, 2, 37}, static_cast<reduction>(What)}, Pack>()...,
          case_of<kernels::reduce_shape{{2, 1, 1}, static_cast<reduction>(What)}, Pack>()...};
}

void check(const std::vector<reduce_case>& cases) {
  for (const reduce_case& each : cases) {
    CAPTURE(static_cast<int>(each.of.what));
    const shape in_shape = each.of.in;
    std::vector<float> in = numbers(in_shape.size(), 67);
    // NaNs have different bits on different machines.
    if (each.of.what == reduction::log_sum) {
      for (float& x : in) x = x < 0 ? -x : x;
    }
    check_rows<float>(
        {in_shape.height, in_shape.width, 1}, [&](float* out, range rows) { each.run(in.data(), out, rows); },
        [&](float* out, range rows) { kernels::reference::reduce(each.of, in.data(), out, rows); });
  }
}

template <reduction What, class Pack>
float of(const std::vector<float>& four) {
  float out = 0;
  kernels::reduce<kernels::reduce_shape{{1, 1, 4}, What}, Pack>(four.data(), &out, {0, 1});
  return out;
}

}  // namespace

TEST_CASE_TEMPLATE("every reduction agrees with its reference", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check(each_kind<Pack>(std::make_integer_sequence<int, 10>{}));
}

TEST_CASE_TEMPLATE("a sum has one order whatever the number of channels", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  std::vector<reduce_case> cases;
  append<reduction::sum, Pack>(cases, std::make_index_sequence<19>{});
  append<reduction::max, Pack>(cases, std::make_index_sequence<5>{});
  check(cases);
}

TEST_CASE_TEMPLATE("reductions have their values", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  const std::vector<float> four{1, -2, 4, -8};
  CHECK(of<reduction::mean, Pack>(four) == -1.25F);
  CHECK(of<reduction::sum, Pack>(four) == -5);
  CHECK(of<reduction::max, Pack>(four) == 4);
  CHECK(of<reduction::min, Pack>(four) == -8);
  CHECK(of<reduction::product, Pack>(four) == 64);
  CHECK(of<reduction::l1, Pack>(four) == 15);
  CHECK(of<reduction::l2, Pack>({3, 4, 0, 0}) == 5);
  CHECK(of<reduction::sum_square, Pack>(four) == 85);
  CHECK(of<reduction::log_sum, Pack>({0.25F, 0.25F, 0.5F, 0}) == 0);
  CHECK(of<reduction::log_sum_exp, Pack>({1000, 1000, 1000, 1000}) == doctest::Approx(1001.3863));
  constexpr float inf = std::numeric_limits<float>::infinity();
  CHECK(of<reduction::log_sum_exp, Pack>({-inf, -inf, -inf, -inf}) == -inf);
  CHECK(of<reduction::log_sum_exp, Pack>({0, inf, -inf, 3}) == inf);
}
