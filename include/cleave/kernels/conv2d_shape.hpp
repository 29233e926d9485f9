// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_KERNELS_CONV2D_SHAPE_HPP
#define CLEAVE_KERNELS_CONV2D_SHAPE_HPP

/// @file
/// What the kernels with weights are keyed by: sizes and epilogue, never the graph. Two layers of the same sizes share
/// their code.

#include <cleave/core/activation.hpp>
#include <cleave/core/shape.hpp>

namespace cleave::kernels {

/// Everything a convolution's code depends on. `pad` is resolved (never `same`); only its top and left matter here, the
/// rest follows from `out`. Structural, so that it can be a template argument.
struct conv2d_shape {
  shape in;
  shape out;
  extent kernel;
  extent stride = 1;
  extent dilation = 1;
  padding pad = 0;
  int groups = 1;
  epilogue post{};
  /// Channels of the tensor that the output is a part of, where it is written among other channels; 0: it stands alone.
  int among = 0;

  constexpr int group_inputs() const noexcept { return in.channels / groups; }
  constexpr int group_outputs() const noexcept { return out.channels / groups; }
  /// Floats from a pixel of the output to the next.
  constexpr int out_pixel() const noexcept { return among > 0 ? among : out.channels; }
  constexpr bool operator==(const conv2d_shape&) const = default;
};

/// True for a convolution whose groups have one input channel each; its weights are stored in another layout.
constexpr bool is_depthwise(const conv2d_shape& of) noexcept { return of.groups > 1 && of.groups == of.in.channels; }

/// True where the output fits no second level cache, so that lines to be written are worth asking for: where it is
/// nearer, that took 1 % longer.
constexpr bool has_far_output(const conv2d_shape& of) noexcept { return of.out.size() > 1000000; }

/// Everything a dense layer's code depends on.
struct dense_shape {
  int inputs;
  int outputs;
  epilogue post{};

  constexpr bool operator==(const dense_shape&) const = default;
};

}  // namespace cleave::kernels
#endif
