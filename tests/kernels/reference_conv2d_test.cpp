// SPDX-License-Identifier: BSL-1.0
#include <cleave/kernels/reference_conv2d.hpp>

#include <doctest/doctest.h>

#include <vector>

#include "weighted_case.hpp"

// The oracle of the convolutions' tests, against results that were worked out by hand.

namespace {

using namespace cleave_test;
using namespace cleave::kernels;
using cleave::range;

// 1 2 3
// 4 5 6
// 7 8 9
const std::vector<float> square{1, 2, 3, 4, 5, 6, 7, 8, 9};

/// A filter of 2x2 for one channel: 1 and 10 above, 100 and 1000 below.
std::vector<float> digits(const conv2d_shape& of, float bias) {
  const blocked_layout layout = blocked(of);
  std::vector<float> weights(layout.floats());
  weights[layout.weight(0, 0, 0, 0)] = 1;
  weights[layout.weight(0, 0, 1, 0)] = 10;
  weights[layout.weight(0, 1, 0, 0)] = 100;
  weights[layout.weight(0, 1, 1, 0)] = 1000;
  weights[layout.bias(0)] = bias;
  return weights;
}

std::vector<float> convolved(const conv2d_shape& of, const std::vector<float>& weights) {
  std::vector<float> out(of.out.size());
  reference::conv2d(of, square.data(), weights.data(), nullptr, out.data(), {0, of.out.height});
  return out;
}

}  // namespace

TEST_CASE("the reference convolution weighs each tap and adds the bias") {
  const conv2d_shape of = convolution({3, 3, 1}, 1, 2);
  CHECK(convolved(of, digits(of, 0.5F)) == std::vector<float>{5421.5F, 6532.5F, 8754.5F, 9865.5F});
}

TEST_CASE("the reference convolution takes padding as absent") {
  const conv2d_shape of = convolution({3, 3, 1}, 1, 2, {1, 1, 0, 0}, 2);
  CHECK(convolved(of, digits(of, 0)) == std::vector<float>{1000, 3200, 7040, 9865});
}

TEST_CASE("the reference convolution spreads a dilated window") {
  const conv2d_shape of = convolution({3, 3, 1}, 1, 2, 0, 1, 2);
  CHECK(convolved(of, digits(of, 0)) == std::vector<float>{9731});
}

TEST_CASE("the reference convolution adds the residual before the activation") {
  const conv2d_shape of = convolution({1, 2, 1}, 1, 1, 0, 1, 1, 1, {true, {cleave::activation_kind::relu}});
  const std::vector<float> in{1, 2};
  const std::vector<float> weights{10, 0, 0, 0, 0, 0, 0, 0};
  const std::vector<float> residuals{-4, -40};
  std::vector<float> out(2);
  reference::conv2d(of, in.data(), weights.data(), residuals.data(), out.data(), {0, 1});
  CHECK(out == std::vector<float>{6, 0});
}

TEST_CASE("the reference convolution keeps groups apart") {
  const conv2d_shape of = convolution({1, 1, 4}, 2, 1, 0, 1, 1, 2);
  const blocked_layout layout = blocked(of);
  std::vector<float> weights(layout.floats());
  weights[layout.weight(0, 0, 0, 0)] = 1;
  weights[layout.weight(0, 0, 0, 1)] = 10;
  weights[layout.weight(1, 0, 0, 0)] = 100;
  weights[layout.weight(1, 0, 0, 1)] = 1000;
  const std::vector<float> in{1, 2, 3, 4};
  std::vector<float> out(2);
  reference::conv2d(of, in.data(), weights.data(), nullptr, out.data(), {0, 1});
  CHECK(out == std::vector<float>{21, 4300});
}

TEST_CASE("the reference depthwise convolution gives each input channel its filters") {
  const conv2d_shape of = convolution({1, 2, 2}, 4, {1, 2}, 0, 1, 1, 2);
  // [column][output], then biases; inputs are (1, 2) and (3, 4).
  const std::vector<float> weights{1, 2, 3, 4, 10, 20, 30, 40, 0.5F, 0, 0, 0};
  const std::vector<float> in{1, 2, 3, 4};
  std::vector<float> out(4);
  reference::depthwise(of, in.data(), weights.data(), nullptr, out.data(), {0, 1});
  CHECK(out == std::vector<float>{31.5F, 62, 126, 168});
}

TEST_CASE("the reference of untied weights has filters for every pixel") {
  const conv2d_shape of = convolution({1, 2, 1}, 1, 1);
  // [pixel][4], then [pixel][4] biases
  const std::vector<float> weights{3, 0, 0, 0, 5, 0, 0, 0, 0.5F, 0, 0, 0, 0.25F, 0, 0, 0};
  const std::vector<float> in{1, 2};
  std::vector<float> out(2);
  reference::locally_connected(of, in.data(), weights.data(), nullptr, out.data(), {0, 1});
  CHECK(out == std::vector<float>{3.5F, 10.25F});
}

TEST_CASE("the reference dense layer is a matrix by a vector") {
  const dense_shape of{3, 2};
  // [input][4], then 4 biases
  const std::vector<float> weights{1, 10, 0, 0, 2, 20, 0, 0, 3, 30, 0, 0, 0.5F, 0.25F, 0, 0};
  const std::vector<float> in{1, 2, 3};
  std::vector<float> out(2);
  reference::dense(of, in.data(), weights.data(), nullptr, out.data(), {0, 2});
  CHECK(out == std::vector<float>{14.5F, 140.25F});
}
