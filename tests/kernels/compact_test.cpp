// SPDX-License-Identifier: BSL-1.0
#include <cleave/kernels/compact.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cleave/simd/scalar_pack.hpp>

#include "conv2d_case.hpp"
#include "depthwise_case.hpp"

namespace {

using namespace cleave_test;
using cleave::activation_kind;
using cleave::epilogue;
namespace compact = cleave::kernels::compact;

constexpr std::array convolutions{
    convolution({5, 6, 3}, 16, 3, 1),
    convolution({6, 5, 2}, 5, 3),
    convolution({7, 8, 4}, 20, {2, 3}, {1, 0}, {2, 1}),
    convolution({9, 11, 3}, 37, 3, 2, 1, 2),
    convolution({3, 7, 2}, 4, {3, 2}, {4, 5}, 1, {4, 6}),
    convolution({5, 6, 4}, 10, 3, 1, 1, 1, 2),
    convolution({4, 5, 6}, 51, 3, 1, 2, 1, 3),
    convolution({1, 1, 33}, 18, 1),
    convolution({4, 5, 3}, 9, 3, 1, 1, 1, 1, relu),
    convolution({4, 5, 3}, 18, 3, 1, 1, 1, 1, residual),
    convolution({4, 5, 4}, 6, 1, 0, 1, 1, 2, epilogue{true, {activation_kind::relu}}),
    convolution({4, 5, 3}, 5, 2, 0, 1, 1, 1, epilogue{false, {activation_kind::clip, -1, 6}}),
    convolution({4, 5, 3}, 5, 2, 0, 1, 1, 1, epilogue{true, {activation_kind::leaky_relu, 0.1F}}),
    convolution({4, 5, 3}, 5, 2, 0, 1, 1, 1, epilogue{true, {activation_kind::hard_swish}}),
};

constexpr std::array depthwise_convolutions{
    each_channel({5, 6, 3}, 3, 1),
    each_channel({7, 5, 9}, {3, 2}, {2, 1}, {2, 1}),
    each_channel({9, 9, 2}, 3, 2, 1, 2),
    each_channel({5, 5, 3}, 3, 1, 1, 1, 2),
    each_channel({5, 5, 4}, 3, 1, 1, 1, 1, relu),
    each_channel({5, 5, 4}, 3, 1, 1, 1, 1, epilogue{true, {activation_kind::clip, 0, 6}}),
    each_channel({5, 5, 4}, 3, 1, 1, 1, 1, epilogue{false, {activation_kind::leaky_relu, 0.1F}}),
};

template <cleave::kernels::conv2d_shape Shape>
void run_compact(const float* in, const float* weights, const float* residual, float* out,
                 cleave::range rows) noexcept {
  static_assert(compact::fits(Shape));
  static constexpr compact::window_layer of = compact::window_layer_of(Shape);
  constexpr cleave::activation post = compact::beside_bounds(Shape.post.post);
  if (!Shape.post.residual) residual = nullptr;
  if constexpr (cleave::kernels::is_depthwise(Shape)) {
    compact::depthwise<post, cleave::scalar_pack>(of, in, weights, residual, out, rows);
  } else {
    compact::conv2d<post, cleave::scalar_pack>(of, in, weights, residual, out, rows, {0, of.outputs});
  }
}

constexpr auto too_wide = convolution({1, 70000, 1}, 1, {1, 3});
static_assert(!compact::fits(too_wide), "its numbers do not fit 16 bits");
static_assert(sizeof(compact::window_layer) == 40);

}  // namespace

TEST_CASE("one function computes all convolutions, with the bits of plain loops") {
  [&]<std::size_t... Index>(std::index_sequence<Index...>) {
    (check_conv2d(convolutions[Index], run_compact<convolutions[Index]>), ...);
  }(std::make_index_sequence<convolutions.size()>{});
}

TEST_CASE("one function computes all depthwise convolutions, with the bits of plain loops") {
  [&]<std::size_t... Index>(std::index_sequence<Index...>) {
    (check_depthwise(depthwise_convolutions[Index], run_compact<depthwise_convolutions[Index]>), ...);
  }(std::make_index_sequence<depthwise_convolutions.size()>{});
}
