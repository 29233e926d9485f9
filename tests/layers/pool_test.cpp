// SPDX-License-Identifier: BSL-1.0
#include <cleave/layers/pool.hpp>

#include <doctest/doctest.h>

namespace {

using cleave::average_pool;
using cleave::max_pool;
using cleave::need;
using cleave::shape;

template <class Layer>
constexpr bool gives(const Layer& layer, shape in, shape out) {
  const cleave::inference found = Layer::infer(layer, in);
  return found.needs == need::nothing && found.out == out && found.multiply_adds == 0;
}

template <class Layer>
constexpr bool refuses(const Layer& layer, shape in, need why) {
  return Layer::infer(layer, in).needs == why;
}

static_assert(gives(max_pool{.kernel = 2}, {28, 28, 6}, {14, 14, 6}), "steps by its size unless told otherwise");
static_assert(gives(max_pool{.kernel = {3, 2}}, {9, 9, 1}, {3, 4, 1}));
static_assert(gives(max_pool{.kernel = 3, .stride = 2}, {13, 13, 256}, {6, 6, 256}));
static_assert(gives(max_pool{.kernel = 3, .stride = 2, .ceil_mode = true}, {112, 112, 64}, {56, 56, 64}));
static_assert(gives(max_pool{.kernel = 3, .stride = 1, .padding = 1}, {7, 9, 2}, {7, 9, 2}));
static_assert(gives(max_pool{.kernel = 2, .stride = 1, .dilation = 2}, {4, 4, 1}, {2, 2, 1}),
              "ONNX maxpool_2d_dilations");
static_assert(gives(max_pool{.kernel = 3, .stride = 2, .padding = cleave::same}, {5, 5, 1}, {3, 3, 1}));
static_assert(gives(max_pool{.kernel = {1, 2}}, {1, 40, 3}, {1, 20, 3}), "one dimension");
static_assert(gives(average_pool{.kernel = 3, .stride = 2, .ceil_mode = true}, {4, 4, 1}, {2, 2, 1}));
static_assert(gives(average_pool{.kernel = 2, .padding = {0, 0, 1, 1}}, {5, 5, 4}, {3, 3, 4}));

static_assert(refuses(max_pool{.kernel = 5}, {4, 9, 1}, need::a_window_within_the_padded_input));
static_assert(refuses(max_pool{.kernel = 2, .padding = 2}, {9, 9, 1}, need::padding_smaller_than_the_window));
static_assert(refuses(max_pool{.kernel = 2, .padding = {0, 0, 0, 2}}, {9, 9, 1},
                      need::padding_smaller_than_the_window));
static_assert(refuses(average_pool{.kernel = 2, .padding = {0, 2, 0, 0}}, {9, 9, 1},
                      need::padding_smaller_than_the_window));
static_assert(refuses(max_pool{.kernel = 0}, {9, 9, 1}, need::positive_sizes));
static_assert(refuses(max_pool{.kernel = 2, .stride = -1}, {9, 9, 1}, need::positive_sizes));
static_assert(refuses(average_pool{.kernel = 2, .padding = -1}, {9, 9, 1}, need::positive_sizes));

static_assert(gives(cleave::global_max_pool{}, {7, 5, 12}, {1, 1, 12}));
static_assert(gives(cleave::global_average_pool{}, {7, 5, 12}, {1, 1, 12}));

}  // namespace

TEST_CASE("pools keep what the user wrote in their record") {
  const cleave::layer_record most =
      max_pool{.kernel = {2, 3}, .padding = 1, .dilation = 2, .ceil_mode = true, .name = "here", .from = "there"};
  CHECK(most.kind == cleave::op::max_pool);
  CHECK(most.stride == cleave::extent{2, 3});
  CHECK(most.dilation == cleave::extent{2});
  CHECK(most.ceil_mode);
  CHECK_FALSE(most.count_include_pad);
  CHECK(most.name == "here");
  CHECK(most.from[0] == "there");

  const cleave::layer_record mean = average_pool{.kernel = 2, .count_include_pad = true};
  CHECK(mean.kind == cleave::op::average_pool);
  CHECK(mean.count_include_pad);
  CHECK_FALSE(mean.ceil_mode);
}
