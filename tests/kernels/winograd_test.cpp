// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cleave/kernels/pool.hpp>
#include <cleave/kernels/winograd.hpp>
#include <cleave/kernels/winograd_weights.hpp>
#include <cleave/simd/native.hpp>
#include <cmath>
#include <vector>

#include "check_rows.hpp"
#include "support/kernel_packs.hpp"
#include "winograd_reference.hpp"

namespace {

using namespace cleave_test;
using cleave::activation_kind;
using cleave::epilogue;
using cleave::range;
using cleave::shape;
namespace kernels = cleave::kernels;
using kernels::conv2d_shape;

constexpr conv2d_shape convolution(shape in, int outputs, cleave::padding pad, int groups = 1, epilogue post = {}) {
  const shape out{in.height + pad.top + pad.bottom - 2, in.width + pad.left + pad.right - 2, outputs};
  return {in, out, 3, 1, 1, pad, groups, post};
}

struct operands {
  std::vector<float> in;
  std::vector<float> weights;
  std::vector<float> residual;
  std::vector<float> prepared;
  std::vector<float> scratch;

  operands(const conv2d_shape& of, const kernels::winograd_tiling& tiling)
      : in(numbers(of.in.size(), 7, false)),
        weights(numbers(blocked(of).floats(), 11, false)),
        residual(numbers(of.out.size(), 13, false)),
        prepared(winograd_weight_floats(of, tiling), -1.0F),
        scratch(winograd_scratch_floats(of, tiling), std::nanf("")) {
    winograd_prepare(of, tiling, weights.data(), prepared.data());
  }
  const float* biases(const conv2d_shape& of) const { return weights.data() + blocked(of).biases(); }
};

template <conv2d_shape Of, int Edge, class Pack>
void check_winograd() {
  constexpr kernels::winograd_tiling tiling = winograd_tiles(Of, Edge);
  operands with(Of, tiling);
  check_rows<float>(
      Of.out,
      [&](float* out, range rows) {
        kernels::winograd<Of, tiling, Pack>(with.in.data(), with.prepared.data(), with.biases(Of), with.residual.data(),
                                            out, with.scratch.data(), rows);
      },
      [&](float* out, range rows) {
        winograd_reference(Of, tiling, with.in.data(), with.prepared.data(), with.biases(Of), with.residual.data(), out,
                           rows);
      });
}

/// A pooling in the epilogue beside the layer and the pooling one after the other, whole and in two parts.
template <conv2d_shape Of, int Edge, class Pack>
void check_pooled() {
  constexpr conv2d_shape pooled = [] {
    conv2d_shape made = Of;
    made.post.pools = true;
    return made;
  }();
  constexpr kernels::winograd_tiling tiling = winograd_tiles(Of, Edge);
  constexpr shape half{Of.out.height / 2, Of.out.width / 2, Of.out.channels};
  operands with(Of, tiling);
  const float* const in = with.in.data();
  const float* const biases = with.biases(Of);
  std::vector<float> between(Of.out.size());
  std::vector<float> expected(half.size());
  kernels::winograd<Of, tiling, Pack>(in, with.prepared.data(), biases, with.residual.data(), between.data(),
                                      with.scratch.data(), {0, Of.out.height});
  kernels::max_pool<kernels::pool_shape{Of.out, half, 2, 2, 1}, Pack>(between.data(), expected.data(),
                                                                      {0, half.height});
  for (int middle = 0; middle <= Of.out.height; middle += 2) {
    std::vector<float> out(half.size(), std::nanf(""));
    for (const range rows : {range{0, middle}, range{middle, Of.out.height}}) {
      kernels::winograd<pooled, tiling, Pack>(in, with.prepared.data(), biases, with.residual.data(), out.data(),
                                              with.scratch.data(), rows);
    }
    CAPTURE(middle);
    CHECK(differences(out, expected) == 0);
  }
}

constexpr epilogue sum_and_relu{true, {activation_kind::relu}};
constexpr conv2d_shape grouped = convolution({5, 6, 16}, 18, 1, 2, sum_and_relu);

}  // namespace

TEST_CASE_TEMPLATE("a convolution in Winograd's form agrees with its reference, whatever the rows", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  check_winograd<convolution({9, 11, 8}, 8, 1), 4, Pack>();
  check_winograd<convolution({5, 21, 19}, 16, {1, 1, 0, 2}), 4, Pack>();
  check_winograd<grouped, 4, Pack>();
  check_winograd<convolution({4, 8, 8}, 76, 1), 4, Pack>();
  check_winograd<convolution({30, 29, 40}, 41, 1), 4, Pack>();
  check_winograd<convolution({7, 5, 8}, 9, 1, 1, sum_and_relu), 2, Pack>();
}

TEST_CASE_TEMPLATE("Winograd's form with a max pooling behind it has the bits of both layers", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  check_pooled<convolution({10, 6, 8}, 9, 1), 4, Pack>();
  check_pooled<convolution({6, 8, 16}, 18, 1, 2, sum_and_relu), 4, Pack>();
  check_pooled<convolution({6, 4, 8}, 8, 1, 1, sum_and_relu), 2, Pack>();
}

TEST_CASE("the residual of Winograd's form may be its output") {
  constexpr conv2d_shape of = grouped;
  constexpr kernels::winograd_tiling tiling = winograd_tiles(of, 4);
  operands with(of, tiling);
  std::vector<float> expected(of.out.size());
  winograd_reference(of, tiling, with.in.data(), with.prepared.data(), with.biases(of), with.residual.data(),
                     expected.data(), {0, of.out.height});
  std::vector<float> out = with.residual;
  kernels::winograd<of, tiling, cleave::native_pack>(with.in.data(), with.prepared.data(), with.biases(of), out.data(),
                                                     out.data(), with.scratch.data(), {0, of.out.height});
  CHECK(differences(out, expected) == 0);
}

TEST_CASE("a weight of one tap is spread over the points as the transform says") {
  constexpr conv2d_shape of = convolution({4, 4, 8}, 8, 1);
  constexpr kernels::winograd_tiling tiling = winograd_tiles(of, 4);
  std::vector<float> weights(blocked(of).floats());
  weights[blocked(of).weight(3, 1, 1, 5)] = 1;
  std::vector<float> prepared(winograd_weight_floats(of, tiling));
  winograd_prepare(of, tiling, weights.data(), prepared.data());
  // G's middle column, 0, -1/6, 1/6, 1/12, -1/12, 0, with its rows times 1, -6, -6, 24, 24, 1.
  const float middle[6]{0, 1, -1, 2, -2, 0};
  for (std::size_t y = 0; y < 6; ++y) {
    for (std::size_t x = 0; x < 6; ++x) {
      const int point = static_cast<int>(y * 6 + x);
      CHECK(prepared[winograd_weight(of, tiling, point, 3, 5)] == middle[y] * middle[x]);
    }
  }
  CHECK(std::count_if(prepared.begin(), prepared.end(), [](float each) { return each != 0; }) == 16);
}

TEST_CASE("Winograd's form is chosen where it saves time, and nowhere else") {
  CHECK(choose_winograd(convolution({32, 32, 16}, 16, 1)).edge == 4);
  CHECK(choose_winograd(convolution({8, 8, 64}, 64, 1)).edge == 4);
  CHECK(choose_winograd(convolution({13, 13, 384}, 384, 1, 2)).edge == 4);
  CHECK(choose_winograd(convolution({13, 13, 256}, 384, 1)).inputs == 32);  // weights that are transformed in the call
  CHECK(choose_winograd(convolution({56, 56, 256}, 256, 1)).inputs == 0);   // as many, but for four rounds
  CHECK(choose_winograd(convolution({28, 28, 512}, 512, 1)).inputs == 32);
  CHECK(choose_winograd(convolution({224, 224, 3}, 64, 1)).edge == 0);
  CHECK(choose_winograd(convolution({3, 3, 8}, 8, 1)).edge == 0);
  conv2d_shape strided = convolution({33, 33, 64}, 64, 0);
  strided.stride = 2;
  strided.out = {16, 16, 64};
  CHECK(choose_winograd(strided).edge == 0);
  conv2d_shape depthwise = convolution({32, 32, 64}, 64, 1, 64);
  CHECK(choose_winograd(depthwise).edge == 0);
}
