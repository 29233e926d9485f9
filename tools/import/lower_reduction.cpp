// SPDX-License-Identifier: BSL-1.0
/// @file
/// Reductions over axes, and the position of the largest and smallest along one.

#include <algorithm>
#include <numeric>

#include "lowering.hpp"

namespace importer {

value without(const value& from, const std::vector<std::size_t>& axes, bool keep) {
  const auto gone = [&](std::size_t axis) { return std::find(axes.begin(), axes.end(), axis) != axes.end(); };
  value made = from;
  axis_digits digits = lowering::digits_of(from);
  std::erase_if(digits, [&](const axis_digit& each) { return gone(each.axis); });
  for (const std::size_t axis : axes) made.dims[axis] = 1;
  made.memory = layout_of(digits, made.dims);
  if (keep) return made;
  sizes dims;
  for (std::size_t axis = 0; axis < made.rank(); ++axis) {
    if (!gone(axis)) dims.push_back(made.dims[axis]);
  }
  return lowering::reshaped(made, dims);
}

namespace {

std::vector<std::size_t> reduced_axes(const lowering& to, const operation& of, std::size_t rank) {
  std::vector<std::int64_t> given = of.integers("axes");
  if (of.has_input(1)) given = to.known(of, 1, "the axes").whole();
  std::vector<std::size_t> axes;
  for (const std::int64_t axis : given) axes.push_back(axis_of(axis, rank));
  std::sort(axes.begin(), axes.end());
  if (std::adjacent_find(axes.begin(), axes.end()) != axes.end()) lowering::damaged(of, "an axis is named twice");
  if (axes.empty() && of.integer("noop_with_empty_axes", 0) == 0) {
    axes.resize(rank);
    std::iota(axes.begin(), axes.end(), std::size_t{0});
  }
  return axes;
}

/// The mean of whole pictures is a global pool.
bool is_global_mean(const value& from, const std::vector<std::size_t>& axes) {
  return from.rank() == 4 && axes == std::vector<std::size_t>{2, 3} &&
         from.memory == in_order(lowering::image_order(4), from.dims);
}

/// The reduction of every element by itself.
value one_by_one(lowering& to, cleave::reduction kind, const value& from) {
  switch (kind) {
    case cleave::reduction::l1:
    case cleave::reduction::l2: return activated(to, from, cleave::absolute{});
    case cleave::reduction::sum_square: return activated(to, from, cleave::power_of{.exponent = 2});
    case cleave::reduction::log_sum: return activated(to, from, cleave::log{});
    default: return from;
  }
}

template <cleave::reduction Kind>
void reduce(lowering& to, const operation& of) {
  const value given = to.computed(of, 0);
  const std::vector<std::size_t> axes = reduced_axes(to, of, given.rank());
  if (axes.empty()) {
    to.give(of, 0, one_by_one(to, Kind, given));
    return;
  }
  const bool keep = of.integer("keepdims", 1) != 0;
  if (Kind == cleave::reduction::mean && is_global_mean(given, axes)) {
    const value from = to.image(of, given);
    value made = without(from, axes, keep);
    made.layer = to.add(cleave::global_average_pool{}, {from.layer});
    to.give(of, 0, made);
    return;
  }
  const value from = to.innermost(given, axes);
  value made = without(from, axes, keep);
  made.layer = to.add(cleave::reduce{.kind = Kind}, {from.layer});
  to.give(of, 0, made);
}

template <class Layer>
void position(lowering& to, const operation& of) {
  const value given = to.computed(of, 0);
  const std::vector<std::size_t> axes{axis_of(of.integer("axis", 0), given.rank())};
  const value from = to.innermost(given, axes);
  const auto order = lowering::inner_numbers(from, axes);
  if (!std::is_sorted(order.begin(), order.end())) lowering::refuse(of, "its axis does not lie in one piece");
  value made = without(from, axes, of.integer("keepdims", 1) != 0);
  made.integer = true;
  made.layer = to.add(Layer{.last_index = of.integer("select_last_index", 0) != 0}, {from.layer});
  to.give(of, 0, made);
}

}  // namespace

void add_reductions(lower_table& table) {
  table["ReduceMean"] = reduce<cleave::reduction::mean>;
  table["ReduceSum"] = reduce<cleave::reduction::sum>;
  table["ReduceMax"] = reduce<cleave::reduction::max>;
  table["ReduceMin"] = reduce<cleave::reduction::min>;
  table["ReduceProd"] = reduce<cleave::reduction::product>;
  table["ReduceL1"] = reduce<cleave::reduction::l1>;
  table["ReduceL2"] = reduce<cleave::reduction::l2>;
  table["ReduceSumSquare"] = reduce<cleave::reduction::sum_square>;
  table["ReduceLogSum"] = reduce<cleave::reduction::log_sum>;
  table["ReduceLogSumExp"] = reduce<cleave::reduction::log_sum_exp>;
  table["ArgMax"] = position<cleave::argmax>;
  table["ArgMin"] = position<cleave::argmin>;
}

}  // namespace importer
