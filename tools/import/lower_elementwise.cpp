// SPDX-License-Identifier: BSL-1.0
/// @file
/// Arithmetic of two values with broadcasting. A known second value becomes a scale and shift (which rewrites fold into
/// the layer before), or a constant; a computed one is read per channel or per pixel where memory lies that way.

#include <algorithm>
#include <cmath>

#include "fold.hpp"
#include "lowering.hpp"

namespace importer {

namespace {

bool commutes(cleave::op kind) {
  return kind == cleave::op::add || kind == cleave::op::multiply || kind == cleave::op::maximum ||
         kind == cleave::op::minimum;
}

cleave::layer_record record_of(cleave::op kind) {
  cleave::layer_record record;
  record.kind = kind;
  record.arity = 2;
  return record;
}

/// How the second operand varies over the memory of the first.
enum class reach { single, per_channel, per_pixel, full };

struct fit {
  reach how = reach::full;
  axis_digits digits;      ///< of the first operand along which the second varies, in the order of memory
  std::int64_t count = 1;  ///< how many different numbers there are
};

/// `dims` are those of the second operand, with as many axes as the first has.
fit fit_of(const axis_digits& first, const sizes& dims, std::int64_t total) {
  fit result;
  std::size_t leading = 0;
  std::size_t trailing = 0;
  for (const axis_digit& each : first) {
    if (dims[each.axis] > 1) result.digits.push_back(each);
  }
  while (leading < first.size() && dims[first[leading].axis] > 1) ++leading;
  while (trailing < first.size() && dims[first[first.size() - 1 - trailing].axis] > 1) ++trailing;
  result.count = count_of(dims);
  if (result.count == 1) result.how = reach::single;
  else if (result.count == total) result.how = reach::full;
  else if (trailing == result.digits.size()) result.how = reach::per_channel;
  else if (leading == result.digits.size()) result.how = reach::per_pixel;
  return result;
}

sizes aligned(const sizes& dims, std::size_t rank) {
  sizes result(rank - dims.size(), 1);
  result.insert(result.end(), dims.begin(), dims.end());
  return result;
}

/// The second operand's shape, and the first's.
std::pair<cleave::shape, cleave::shape> shapes_of(const fit& with, cleave::shape first) {
  const int all = static_cast<int>(first.size());
  const int count = static_cast<int>(with.count);
  switch (with.how) {
    case reach::single: return {{1, 1, 1}, first};
    case reach::per_channel:
      return {{1, 1, count}, first.channels == count ? first : cleave::shape{1, all / count, count}};
    case reach::per_pixel: {
      const bool pixels = first.height * first.width == count;
      const cleave::shape kept = pixels ? first : cleave::shape{1, count, all / count};
      return {{kept.height, kept.width, 1}, kept};
    }
    case reach::full: break;
  }
  return {first, first};
}

value with_known(lowering& to, cleave::op kind, value first, const value& second) {
  const sizes dims = aligned(second.dims, first.rank());
  auto [from, digits] = to.along_axes(first);
  fit with = fit_of(digits, dims, from.count());
  const bool linear = kind == cleave::op::add || kind == cleave::op::subtract || kind == cleave::op::multiply ||
                      kind == cleave::op::divide;
  const std::vector<float> numbers = second.data.floats();
  if (kind == cleave::op::power && with.how == reach::single) {
    return activated(to, from, cleave::power_of{.exponent = numbers[0]});
  }
  if (linear && (with.how == reach::single || with.how == reach::per_channel ||
                 (with.how == reach::full && with.count <= 4096))) {
    std::vector<std::size_t> axes;
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
      if (dims[axis] > 1) axes.push_back(axis);
    }
    std::vector<float> scale(numbers.size(), 1.0F);
    std::vector<float> shift(numbers.size(), 0.0F);
    for (std::size_t i = 0; i < numbers.size(); ++i) {
      if (kind == cleave::op::add) shift[i] = numbers[i];
      if (kind == cleave::op::subtract) shift[i] = -numbers[i];
      if (kind == cleave::op::multiply) scale[i] = numbers[i];
      if (kind == cleave::op::divide) scale[i] = 1.0F / numbers[i];
    }
    return scaled(to, from, axes, scale, shift);
  }
  if (with.how == reach::full && from.count() > 1 << 24)
    lowering::refuse(*to.current, "a constant repeated to the size of its input");
  const bool varied = with.how == reach::full && with.count != from.count();
  if (varied) with.digits = digits;
  // The numbers in the order of memory.
  const sizes steps = strides_of(dims);
  layout order;
  for (const axis_digit& each : with.digits)
    order.push_back({each.size, dims[each.axis] > 1 ? each.step * steps[each.axis] : 0});
  std::vector<float> stored;
  for (const std::int64_t number : numbers_in(order)) stored.push_back(numbers[static_cast<std::size_t>(number)]);
  const auto [small, large] = shapes_of(with, to.shape_of(from.layer));
  from.layer = to.shaped(from.layer, large);
  from.layer = to.add(record_of(kind), {from.layer, to.constant(small, stored, second.name)});
  return from;
}

value with_computed(lowering& to, cleave::op kind, const value& first, value second) {
  second = lowering::reshaped(second, aligned(second.dims, first.rank()));
  if (second.memory == first.memory && second.dims == first.dims) {
    value made = first;
    made.layer = to.add(record_of(kind), {first.layer, to.shaped(second.layer, to.shape_of(first.layer))});
    return made;
  }
  auto [from, digits] = to.along_axes(first);
  fit with = fit_of(digits, second.dims, from.count());
  const auto [small, large] = shapes_of(with, to.shape_of(from.layer));
  from.layer = to.shaped(from.layer, large);
  int other = 0;
  if (with.how == reach::full) {
    other = spread(to, second, from.dims, digits, large).layer;
  } else {
    other = to.arranged(second, layout_of(with.digits, second.dims), small).layer;
  }
  from.layer = to.add(record_of(kind), {from.layer, other});
  return from;
}

template <cleave::op Kind>
void binary(lowering& to, const operation& of) {
  value first = to.input(of, 0);
  value second = to.input(of, 1);
  if (to.opset() < 7 && of.integer("broadcast", 0) != 0 && of.has("axis")) {
    // Before operator set 7 the second operand said where it stands.
    const std::size_t axis = axis_of(of.integer("axis", 0), first.rank());
    sizes dims = second.dims;
    while (dims.size() + axis < first.rank()) dims.push_back(1);
    second = lowering::reshaped(second, dims);
  }
  for (const auto index : {std::size_t{0}, std::size_t{1}}) {
    if (!to.is_known(of, index)) (void)to.computed(of, index);
    if (to.input(of, index).integer) lowering::refuse(of, "it reads integers that were computed");
  }
  if (first.known && second.known) first = to.computed(of, 0);
  to.give(of, 0, arithmetic(to, Kind, first, second));
}

template <cleave::op Kind>
void chain(lowering& to, const operation& of) {
  value sum = to.input(of, 0);
  if (sum.known) sum = to.computed(of, 0);
  for (std::size_t i = 1; i < of.inputs.size(); ++i) sum = arithmetic(to, Kind, sum, to.input(of, i));
  to.give(of, 0, sum);
}

void mean(lowering& to, const operation& of) {
  value sum = to.computed(of, 0);
  for (std::size_t i = 1; i < of.inputs.size(); ++i) sum = arithmetic(to, cleave::op::add, sum, to.input(of, i));
  if (of.inputs.size() > 1) sum = scaled(to, sum, {}, {1.0F / static_cast<float>(of.inputs.size())}, {0.0F});
  to.give(of, 0, sum);
}

}  // namespace

value arithmetic(lowering& to, cleave::op kind, const value& left, const value& right) {
  value first = left;
  value second = right;
  const sizes dims = broadcast(first.dims, second.dims);
  if (count_of(dims) == 0) lowering::refuse(*to.current, "its result has no elements");
  if (first.known && !second.known) {
    if (kind == cleave::op::subtract) {
      return arithmetic(to, cleave::op::add, scaled(to, second, {}, {-1.0F}, {0.0F}), first);
    }
    if (kind == cleave::op::divide) {
      return arithmetic(to, cleave::op::multiply, activated(to, second, cleave::reciprocal{}), first);
    }
    if (commutes(kind)) {
      std::swap(first, second);
    } else {
      first.layer = to.constant({1, 1, static_cast<int>(first.count())}, first.data.floats(), first.name);
      first.memory = plain(first.count());
      first.known = false;
    }
  }
  if (!second.known && commutes(kind) && first.count() < count_of(dims) && second.count() == count_of(dims)) {
    std::swap(first, second);
  }
  if (first.count() < count_of(dims)) first = expanded(to, first, dims);
  first = lowering::reshaped(first, dims);
  return second.known ? with_known(to, kind, first, second) : with_computed(to, kind, first, second);
}

value scaled(lowering& to, const value& of, const std::vector<std::size_t>& axes, std::vector<float> scale,
             std::vector<float> shift) {
  const value from = axes.empty() ? of : to.innermost(of, axes);
  const auto channels = static_cast<std::size_t>(to.shape_of(from.layer).channels);
  if (axes.empty() && channels > 4096) {
    // One number for each channel would be more than the number itself.
    value made = from;
    if (scale[0] != 1) {
      made.layer = to.add(record_of(cleave::op::multiply), {made.layer, to.constant({1, 1, 1}, {scale[0]}, "")});
    }
    if (shift[0] != 0) {
      made.layer = to.add(record_of(cleave::op::add), {made.layer, to.constant({1, 1, 1}, {shift[0]}, "")});
    }
    return made;
  }
  parameters trained;
  if (axes.empty()) {
    trained.weights.assign(channels, scale[0]);
    trained.bias.assign(channels, shift[0]);
  } else {
    for (const std::int64_t number : lowering::inner_numbers(from, axes)) {
      trained.weights.push_back(scale[static_cast<std::size_t>(number)]);
      trained.bias.push_back(shift[static_cast<std::size_t>(number)]);
    }
  }
  trained.mean.assign(trained.weights.size(), 0.0F);
  trained.variance.assign(trained.weights.size(), 1.0F);
  value made = from;
  made.layer = to.add(cleave::batch_normalization{.epsilon = 0}, {from.layer}, std::move(trained));
  return made;
}

value spread(lowering& to, const value& of, const sizes& dims, const axis_digits& target, cleave::shape shape) {
  const sizes own = aligned(of.dims, dims.size());
  axis_digits kept;
  for (const axis_digit& each : target) {
    if (own[each.axis] > 1) kept.push_back(each);
  }
  value from = lowering::reshaped(of, own);
  const layout wanted = layout_of(kept, own);
  if (own == dims) return to.arranged(from, wanted, shape);
  from =
      to.arranged(from, wanted,
                  from.memory == wanted ? to.shape_of(of.layer) : cleave::shape{1, 1, static_cast<int>(from.count())});
  copy elements;
  std::int64_t step = from.count();
  for (const axis_digit& each : target) {
    elements.sizes.push_back(each.size);
    if (own[each.axis] > 1) step /= each.size;
    elements.steps.push_back(own[each.axis] > 1 ? step : 0);
  }
  value made = from;
  made.dims = dims;
  made.memory = layout_of(target, dims);
  made.layer = to.copied(from.layer, elements, 0, shape);
  return made;
}

value expanded(lowering& to, const value& of, const sizes& dims) {
  double elements = 1;
  for (const std::int64_t size : dims) elements *= static_cast<double>(size);
  if (elements < 1 || elements > double{1 << 28}) {
    lowering::refuse(*to.current, "it makes a tensor of " + text_of(dims) + ", which cleave's workspaces can not hold");
  }
  axis_digits target;
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    if (dims[axis] > 1) target.push_back({axis, dims[axis], 1});
  }
  const int last = dims.empty() ? 1 : static_cast<int>(dims.back());
  return spread(to, of, dims, target, {1, static_cast<int>(count_of(dims)) / last, last});
}

void add_elementwise(lower_table& table) {
  table["Add"] = binary<cleave::op::add>;
  table["Sub"] = binary<cleave::op::subtract>;
  table["Mul"] = binary<cleave::op::multiply>;
  table["Div"] = binary<cleave::op::divide>;
  table["Pow"] = binary<cleave::op::power>;
  table["Sum"] = chain<cleave::op::add>;
  table["Max"] = chain<cleave::op::maximum>;
  table["Min"] = chain<cleave::op::minimum>;
  table["Mean"] = mean;
}

}  // namespace importer
