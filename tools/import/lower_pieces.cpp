// SPDX-License-Identifier: BSL-1.0
/// @file
/// Operators that take tensors apart and put them together: Slice, Split, Gather, Concat, Expand, Tile.

#include <algorithm>

#include "fold.hpp"
#include "lowering.hpp"

namespace importer {

namespace {

/// The value with `axis` as one direction of its memory.
std::pair<value, axis_digits> with_whole(lowering& to, const value& of, std::size_t axis) {
  auto [from, digits] = to.along_axes(of);
  const auto pieces =
      std::count_if(digits.begin(), digits.end(), [&](const axis_digit& each) { return each.axis == axis; });
  if (pieces <= 1) return {from, digits};
  const value moved = to.arranged(from, plain(of.count()), to.shape_of(from.layer));
  return {moved, *axes_of(moved.memory, moved.dims)};
}

/// Where an axis lies in memory: elements outside of it, its own, and those inside of it.
struct place {
  std::int64_t outer = 1;
  std::int64_t size = 1;
  std::int64_t inner = 1;
};
place place_of(const axis_digits& digits, std::size_t axis) {
  place found;
  bool behind = false;
  for (const axis_digit& each : digits) {
    if (each.axis == axis) {
      found.size = each.size;
      behind = true;
    } else {
      (behind ? found.inner : found.outer) *= each.size;
    }
  }
  // An axis of one element lies anywhere.
  if (!behind) std::swap(found.inner, found.outer);
  return found;
}

/// The shape in which `with` is one of height, width and channels: the one there is where it fits.
cleave::shape shape_with(const place& with, cleave::shape now, std::size_t& direction) {
  const int outer = static_cast<int>(with.outer);
  const int inner = static_cast<int>(with.inner);
  const int size = static_cast<int>(with.size);
  if (now.channels == size && inner == 1) {
    direction = 2;
    return now;
  }
  if (now.width == size && now.channels == inner) {
    direction = 1;
    return now;
  }
  if (now.height == size && now.width * now.channels == inner) {
    direction = 0;
    return now;
  }
  direction = inner == 1 ? 2 : 1;
  return inner == 1 ? cleave::shape{1, outer, size} : cleave::shape{outer, size, inner};
}

}  // namespace

value sliced(lowering& to, const value& of, std::size_t axis, std::int64_t begin, std::int64_t size,
             std::int64_t step) {
  if (begin == 0 && size == of.dims[axis] && step == 1) return of;
  auto [from, digits] = with_whole(to, of, axis);
  std::size_t direction = 0;
  const cleave::shape shape = shape_with(place_of(digits, axis), to.shape_of(from.layer), direction);
  cleave::slice kept;
  kept.begin[direction] = static_cast<int>(begin);
  kept.size[direction] = static_cast<int>(size);
  kept.step[direction] = static_cast<int>(step);
  value made = from;
  made.layer = to.add(kept, {to.shaped(from.layer, shape)});
  made.dims[axis] = size;
  for (axis_digit& each : digits) {
    if (each.axis == axis) each.size = size;
  }
  made.memory = layout_of(digits, made.dims);
  return made;
}

value joined(lowering& to, std::vector<value> pieces, std::size_t axis) {
  if (pieces.size() == 1) return pieces[0];
  if (pieces.size() > cleave::max_inputs) {
    // A layer takes so many and no more.
    std::vector<value> rest(pieces.begin() + cleave::max_inputs, pieces.end());
    pieces.resize(cleave::max_inputs);
    rest.insert(rest.begin(), joined(to, pieces, axis));
    return joined(to, std::move(rest), axis);
  }
  // The largest piece says how all lie.
  const auto largest = std::max_element(pieces.begin(), pieces.end(),
                                        [](const value& a, const value& b) { return a.count() < b.count(); });
  auto [model_piece, digits] = with_whole(to, *largest, axis);
  place where = place_of(digits, axis);
  if (largest->dims[axis] == 1) {
    // An axis of one element can be put anywhere: behind the pixels of a picture of one channel, else in front.
    const bool channel = axis == 1 && largest->rank() > 2 && to.shape_of(model_piece.layer).channels == 1;
    digits.insert(channel ? digits.end() : digits.begin(), {axis, 1, 1});
    where = channel ? place{largest->count(), 1, 1} : place{1, 1, largest->count()};
  }
  std::size_t direction = 0;
  cleave::shape shape = shape_with(where, to.shape_of(model_piece.layer), direction);
  std::vector<int> inputs;
  value made = model_piece;
  made.dims[axis] = 0;
  for (const value& each : pieces) {
    axis_digits own = digits;
    for (axis_digit& part : own) {
      if (part.axis == axis) part.size = each.dims[axis];
    }
    const int size = static_cast<int>(each.dims[axis]);
    cleave::shape own_shape = shape;
    (direction == 0 ? own_shape.height : direction == 1 ? own_shape.width : own_shape.channels) = size;
    inputs.push_back(to.arranged(each, layout_of(own, each.dims), own_shape).layer);
    made.dims[axis] += each.dims[axis];
  }
  for (axis_digit& each : digits) {
    if (each.axis == axis) each.size = made.dims[axis];
  }
  cleave::concat layer{.with = {}};
  layer.axis = direction == 0 ? cleave::axis::height : direction == 1 ? cleave::axis::width : cleave::axis::channels;
  made.layer = to.add(layer, inputs);
  made.memory = layout_of(digits, made.dims);
  return made;
}

namespace {

void slice(lowering& to, const operation& of) {
  value made = to.computed(of, 0);
  const bool attributes = to.opset() < 10;
  const auto starts = attributes ? of.integers("starts") : to.known(of, 1, "the starts").whole();
  const auto ends = attributes ? of.integers("ends") : to.known(of, 2, "the ends").whole();
  std::vector<std::int64_t> axes = of.integers("axes");
  if (!attributes && of.has_input(3)) axes = to.known(of, 3, "the axes").whole();
  std::vector<std::int64_t> steps(starts.size(), 1);
  if (!attributes && of.has_input(4)) steps = to.known(of, 4, "the steps").whole();
  if (ends.size() != starts.size() || steps.size() != starts.size() ||
      (!axes.empty() && axes.size() != starts.size())) {
    lowering::damaged(of, "starts, ends, axes and steps differ in their number");
  }
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t axis = axis_of(axes.empty() ? static_cast<std::int64_t>(i) : axes[i], made.rank());
    const piece kept = clamped(starts[i], ends[i], steps[i], made.dims[axis]);
    if (kept.size == 0) lowering::refuse(of, "it leaves no elements");
    made = sliced(to, made, axis, kept.begin, kept.size, kept.step);
  }
  to.give(of, 0, made);
}

void split(lowering& to, const operation& of) {
  const value from = to.computed(of, 0);
  const std::size_t axis = axis_of(of.integer("axis", 0), from.rank());
  std::vector<std::int64_t> parts = of.integers("split");
  if (to.opset() >= 13 && of.has_input(1)) parts = to.known(of, 1, "the split").whole();
  const auto count = static_cast<std::int64_t>(of.outputs.size());
  if (parts.empty()) {
    const std::int64_t each = (from.dims[axis] + count - 1) / count;
    std::int64_t rest = from.dims[axis];
    for (std::int64_t i = 0; i < count; ++i, rest -= each) parts.push_back(std::min(each, rest));
  }
  std::int64_t begin = 0;
  if (static_cast<std::int64_t>(parts.size()) != count)
    lowering::damaged(of, "it has another number of outputs than parts");
  for (std::size_t i = 0; i < parts.size(); begin += parts[i++]) {
    if (parts[i] == 0) lowering::refuse(of, "one of its parts has no elements");
    if (parts[i] < 0 || parts[i] > from.dims[axis] - begin) lowering::damaged(of, "parts that do not fit its input");
    if (of.has_output(i)) to.give(of, i, sliced(to, from, axis, begin, parts[i], 1));
  }
  if (begin != from.dims[axis]) lowering::damaged(of, "parts that do not make up its input");
}

/// Runs of indices that are equally far apart are one slice each.
void gather(lowering& to, const operation& of) {
  const value from = to.computed(of, 0);
  const tensor& indices = to.known(of, 1, "the indices");
  const std::size_t axis = axis_of(of.integer("axis", 0), from.rank());
  std::vector<std::int64_t> wanted = indices.whole();
  if (wanted.empty()) lowering::refuse(of, "it picks nothing");
  for (std::int64_t& each : wanted) {
    if (each < 0) each += from.dims[axis];
    if (each < 0 || each >= from.dims[axis]) lowering::damaged(of, "an index outside of its input");
  }
  std::vector<value> pieces;
  for (std::size_t i = 0; i < wanted.size();) {
    std::size_t end = i + 1;
    std::int64_t step = 1;
    if (end < wanted.size() && wanted[end] != wanted[i]) {
      step = wanted[end] - wanted[i];
      while (end < wanted.size() && wanted[end] - wanted[end - 1] == step) ++end;
    }
    if (end - i == 1) step = 1;
    pieces.push_back(sliced(to, from, axis, wanted[i], static_cast<std::int64_t>(end - i), step));
    i = end;
    if (pieces.size() > 64) lowering::refuse(of, "it picks elements in more than 64 runs");
  }
  value made = joined(to, pieces, axis);
  sizes dims(from.dims.begin(), from.dims.begin() + static_cast<std::ptrdiff_t>(axis));
  dims.insert(dims.end(), indices.dims.begin(), indices.dims.end());
  dims.insert(dims.end(), from.dims.begin() + static_cast<std::ptrdiff_t>(axis) + 1, from.dims.end());
  to.give(of, 0, lowering::reshaped(made, dims));
}

void concat(lowering& to, const operation& of) {
  std::vector<value> pieces;
  for (std::size_t i = 0; i < of.inputs.size(); ++i) {
    pieces.push_back(to.computed(of, i));
    if (pieces[i].rank() != pieces[0].rank()) lowering::damaged(of, "tensors of different ranks");
  }
  if (pieces.empty()) lowering::damaged(of, "it joins nothing");
  const std::size_t axis = axis_of(of.integer("axis", 1), pieces[0].rank());
  for (const value& each : pieces) {
    for (std::size_t a = 0; a < each.rank(); ++a) {
      if (a != axis && each.dims[a] != pieces[0].dims[a]) {
        lowering::damaged(of, "tensors of " + text_of(pieces[0].dims) + " and " + text_of(each.dims) +
                                  " can not be joined along axis " + std::to_string(axis));
      }
    }
  }
  to.give(of, 0, joined(to, pieces, axis));
}

void expand(lowering& to, const operation& of) {
  const value from = to.computed(of, 0);
  const sizes dims = broadcast(from.dims, to.known(of, 1, "the shape").whole());
  to.give(of, 0, dims == from.dims ? from : expanded(to, from, dims));
}

/// Axis by axis: each is the whole tensor, repeated along a new axis of its own.
void tile(lowering& to, const operation& of) {
  value made = to.computed(of, 0);
  const std::vector<std::int64_t> times = to.known(of, 1, "the repeats").whole();
  if (times.size() != made.rank()) lowering::damaged(of, "repeats of another rank than its input");
  for (std::size_t axis = 0; axis < times.size(); ++axis) {
    if (times[axis] <= 0) lowering::refuse(of, "it leaves no elements");
    if (times[axis] == 1) continue;
    sizes dims = made.dims;
    dims.insert(dims.begin() + static_cast<std::ptrdiff_t>(axis), 1);
    made = lowering::reshaped(made, dims);
    dims[axis] = times[axis];
    made = expanded(to, made, dims);
    dims.erase(dims.begin() + static_cast<std::ptrdiff_t>(axis));
    dims[axis] *= times[axis];
    made = lowering::reshaped(made, dims);
  }
  to.give(of, 0, made);
}

}  // namespace

void add_pieces(lower_table& table) {
  table["Slice"] = slice;
  table["Split"] = split;
  table["Gather"] = gather;
  table["Concat"] = concat;
  table["Expand"] = expand;
  table["Tile"] = tile;
}

}  // namespace importer
