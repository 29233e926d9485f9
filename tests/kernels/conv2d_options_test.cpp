// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/simd/native.hpp>

#include "conv2d_case.hpp"
#include "support/kernel_packs.hpp"

namespace {

using namespace cleave_test;
using cleave::activation_kind;
using cleave::epilogue;

constexpr std::array dilations{
    convolution({9, 11, 3}, 6, 3, 2, 1, 2),
    convolution({8, 9, 2}, 17, 3, {0, 3}, {2, 1}, {1, 3}),
    convolution({3, 7, 2}, 4, {3, 2}, {4, 5}, 1, {4, 6}),
    // So wide a window that pixels beside the padding are computed one by one.
    convolution({3, 24, 2}, 5, {1, 19}, {0, 9}),
    convolution({3, 40, 2}, 18, {1, 13}, {0, 18}, 1, {1, 3}),
};

constexpr std::array groups{
    convolution({5, 6, 4}, 10, 3, 1, 1, 1, 2),
    convolution({4, 5, 6}, 51, 3, 1, 2, 1, 3),
    convolution({3, 5, 4}, 8, 1, 0, 1, 1, 2),
};

constexpr std::array epilogues{
    convolution({4, 5, 3}, 9, 3, 1, 1, 1, 1, relu),
    convolution({4, 5, 3}, 18, 3, 1, 1, 1, 1, residual),
    convolution({4, 5, 4}, 6, 1, 0, 1, 1, 2, epilogue{true, {activation_kind::relu}}),
    convolution({4, 5, 3}, 5, 2, 0, 1, 1, 1, epilogue{false, {activation_kind::clip, -1, 6}}),
    convolution({4, 5, 3}, 5, 2, 0, 1, 1, 1, epilogue{true, {activation_kind::leaky_relu, 0.1F}}),
    convolution({4, 5, 3}, 5, 2, 0, 1, 1, 1, epilogue{false, {activation_kind::hard_sigmoid, 0.2F, 0.5F}}),
    convolution({4, 5, 3}, 5, 2, 0, 1, 1, 1, epilogue{true, {activation_kind::hard_swish}}),
};

}  // namespace

TEST_CASE_TEMPLATE("a dilated convolution agrees with the reference", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check_conv2d_shapes<dilations, Pack>();
}

TEST_CASE_TEMPLATE("a convolution in groups agrees with the reference", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check_conv2d_shapes<groups, Pack>();
}

TEST_CASE_TEMPLATE("a convolution adds its residual and applies its activation", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check_conv2d_shapes<epilogues, Pack>();
}
