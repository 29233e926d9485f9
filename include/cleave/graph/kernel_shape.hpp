// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_GRAPH_KERNEL_SHAPE_HPP
#define CLEAVE_GRAPH_KERNEL_SHAPE_HPP

/// @file
/// From a node to what its kernel is keyed by, for layers without weights.

#include <cleave/graph/node.hpp>
#include <cleave/kernels/rearrange.hpp>
#include <cleave/layers/rearrange.hpp>

namespace cleave {

/// What a rearrange, transpose or slice reads.
constexpr kernels::rearrange_shape rearrange_shape_of(const node& of) noexcept {
  const element_order order = of.what.kind == op::rearrange   ? rearrange::order(of.what)
                              : of.what.kind == op::transpose ? transpose::order(of.what, of.in)
                                                              : slice::order(of.what, of.in);
  return {of.out, order.merged()};
}

}  // namespace cleave
#endif
