// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_LAYER_WORK_HPP
#define CLEAVE_PLAN_LAYER_WORK_HPP

/// @file
/// What a layer does, in the numbers that predictions are made of.

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include <cleave/graph/node.hpp>
#include <cleave/graph/weight_layout.hpp>

namespace cleave {

/// Layers that one predictor serves: their time follows from the same numbers in the same way.
enum class work_kind : std::uint8_t {
  nothing,      ///< gives memory another name
  convolution,  ///< with a window
  pointwise,    ///< convolution with a window of 1
  depthwise,
  locally_connected,
  dense,
  recurrent,
  pool,
  cheap_activation,  ///< comparisons and multiply-adds
  activation,        ///< exponentials and their kin
  normalization,     ///< with powers: local response, across a tensor
  softmax,
  arithmetic,  ///< of two tensors, or a factor and a summand a channel
  movement,    ///< concatenation, padding, transposition, enlarging
  reduction,   ///< argmax and sums along an axis
  fused,       ///< computed by the kernel of the layer before
};
inline constexpr std::size_t work_kinds = 16;

constexpr std::string_view name_of(work_kind kind) noexcept {
  constexpr std::array<std::string_view, work_kinds> names{
      "nothing",    "convolution", "pointwise",        "depthwise",  "locally_connected", "dense",
      "recurrent",  "pool",        "cheap_activation", "activation", "normalization",     "softmax",
      "arithmetic", "movement",    "reduction",        "fused"};
  return names[static_cast<std::size_t>(kind)];
}

/// A layer in numbers.
struct layer_work {
  work_kind kind = work_kind::nothing;
  double operations = 0;    ///< multiply-adds, or steps of what is not a product
  double issued = 0;        ///< without taps on padding, with channels that fill up a block to a multiple of 4
  double wide_issued = 0;   ///< the same with channels that fill up a block of 16
  double tiles = 0;         ///< pixels times blocks of channels that are written
  double rows = 0;          ///< of output, times blocks of channels
  double weight_bytes = 0;  ///< as stored
  double input_values = 0;  ///< of all inputs
  double output_values = 0;
  double filters = 0;  ///< Neurosurgeon's second number: output pixels times filters, or outputs
};

namespace detail {

/// Taps of a window that fall on its input, over all places along one dimension.
constexpr double taps_inside(int out, int in, int kernel, int stride, int dilation, int pad) noexcept {
  double sum = 0;
  for (int tap = 0; tap < kernel; ++tap) {
    // Places p with 0 <= p * stride + tap * dilation - pad < in.
    const int shift = tap * dilation - pad;
    const int begin = shift >= 0 ? 0 : ceil_div(-shift, stride);
    const int end = in <= shift ? 0 : ceil_div(in - shift, stride);
    const int last = end < out ? end : out;
    if (last > begin) sum += last - begin;
  }
  return sum;
}

constexpr work_kind work_kind_of(const node& of) noexcept {
  switch (of.what.kind) {
    case op::input:
    case op::output:
    case op::flatten:
    case op::reshape:
    case op::dropout:
    case op::constant: return work_kind::nothing;
    case op::conv2d:
    case op::depthwise_conv2d:
      if (of.groups > 1 && of.groups == of.in.channels) return work_kind::depthwise;
      return of.what.kernel == extent{1} ? work_kind::pointwise : work_kind::convolution;
    case op::locally_connected2d: return work_kind::locally_connected;
    case op::dense: return work_kind::dense;
    case op::lstm:
    case op::gru:
    case op::rnn: return work_kind::recurrent;
    case op::max_pool:
    case op::average_pool:
    case op::global_max_pool:
    case op::global_average_pool: return work_kind::pool;
    case op::relu:
    case op::clip:
    case op::leaky_relu:
    case op::prelu:
    case op::hard_tanh:
    case op::hard_sigmoid:
    case op::hard_swish:
    case op::thresholded_relu:
    case op::absolute:
    case op::negate:
    case op::floor:
    case op::ceil:
    case op::round:
    case op::sign: return work_kind::cheap_activation;
    case op::local_response_normalization:
    case op::normalize: return work_kind::normalization;
    case op::softmax:
    case op::log_softmax:
    case op::hardmax: return work_kind::softmax;
    case op::batch_normalization:
    case op::add:
    case op::subtract:
    case op::multiply:
    case op::maximum:
    case op::minimum: return work_kind::arithmetic;
    case op::concat:
    case op::pad:
    case op::upsample:
    case op::resize:
    case op::transpose:
    case op::slice:
    case op::rearrange: return work_kind::movement;
    case op::argmax:
    case op::argmin:
    case op::reduce: return work_kind::reduction;
    default: return work_kind::activation;
  }
}

}  // namespace detail

/// The numbers of a node of `graph`. A layer of the user's own counts as an activation, unless it states multiply-adds:
/// then as a dense layer.
template <class Graph>
constexpr layer_work work_of(const Graph& graph, std::size_t index) noexcept {
  const node& of = graph.nodes[index];
  layer_work work;
  work.kind = detail::work_kind_of(of);
  if (of.what.kind == op::custom && of.multiply_adds > 0) work.kind = work_kind::dense;
  if (work.kind == work_kind::nothing) return work;
  work.output_values = static_cast<double>(of.out.size());
  for (int k = 0; k < of.what.arity; ++k) {
    const auto source = static_cast<std::size_t>(of.inputs[static_cast<std::size_t>(k)]);
    work.input_values += static_cast<double>(graph.nodes[source].out.size());
  }
  work.weight_bytes = static_cast<double>(of.weights.floats) * 4;
  const double pixels = static_cast<double>(of.out.height) * static_cast<double>(of.out.width);
  const int group_outputs = of.out.channels / of.groups;
  const bool blocked = work.kind == work_kind::convolution || work.kind == work_kind::pointwise ||
                       work.kind == work_kind::dense || work.kind == work_kind::locally_connected;
  const double blocks = blocked ? static_cast<double>(of.groups) * ceil_div(group_outputs, kernels::block_width)
                                : static_cast<double>(ceil_div(of.out.channels, kernels::block_width));
  work.tiles = pixels * blocks;
  work.rows = static_cast<double>(of.out.height) * blocks;
  work.filters = work.output_values;
  work.operations = static_cast<double>(of.multiply_adds);
  work.issued = work.operations;
  if (work.kind == work_kind::convolution || work.kind == work_kind::depthwise) {
    const layer_record& what = of.what;
    const double inside = detail::taps_inside(of.out.height, of.in.height, what.kernel.height, what.stride.height,
                                              what.dilation.height, of.pad.top) *
                          detail::taps_inside(of.out.width, of.in.width, what.kernel.width, what.stride.width,
                                              what.dilation.width, of.pad.left);
    work.issued *= inside / (pixels * what.kernel.height * what.kernel.width);
  }
  work.wide_issued = work.issued;
  if (blocked && of.multiply_adds > 0) {
    work.issued *= static_cast<double>(ceil_div(group_outputs, 4) * 4) / group_outputs;
    work.wide_issued *=
        static_cast<double>(ceil_div(group_outputs, kernels::block_width) * kernels::block_width) / group_outputs;
  }
  if (work.operations <= 0) {
    double each = 1;
    if (of.what.kind == op::max_pool || of.what.kind == op::average_pool) {
      each = static_cast<double>(of.what.kernel.height) * static_cast<double>(of.what.kernel.width);
    } else if (of.what.kind == op::local_response_normalization) {
      each = static_cast<double>(of.what.channels);
    }
    const bool reads_all = of.what.kind == op::global_max_pool || of.what.kind == op::global_average_pool ||
                           work.kind == work_kind::reduction;
    work.operations = (reads_all ? work.input_values : work.output_values) * each;
    work.issued = work.operations;
    work.wide_issued = work.operations;
  }
  return work;
}

}  // namespace cleave
#endif
