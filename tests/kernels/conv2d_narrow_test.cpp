// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/simd/native.hpp>
#include <vector>

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
constexpr cleave::kernels::conv2d_shape large = convolution({18, 125, 1}, 128, 2);
static_assert(cleave::kernels::detail::rows_at_once(large) == 2);

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
  // Boards run this too: there is memory for two outputs and no more.
  const std::vector<float> in = numbers(large.in.size(), 1, false);
  const std::vector<float> weights = numbers(blocked(large).floats(), 2, false);
  std::vector<float> out(large.out.size());
  for (const cleave::range rows : {cleave::range{0, 5}, cleave::range{5, large.out.height}}) {
    cleave::kernels::conv2d<large, Pack>(in.data(), weights.data(), nullptr, out.data(), rows);
  }
  std::vector<float> expected(large.out.size());
  cleave::kernels::reference::conv2d(large, in.data(), weights.data(), nullptr, expected.data(), {0, large.out.height});
  CHECK(differences(out, expected) == 0);
}
