// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/kernels/global_pool.hpp>
#include <cleave/kernels/reference_pool.hpp>
#include <cleave/simd/native.hpp>
#include <utility>
#include <vector>

#include "check_rows.hpp"
#include "support/kernel_packs.hpp"

namespace {

using namespace cleave_test;
using cleave::range;
using cleave::shape;
namespace kernels = cleave::kernels;

struct global_case {
  kernels::global_pool_shape of;
  void (*max)(const float*, float*, range) noexcept;
  void (*average)(const float*, float*, range) noexcept;
};

template <kernels::global_pool_shape Shape, class Pack>
global_case case_of() {
  return {Shape, kernels::global_max_pool<Shape, Pack>, kernels::global_average_pool<Shape, Pack>};
}

template <class Pack, std::size_t... Less>
std::vector<global_case> each_channels(std::index_sequence<Less...>) {
  return {case_of<kernels::global_pool_shape{{1, 1, 5}}, Pack>(),
          case_of<kernels::global_pool_shape{{7, 7, 200}}, Pack>(),
          case_of<kernels::global_pool_shape{{3, 5, static_cast<int>(Less) + 1}}, Pack>()...};
}

}  // namespace

TEST_CASE_TEMPLATE("global pooling agrees with its reference", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  for (const global_case& each : each_channels<Pack>(std::make_index_sequence<2 * Pack::lanes + 1>{})) {
    const std::vector<float> in = numbers(each.of.in.size(), 11);
    const shape out{1, 1, each.of.in.channels};
    check_rows<float>(
        out, [&](float* to, range rows) { each.max(in.data(), to, rows); },
        [&](float* to, range) { kernels::reference::global_max_pool(each.of, in.data(), to); });
    check_rows<float>(
        out, [&](float* to, range rows) { each.average(in.data(), to, rows); },
        [&](float* to, range) { kernels::reference::global_average_pool(each.of, in.data(), to); });
  }
}
