// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/kernels/activation.hpp>
#include <cleave/kernels/reference_activation.hpp>
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
namespace kernels = cleave::kernels;

constexpr std::array<activation, 33> all_kinds{{
    {activation_kind::exp, 0, 0, 0},
    {activation_kind::log, 0, 0, 0},
    {activation_kind::sqrt, 0, 0, 0},
    {activation_kind::negate, 0, 0, 0},
    {activation_kind::absolute, 0, 0, 0},
    {activation_kind::reciprocal, 0, 0, 0},
    {activation_kind::floor, 0, 0, 0},
    {activation_kind::ceil, 0, 0, 0},
    {activation_kind::round, 0, 0, 0},
    {activation_kind::sign, 0, 0, 0},
    {activation_kind::sine, 0, 0, 0},
    {activation_kind::cosine, 0, 0, 0},
    {activation_kind::erf, 0, 0, 0},
    {activation_kind::gelu, 0, 0, 0},
    {activation_kind::gelu_tanh, 0, 0, 0},
    {activation_kind::mish, 0, 0, 0},
    {activation_kind::softsign, 0, 0, 0},
    {activation_kind::thresholded_relu, 1, 0, 0},
    {activation_kind::thresholded_relu, -0.5F, 0, 0},
    {activation_kind::celu, 0.7F, 0, 0},
    {activation_kind::swish, 1, 0, 0},
    {activation_kind::swish, 1.7F, 0, 0},
    {activation_kind::power_of, 0, 0, 0},
    {activation_kind::power_of, 1, 0, 0},
    {activation_kind::power_of, 2, 0, 0},
    {activation_kind::power_of, 3, 0, 0},
    {activation_kind::power_of, 4, 0, 0},
    {activation_kind::power_of, 0.5F, 0, 0},
    {activation_kind::power_of, -0.5F, 0, 0},
    {activation_kind::power_of, -1, 0, 0},
    {activation_kind::power_of, -2, 0, 0},
    {activation_kind::power_of, 1.3F, 0, 0},
    {activation_kind::power_of, -3, 0, 0},
}};

struct function_case {
  kernels::activation_shape of;
  void (*run)(const float*, float*, range) noexcept;
};

template <kernels::activation_shape Shape, class Pack>
function_case case_of() {
  return {Shape, kernels::activate<Shape, Pack>};
}

template <class Pack, std::size_t... Kind>
std::vector<function_case> each_kind(std::index_sequence<Kind...>) {
  return {case_of<kernels::activation_shape{{5, 3, 7}, all_kinds[Kind]}, Pack>()...};
}

/// False for functions of positive numbers: NaNs have different bits on different machines.
bool takes_negatives(activation what) {
  if (what.kind == activation_kind::power_of) return what.alpha == static_cast<float>(static_cast<int>(what.alpha));
  return what.kind != activation_kind::log && what.kind != activation_kind::sqrt;
}

template <class Pack>
float of(activation_kind kind, float x) {
  float result = 0;
  for (const function_case& each : each_kind<Pack>(std::make_index_sequence<all_kinds.size()>{})) {
    if (each.of.what.kind != kind) continue;
    std::vector<float> tensor(each.of.out.size(), x);
    each.run(tensor.data(), tensor.data(), {0, each.of.out.height});
    return tensor[0];
  }
  return result;
}

}  // namespace

TEST_CASE_TEMPLATE("functions of one element agree with their references, apart and in place", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  for (const function_case& each : each_kind<Pack>(std::make_index_sequence<all_kinds.size()>{})) {
    CAPTURE(static_cast<int>(each.of.what.kind));
    CAPTURE(each.of.what.alpha);
    std::vector<float> in = numbers(each.of.out.size(), 19);
    for (float& x : in) x = takes_negatives(each.of.what) || !(x < 0) ? x : -x;
    const auto reference = [&](float* out, range rows) { kernels::reference::activate(each.of, in.data(), out, rows); };
    check_rows<float>(
        each.of.out, [&](float* out, range rows) { each.run(in.data(), out, rows); }, reference);
    check_rows<float>(
        each.of.out, [&](float* out, range rows) { each.run(out, out, rows); }, reference, in.data());
  }
}

TEST_CASE_TEMPLATE("functions have their values", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  using enum activation_kind;
  CHECK(of<Pack>(negate, 3) == -3);
  CHECK(of<Pack>(absolute, -3) == 3);
  CHECK(of<Pack>(reciprocal, -4) == -0.25F);
  CHECK(of<Pack>(floor, -2.5F) == -3);
  CHECK(of<Pack>(ceil, -2.5F) == -2);
  CHECK(of<Pack>(round, -2.5F) == -2);
  CHECK(of<Pack>(round, 3.5F) == 4);
  CHECK(of<Pack>(sign, -1e-30F) == -1);
  CHECK(of<Pack>(activation_kind::sqrt, 6.25F) == 2.5F);
  CHECK(of<Pack>(gelu, 1) == doctest::Approx(0.8413447).epsilon(1e-6));
  CHECK(of<Pack>(gelu_tanh, 1) == doctest::Approx(0.8411920).epsilon(1e-6));
  CHECK(of<Pack>(mish, 1) == doctest::Approx(0.8650984).epsilon(1e-6));
  CHECK(of<Pack>(mish, 40) == 40);
  CHECK(of<Pack>(mish, -100) == 0);
  CHECK(of<Pack>(softsign, -3) == -0.75F);
  CHECK(of<Pack>(thresholded_relu, 1) == 0);
  CHECK(of<Pack>(thresholded_relu, 1.5F) == 1.5F);
  CHECK(of<Pack>(celu, -0.7F) == doctest::Approx(-0.4424844).epsilon(1e-6));
  CHECK(of<Pack>(swish, 2) == doctest::Approx(1.7615942).epsilon(1e-6));
}
