// SPDX-License-Identifier: BSL-1.0
#include <cleave/kernels/depthwise.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cleave/simd/native.hpp>

#include "depthwise_case.hpp"
#include "support/kernel_packs.hpp"

namespace {

using namespace cleave_test;
using cleave::activation_kind;
using cleave::epilogue;

constexpr std::array windows{
    each_channel({5, 6, 5}, 3, 1),
    each_channel({7, 9, 8}, 3, {0, 1, 1, 0}, 2),
    each_channel({6, 13, 4}, 5, 2),
    each_channel({5, 8, 3}, {2, 1}),
    each_channel({9, 12, 4}, 3, 2, {1, 2}, 2),
    each_channel({3, 20, 3}, {3, 11}, {1, 7}, {1, 4}),
    each_channel({2, 24, 2}, {1, 3}, {0, 9}, 1, {1, 9}),
};

constexpr std::array epilogues{
    each_channel({4, 5, 6}, 3, 1, 1, 1, 1, relu),
    each_channel({4, 5, 6}, 3, 1, 1, 1, 1, epilogue{true, {activation_kind::hard_swish}}),
};

constexpr std::array multipliers{
    each_channel({3, 4, 3}, 3, 1, 1, 1, 2),
    each_channel({3, 4, 5}, 2, 0, 1, 1, 3, residual),
    each_channel({2, 3, 2}, 2, 1, 1, 1, 16),
};

}  // namespace

TEST_CASE_TEMPLATE("a depthwise convolution of any window agrees with the reference", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check_depthwise_shapes<windows, Pack>();
}

TEST_CASE_TEMPLATE("a depthwise convolution adds its residual and applies its activation", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  check_depthwise_shapes<epilogues, Pack>();
}

TEST_CASE_TEMPLATE("a depthwise convolution may have several filters a channel", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check_depthwise_shapes<multipliers, Pack>();
}
