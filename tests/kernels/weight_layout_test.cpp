// SPDX-License-Identifier: BSL-1.0
#include <cleave/kernels/weight_layout.hpp>

#include <doctest/doctest.h>

#include <vector>

namespace {

using namespace cleave::kernels;

// 2 groups of 18 outputs over 3 inputs, windows of 2x1: a block of 16, then one of 2 that is 4 wide.
constexpr blocked_layout grouped{{2, 1}, 3, 18, 2};
static_assert(grouped.padded_outputs() == 20);
static_assert(grouped.weight(0, 0, 0, 0) == 0);
static_assert(grouped.weight(5, 0, 0, 0) == 5, "channels of a block lie side by side");
static_assert(grouped.weight(0, 0, 0, 1) == 16, "then come inputs");
static_assert(grouped.weight(0, 1, 0, 0) == 16 * 3, "then the window");
static_assert(grouped.weight(16, 0, 0, 0) == 16 * 6, "then blocks");
static_assert(grouped.weight(17, 0, 0, 1) == 16 * 6 + 4 + 1, "of which the last is narrow");
static_assert(grouped.weight(18, 0, 0, 0) == 20 * 6, "then groups");
static_assert(grouped.bias(0) == 2 * 20 * 6);
static_assert(grouped.bias(18) == 2 * 20 * 6 + 20);
static_assert(grouped.floats() == 2 * 20 * 6 + 2 * 20);

static_assert(blocked(dense_shape{10, 6}).weight(5, 0, 0, 9) == 9 * 8 + 5);
static_assert(blocked(dense_shape{10, 6}).floats() == 10 * 8 + 8);

constexpr depthwise_layout depthwise{{3, 2}, 5};
static_assert(depthwise.weight(4, 2, 1) == 5 * 5 + 4);
static_assert(depthwise.bias(4) == 6 * 5 + 4);
static_assert(depthwise.floats() == 7 * 5);

constexpr locally_connected_layout untied{{{1, 2}, 3, 6, 1}, 4};
static_assert(untied.weight(3, 5, 0, 1, 2) == 3 * 6 * 8 + 5 * 8 + 5);
static_assert(untied.bias(0, 0) == 4 * 6 * 8);
static_assert(untied.bias(3, 5) == 4 * 6 * 8 + 3 * 8 + 5);
static_assert(untied.floats() == 4 * 6 * 8 + 4 * 8);

/// Marks a place that must be within the layer's floats and not yet taken.
void take(std::vector<int>& taken, std::size_t place) {
  REQUIRE(place < taken.size());
  CHECK(taken[place] == 0);
  ++taken[place];
}

}  // namespace

TEST_CASE("every weight and bias of a blocked layer has a place of its own within its floats") {
  for (const int outputs : {1, 3, 4, 15, 16, 17, 29, 32, 33}) {
    for (const int groups : {1, 3}) {
      const blocked_layout of{{2, 3}, 2, outputs, groups};
      std::vector<int> taken(of.floats());
      for (int o = 0; o < outputs * groups; ++o) {
        for (int tap = 0; tap < 6; ++tap) {
          for (int i = 0; i < of.inputs; ++i) take(taken, of.weight(o, tap / 3, tap % 3, i));
        }
        take(taken, of.bias(o));
      }
    }
  }
}

TEST_CASE("every weight and bias of an untied layer has a place of its own within its floats") {
  for (const int outputs : {1, 16, 18}) {
    const locally_connected_layout of{{{1, 2}, 3, outputs, 1}, 5};
    std::vector<int> taken(of.floats());
    for (int pixel = 0; pixel < of.pixels; ++pixel) {
      for (int o = 0; o < outputs; ++o) {
        for (int step = 0; step < 6; ++step) take(taken, of.weight(pixel, o, 0, step / 3, step % 3));
        take(taken, of.bias(pixel, o));
      }
    }
  }
}
