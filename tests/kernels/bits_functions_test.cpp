// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/kernels/activation.hpp>
#include <cleave/simd/native.hpp>
#include <cstdint>
#include <vector>

#include "bits.hpp"
#include "check_rows.hpp"
#include "support/kernel_packs.hpp"

// As bits_test.cpp, for functions of one element.

namespace {

using namespace cleave_test;
using cleave::activation;
using cleave::activation_kind;
using cleave::range;
using cleave::shape;
namespace kernels = cleave::kernels;

constexpr shape tensor{7, 5, 37};
constexpr range all{0, 7};

/// Of an activation of numbers from -4 to 4, or of their sizes: NaNs differ from machine to machine.
template <activation_kind Kind, class Pack>
std::uint32_t of() {
  constexpr bool positive =
      Kind == activation_kind::log || Kind == activation_kind::sqrt || Kind == activation_kind::power_of;
  std::vector<float> in = numbers(tensor.size(), 89, false);
  if (positive) {
    for (float& each : in) each = each < 0 ? -each : each;
  }
  constexpr activation what{Kind, 1.3F, 0, 0};
  return fingerprint(tensor, [&](float* out) {
    kernels::activate<kernels::activation_shape{tensor, what}, Pack>(in.data(), out, all);
  });
}

template <class Pack>
void check_functions() {
  using enum activation_kind;
  CHECK(of<activation_kind::exp, Pack>() == 0xaf8db0f9U);
  CHECK(of<activation_kind::log, Pack>() == 0x5c1402aaU);
  CHECK(of<activation_kind::sqrt, Pack>() == 0xfa130609U);
  CHECK(of<reciprocal, Pack>() == 0x169a26edU);
  CHECK(of<activation_kind::floor, Pack>() == 0xf45f05e3U);
  CHECK(of<activation_kind::ceil, Pack>() == 0x4c8f93ffU);
  CHECK(of<activation_kind::round, Pack>() == 0x85de0da7U);
  CHECK(of<sign, Pack>() == 0x72ff2da0U);
  CHECK(of<sine, Pack>() == 0xef11e24fU);
  CHECK(of<cosine, Pack>() == 0x6d5c8210U);
  CHECK(of<activation_kind::erf, Pack>() == 0xb7255ebbU);
  CHECK(of<gelu, Pack>() == 0xaef6025aU);
  CHECK(of<gelu_tanh, Pack>() == 0x6d31a707U);
  CHECK(of<mish, Pack>() == 0x136ab189U);
  CHECK(of<softsign, Pack>() == 0x411687d3U);
  CHECK(of<thresholded_relu, Pack>() == 0xdece2f58U);
  CHECK(of<celu, Pack>() == 0x2aec5490U);
  CHECK(of<swish, Pack>() == 0x38564e3aU);
  CHECK(of<power_of, Pack>() == 0xfaa19729U);
}

}  // namespace

TEST_CASE_TEMPLATE("fused packs give the same bits on every machine: functions of one element", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  if constexpr (Pack::fused) check_functions<Pack>();
}
