// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/kernels/winograd.hpp>
#include <cleave/kernels/winograd_weights.hpp>
#include <cmath>
#include <vector>

#include "check_rows.hpp"
#include "support/kernel_packs.hpp"

// Weights that a call transforms itself give the bits of those that were transformed beforehand.

namespace {

using namespace cleave_test;
using cleave::range;
namespace kernels = cleave::kernels;
using kernels::conv2d_shape;
using kernels::winograd_tiling;

constexpr conv2d_shape convolution(cleave::shape in, int outputs, int groups = 1) {
  return {in, {in.height, in.width, outputs}, 3, 1, 1, 1, groups, {true, {cleave::activation_kind::relu}}};
}

/// Fewer inputs and tiles at a time than in a large layer.
constexpr winograd_tiling in_small_parts(const conv2d_shape& of, int inputs, int together) {
  winograd_tiling tiling = winograd_tiles_in_call(of, 4);
  tiling.inputs = inputs;
  tiling.together = together;
  return tiling;
}

template <conv2d_shape Of, winograd_tiling InCall, class Pack>
void check_in_call() {
  static_assert(may_transform_in_call(Of, InCall));
  constexpr winograd_tiling before = winograd_tiles(Of, 4);
  const std::vector<float> in = numbers(Of.in.size(), 7, false);
  const std::vector<float> weights = numbers(blocked(Of).floats(), 11, false);
  const std::vector<float> residual = numbers(Of.out.size(), 13, false);
  const float* const biases = weights.data() + blocked(Of).biases();
  std::vector<float> prepared(winograd_weight_floats(Of, before));
  winograd_prepare(Of, before, weights.data(), prepared.data());
  std::vector<float> scratch_before(winograd_scratch_floats(Of, before), std::nanf(""));
  std::vector<float> scratch(winograd_scratch_floats(Of, InCall), std::nanf(""));
  check_rows<float>(
      Of.out,
      [&](float* out, range rows) {
        kernels::winograd<Of, InCall, Pack>(in.data(), weights.data(), biases, residual.data(), out, scratch.data(),
                                            rows);
      },
      [&](float* out, range rows) {
        kernels::winograd<Of, before, Pack>(in.data(), prepared.data(), biases, residual.data(), out,
                                            scratch_before.data(), rows);
      });
}

constexpr conv2d_shape plain = convolution({9, 10, 40}, 64);
constexpr conv2d_shape grouped = convolution({7, 9, 48}, 64, 2);

}  // namespace

TEST_CASE_TEMPLATE("weights transformed in the call give the bits of prepared ones", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check_in_call<plain, in_small_parts(plain, 16, 7), Pack>();
  check_in_call<grouped, in_small_parts(grouped, 16, 7), Pack>();
}

TEST_CASE("a call transforms the weights that are too many to be read") {
  CHECK(choose_winograd(convolution({14, 14, 512}, 512)).inputs > 0);
  CHECK(choose_winograd(convolution({28, 28, 256}, 512)).inputs > 0);
  CHECK(choose_winograd(convolution({56, 56, 256}, 256)).inputs == 0);
  CHECK(choose_winograd(convolution({8, 8, 64}, 64)).inputs == 0);
  CHECK(choose_winograd(convolution({14, 14, 512}, 500)).inputs == 0);
}
