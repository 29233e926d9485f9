// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_SHAPES_HPP
#define CLEAVE_BENCH_SHAPES_HPP

/// @file
/// Named sizes of layers, from networks that others measure too. All have a bias and a ReLU.

#include <cleave/kernels/conv2d_shape.hpp>

namespace cleave_bench {

/// A convolution with the same padding on all sides.
constexpr cleave::kernels::conv2d_shape convolution(cleave::shape in, int channels, cleave::extent kernel,
                                                    cleave::extent stride = 1, cleave::extent pad = 0, int groups = 1) {
  const cleave::shape out{(in.height + 2 * pad.height - kernel.height) / stride.height + 1,
                          (in.width + 2 * pad.width - kernel.width) / stride.width + 1, channels};
  return {in, out, kernel, stride, 1, {pad.height, pad.width}, groups, {false, {cleave::activation_kind::relu}}};
}
constexpr cleave::kernels::conv2d_shape depthwise(cleave::shape in, cleave::extent stride = 1) {
  return convolution(in, in.channels, 3, stride, 1, in.channels);
}
constexpr cleave::kernels::dense_shape dense(int inputs, int outputs) {
  return {inputs, outputs, {false, {cleave::activation_kind::relu}}};
}

// ResNet-8 of MLPerf Tiny
inline constexpr auto resnet8_first = convolution({32, 32, 3}, 16, 3, 1, 1);
inline constexpr auto resnet8_16 = convolution({32, 32, 16}, 16, 3, 1, 1);
inline constexpr auto resnet8_16_to_32 = convolution({32, 32, 16}, 32, 3, 2, 1);
inline constexpr auto resnet8_32 = convolution({16, 16, 32}, 32, 3, 1, 1);
inline constexpr auto resnet8_64 = convolution({8, 8, 64}, 64, 3, 1, 1);
inline constexpr auto resnet8_shortcut = convolution({16, 16, 32}, 64, 1, 2);
// DS-CNN of MLPerf Tiny
inline constexpr auto dscnn_first = convolution({49, 10, 1}, 64, {10, 4}, 2, {5, 1});
inline constexpr auto dscnn_pointwise = convolution({25, 5, 64}, 64, 1);
inline constexpr auto dscnn_depthwise = depthwise({25, 5, 64});
// MobileNetV1 0.25 at 96
inline constexpr auto mobilenet_first = [] {
  auto one_row_and_column_of_padding_behind = convolution({96, 96, 3}, 8, 3, 2);
  one_row_and_column_of_padding_behind.out = {48, 48, 8};
  return one_row_and_column_of_padding_behind;
}();
inline constexpr auto mobilenet_pointwise = convolution({12, 12, 128}, 128, 1);
inline constexpr auto mobilenet_depthwise_8 = depthwise({48, 48, 8});
inline constexpr auto mobilenet_depthwise_16_s2 = depthwise({48, 48, 16}, 2);
inline constexpr auto mobilenet_depthwise_32 = depthwise({24, 24, 32});
inline constexpr auto mobilenet_depthwise_128 = depthwise({6, 6, 128});
inline constexpr auto depthwise_32_48x48 = depthwise({48, 48, 32});
// LeNet-5
inline constexpr auto lenet5_first = convolution({28, 28, 1}, 6, 5, 1, 2);
inline constexpr auto lenet5_second = convolution({14, 14, 6}, 16, 5);
// AlexNet
inline constexpr auto alexnet_1 = convolution({227, 227, 3}, 96, 11, 4);
inline constexpr auto alexnet_2 = convolution({27, 27, 96}, 256, 5, 1, 2, 2);
inline constexpr auto alexnet_3 = convolution({13, 13, 256}, 384, 3, 1, 1);
inline constexpr auto alexnet_4 = convolution({13, 13, 384}, 384, 3, 1, 1, 2);
inline constexpr auto alexnet_5 = convolution({13, 13, 384}, 256, 3, 1, 1, 2);
// VGG-16 and ResNet-50
inline constexpr auto vgg16_128_to_256 = convolution({56, 56, 128}, 256, 3, 1, 1);
inline constexpr auto vgg16_512 = convolution({14, 14, 512}, 512, 3, 1, 1);
inline constexpr auto resnet50_first = convolution({224, 224, 3}, 64, 7, 2, 3);

}  // namespace cleave_bench
#endif
