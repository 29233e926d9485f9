// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_MODELS_INCEPTION_V3_HPP
#define CLEAVE_MODELS_INCEPTION_V3_HPP

/// @file
/// Inception-v3 (Szegedy, Vanhoucke, Ioffe, Shlens and Wojna, Rethinking the Inception architecture for computer
/// vision, 2016) without the auxiliary classifier, which only acts in training, and with batch normalisation folded
/// into the convolutions. As in the authors' TensorFlow model, means of the border leave the padding out.

#include <cleave/graph/graph.hpp>

namespace cleave::models {

namespace inception {

/// A convolution that keeps the sides; a branch names its last one, and reads "x" with its first.
constexpr auto convolution(int channels, extent kernel, label name = {}, label from = {}) {
  return layers{
      conv2d{.channels = channels, .kernel = kernel, .padding = same, .from = from},
      relu{.name = name},
  };
}
/// One that does not reach over the border.
constexpr auto inner_convolution(int channels, int stride, label name = {}, label from = {}) {
  return layers{conv2d{.channels = channels, .kernel = 3, .stride = stride, .from = from}, relu{.name = name}};
}

/// The mean around each pixel, and a mixture of the channels.
constexpr auto pool_branch(int channels) {
  return layers{
      average_pool{.kernel = 3, .stride = 1, .padding = same, .from = "x"},
      convolution(channels, 1, "pooled"),
  };
}

/// 35 x 35 pixels: the paper's figure 5, where 5 x 5 filters become two of 3 x 3 in the third branch.
constexpr auto block_35(int pooled) {
  return layers{
      convolution(64, 1, "1x1"), convolution(48, 1, {}, "x"),
      convolution(64, 5, "5x5"), convolution(64, 1, {}, "x"),
      convolution(96, 3),        convolution(96, 3, "3x3x2"),
      pool_branch(pooled),       concat{.with = {"5x5", "3x3x2", "pooled"}, .name = "x", .from = "1x1"},
  };
}

/// Figure 10: fewer pixels without a bottleneck.
constexpr auto reduce_to_17() {
  return layers{
      inner_convolution(384, 2, "3x3"),
      convolution(64, 1, {}, "x"),
      convolution(96, 3),
      inner_convolution(96, 2, "3x3x2"),
      max_pool{.kernel = 3, .stride = 2, .name = "pooled", .from = "x"},
      concat{.with = {"3x3x2", "pooled"}, .name = "x", .from = "3x3"},
  };
}

/// 17 x 17 pixels, figure 6: filters of 7 x 7 as rows and columns of them.
constexpr auto block_17(int channels) {
  constexpr extent row{1, 7};
  constexpr extent column{7, 1};
  return layers{
      convolution(192, 1, "1x1"),
      convolution(channels, 1, {}, "x"),
      convolution(channels, row),
      convolution(192, column, "7x7"),
      convolution(channels, 1, {}, "x"),
      convolution(channels, column),
      convolution(channels, row),
      convolution(channels, column),
      convolution(192, row, "7x7x2"),
      pool_branch(192),
      concat{.with = {"7x7", "7x7x2", "pooled"}, .name = "x", .from = "1x1"},
  };
}

constexpr auto reduce_to_8() {
  return layers{
      convolution(192, 1),
      inner_convolution(320, 2, "3x3"),
      convolution(192, 1, {}, "x"),
      convolution(192, {1, 7}),
      convolution(192, {7, 1}),
      inner_convolution(192, 2, "7x7x3"),
      max_pool{.kernel = 3, .stride = 2, .name = "pooled", .from = "x"},
      concat{.with = {"7x7x3", "pooled"}, .name = "x", .from = "3x3"},
  };
}

/// 8 x 8 pixels, figure 7: rows and columns of 3 side by side.
constexpr auto block_8() {
  constexpr extent row{1, 3};
  constexpr extent column{3, 1};
  return layers{
      convolution(320, 1, "1x1"),
      convolution(384, 1, "wide", "x"),
      convolution(384, row, "row"),
      convolution(384, column, "column", "wide"),
      convolution(448, 1, {}, "x"),
      convolution(384, 3, "wide2"),
      convolution(384, row, "row2"),
      convolution(384, column, "column2", "wide2"),
      pool_branch(192),
      concat{.with = {"row", "column", "row2", "column2", "pooled"}, .name = "x", .from = "1x1"},
  };
}

}  // namespace inception

/// 5,713,216,096 multiply-adds, 23,817,352 parameters.
inline constexpr auto inception_v3 = graph{
    input{.height = 299, .width = 299, .channels = 3},
    inception::inner_convolution(32, 2),
    inception::inner_convolution(32, 1),
    inception::convolution(64, 3),
    max_pool{.kernel = 3, .stride = 2},
    inception::convolution(80, 1),
    inception::inner_convolution(192, 1),
    max_pool{.kernel = 3, .stride = 2, .name = "x"},
    inception::block_35(32),
    inception::block_35(64),
    inception::block_35(64),
    inception::reduce_to_17(),
    inception::block_17(128),
    inception::block_17(160),
    inception::block_17(160),
    inception::block_17(192),
    inception::reduce_to_8(),
    inception::block_8(),
    inception::block_8(),
    global_average_pool{},
    dropout{},
    dense{.units = 1000},
    softmax{},
};

}  // namespace cleave::models
#endif
