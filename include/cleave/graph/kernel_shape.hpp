// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_GRAPH_KERNEL_SHAPE_HPP
#define CLEAVE_GRAPH_KERNEL_SHAPE_HPP

/// @file
/// From a node to what its kernel is keyed by, for layers without weights.

#include <cleave/graph/node.hpp>
#include <cleave/kernels/argmax.hpp>
#include <cleave/kernels/elementwise.hpp>
#include <cleave/kernels/normalize.hpp>
#include <cleave/kernels/pad.hpp>
#include <cleave/kernels/pool.hpp>
#include <cleave/kernels/rearrange.hpp>
#include <cleave/kernels/reduce.hpp>
#include <cleave/kernels/resize.hpp>
#include <cleave/layers/rearrange.hpp>

namespace cleave {

constexpr kernels::pool_shape pool_shape_of(const node& of) noexcept {
  return {of.in, of.out, of.what.kernel, of.what.stride, of.what.dilation, of.pad, of.what.count_include_pad};
}

constexpr bool is_arithmetic(op kind) noexcept {
  return kind == op::add || kind == op::subtract || kind == op::multiply || kind == op::divide || kind == op::maximum ||
         kind == op::minimum || kind == op::power;
}

/// The arithmetic of a layer for which `is_arithmetic` holds, whose second input has the shape `second`.
constexpr kernels::elementwise_shape elementwise_shape_of(const node& of, shape second, activation post = {}) noexcept {
  using kernels::arithmetic_kind;
  const op kind = of.what.kind;
  const arithmetic_kind what = kind == op::add        ? arithmetic_kind::add
                               : kind == op::subtract ? arithmetic_kind::subtract
                               : kind == op::multiply ? arithmetic_kind::multiply
                               : kind == op::divide   ? arithmetic_kind::divide
                               : kind == op::maximum  ? arithmetic_kind::maximum
                               : kind == op::minimum  ? arithmetic_kind::minimum
                                                      : arithmetic_kind::power;
  return {of.out, what, kernels::operand_of(of.out, second), post};
}

constexpr kernels::pad_shape pad_shape_of(const node& of) noexcept {
  return {of.in, of.pad, of.what.numbers[0], {of.what.dilation.height - 1, of.what.dilation.width - 1}};
}

constexpr kernels::reduce_shape reduce_shape_of(const node& of) noexcept {
  return {of.in, static_cast<reduction>(of.what.integers[0])};
}

/// Of an argmax or argmin.
constexpr kernels::argmax_shape argmax_shape_of(const node& of) noexcept {
  return {of.in, of.what.kind == op::argmin, of.what.integers[0] != 0};
}

constexpr kernels::normalize_shape normalize_shape_of(const node& of) noexcept {
  return {of.out, of.what.numbers[0], of.what.integers[0] != 0};
}

constexpr kernels::resize_shape resize_shape_of(const node& of) noexcept {
  const auto& choices = of.what.integers;
  return {of.in,
          of.out,
          static_cast<resize_mode>(choices[0]),
          static_cast<resize_coordinates>(choices[1]),
          static_cast<resize_rounding>(choices[2]),
          of.what.numbers[0],
          of.what.numbers[1]};
}

constexpr bool is_rearrangement(op kind) noexcept {
  return kind == op::rearrange || kind == op::transpose || kind == op::slice;
}

/// What a layer for which `is_rearrangement` holds reads.
constexpr kernels::rearrange_shape rearrange_shape_of(const node& of) noexcept {
  const element_order order = of.what.kind == op::rearrange   ? rearrange::order(of.what)
                              : of.what.kind == op::transpose ? transpose::order(of.what, of.in)
                                                              : slice::order(of.what, of.in);
  return {of.out, order.merged()};
}

}  // namespace cleave
#endif
