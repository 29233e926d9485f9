// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/kernels/argmax.hpp>
#include <cleave/kernels/concat.hpp>
#include <cleave/kernels/pad.hpp>
#include <cleave/kernels/reference_arrange.hpp>
#include <cleave/kernels/upsample.hpp>
#include <cleave/simd/native.hpp>
#include <limits>
#include <utility>
#include <vector>

#include "check_rows.hpp"
#include "support/kernel_packs.hpp"

namespace {

using namespace cleave_test;
using cleave::extent;
using cleave::padding;
using cleave::range;
using cleave::shape;
namespace kernels = cleave::kernels;

template <class Shape, class Element = float>
struct arrange_case {
  Shape of;
  void (*run)(const float*, Element*, range) noexcept;
};

template <class Shape, class Element, class Reference>
void check(const arrange_case<Shape, Element>& each, shape out, Reference reference) {
  const std::vector<float> in = numbers(each.of.in.size(), 43);
  check_rows<Element>(
      out, [&](Element* to, range rows) { each.run(in.data(), to, rows); },
      [&](Element* to, range rows) { reference(each.of, in.data(), to, rows); });
}

template <kernels::concat_shape Shape, class Pack>
arrange_case<kernels::concat_shape> concat_case() {
  return {Shape, kernels::concat<Shape, Pack>};
}

template <kernels::argmax_shape Shape, class Pack>
arrange_case<kernels::argmax_shape, std::int32_t> argmax_case() {
  return {Shape, kernels::argmax<Shape, Pack>};
}

template <class Pack, std::size_t... Less>
std::vector<arrange_case<kernels::concat_shape>> each_concat(std::index_sequence<Less...>) {
  return {
      concat_case<kernels::concat_shape{{3, 2, 70}, 70, 0}, Pack>(),
      concat_case<kernels::concat_shape{{3, 2, static_cast<int>(Less) + 1}, static_cast<int>(Less) + 5, 3}, Pack>()...};
}

template <class Pack, std::size_t... Less>
std::vector<arrange_case<kernels::argmax_shape, std::int32_t>> each_argmax(std::index_sequence<Less...>) {
  return {argmax_case<kernels::argmax_shape{{1, 1, 1000}}, Pack>(),
          argmax_case<kernels::argmax_shape{{1, 2, 100}, true, true}, Pack>(),
          argmax_case<kernels::argmax_shape{{4, 3, static_cast<int>(Less) + 1}}, Pack>()...,
          argmax_case<kernels::argmax_shape{{2, 3, static_cast<int>(Less) + 1}, true}, Pack>()...};
}

template <kernels::pad_shape Shape, class Pack>
void check_pad() {
  check(arrange_case<kernels::pad_shape>{Shape, kernels::pad<Shape, Pack>}, Shape.out(), kernels::reference::pad);
}

template <kernels::concat_rows_shape Shape, class Pack>
void check_concat_rows(int rows_out) {
  check(arrange_case<kernels::concat_rows_shape>{Shape, kernels::concat_rows<Shape, Pack>},
        {rows_out, Shape.in.width, Shape.in.channels}, kernels::reference::concat_rows);
}

template <kernels::upsample_shape Shape, class Pack>
void check_upsample() {
  check(arrange_case<kernels::upsample_shape>{Shape, kernels::upsample<Shape, Pack>},
        {Shape.in.height * Shape.factor.height, Shape.in.width * Shape.factor.width, Shape.in.channels},
        kernels::reference::upsample);
}

}  // namespace

TEST_CASE_TEMPLATE("concat copies one input into its channels and touches no others", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  for (const auto& each : each_concat<Pack>(std::make_index_sequence<2 * Pack::lanes + 1>{})) {
    check(each, {each.of.in.height, each.of.in.width, each.of.channels}, kernels::reference::concat);
  }
}

TEST_CASE_TEMPLATE("pad puts one value around a tensor", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check_pad<kernels::pad_shape{{3, 4, 5}, padding{1, 2, 3, 4}, 0.5F}, Pack>();
  check_pad<kernels::pad_shape{{3, 4, 1}, padding{0, 0, 0, 1}, -1}, Pack>();
  check_pad<kernels::pad_shape{{1, 1, 17}, padding{2, 0, 0, 0}}, Pack>();
  check_pad<kernels::pad_shape{{2, 3, 4}, padding{0}}, Pack>();
}

TEST_CASE_TEMPLATE("pad puts one value between rows and columns too", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  static_assert(kernels::pad_shape{{3, 4, 5}, padding{1, 2, 3, 4}, 0, {2, 1}}.out() == shape{11, 13, 5});
  check_pad<kernels::pad_shape{{3, 4, 5}, padding{1, 2, 3, 4}, 0.5F, {2, 1}}, Pack>();
  check_pad<kernels::pad_shape{{4, 3, 1}, padding{0}, 0, {1, 0}}, Pack>();
  check_pad<kernels::pad_shape{{1, 3, 17}, padding{1}, -1, {0, 3}}, Pack>();
}

TEST_CASE_TEMPLATE("rows are joined below rows, and columns beside columns", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check_concat_rows<kernels::concat_rows_shape{{3, 2, 5}, 2}, Pack>(6);
  check_concat_rows<kernels::concat_rows_shape{{1, 1, 1}, 0}, Pack>(2);
  constexpr kernels::concat_shape columns = kernels::concat_columns({3, 2, 5}, 6, 1);
  static_assert(columns == kernels::concat_shape{{3, 1, 10}, 30, 5});
  check(concat_case<columns, Pack>(), {3, 6, 5}, kernels::reference::concat);
}

TEST_CASE_TEMPLATE("upsample repeats every pixel", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check_upsample<kernels::upsample_shape{{3, 4, 5}, extent{2}}, Pack>();
  check_upsample<kernels::upsample_shape{{2, 3, 17}, extent{3, 1}}, Pack>();
  check_upsample<kernels::upsample_shape{{2, 3, 70}, extent{1, 4}}, Pack>();
  check_upsample<kernels::upsample_shape{{3, 1, 1}, extent{1}}, Pack>();
}

TEST_CASE_TEMPLATE("argmax agrees with its reference", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  for (const auto& each : each_argmax<Pack>(std::make_index_sequence<2 * Pack::lanes + 1>{})) {
    check(each, {each.of.in.height, each.of.in.width, 1}, kernels::reference::argmax);
  }
}

TEST_CASE_TEMPLATE("argmax gives the first of equal elements and stays in range whatever the numbers", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  constexpr float nan = std::numeric_limits<float>::quiet_NaN();
  constexpr kernels::argmax_shape of{{5, 1, 4}};
  const float in[] = {1, 7, 7, 7, -0.0F, 0, -1, 0, -inf, -inf, -inf, -inf, -5, inf, inf, 3, nan, nan, nan, nan};
  std::int32_t out[5];
  kernels::argmax<of, Pack>(in, out, {0, 5});
  CHECK(out[0] == 1);
  CHECK(out[1] == 0);
  CHECK(out[2] == 0);
  CHECK(out[3] == 1);
  CHECK(out[4] >= 0);
  CHECK(out[4] < 4);
}

TEST_CASE_TEMPLATE("argmin and the last of equal elements", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  const float in[] = {1, 7, 7, 0, -0.0F, 0, -1, -1};
  std::int32_t out[2];
  kernels::argmax<kernels::argmax_shape{{2, 1, 4}, true, false}, Pack>(in, out, {0, 2});
  CHECK(out[0] == 3);
  CHECK(out[1] == 2);
  kernels::argmax<kernels::argmax_shape{{2, 1, 4}, true, true}, Pack>(in, out, {0, 2});
  CHECK(out[1] == 3);
  kernels::argmax<kernels::argmax_shape{{2, 1, 4}, false, true}, Pack>(in, out, {0, 2});
  CHECK(out[0] == 2);
  CHECK(out[1] == 1);
}

TEST_CASE_TEMPLATE("hardmax is 1 at the first of the largest elements and 0 elsewhere", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  constexpr kernels::hardmax_shape of{{4, 3, 21}};
  check_rows<float>(
      of.out, [&](float* out, range rows) { kernels::hardmax<of, Pack>(numbers(of.out.size(), 43).data(), out, rows); },
      [&](float* out, range rows) { kernels::reference::hardmax(of, numbers(of.out.size(), 43).data(), out, rows); });
  float two[] = {1, 2, 2, 0, -3, -2, -2, -9};
  kernels::hardmax<kernels::hardmax_shape{{1, 2, 4}}, Pack>(two, two, {0, 1});
  CHECK(std::vector<float>(two, two + 8) == std::vector<float>{0, 1, 0, 0, 0, 1, 0, 0});
}
