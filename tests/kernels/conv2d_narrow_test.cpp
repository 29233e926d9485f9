// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/simd/native.hpp>

#include "conv2d_case.hpp"
#include "support/kernel_packs.hpp"

namespace {

using namespace cleave_test;

// Few pixels and many channels: tiles are a few pixels by several vectors.
constexpr std::array narrow{
    convolution({2, 1, 2}, 64, 3, 1), convolution({2, 2, 2}, 64, 3, 1), convolution({2, 3, 2}, 64, 3, 1),
    convolution({2, 4, 2}, 64, 3, 1), convolution({2, 8, 2}, 64, 3, 1), convolution({2, 5, 2}, 72, 3, 1),
};

constexpr std::array pointwise{
    convolution({6, 7, 3}, 20, 1),       convolution({25, 5, 2}, 64, 1),  convolution({1, 9, 4}, 6, 1),
    convolution({7, 9, 4}, 16, 1, 0, 2), convolution({3, 4, 2}, 4, 1, 1),
};

// So large that two rows are computed for all channels before the next two begin; the last one is alone.
constexpr std::array large{convolution({18, 125, 1}, 128, 2)};
static_assert(cleave::kernels::detail::rows_at_once(large[0]) == 2);

}  // namespace

TEST_CASE_TEMPLATE("a convolution of narrow rows and many channels agrees with the reference", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  check_conv2d_shapes<narrow, Pack>();
}

TEST_CASE_TEMPLATE("a pointwise convolution agrees with the reference, also over a part of its rows", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  check_conv2d_shapes<pointwise, Pack>();
}

TEST_CASE_TEMPLATE("a convolution with a large output agrees with the reference", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check_conv2d_shapes<large, Pack>();
}
