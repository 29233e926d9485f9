// SPDX-License-Identifier: BSL-1.0
/// @file
/// Pad, in every mode: with a number, with the border, or with what lies behind it in a mirror.

#include <algorithm>

#include "lowering.hpp"

namespace importer {

namespace {

/// Elements to add before and behind each axis; negative ones cut off.
struct border {
  std::vector<std::int64_t> before;
  std::vector<std::int64_t> after;
};

border border_of(const lowering& to, const operation& of, std::size_t rank) {
  const bool attributes = to.opset() < 11;
  std::vector<std::int64_t> pads = attributes ? of.integers("pads") : to.known(of, 1, "the padding").whole();
  std::vector<std::size_t> axes;
  if (!attributes && of.has_input(3)) {
    for (const std::int64_t axis : to.known(of, 3, "the axes").whole()) axes.push_back(axis_of(axis, rank));
  } else {
    for (std::size_t axis = 0; axis < rank; ++axis) axes.push_back(axis);
  }
  if (pads.size() != 2 * axes.size()) lowering::damaged(of, "its padding has another rank than its input");
  border result{std::vector<std::int64_t>(rank, 0), std::vector<std::int64_t>(rank, 0)};
  for (std::size_t i = 0; i < axes.size(); ++i) {
    result.before[axes[i]] = pads[i];
    result.after[axes[i]] = pads[i + axes.size()];
    for (const std::int64_t pad : {pads[i], pads[i + axes.size()]}) {
      if (pad > 1 << 20 || pad < -(1 << 20)) lowering::damaged(of, "a padding of " + std::to_string(pad));
    }
  }
  return result;
}

/// Rows and columns of a picture in one layer.
value padded_picture(lowering& to, const value& from, const border& with, float number) {
  value made = from;
  const bool signal = from.rank() == 3;
  const auto rows = [&](const std::vector<std::int64_t>& side) { return signal ? 0 : static_cast<int>(side[2]); };
  const auto columns = [&](const std::vector<std::int64_t>& side) { return static_cast<int>(side.back()); };
  made.layer =
      to.add(cleave::pad{.padding = {rows(with.before), columns(with.before), rows(with.after), columns(with.after)},
                         .value = number},
             {from.layer});
  for (std::size_t axis = 2; axis < from.rank(); ++axis) made.dims[axis] += with.before[axis] + with.after[axis];
  made.memory = in_order(lowering::image_order(made.rank()), made.dims);
  return made;
}

/// One axis, as the columns of a shape.
value padded_axis(lowering& to, const value& of, std::size_t axis, std::int64_t before, std::int64_t after,
                  float number) {
  auto [from, digits] = to.along_axes(of);
  const auto of_axis = [&](const axis_digit& each) { return each.axis == axis; };
  if (std::count_if(digits.begin(), digits.end(), of_axis) != 1) {
    from = to.arranged(from, plain(of.count()), to.shape_of(from.layer));
    digits.clear();
    for (std::size_t each = 0; each < from.rank(); ++each) {
      if (from.dims[each] > 1 || each == axis) digits.push_back({each, from.dims[each], 1});
    }
  }
  std::int64_t inner = 1;
  for (auto each = std::find_if(digits.begin(), digits.end(), of_axis) + 1; each != digits.end(); ++each)
    inner *= each->size;
  const int size = static_cast<int>(from.dims[axis]);
  const int depth = static_cast<int>(inner);
  from.layer = to.shaped(from.layer, {static_cast<int>(from.count()) / (size * depth), size, depth});
  from.layer = to.add(
      cleave::pad{.padding = {0, static_cast<int>(before), 0, static_cast<int>(after)}, .value = number}, {from.layer});
  from.dims[axis] += before + after;
  std::find_if(digits.begin(), digits.end(), of_axis)->size = from.dims[axis];
  from.memory = layout_of(digits, from.dims);
  return from;
}

/// The border of an axis repeated, or mirrored.
value continued(lowering& to, const operation& of, const value& from, std::size_t axis, std::int64_t before,
                std::int64_t after, const std::string& mode) {
  const std::int64_t size = from.dims[axis];
  std::vector<value> pieces;
  const auto edge = [&](std::int64_t at, std::int64_t count) {
    const value border_row = sliced(to, from, axis, at, 1, 1);
    sizes dims = border_row.dims;
    dims[axis] = count;
    return count == 1 ? border_row : expanded(to, border_row, dims);
  };
  if (mode == "edge") {
    if (before > 0) pieces.push_back(edge(0, before));
    pieces.push_back(from);
    if (after > 0) pieces.push_back(edge(size - 1, after));
  } else if (mode == "reflect") {
    if (before >= size || after >= size) lowering::refuse(of, "its mirror reaches behind the other border");
    if (before > 0) pieces.push_back(sliced(to, from, axis, before, before, -1));
    pieces.push_back(from);
    if (after > 0) pieces.push_back(sliced(to, from, axis, size - 2, after, -1));
  } else {
    if (before > size || after > size) lowering::refuse(of, "it repeats its input more than once");
    if (before > 0) pieces.push_back(sliced(to, from, axis, size - before, before, 1));
    pieces.push_back(from);
    if (after > 0) pieces.push_back(sliced(to, from, axis, 0, after, 1));
  }
  return joined(to, pieces, axis);
}

void pad(lowering& to, const operation& of) {
  value made = to.computed(of, 0);
  border with = border_of(to, of, made.rank());
  const std::string mode = of.text("mode", "constant");
  if (mode != "constant" && mode != "edge" && mode != "reflect" && mode != "wrap") {
    lowering::damaged(of, "mode '" + mode + "' is not known");
  }
  float number = of.real("value", 0);
  if (to.opset() >= 11 && of.has_input(2)) {
    const tensor& given = to.known(of, 2, "the number to pad with");
    if (given.size() != 1) lowering::damaged(of, "the number to pad with is not one number");
    number = static_cast<float>(given.number(0));
  }
  // Negative padding cuts off.
  for (std::size_t axis = 0; axis < made.rank(); ++axis) {
    const std::int64_t front = std::max<std::int64_t>(-with.before[axis], 0);
    const std::int64_t back = std::max<std::int64_t>(-with.after[axis], 0);
    const std::int64_t rest = made.dims[axis] - front - back;
    if (rest <= 0) lowering::refuse(of, "it leaves no elements");
    made = sliced(to, made, axis, front, rest, 1);
    with.before[axis] = std::max<std::int64_t>(with.before[axis], 0);
    with.after[axis] = std::max<std::int64_t>(with.after[axis], 0);
  }
  const auto pads = [&](std::size_t axis) { return with.before[axis] + with.after[axis] > 0; };
  const bool picture = (made.rank() == 4 || made.rank() == 3) && !pads(0) && !pads(1) &&
                       made.memory == in_order(lowering::image_order(made.rank()), made.dims) &&
                       made.dims[0] * made.dims[1] == to.shape_of(made.layer).channels &&
                       to.shape_of(made.layer).width == made.dims.back();
  if (mode == "constant" && picture) {
    bool any = false;
    for (std::size_t axis = 2; axis < made.rank(); ++axis) any = any || pads(axis);
    to.give(of, 0, any ? padded_picture(to, made, with, number) : made);
    return;
  }
  for (std::size_t axis = 0; axis < made.rank(); ++axis) {
    if (!pads(axis)) continue;
    made = mode == "constant" ? padded_axis(to, made, axis, with.before[axis], with.after[axis], number)
                              : continued(to, of, made, axis, with.before[axis], with.after[axis], mode);
  }
  to.give(of, 0, made);
}

}  // namespace

void add_pads(lower_table& table) { table["Pad"] = pad; }

}  // namespace importer
