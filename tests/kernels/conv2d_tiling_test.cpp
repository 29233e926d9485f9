// SPDX-License-Identifier: BSL-1.0
#include <cleave/kernels/conv2d_tiling.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cstddef>
#include <vector>

#include "weighted_case.hpp"

namespace {

using namespace cleave_test;
using namespace cleave::kernels;
using cleave::range;

/// True where a pixel of the output has a tap on the input.
bool has_tap(const conv2d_shape& of, int x, int column) {
  const int at = x * of.stride.width - of.pad.left + column * of.dilation.width;
  return at >= 0 && at < of.in.width;
}

/// How often each tap of each pixel of a row is computed, [pixel][column].
class tap_counts {
 public:
  explicit tap_counts(const conv2d_shape& of) : of_(of), counts_(static_cast<std::size_t>(of.out.width * columns())) {}

  void add(const tap_runs& runs, int x0) {
    REQUIRE(runs.count <= tap_runs::most);
    for (int i = 0; i < runs.count; ++i) {
      const tap_run& run = runs.run[static_cast<std::size_t>(i)];
      for (int t = run.pixels.begin; t < run.pixels.end; ++t) add(run.columns, x0 + t);
    }
  }
  void add(range taps, int x) {
    for (int column = taps.begin; column < taps.end; ++column)
      ++counts_[static_cast<std::size_t>(x * columns() + column)];
  }
  bool right() const {
    for (int x = 0; x < of_.out.width; ++x) {
      for (int column = 0; column < columns(); ++column) {
        const int wanted = has_tap(of_, x, column) ? 1 : 0;
        if (counts_[static_cast<std::size_t>(x * columns() + column)] != wanted) return false;
      }
    }
    return true;
  }

 private:
  int columns() const { return of_.kernel.width; }

  conv2d_shape of_;
  std::vector<int> counts_;
};

/// Walks through a row as conv2d does.
void check_row(const conv2d_shape& of, int most) {
  CAPTURE(of.in.width);
  CAPTURE(of.kernel.width);
  CAPTURE(of.stride.width);
  CAPTURE(of.dilation.width);
  CAPTURE(of.pad.left);
  CAPTURE(of.pad.right);
  CAPTURE(most);
  const row_plan plan = plan_row(of, most);
  CHECK(std::max({plan.left, plan.inner, plan.right}) <= most);
  tap_counts counts(of);
  int x = 0;
  const auto singles = [&](int count) {
    for (; count > 0; --count, ++x) {
      counts.add(taps_inside(x * of.stride.width - of.pad.left, of.kernel.width, of.dilation.width, of.in.width), x);
    }
  };
  singles(plan.single_left);
  counts.add(find_runs(of, x, plan.left), x);
  x += plan.left;
  for (int i = 0; i < plan.inner_count; ++i, x += plan.inner) counts.add(whole_run(of, plan.inner), x);
  counts.add(find_runs(of, x, plan.right), x);
  x += plan.right;
  singles(plan.single_right);
  CHECK(x == of.out.width);
  CHECK(counts.right());
}

}  // namespace

static_assert(plan_row(convolution({1, 24, 1}, 1, {1, 19}, {0, 9}), 16).single_left > 0);
static_assert(plan_row(convolution({1, 32, 1}, 1, 3, 1), 16).left == 16);
static_assert(plan_row(convolution({1, 32, 1}, 1, 3, 1), 6).inner_count == 4);

TEST_CASE("the tiles of a row compute every tap that is no padding, once") {
  for (const int kernel : {1, 2, 3, 5, 7, 11, 19}) {
    for (const int stride : {1, 2, 4}) {
      for (const int dilation : {1, 2, 5}) {
        for (const auto& [before, after] : {std::pair{0, 0}, {1, 1}, {0, 2}, {3, 0}, {9, 9}}) {
          for (const int most : {1, 2, 3, 6, 14, 16, 30}) {
            for (int width = 1; width <= 70; width += width < 36 ? 1 : 11) {
              if (width + before + after < (kernel - 1) * dilation + 1) continue;
              check_row(convolution({1, width, 1}, 1, {1, kernel}, {0, before, 0, after}, stride, dilation), most);
            }
          }
        }
      }
    }
  }
}

TEST_CASE("tiles fit the registers") {
  using enum tile_operands;
  for (const tile_limits limits :
       {tile_limits{15, spread, 4}, {16, spread, 4}, {32, spread, 1}, {32, lanes, 4}, {16, streams, 4}}) {
    for (const int vectors : {1, 2, 3, 4, 5, 8, 16, 64}) {
      for (int width = 1; width <= 256; ++width) {
        const tile_size tile = choose_tile(limits, width, vectors);
        CHECK(tile.pixels >= 1);
        CHECK(tile.pixels <= width);
        CHECK(tile.vectors >= 1);
        CHECK(tile.vectors <= vectors);
        const int inputs = limits.operands == spread ? std::min(tile.pixels, tile.vectors) : tile.pixels;
        CHECK(tile.pixels * tile.vectors + inputs + 1 <= limits.registers);
      }
    }
  }
}

TEST_CASE("tiles have eight chains of multiply-adds wherever the row and the channels allow") {
  for (int width = 1; width <= 64; ++width) {
    for (const int vectors : {1, 2, 4, 8}) {
      if (width * vectors < 8) continue;
      const tile_size tile = choose_tile({32, tile_operands::spread, 1}, width, vectors);
      CAPTURE(width);
      CAPTURE(vectors);
      CHECK(tile.pixels * tile.vectors >= 8);
    }
  }
}

TEST_CASE("tiles whose weights come by one pointer have all channels of a block") {
  CHECK(choose_tile({16, tile_operands::streams, 4}, 32, 4).vectors == 4);
  CHECK(choose_tile({16, tile_operands::streams, 4}, 32, 16).vectors == 4);
  CHECK(choose_tile({16, tile_operands::streams, 4}, 32, 2).vectors == 2);
}
