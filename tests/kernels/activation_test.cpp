// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <bit>
#include <cleave/kernels/activation.hpp>
#include <cleave/kernels/reference_activation.hpp>
#include <cleave/simd/native.hpp>
#include <cmath>
#include <limits>
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

constexpr std::array<activation, 15> all_kinds{{
    {activation_kind::none, 0, 0, 0},
    {activation_kind::relu, 0, 0, 0},
    {activation_kind::clip, 0, 6, 0},
    {activation_kind::clip, -1, 1, 0},
    {activation_kind::clip, -0.0F, 0.5F, 0},
    {activation_kind::leaky_relu, 0.01F, 0, 0},
    {activation_kind::leaky_relu, -2, 0, 0},
    {activation_kind::elu, 1, 0, 0},
    {activation_kind::elu, -0.3F, 0, 0},
    {activation_kind::selu, 1.6732632F, 0, 1.050701F},
    {activation_kind::sigmoid, 0, 0, 0},
    {activation_kind::tanh, 0, 0, 0},
    {activation_kind::hard_sigmoid, 0.2F, 0.5F, 0},
    {activation_kind::hard_swish, 0, 0, 0},
    {activation_kind::softplus, 0, 0, 0},
}};

using activate_function = void (*)(const float*, float*, range) noexcept;

struct activation_case {
  kernels::activation_shape of;
  activate_function run;
};

template <kernels::activation_shape Shape, class Pack>
activation_case case_of() {
  return {Shape, kernels::activate<Shape, Pack>};
}

template <class Pack, std::size_t... Kind>
std::vector<activation_case> each_kind(std::index_sequence<Kind...>) {
  return {case_of<kernels::activation_shape{{5, 3, 7}, all_kinds[Kind]}, Pack>()...};
}

template <class Pack, std::size_t... Less>
std::vector<activation_case> each_length(std::index_sequence<Less...>) {
  constexpr activation leaky{activation_kind::leaky_relu, 0.1F, 0, 0};
  return {case_of<kernels::activation_shape{{2, 1, static_cast<int>(Less) + 1}, leaky}, Pack>()...};
}

void check(const std::vector<activation_case>& cases) {
  for (const activation_case& each : cases) {
    CAPTURE(static_cast<int>(each.of.what.kind));
    const std::vector<float> in = numbers(each.of.out.size(), 7);
    const auto reference = [&](float* out, range rows) { kernels::reference::activate(each.of, in.data(), out, rows); };
    check_rows<float>(
        each.of.out, [&](float* out, range rows) { each.run(in.data(), out, rows); }, reference);
    check_rows<float>(
        each.of.out, [&](float* out, range rows) { each.run(out, out, rows); }, reference, in.data());
  }
}

/// The activation of x, from a tensor as long as a pack, in which every lane must agree.
template <class Pack, std::size_t... Kind>
float activated(std::size_t kind, float x, std::index_sequence<Kind...>) {
  constexpr int lanes = static_cast<int>(Pack::lanes);
  static constexpr activate_function run[] = {
      kernels::activate<kernels::activation_shape{{1, 1, lanes}, all_kinds[Kind]}, Pack>...};
  std::vector<float> elements(Pack::lanes, x);
  run[kind](elements.data(), elements.data(), {0, 1});
  for (const float each : elements) {
    CHECK(std::bit_cast<std::uint32_t>(each) == std::bit_cast<std::uint32_t>(elements[0]));
  }
  return elements[0];
}

using kind_indices = std::make_index_sequence<all_kinds.size()>;

template <class Pack>
float activated(activation_kind kind, float x) {
  std::size_t index = 0;
  while (all_kinds[index].kind != kind) ++index;
  return activated<Pack>(index, x, kind_indices{});
}

struct prelu_case {
  kernels::prelu_shape of;
  void (*run)(const float*, const float*, float*, range) noexcept;
};

template <kernels::prelu_shape Shape, class Pack>
prelu_case prelu_case_of() {
  return {Shape, kernels::prelu<Shape, Pack>};
}

template <class Pack, std::size_t... Less>
std::vector<prelu_case> each_prelu(std::index_sequence<Less...>) {
  return {prelu_case_of<kernels::prelu_shape{{3, 2, 5}, true}, Pack>(),
          prelu_case_of<kernels::prelu_shape{{3, 2, static_cast<int>(Less) + 1}, false}, Pack>()...};
}

}  // namespace

TEST_CASE_TEMPLATE("every activation agrees with its reference, also in place", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check(each_kind<Pack>(kind_indices{}));
}

TEST_CASE_TEMPLATE("an activation agrees with its reference for any number of elements", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  check(each_length<Pack>(std::make_index_sequence<Pack::lanes + 1>{}));
}

TEST_CASE_TEMPLATE("activations of infinity are their limits", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  CHECK(activated<Pack>(activation_kind::relu, inf) == inf);
  CHECK(activated<Pack>(activation_kind::relu, -inf) == 0);
  CHECK(activated<Pack>(activation_kind::elu, inf) == inf);
  CHECK(activated<Pack>(activation_kind::elu, -inf) == -1);
  CHECK(activated<Pack>(activation_kind::sigmoid, inf) == 1);
  CHECK(activated<Pack>(activation_kind::sigmoid, -inf) == 0);
  CHECK(activated<Pack>(activation_kind::tanh, inf) == 1);
  CHECK(activated<Pack>(activation_kind::tanh, -inf) == -1);
  CHECK(activated<Pack>(activation_kind::softplus, inf) == inf);
  CHECK(activated<Pack>(activation_kind::softplus, -inf) == 0);
  CHECK(activated<Pack>(activation_kind::hard_sigmoid, inf) == 1);
  CHECK(activated<Pack>(activation_kind::hard_sigmoid, -inf) == 0);
  CHECK(activated<Pack>(activation_kind::hard_swish, inf) == inf);
}

TEST_CASE_TEMPLATE("a NaN stays a NaN", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  for (std::size_t kind = 0; kind < all_kinds.size(); ++kind) {
    CAPTURE(kind);
    CHECK(std::isnan(activated<Pack>(kind, std::numeric_limits<float>::quiet_NaN(), kind_indices{})));
  }
}

TEST_CASE_TEMPLATE("no activation but none makes a negative zero of a zero", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  for (std::size_t kind = 1; kind < all_kinds.size(); ++kind) {
    CAPTURE(kind);
    CHECK_FALSE(std::signbit(activated<Pack>(kind, 0.0F, kind_indices{})));
    CHECK_FALSE(std::signbit(activated<Pack>(kind, -0.0F, kind_indices{})));
  }
}

TEST_CASE_TEMPLATE("prelu agrees with its reference, with a slope a channel or one for all", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  for (const prelu_case& each : each_prelu<Pack>(std::make_index_sequence<2 * Pack::lanes + 1>{})) {
    const std::vector<float> in = numbers(each.of.out.size(), 3);
    const std::vector<float> slope = numbers(static_cast<std::size_t>(each.of.out.channels), 4, false);
    const auto reference = [&](float* out, range rows) {
      kernels::reference::prelu(each.of, in.data(), slope.data(), out, rows);
    };
    check_rows<float>(
        each.of.out, [&](float* out, range rows) { each.run(in.data(), slope.data(), out, rows); }, reference);
    check_rows<float>(
        each.of.out, [&](float* out, range rows) { each.run(out, slope.data(), out, rows); }, reference, in.data());
  }
}
