// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/kernels/elementwise.hpp>
#include <cleave/kernels/reference_arrange.hpp>
#include <cleave/simd/native.hpp>
#include <utility>
#include <vector>

#include "check_rows.hpp"
#include "support/kernel_packs.hpp"

namespace {

using namespace cleave_test;
using cleave::activation;
using cleave::activation_kind;
using cleave::range;
using cleave::shape;
namespace kernels = cleave::kernels;
using kernels::arithmetic_kind;
using kernels::operand_kind;

struct elementwise_case {
  kernels::elementwise_shape of;
  void (*run)(const float*, const float*, float*, range) noexcept;
};

template <kernels::elementwise_shape Shape, class Pack>
elementwise_case case_of() {
  return {Shape, kernels::elementwise<Shape, Pack>};
}

template <operand_kind Second, class Pack>
void append_options(std::vector<elementwise_case>& cases) {
  using of = kernels::elementwise_shape;
  constexpr shape out{3, 2, 7};
  constexpr activation relu{activation_kind::relu, 0, 0, 0};
  constexpr activation swish{activation_kind::hard_swish, 0, 0, 0};
  cases.push_back(case_of<of{out, arithmetic_kind::add, Second, {}}, Pack>());
  cases.push_back(case_of<of{out, arithmetic_kind::subtract, Second, {}}, Pack>());
  cases.push_back(case_of<of{out, arithmetic_kind::multiply, Second, {}}, Pack>());
  cases.push_back(case_of<of{out, arithmetic_kind::add, Second, relu}, Pack>());
  cases.push_back(case_of<of{out, arithmetic_kind::subtract, Second, relu}, Pack>());
  cases.push_back(case_of<of{out, arithmetic_kind::multiply, Second, relu}, Pack>());
  cases.push_back(case_of<of{out, arithmetic_kind::multiply, Second, swish}, Pack>());
  cases.push_back(case_of<of{out, arithmetic_kind::divide, Second, {}}, Pack>());
  cases.push_back(case_of<of{out, arithmetic_kind::maximum, Second, {}}, Pack>());
  cases.push_back(case_of<of{out, arithmetic_kind::minimum, Second, relu}, Pack>());
}

template <class Pack, std::size_t... Less>
std::vector<elementwise_case> each_case(std::index_sequence<Less...>) {
  using of = kernels::elementwise_shape;
  std::vector<elementwise_case> cases{
      case_of<of{{2, 1, static_cast<int>(Less) + 1}, arithmetic_kind::add, operand_kind::per_channel, {}}, Pack>()...,
      case_of<of{{2, 1, static_cast<int>(Less) + 1}, arithmetic_kind::multiply, operand_kind::full, {}}, Pack>()...,
      case_of<of{{2, 3, static_cast<int>(Less) + 2}, arithmetic_kind::add, operand_kind::per_pixel, {}}, Pack>()...};
  append_options<operand_kind::full, Pack>(cases);
  append_options<operand_kind::per_channel, Pack>(cases);
  append_options<operand_kind::single, Pack>(cases);
  append_options<operand_kind::per_pixel, Pack>(cases);
  return cases;
}

}  // namespace

static_assert(kernels::operand_of({2, 3, 4}, {2, 3, 4}) == operand_kind::full);
static_assert(kernels::operand_of({2, 3, 4}, {1, 1, 4}) == operand_kind::per_channel);
static_assert(kernels::operand_of({2, 3, 4}, {1, 1, 1}) == operand_kind::single);
static_assert(kernels::operand_of({2, 3, 4}, {2, 3, 1}) == operand_kind::per_pixel);
static_assert(kernels::operand_of({2, 3, 1}, {2, 3, 1}) == operand_kind::full);
static_assert(kernels::operand_of({1, 1, 4}, {1, 1, 1}) == operand_kind::single);

TEST_CASE_TEMPLATE("arithmetic agrees with its reference, the output apart or in either operand", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  for (const elementwise_case& each : each_case<Pack>(std::make_index_sequence<2 * Pack::lanes + 1>{})) {
    CAPTURE(static_cast<int>(each.of.what));
    CAPTURE(static_cast<int>(each.of.second));
    CAPTURE(static_cast<int>(each.of.post.kind));
    const std::vector<float> first = numbers(each.of.out.size(), 37);
    const std::vector<float> second = numbers(each.of.out.size(), 41);
    const auto reference = [&](float* out, range rows) {
      kernels::reference::elementwise(each.of, first.data(), second.data(), out, rows);
    };
    check_rows<float>(
        each.of.out, [&](float* out, range rows) { each.run(first.data(), second.data(), out, rows); }, reference);
    check_rows<float>(
        each.of.out, [&](float* out, range rows) { each.run(out, second.data(), out, rows); }, reference, first.data());
    if (each.of.second == operand_kind::full) {
      check_rows<float>(
          each.of.out, [&](float* out, range rows) { each.run(first.data(), out, out, rows); }, reference,
          second.data());
    }
  }
}

TEST_CASE_TEMPLATE("powers of two tensors agree with their reference", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  constexpr kernels::elementwise_shape of{{3, 2, 7}, arithmetic_kind::power};
  std::vector<float> first = numbers(of.out.size(), 37);
  const std::vector<float> second = numbers(of.out.size(), 41);
  // NaNs have different bits on different machines.
  for (float& each : first) each = each < 0 ? -each : each;
  check_rows<float>(
      of.out, [&](float* out, range rows) { kernels::elementwise<of, Pack>(first.data(), second.data(), out, rows); },
      [&](float* out, range rows) { kernels::reference::elementwise(of, first.data(), second.data(), out, rows); });
}
