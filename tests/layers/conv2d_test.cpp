// SPDX-License-Identifier: BSL-1.0
#include <cleave/layers/conv2d.hpp>

#include <doctest/doctest.h>

#include <cleave/layers/dense.hpp>

namespace {

using cleave::need;
using cleave::shape;

template <class Layer>
constexpr cleave::inference infer(const Layer& layer, shape in) {
  return Layer::infer(layer, in);
}

template <class Layer>
constexpr bool gives(const Layer& layer, shape in, shape out, std::uint64_t multiply_adds) {
  const cleave::inference found = infer(layer, in);
  return found.needs == need::nothing && found.out == out && found.multiply_adds == multiply_adds;
}

template <class Layer>
constexpr bool refuses(const Layer& layer, shape in, need why) {
  return infer(layer, in).needs == why;
}

using cleave::conv2d;
using cleave::dense;
using cleave::depthwise_conv2d;
using cleave::locally_connected2d;
using cleave::same;

// Convolution: rows and columns have sizes, steps and paddings of their own.
static_assert(gives(conv2d{.channels = 96, .kernel = 11, .stride = 4}, {227, 227, 3}, {55, 55, 96}, 105'415'200));
static_assert(gives(conv2d{.channels = 256, .kernel = 5, .padding = 2, .groups = 2}, {27, 27, 96}, {27, 27, 256},
                    27 * 27 * 256 * 25 * 48));
static_assert(gives(conv2d{.channels = 8, .kernel = {3, 1}}, {5, 7, 2}, {3, 7, 8}, 3 * 7 * 8 * 3 * 2));
static_assert(gives(conv2d{.channels = 8, .kernel = {1, 3}, .stride = {2, 1}}, {5, 7, 2}, {3, 5, 8},
                    3 * 5 * 8 * 3 * 2));
static_assert(gives(conv2d{.channels = 4, .kernel = 3, .padding = {1, 0}}, {4, 4, 1}, {4, 2, 4}, 4 * 2 * 4 * 9));
static_assert(gives(conv2d{.channels = 4, .kernel = 3, .padding = {0, 1, 2, 0}}, {4, 4, 1}, {4, 3, 4}, 4 * 3 * 4 * 9),
              "top, left, bottom, right");
static_assert(gives(conv2d{.channels = 4, .kernel = 3, .dilation = {1, 2}}, {6, 6, 1}, {4, 2, 4}, 4 * 2 * 4 * 9));
static_assert(gives(conv2d{.channels = 16, .kernel = 3, .stride = 2, .padding = same}, {7, 8, 4}, {4, 4, 16},
                    4 * 4 * 16 * 9 * 4));
static_assert(gives(conv2d{.channels = 6, .kernel = {1, 5}, .padding = {0, 2}}, {1, 40, 3}, {1, 40, 6}, 40 * 6 * 5 * 3),
              "one dimension");

constexpr cleave::padding resolved =
    infer(conv2d{.channels = 1, .kernel = 3, .stride = 2, .padding = same}, {8, 7, 1}).pad;
static_assert(resolved == cleave::padding{0, 1, 1, 1} && !resolved.automatic);
static_assert(infer(conv2d{.channels = 6, .kernel = 1, .groups = 3}, {1, 1, 9}).groups == 3);

static_assert(refuses(conv2d{.channels = 8, .kernel = 5}, {4, 9, 1}, need::a_window_within_the_padded_input));
static_assert(refuses(conv2d{.channels = 8, .kernel = 3, .dilation = 2}, {4, 9, 1},
                      need::a_window_within_the_padded_input));
static_assert(refuses(conv2d{.channels = 8, .kernel = 1, .groups = 3}, {4, 4, 9},
                      need::channels_that_are_a_multiple_of_groups));
static_assert(refuses(conv2d{.channels = 9, .kernel = 1, .groups = 3}, {4, 4, 8},
                      need::channels_that_are_a_multiple_of_groups));
static_assert(refuses(conv2d{.channels = 0, .kernel = 1}, {4, 4, 8}, need::positive_sizes));
static_assert(refuses(conv2d{.channels = 8, .kernel = 0}, {4, 4, 8}, need::positive_sizes));
static_assert(refuses(conv2d{.channels = 8, .kernel = {1, -1}}, {4, 4, 8}, need::positive_sizes));
static_assert(refuses(conv2d{.channels = 8, .kernel = 1, .stride = 0}, {4, 4, 8}, need::positive_sizes));
static_assert(refuses(conv2d{.channels = 8, .kernel = 1, .padding = -1}, {4, 4, 8}, need::positive_sizes));
static_assert(refuses(conv2d{.channels = 8, .kernel = 1, .dilation = 0}, {4, 4, 8}, need::positive_sizes));
static_assert(refuses(conv2d{.channels = 8, .kernel = 1, .groups = 0}, {4, 4, 8}, need::positive_sizes));
static_assert(refuses(conv2d{.channels = 8, .kernel = 1, .groups = -2}, {4, 4, 8}, need::positive_sizes));

// Depthwise: one input channel a product, `multiplier` filters a channel.
static_assert(gives(depthwise_conv2d{.kernel = 3, .padding = 1}, {25, 5, 64}, {25, 5, 64}, 25 * 5 * 64 * 9));
static_assert(gives(depthwise_conv2d{.kernel = {10, 4}, .stride = 2, .padding = same, .multiplier = 64}, {49, 10, 1},
                    {25, 5, 64}, 25 * 5 * 64 * 40),
              "the first layer of DS-CNN");
static_assert(infer(depthwise_conv2d{.kernel = 3, .multiplier = 2}, {5, 5, 7}).groups == 7);
static_assert(refuses(depthwise_conv2d{.kernel = 3, .multiplier = 0}, {5, 5, 7}, need::positive_sizes));
static_assert(refuses(depthwise_conv2d{.kernel = 6}, {5, 5, 7}, need::a_window_within_the_padded_input));

// Untied weights.
static_assert(gives(locally_connected2d{.channels = 16, .kernel = 9}, {63, 63, 16}, {55, 55, 16},
                    55ULL * 55 * 16 * 81 * 16),
              "L4 of DeepFace");
static_assert(refuses(locally_connected2d{.channels = 0, .kernel = 1}, {5, 5, 7}, need::positive_sizes));

// Dense takes any shape.
static_assert(gives(dense{.units = 4096}, {6, 6, 256}, {1, 1, 4096}, 37'748'736));
static_assert(refuses(dense{.units = -1}, {1, 1, 8}, need::positive_sizes));

}  // namespace

TEST_CASE("convolutions keep what the user wrote in their record") {
  const cleave::layer_record record = conv2d{.channels = 8,
                                             .kernel = {3, 5},
                                             .stride = {2, 1},
                                             .padding = {1, 2, 3, 4},
                                             .dilation = {1, 3},
                                             .groups = 2,
                                             .name = "here",
                                             .from = "there"};
  CHECK(record.kind == cleave::op::conv2d);
  CHECK(record.channels == 8);
  CHECK(record.kernel == cleave::extent{3, 5});
  CHECK(record.stride == cleave::extent{2, 1});
  CHECK(record.pad == cleave::padding{1, 2, 3, 4});
  CHECK(record.dilation == cleave::extent{1, 3});
  CHECK(record.groups == 2);
  CHECK(record.name == "here");
  CHECK(record.from[0] == "there");
  CHECK(record.arity == 1);
}
