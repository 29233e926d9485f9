// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_KERNEL_OF_HPP
#define CLEAVE_NETWORK_KERNEL_OF_HPP

/// @file
/// From a layer in its graph to the kernel that computes it. The functions below are keyed by shape and pack, never by
/// the graph, so equal layers of one program share their code; only a user's own layers are keyed by their place.

#include <array>
#include <cstddef>
#include <cstdint>
#include <tuple>

#include <cleave/graph/kernel_shape.hpp>
#include <cleave/graph/weight_layout.hpp>
#include <cleave/kernels/activation.hpp>
#include <cleave/kernels/argmax.hpp>
#include <cleave/kernels/compact.hpp>
#include <cleave/kernels/concat.hpp>
#include <cleave/kernels/constant.hpp>
#include <cleave/kernels/conv2d.hpp>
#include <cleave/kernels/conv2d_pairs.hpp>
#include <cleave/kernels/dense.hpp>
#include <cleave/kernels/depthwise.hpp>
#include <cleave/kernels/elementwise.hpp>
#include <cleave/kernels/global_pool.hpp>
#include <cleave/kernels/locally_connected.hpp>
#include <cleave/kernels/normalization.hpp>
#include <cleave/kernels/normalize.hpp>
#include <cleave/kernels/pad.hpp>
#include <cleave/kernels/pool.hpp>
#include <cleave/kernels/rearrange.hpp>
#include <cleave/kernels/recurrent.hpp>
#include <cleave/kernels/reduce.hpp>
#include <cleave/kernels/resize.hpp>
#include <cleave/kernels/softmax.hpp>
#include <cleave/kernels/upsample.hpp>
#include <cleave/kernels/winograd.hpp>
#include <cleave/network/numeric_policy.hpp>
#include <cleave/network/step.hpp>

namespace cleave {

/// Kernels behind one signature.
namespace steps {

template <kernels::conv2d_shape Shape, pack Pack>
void conv2d(const step_arguments& with) noexcept {
  if constexpr (kernels::is_depthwise(Shape)) {
    kernels::depthwise<Shape, Pack>(with.inputs[0], with.weights, with.inputs[1], with.output, with.rows);
  } else if constexpr (pair_pack<Pack> && kernels::takes_pairs(Shape)) {
    kernels::conv2d_pairs<Shape, Pack>(with.inputs[0], with.weights, with.output, with.rows);
  } else {
    kernels::conv2d<Shape, Pack>(with.inputs[0], with.weights, with.inputs[1], with.output, with.rows);
  }
}

/// The same in little code; dense layers too, whose rows are outputs.
template <kernels::conv2d_shape Shape, bool IsDense, pack Pack>
void compact(const step_arguments& with) noexcept {
  static constexpr kernels::compact::window_layer of = kernels::compact::window_layer_of(Shape);
  constexpr activation post = kernels::compact::beside_bounds(Shape.post.post);
  const float* const residual = Shape.post.residual ? with.inputs[1] : nullptr;
  if constexpr (kernels::is_depthwise(Shape)) {
    kernels::compact::depthwise<post, Pack>(of, with.inputs[0], with.weights, residual, with.output, with.rows);
  } else if constexpr (IsDense) {
    kernels::compact::conv2d<post, Pack>(of, with.inputs[0], with.weights, residual, with.output, {0, 1}, with.rows);
  } else {
    kernels::compact::conv2d<post, Pack>(of, with.inputs[0], with.weights, residual, with.output, with.rows,
                                         {0, of.outputs});
  }
}

template <kernels::conv2d_shape Shape, kernels::winograd_tiling Tiling, pack Pack>
void winograd(const step_arguments& with) noexcept {
  constexpr std::size_t biases = kernels::blocked(Shape).biases();
  kernels::winograd<Shape, Tiling, Pack>(with.inputs[0], Tiling.inputs > 0 ? with.weights : with.prepared,
                                         with.weights + biases, with.inputs[1], with.output, with.scratch, with.rows);
}

template <kernels::conv2d_shape Shape, pack Pack>
void locally_connected(const step_arguments& with) noexcept {
  kernels::locally_connected<Shape, Pack>(with.inputs[0], with.weights, with.inputs[1], with.output, with.rows);
}

template <kernels::dense_shape Shape, pack Pack>
void dense(const step_arguments& with) noexcept {
  kernels::dense<Shape, Pack>(with.inputs[0], with.weights, with.inputs[1], with.output, with.rows);
}

template <kernels::elementwise_shape Shape, pack Pack>
void elementwise(const step_arguments& with) noexcept {
  kernels::elementwise<Shape, Pack>(with.inputs[0], with.inputs[1], with.output, with.rows);
}

template <kernels::prelu_shape Shape, pack Pack>
void prelu(const step_arguments& with) noexcept {
  kernels::prelu<Shape, Pack>(with.inputs[0], with.weights, with.output, with.rows);
}

template <kernels::batch_normalization_shape Shape, pack Pack>
void batch_normalization(const step_arguments& with) noexcept {
  kernels::batch_normalization<Shape, Pack>(with.inputs[0], with.weights, with.output, with.rows);
}

template <kernels::constant_shape Shape, pack Pack>
void constant(const step_arguments& with) noexcept {
  kernels::constant<Shape, Pack>(with.weights, with.output, with.rows);
}

template <kernels::recurrent_shape Shape, pack Pack>
void recurrent(const step_arguments& with) noexcept {
  kernels::recurrent<Shape, Pack>(with.inputs[0], with.weights, with.output, with.rows);
}

template <kernels::argmax_shape Shape, pack Pack>
void argmax(const step_arguments& with) noexcept {
  kernels::argmax<Shape, Pack>(with.inputs[0], reinterpret_cast<std::int32_t*>(with.output), with.rows);
}

/// Kernels that take one tensor and nothing else.
template <void (*Kernel)(const float*, float*, range) noexcept>
void plain(const step_arguments& with) noexcept {
  Kernel(with.inputs[0], with.output, with.rows);
}

template <const auto& Graph, std::size_t Node, pack Pack>
void custom(const step_arguments& with) noexcept {
  constexpr const node& here = Graph.nodes[Node];
  constexpr auto arity = static_cast<std::size_t>(here.what.arity);
  std::array<tensor_view, arity> inputs;
  for (std::size_t k = 0; k < arity; ++k) {
    inputs[k] = {with.inputs[k], Graph.nodes[static_cast<std::size_t>(here.inputs[k])].out};
  }
  constexpr const auto& own = std::get<static_cast<std::size_t>(here.what.custom)>(Graph.customs);
  own.template run<Pack>({inputs, with.output, here.out, with.weights, with.rows});
}

}  // namespace steps

namespace detail {

template <const auto& Graph>
constexpr const node& input_node(const node& of, int k) noexcept {
  return Graph.nodes[static_cast<std::size_t>(of.inputs[static_cast<std::size_t>(k)])];
}

/// Where input `Piece` of a concatenation begins, along its axis.
template <const auto& Graph>
constexpr int concat_offset(const node& of, int piece) noexcept {
  const auto along = static_cast<axis>(of.what.integers[0]);
  int offset = 0;
  for (int k = 0; k < piece; ++k) {
    const shape before = input_node<Graph>(of, k).out;
    offset += along == axis::height ? before.height : along == axis::width ? before.width : before.channels;
  }
  return offset;
}

/// The kernel that copies input `Piece` of a concatenation to its place.
template <const auto& Graph, std::size_t Index, int Piece, pack Pack>
consteval step_function concat_kernel() {
  constexpr const node& here = Graph.nodes[Index];
  constexpr shape piece = input_node<Graph>(here, Piece).out;
  constexpr int offset = concat_offset<Graph>(here, Piece);
  constexpr auto along = static_cast<axis>(here.what.integers[0]);
  if constexpr (along == axis::height) {
    return steps::plain<kernels::concat_rows<kernels::concat_rows_shape{piece, offset}, Pack>>;
  } else if constexpr (along == axis::width) {
    return steps::plain<kernels::concat<kernels::concat_columns(piece, here.out.width, offset), Pack>>;
  } else {
    return steps::plain<kernels::concat<kernels::concat_shape{piece, here.out.channels, offset}, Pack>>;
  }
}

}  // namespace detail

/// The kernel for node `Index` with what is fused behind it; of a concatenation the one for input `Piece`. A
/// convolution may write into a tensor of `Among` channels. `Small` is for little code.
template <const auto& Graph, std::size_t Index, epilogue Post, int Piece, pack Pack, int Among = 0,
          numeric_policy Numerics = numeric_policy::in_order, bool Small = false>
consteval step_function kernel_of() {
  constexpr const node& here = Graph.nodes[Index];
  constexpr op kind = here.what.kind;
  constexpr shape in = here.in;
  constexpr shape out = here.out;
  if constexpr (kind == op::conv2d || kind == op::depthwise_conv2d) {
    constexpr kernels::conv2d_shape of = conv2d_shape_of(here, Post, Among);
    constexpr kernels::winograd_tiling tiling = winograd_of(here, Numerics);
    if constexpr (tiling.edge > 0) {
      return steps::winograd<of, tiling, Pack>;
    } else if constexpr (Small && kernels::compact::fits(of)) {
      return steps::compact<of, false, basic_scalar_pack<Pack::fused>>;
    } else {
      return steps::conv2d<of, Pack>;
    }
  } else if constexpr (kind == op::locally_connected2d) {
    return steps::locally_connected<conv2d_shape_of(here, Post), Pack>;
  } else if constexpr (kind == op::dense) {
    constexpr kernels::conv2d_shape of = kernels::compact::as_convolution(dense_shape_of(here, Post));
    if constexpr (Small && kernels::compact::fits(of)) {
      return steps::compact<of, true, basic_scalar_pack<Pack::fused>>;
    } else {
      return steps::dense<dense_shape_of(here, Post), Pack>;
    }
  } else if constexpr (kind == op::max_pool) {
    return steps::plain<kernels::max_pool<pool_shape_of(here), Pack>>;
  } else if constexpr (kind == op::average_pool) {
    return steps::plain<kernels::average_pool<pool_shape_of(here), Pack>>;
  } else if constexpr (kind == op::global_max_pool) {
    return steps::plain<kernels::global_max_pool<kernels::global_pool_shape{in}, Pack>>;
  } else if constexpr (kind == op::global_average_pool) {
    return steps::plain<kernels::global_average_pool<kernels::global_pool_shape{in}, Pack>>;
  } else if constexpr (here.what.function.kind != activation_kind::none) {
    return steps::plain<kernels::activate<kernels::activation_shape{out, here.what.function}, Pack>>;
  } else if constexpr (kind == op::prelu) {
    return steps::prelu<kernels::prelu_shape{out}, Pack>;
  } else if constexpr (kind == op::softmax) {
    return steps::plain<kernels::softmax<kernels::softmax_shape{out}, Pack>>;
  } else if constexpr (kind == op::log_softmax) {
    return steps::plain<kernels::log_softmax<kernels::softmax_shape{out}, Pack>>;
  } else if constexpr (kind == op::batch_normalization) {
    return steps::batch_normalization<kernels::batch_normalization_shape{out}, Pack>;
  } else if constexpr (kind == op::local_response_normalization) {
    constexpr auto numbers = here.what.numbers;
    return steps::plain<kernels::local_response_normalization<
        kernels::local_response_normalization_shape{out, here.what.channels, numbers[0], numbers[1], numbers[2]},
        Pack>>;
  } else if constexpr (is_arithmetic(kind)) {
    constexpr shape second = detail::input_node<Graph>(here, 1).out;
    return steps::elementwise<elementwise_shape_of(here, second, Post.post), Pack>;
  } else if constexpr (kind == op::concat) {
    return detail::concat_kernel<Graph, Index, Piece, Pack>();
  } else if constexpr (kind == op::constant) {
    return steps::constant<kernels::constant_shape{out}, Pack>;
  } else if constexpr (kind == op::pad) {
    return steps::plain<kernels::pad<pad_shape_of(here), Pack>>;
  } else if constexpr (kind == op::upsample) {
    return steps::plain<kernels::upsample<kernels::upsample_shape{in, here.what.kernel}, Pack>>;
  } else if constexpr (kind == op::lstm || kind == op::gru || kind == op::rnn) {
    return steps::recurrent<recurrent_shape_of(here), Pack>;
  } else if constexpr (kind == op::resize) {
    return steps::plain<kernels::resize<resize_shape_of(here), Pack>>;
  } else if constexpr (kind == op::argmax || kind == op::argmin) {
    return steps::argmax<argmax_shape_of(here), Pack>;
  } else if constexpr (kind == op::hardmax) {
    return steps::plain<kernels::hardmax<kernels::hardmax_shape{out}, Pack>>;
  } else if constexpr (kind == op::reduce) {
    return steps::plain<kernels::reduce<reduce_shape_of(here), Pack>>;
  } else if constexpr (kind == op::normalize) {
    return steps::plain<kernels::normalize<normalize_shape_of(here), Pack>>;
  } else if constexpr (is_rearrangement(kind)) {
    return steps::plain<kernels::rearrange<rearrange_shape_of(here), Pack>>;
  } else {
    static_assert(kind == op::custom, "every built-in layer has a kernel");
    return steps::custom<Graph, Index, Pack>;
  }
}

}  // namespace cleave
#endif
