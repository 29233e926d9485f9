// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/kernels/pool.hpp>
#include <cleave/kernels/reference_pool.hpp>
#include <cleave/simd/native.hpp>
#include <limits>
#include <utility>
#include <vector>

#include "check_rows.hpp"
#include "support/kernel_packs.hpp"

namespace {

using namespace cleave_test;
using cleave::extent;
using cleave::padding;
using cleave::range;
using cleave::shape;
namespace kernels = cleave::kernels;

/// A window over `channels` channels, with the output that ONNX asks for.
constexpr kernels::pool_shape window(shape in, extent kernel, extent stride, extent dilation = 1, padding pad = 0,
                                     bool ceil_mode = false) {
  const auto fit = [&](int size, int taps, int step, int spread, int before, int after) {
    const int span = size + before + after - ((taps - 1) * spread + 1);
    if (!ceil_mode) return span / step + 1;
    const int out = cleave::ceil_div(span, step) + 1;
    return (out - 1) * step >= size + before ? out - 1 : out;
  };
  kernels::pool_shape result{in, in, kernel, stride, dilation, pad};
  result.out.height = fit(in.height, kernel.height, stride.height, dilation.height, pad.top, pad.bottom);
  result.out.width = fit(in.width, kernel.width, stride.width, dilation.width, pad.left, pad.right);
  return result;
}

constexpr std::array<kernels::pool_shape, 16> windows{{
    window({5, 5, 3}, 2, 2), window({5, 5, 3}, 2, 2, 1, 0, true), window({4, 3, 9}, 1, 1),
    window({5, 6, 5}, 3, 2, 1, 1), window({5, 6, 17}, 3, 1, 1, {0, 1, 2, 0}),
    window({6, 7, 4}, 3, 2, 1, {1, 0, 0, 1}, true), window({7, 8, 2}, {3, 2}, {2, 3}, 1, 1, true),
    window({4, 4, 3}, 2, 3, 1, 1, true), window({8, 8, 8}, 2, 3), window({7, 6, 5}, 3, 1, 2),
    window({7, 6, 5}, 3, 2, {1, 3}, {0, 2}), window({2, 3, 7}, {3, 5}, 1, 1, {1, 2}),
    window({1, 13, 6}, {1, 4}, {1, 3}, 1, {0, 1}), window({9, 1, 6}, {3, 1}, {2, 1}, 1, {1, 0}, true),
    window({3, 3, 1}, 3, 3), window({1, 1, 3}, 2, 1, 2, 1),  // its taps lie on either side of the only pixel
}};
static_assert(windows[1].out == shape{3, 3, 3});
static_assert(windows[7].out == shape{2, 2, 3}, "a window that would begin behind the input is dropped");

enum class how { max, average, average_with_padding };

struct pool_case {
  kernels::pool_shape of;
  how mode;
  void (*run)(const float*, float*, range) noexcept;
};

template <kernels::pool_shape Shape, how Mode, class Pack>
pool_case case_of() {
  if constexpr (Mode == how::max) {
    return {Shape, Mode, kernels::max_pool<Shape, Pack>};
  } else {
    constexpr kernels::pool_shape of{
        Shape.in, Shape.out, Shape.kernel, Shape.stride, Shape.dilation, Shape.pad, Mode == how::average_with_padding};
    return {of, Mode, kernels::average_pool<of, Pack>};
  }
}

template <how Mode, class Pack, std::size_t... Window>
std::vector<pool_case> each_window(std::index_sequence<Window...>) {
  return {case_of<windows[Window], Mode, Pack>()...};
}

template <how Mode, class Pack, std::size_t... Less>
std::vector<pool_case> each_channels(std::index_sequence<Less...>) {
  return {case_of<window({4, 5, static_cast<int>(Less) + 1}, {2, 3}, 2, 1, {1, 1}), Mode, Pack>()...};
}

void check(const std::vector<pool_case>& cases) {
  for (const pool_case& each : cases) {
    CAPTURE(each.of.kernel.height);
    CAPTURE(each.of.kernel.width);
    const std::vector<float> in = numbers(each.of.in.size(), 5, each.mode == how::max);
    check_rows<float>(
        each.of.out, [&](float* out, range rows) { each.run(in.data(), out, rows); },
        [&](float* out, range rows) {
          kernels::reference::pool(each.of, each.mode != how::max, in.data(), out, rows);
        });
  }
}

}  // namespace

TEST_CASE_TEMPLATE("max pooling agrees with its reference", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check(each_window<how::max, Pack>(std::make_index_sequence<windows.size()>{}));
  check(each_channels<how::max, Pack>(std::make_index_sequence<2 * Pack::lanes + 1>{}));
}

TEST_CASE_TEMPLATE("average pooling agrees with its reference, whether padding counts or not", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  check(each_window<how::average, Pack>(std::make_index_sequence<windows.size()>{}));
  check(each_channels<how::average, Pack>(std::make_index_sequence<Pack::lanes + 1>{}));
  // Those that have padding.
  check(each_window<how::average_with_padding, Pack>(std::index_sequence<3, 4, 5, 6, 7, 10, 11, 12, 13, 15>{}));
}

TEST_CASE_TEMPLATE("the maximum of infinities is right, and that of zeros is +0", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  constexpr float inf = std::numeric_limits<float>::infinity();
  constexpr auto of = window({1, 6, 1}, {1, 2}, {1, 2});
  const float in[] = {-inf, -inf, -1, inf, -0.0F, -0.0F};
  float out[3];
  kernels::max_pool<of, Pack>(in, out, {0, 1});
  CHECK(out[0] == -inf);
  CHECK(out[1] == inf);
  CHECK(std::bit_cast<std::uint32_t>(out[2]) == 0);
}

TEST_CASE("the mean counts padding but nothing beyond it") {
  // In ceil mode the second window covers one element, one of padding, and one beyond.
  constexpr kernels::pool_shape of{{1, 4, 1}, {1, 2, 1}, {1, 3}, {1, 3}, 1, {0, 0, 0, 1}, true};
  const float in[] = {1, 2, 3, 8};
  float out[2];
  kernels::average_pool<of, cleave::native_pack>(in, out, {0, 1});
  CHECK(out[0] == 2);
  CHECK(out[1] == 4);
  kernels::reference::average_pool(of, in, out, {0, 1});
  CHECK(out[1] == 4);
}
