// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/kernels/normalize.hpp>
#include <cleave/kernels/reference_normalization.hpp>
#include <cleave/simd/native.hpp>
#include <utility>
#include <vector>

#include "check_rows.hpp"
#include "support/kernel_packs.hpp"

namespace {

using namespace cleave_test;
using cleave::range;
namespace kernels = cleave::kernels;

template <kernels::normalize_shape Shape, class Pack>
void check() {
  const std::vector<float> in = numbers(Shape.out.size(), 71, false);
  const auto reference = [&](float* out, range rows) { kernels::reference::normalize(Shape, in.data(), out, rows); };
  check_rows<float>(
      Shape.out, [&](float* out, range rows) { kernels::normalize<Shape, Pack>(in.data(), out, rows); }, reference);
  check_rows<float>(
      Shape.out, [&](float* out, range rows) { kernels::normalize<Shape, Pack>(out, out, rows); }, reference,
      in.data());
}

template <class Pack, std::size_t... Less>
void check_sizes(std::index_sequence<Less...>) {
  (check<kernels::normalize_shape{{2, 1, static_cast<int>(Less) + 1}, 1e-5F, true}, Pack>(), ...);
}

}  // namespace

TEST_CASE_TEMPLATE("normalize agrees with its reference, apart and in place", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check_sizes<Pack>(std::make_index_sequence<18>{});
  check<kernels::normalize_shape{{3, 2, 100}, 0.25F, true}, Pack>();
  check<kernels::normalize_shape{{3, 2, 100}, 1e-5F, false}, Pack>();
}

TEST_CASE_TEMPLATE("normalized numbers have a mean of 0 and a deviation of 1", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  const std::vector<float> in{1, 3, 1, 3, 1, 3};
  std::vector<float> out(6);
  kernels::normalize<kernels::normalize_shape{{1, 1, 6}, 0, true}, Pack>(in.data(), out.data(), {0, 1});
  CHECK(out == std::vector<float>{-1, 1, -1, 1, -1, 1});
  kernels::normalize<kernels::normalize_shape{{1, 1, 6}, 4, false}, Pack>(in.data(), out.data(), {0, 1});
  CHECK(out[1] == 1);
}
