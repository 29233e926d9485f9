// SPDX-License-Identifier: BSL-1.0
#include <cleave/kernels/conv2d.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cleave/simd/native.hpp>

#include "conv2d_case.hpp"
#include "support/kernel_packs.hpp"

namespace {

using namespace cleave_test;
using cleave::activation_kind;
using cleave::kernels::conv2d_shape;

constexpr std::array kernels_and_strides{
    convolution({5, 6, 3}, 5, 2),
    convolution({7, 9, 4}, 16, 3, 1, 2),
    convolution({9, 10, 2}, 17, 5, 2, {2, 1}),
    convolution({9, 20, 1}, 6, 7, 3, {1, 4}),
    convolution({15, 23, 3}, 20, 11, {0, 2}, 4),
    convolution({1, 12, 5}, 8, {1, 4}, {0, 1}, {1, 2}),
    convolution({11, 1, 2}, 9, {5, 1}, {2, 0}),
};

constexpr std::array paddings{
    convolution({5, 7, 3}, 10, 3, {0, 1, 2, 0}),
    convolution({4, 5, 3}, 18, 3, {2, 0, 0, 2}, 2),
    convolution({2, 2, 3}, 5, 3, 2),
    convolution({3, 4, 2}, 7, {4, 2}, {3, 1, 0, 0}),
};

}  // namespace

TEST_CASE_TEMPLATE("a convolution of any kernel and stride agrees with the reference", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check_conv2d_shapes<kernels_and_strides, Pack>();
}

TEST_CASE_TEMPLATE("a convolution skips taps on padding of any side", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check_conv2d_shapes<paddings, Pack>();
}
