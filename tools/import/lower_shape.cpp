// SPDX-License-Identifier: BSL-1.0
/// @file
/// Operators that only say how a tensor is to be read: nothing of them is left when the network runs, unless a later
/// layer needs another layout.

#include <algorithm>

#include "fold.hpp"
#include "lowering.hpp"

namespace importer {

namespace {

void same(lowering& to, const operation& of) { to.give(of, 0, to.computed(of, 0)); }

void dropout(lowering& to, const operation& of) {
  if (of.has_input(2) && to.is_known(of, 2) && to.input(of, 2).data.size() == 1 &&
      to.input(of, 2).data.number(0) != 0) {
    // A ratio of 0 drops nothing in training either.
    const bool drops = !of.has_input(1) || to.known(of, 1, "the ratio").number(0) != 0;
    if (drops) lowering::refuse(of, "it is in training mode; export the model for inference");
  }
  same(to, of);
}

void cast(lowering& to, const operation& of) {
  const value from = to.computed(of, 0);
  const std::int64_t type = of.integer("to", 1);
  const bool real = type == 1 || type == 10 || type == 11 || type == 16;
  if (real == from.integer || type == 9) lowering::refuse(of, "it changes the type of computed numbers");
  to.give(of, 0, from);
}

void reshape(lowering& to, const operation& of) {
  const value from = to.computed(of, 0);
  const auto asked = of.has_input(1) ? to.known(of, 1, "the shape").whole() : of.integers("shape");
  to.give(of, 0, lowering::reshaped(from, reshaped_sizes(from.dims, asked, of.integer("allowzero", 0) != 0)));
}

void flatten(lowering& to, const operation& of) {
  const value from = to.computed(of, 0);
  const auto rank = static_cast<std::int64_t>(from.rank());
  std::int64_t axis = of.integer("axis", 1);
  if (axis < 0) axis += rank;
  if (axis < 0 || axis > rank) lowering::damaged(of, "an axis outside of its input");
  const sizes front(from.dims.begin(), from.dims.begin() + axis);
  to.give(of, 0, lowering::reshaped(from, {count_of(front), from.count() / count_of(front)}));
}

std::vector<std::int64_t> axes_given(const lowering& to, const operation& of) {
  return of.has_input(1) ? to.known(of, 1, "the axes").whole() : of.integers("axes");
}

void squeeze(lowering& to, const operation& of) {
  const value from = to.computed(of, 0);
  std::vector<bool> gone(from.rank(), false);
  const auto axes = axes_given(to, of);
  for (const std::int64_t axis : axes) gone[axis_of(axis, from.rank())] = true;
  sizes dims;
  for (std::size_t axis = 0; axis < from.rank(); ++axis) {
    const bool drop = axes.empty() ? from.dims[axis] == 1 : gone[axis];
    if (drop && from.dims[axis] != 1) lowering::damaged(of, "it drops an axis of more than one element");
    if (!drop) dims.push_back(from.dims[axis]);
  }
  to.give(of, 0, lowering::reshaped(from, dims));
}

void unsqueeze(lowering& to, const operation& of) {
  const value from = to.computed(of, 0);
  const auto axes = axes_given(to, of);
  std::vector<bool> single(from.rank() + axes.size(), false);
  for (const std::int64_t axis : axes) {
    const std::size_t place = axis_of(axis, single.size());
    if (single[place]) lowering::damaged(of, "an axis is named twice");
    single[place] = true;
  }
  sizes dims;
  std::size_t next = 0;
  for (const bool one : single) dims.push_back(one ? 1 : from.dims[next++]);
  to.give(of, 0, lowering::reshaped(from, dims));
}

/// The same elements under other axes: axis i of the result is axis `order[i]` of `from`.
value permuted(lowering& to, const value& given, const std::vector<std::size_t>& order) {
  auto [made, digits] = to.along_axes(given);
  std::vector<std::size_t> place(order.size());
  sizes dims;
  for (std::size_t i = 0; i < order.size(); ++i) {
    place[order[i]] = i;
    dims.push_back(given.dims[order[i]]);
  }
  for (axis_digit& each : digits) each.axis = place[each.axis];
  made.dims = dims;
  made.memory = layout_of(digits, dims);
  return made;
}

void transpose(lowering& to, const operation& of) {
  const value from = to.computed(of, 0);
  std::vector<std::size_t> order;
  std::vector<bool> seen(from.rank(), false);
  for (const std::int64_t axis : of.integers("perm")) order.push_back(axis_of(axis, from.rank()));
  for (std::size_t i = from.rank(); order.size() < from.rank() && !of.has("perm") && i-- > 0;) order.push_back(i);
  if (order.size() != from.rank()) lowering::damaged(of, "perm has another rank than its input");
  for (const std::size_t axis : order) {
    if (seen[axis]) lowering::damaged(of, "perm names an axis twice");
    seen[axis] = true;
  }
  to.give(of, 0, permuted(to, from, order));
}

/// Channels become blocks of pixels: a reshape, a transposition and a reshape.
void depth_to_space(lowering& to, const operation& of) {
  const value from = to.computed(of, 0);
  const std::int64_t block = of.integer("blocksize", 0);
  if (from.rank() != 4 || block <= 0 || block > 1 << 14 || from.dims[1] % (block * block) != 0) {
    lowering::damaged(of, "blocks that do not fit its input");
  }
  const sizes& d = from.dims;
  const std::int64_t channels = d[1] / (block * block);
  const bool columns_first = of.text("mode", "DCR") == "DCR";
  const value split = lowering::reshaped(from, columns_first ? sizes{d[0], block, block, channels, d[2], d[3]}
                                                             : sizes{d[0], channels, block, block, d[2], d[3]});
  const value moved = columns_first ? permuted(to, split, {0, 3, 4, 1, 5, 2}) : permuted(to, split, {0, 1, 4, 2, 5, 3});
  to.give(of, 0, lowering::reshaped(moved, {d[0], channels, d[2] * block, d[3] * block}));
}

void space_to_depth(lowering& to, const operation& of) {
  const value from = to.computed(of, 0);
  const std::int64_t block = of.integer("blocksize", 0);
  if (from.rank() != 4 || block <= 0 || block > 1 << 14 || from.dims[2] % block != 0 || from.dims[3] % block != 0) {
    lowering::damaged(of, "blocks that do not fit its input");
  }
  const sizes& d = from.dims;
  const value split = lowering::reshaped(from, {d[0], d[1], d[2] / block, block, d[3] / block, block});
  const value moved = permuted(to, split, {0, 3, 5, 1, 2, 4});
  to.give(of, 0, lowering::reshaped(moved, {d[0], d[1] * block * block, d[2] / block, d[3] / block}));
}

}  // namespace

void add_shapes(lower_table& table) {
  table["Identity"] = same;
  table["Dropout"] = dropout;
  table["Cast"] = cast;
  table["Reshape"] = reshape;
  table["Flatten"] = flatten;
  table["Squeeze"] = squeeze;
  table["Unsqueeze"] = unsqueeze;
  table["Transpose"] = transpose;
  table["DepthToSpace"] = depth_to_space;
  table["SpaceToDepth"] = space_to_depth;
}

}  // namespace importer
