// SPDX-License-Identifier: BSL-1.0
#include "fold.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <string_view>

#include "refusal.hpp"

namespace importer {

namespace {

/// What `fold` makes of less at most: it is for shapes and weights, not for running networks.
constexpr std::int64_t most_elements = std::int64_t{1} << 22;

using numbers_in = const std::vector<const tensor*>&;
using folded = std::vector<tensor>;

const tensor& at(const operation& of, numbers_in inputs, std::size_t index) {
  if (index >= inputs.size() || inputs[index] == nullptr) {
    throw refusal(trouble::damaged, of.title() + ": input " + std::to_string(index + 1) + " is missing");
  }
  return *inputs[index];
}

bool has(numbers_in inputs, std::size_t index) { return index < inputs.size() && inputs[index] != nullptr; }

/// Axes from an input (newer operators) or an attribute (older ones).
std::vector<std::int64_t> axes_of(const operation& of, numbers_in inputs, std::size_t index) {
  return has(inputs, index) ? inputs[index]->whole() : of.integers("axes");
}

sizes check_size(const operation& of, sizes dims) {
  double elements = 1;
  for (const std::int64_t size : dims) {
    if (size < 0) throw refusal(trouble::damaged, of.title() + ": a negative size");
    elements *= static_cast<double>(size);
  }
  if (elements > static_cast<double>(most_elements)) {
    throw refusal(trouble::unsupported, of.title() + ": a constant of more elements than are computed while importing");
  }
  return dims;
}

double binary(std::string_view kind, double a, double b, bool integer) {
  if (kind == "Add") return a + b;
  if (kind == "Sub") return a - b;
  if (kind == "Mul") return a * b;
  if (kind == "Div") return integer ? (b == 0 ? 0 : std::trunc(a / b)) : a / b;
  if (kind == "Pow") return std::pow(a, b);
  if (kind == "Max") return std::max(a, b);
  if (kind == "Min") return std::min(a, b);
  if (kind == "Mod") return b == 0 ? 0 : a - std::floor(a / b) * b;
  if (kind == "Equal") return a == b;
  if (kind == "Less") return a < b;
  if (kind == "Greater") return a > b;
  if (kind == "And") return a != 0 && b != 0;
  return a != 0 || b != 0;  // Or
}

/// Element by element, in double; integers stay exact up to 2^53, far above any size.
tensor elementwise(const operation& of, const tensor& first, const tensor& second, bool logical) {
  tensor result;
  result.dims = check_size(of, broadcast(first.dims, second.dims));
  result.integer = logical || first.integer;
  const auto steps = [&](const sizes& dims) {
    sizes own = strides_of(dims);
    sizes aligned(result.dims.size(), 0);
    for (std::size_t i = 0; i < dims.size(); ++i) {
      if (dims[i] > 1) aligned[i + result.dims.size() - dims.size()] = own[i];
    }
    return aligned;
  };
  const tensor a = picked(first, result.dims, steps(first.dims), 0);
  const tensor b = picked(second, result.dims, steps(second.dims), 0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    const double number = binary(of.kind, a.number(i), b.number(i), first.integer);
    if (!result.integer) result.reals.push_back(static_cast<float>(number));
    else result.integers.push_back(std::abs(number) < 9e18 ? static_cast<std::int64_t>(number) : 0);
  }
  return result;
}

const std::map<std::string_view, double (*)(double)>& functions() {
  static const std::map<std::string_view, double (*)(double)> all{
      {"Neg", [](double x) { return -x; }},
      {"Abs", [](double x) { return std::abs(x); }},
      {"Sqrt", [](double x) { return std::sqrt(x); }},
      {"Floor", [](double x) { return std::floor(x); }},
      {"Ceil", [](double x) { return std::ceil(x); }},
      {"Reciprocal", [](double x) { return 1 / x; }},
      {"Exp", [](double x) { return std::exp(x); }},
      {"Log", [](double x) { return std::log(x); }},
      {"Relu", [](double x) { return std::max(x, 0.0); }},
      {"Not", [](double x) { return x == 0 ? 1.0 : 0.0; }},
  };
  return all;
}

tensor of_each(const tensor& from, double (*function)(double)) {
  tensor result = from;
  for (float& each : result.reals) each = static_cast<float>(function(double{each}));
  for (std::int64_t& each : result.integers) {
    const double number = function(static_cast<double>(each));
    each = std::abs(number) < 9e18 ? static_cast<std::int64_t>(number) : 0;
  }
  return result;
}

tensor cast(const operation& of, const tensor& from) {
  tensor result;
  result.dims = from.dims;
  const std::int64_t type = of.integer("to", 1);
  // 1 float, 10 float16, 11 double, 16 bfloat16; everything else is whole.
  result.integer = !(type == 1 || type == 10 || type == 11 || type == 16);
  if (!result.integer) result.reals = from.floats();
  else if (type == 9) {
    for (std::size_t i = 0; i < from.size(); ++i) result.integers.push_back(from.number(i) != 0 ? 1 : 0);
  } else {
    result.integers = from.whole();
  }
  return result;
}

tensor gathered(const operation& of, const tensor& from, const tensor& indices) {
  const std::size_t axis = axis_of(of.integer("axis", 0), from.dims.size());
  sizes dims(from.dims.begin(), from.dims.begin() + static_cast<std::ptrdiff_t>(axis));
  dims.insert(dims.end(), indices.dims.begin(), indices.dims.end());
  dims.insert(dims.end(), from.dims.begin() + static_cast<std::ptrdiff_t>(axis) + 1, from.dims.end());
  tensor result;
  result.dims = check_size(of, dims);
  result.integer = from.integer;
  const std::int64_t inner = strides_of(from.dims)[axis];
  const std::int64_t size = from.dims[axis];
  const std::int64_t outer = count_of(from.dims) / std::max<std::int64_t>(inner * size, 1);
  for (std::int64_t o = 0; o < outer; ++o) {
    for (const std::int64_t given : indices.whole()) {
      const std::int64_t index = given < 0 ? given + size : given;
      if (index < 0 || index >= size) throw refusal(trouble::damaged, of.title() + ": an index outside of the tensor");
      for (std::int64_t i = 0; i < inner; ++i) {
        const auto source = static_cast<std::size_t>((o * size + index) * inner + i);
        if (from.integer) result.integers.push_back(from.integers.at(source));
        else result.reals.push_back(from.reals.at(source));
      }
    }
  }
  return result;
}

tensor sliced(const operation& of, numbers_in inputs) {
  const tensor& from = at(of, inputs, 0);
  const bool attributes = of.has("starts");
  const auto starts = attributes ? of.integers("starts") : at(of, inputs, 1).whole();
  const auto ends = attributes ? of.integers("ends") : at(of, inputs, 2).whole();
  const auto axes = axes_of(of, inputs, 3);
  const auto steps = has(inputs, 4) ? inputs[4]->whole() : std::vector<std::int64_t>(starts.size(), 1);
  sizes dims = from.dims;
  sizes strides = strides_of(from.dims);
  std::int64_t offset = 0;
  for (std::size_t i = 0; i < starts.size(); ++i) {
    const std::size_t axis = axis_of(i < axes.size() ? axes[i] : static_cast<std::int64_t>(i), dims.size());
    const piece kept = clamped(starts[i], ends.at(i), steps.at(i), from.dims[axis]);
    offset += kept.begin * strides[axis];
    dims[axis] = kept.size;
    strides[axis] *= kept.step;
  }
  return picked(from, dims, strides, offset);
}

tensor concatenated(const operation& of, numbers_in inputs) {
  tensor result = at(of, inputs, 0);
  const std::size_t axis = axis_of(of.integer("axis", 0), result.dims.size());
  std::int64_t along = 0;
  for (std::size_t k = 0; k < inputs.size(); ++k) {
    const tensor& each = at(of, inputs, k);
    if (each.dims.size() != result.dims.size()) throw refusal(trouble::damaged, of.title() + ": ranks differ");
    for (std::size_t a = 0; a < each.dims.size(); ++a) {
      if (a != axis && each.dims[a] != result.dims[a]) throw refusal(trouble::damaged, of.title() + ": sizes differ");
    }
    along += each.dims[axis];
  }
  result.dims[axis] = along;
  result.reals.clear();
  result.integers.clear();
  std::int64_t outer = 1;
  for (std::size_t a = 0; a < axis; ++a) outer *= result.dims[a];
  for (std::int64_t o = 0; o < outer; ++o) {
    for (std::size_t k = 0; k < inputs.size(); ++k) {
      const tensor& each = *inputs[k];
      const std::size_t block = each.size() / static_cast<std::size_t>(outer);
      for (std::size_t i = 0; i < block; ++i) {
        const std::size_t source = static_cast<std::size_t>(o) * block + i;
        if (result.integer) result.integers.push_back(each.integer ? each.integers[source] : 0);
        else result.reals.push_back(static_cast<float>(each.number(source)));
      }
    }
  }
  return result;
}

sizes with_ones(const operation& of, const sizes& from, const std::vector<std::int64_t>& axes) {
  const std::size_t rank = from.size() + axes.size();
  std::vector<bool> single(rank, false);
  for (const std::int64_t axis : axes) {
    const std::size_t place = axis_of(axis, rank);
    if (single[place]) throw refusal(trouble::damaged, of.title() + ": an axis is named twice");
    single[place] = true;
  }
  sizes dims;
  std::size_t next = 0;
  for (std::size_t i = 0; i < rank; ++i) dims.push_back(single[i] ? 1 : from[next++]);
  return dims;
}

sizes without_ones(const sizes& from, const std::vector<std::int64_t>& axes) {
  std::vector<bool> gone(from.size(), false);
  for (const std::int64_t axis : axes) gone[axis_of(axis, from.size())] = true;
  sizes dims;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const bool drop = axes.empty() ? from[i] == 1 : gone[i];
    if (drop && from[i] != 1) throw refusal(trouble::damaged, "an axis of " + std::to_string(from[i]) + " is squeezed");
    if (!drop) dims.push_back(from[i]);
  }
  return dims;
}

tensor transposed(const operation& of, const tensor& from) {
  std::vector<std::int64_t> order = of.integers("perm");
  if (order.empty()) {
    for (std::size_t i = from.dims.size(); i-- > 0;) order.push_back(static_cast<std::int64_t>(i));
  }
  if (order.size() != from.dims.size()) throw refusal(trouble::damaged, of.title() + ": perm has another rank");
  const sizes steps = strides_of(from.dims);
  sizes dims;
  sizes moved;
  for (const std::int64_t axis : order) {
    dims.push_back(from.dims[axis_of(axis, from.dims.size())]);
    moved.push_back(steps[axis_of(axis, from.dims.size())]);
  }
  if (count_of(dims) != count_of(from.dims)) throw refusal(trouble::damaged, of.title() + ": perm is no permutation");
  return picked(from, dims, moved, 0);
}

tensor expanded(const operation& of, const tensor& from, const sizes& asked) {
  const sizes dims = check_size(of, broadcast(from.dims, asked));
  const sizes own = strides_of(from.dims);
  sizes steps(dims.size(), 0);
  for (std::size_t i = 0; i < from.dims.size(); ++i) {
    if (from.dims[i] > 1) steps[i + dims.size() - from.dims.size()] = own[i];
  }
  return picked(from, dims, steps, 0);
}

tensor constant_value(const operation& of) {
  const auto has_key = [&](const char* key) { return of.has(key); };
  if (has_key("value") && of.attributes.at("value").value) return *of.attributes.at("value").value;
  if (has_key("value_float")) return tensor::of({}, {of.real("value_float", 0)});
  if (has_key("value_int")) return tensor::of_integers({}, {of.integer("value_int", 0)});
  if (has_key("value_floats")) {
    const auto& numbers = of.attributes.at("value_floats").reals;
    return tensor::of({static_cast<std::int64_t>(numbers.size())}, numbers);
  }
  if (has_key("value_ints")) {
    const auto numbers = of.integers("value_ints");
    return tensor::of_integers({static_cast<std::int64_t>(numbers.size())}, numbers);
  }
  throw refusal(trouble::unsupported, of.title() + ": a constant that is neither floats nor integers");
}

tensor filled(const operation& of, const tensor& shape) {
  tensor result;
  result.dims = check_size(of, shape.whole());
  const bool given = of.has("value") && of.attributes.at("value").value;
  const tensor one = given ? *of.attributes.at("value").value : tensor::of({1}, {0.0F});
  if (one.size() != 1) throw refusal(trouble::damaged, of.title() + ": its value is not one number");
  result.integer = one.integer;
  const auto count = static_cast<std::size_t>(count_of(result.dims));
  if (one.integer) result.integers.assign(count, one.integers[0]);
  else result.reals.assign(count, one.reals[0]);
  return result;
}

tensor range_of(const operation& of, numbers_in inputs) {
  const tensor& start = at(of, inputs, 0);
  const double first = start.size() == 1 ? start.number(0) : 0;
  const double limit = at(of, inputs, 1).size() == 1 ? inputs[1]->number(0) : 0;
  const double step = at(of, inputs, 2).size() == 1 ? inputs[2]->number(0) : 0;
  const double count = step == 0 ? -1 : std::max(std::ceil((limit - first) / step), 0.0);
  if (!(count >= 0 && count < 1e7)) throw refusal(trouble::damaged, of.title() + ": an endless range");
  tensor result;
  result.dims = {static_cast<std::int64_t>(count)};
  result.integer = start.integer;
  for (double i = 0; i < count; ++i) {
    const double number = first + i * step;
    if (!result.integer) result.reals.push_back(static_cast<float>(number));
    else result.integers.push_back(std::abs(number) < 9e18 ? static_cast<std::int64_t>(number) : 0);
  }
  return result;
}

tensor chosen(const operation& of, numbers_in inputs) {
  const sizes dims =
      check_size(of, broadcast(broadcast(at(of, inputs, 0).dims, at(of, inputs, 1).dims), at(of, inputs, 2).dims));
  const tensor condition = expanded(of, *inputs[0], dims);
  const tensor yes = expanded(of, *inputs[1], dims);
  const tensor no = expanded(of, *inputs[2], dims);
  tensor result = yes;
  for (std::size_t i = 0; i < condition.size(); ++i) {
    if (condition.number(i) != 0) continue;
    if (result.integer) result.integers[i] = no.integer ? no.integers[i] : 0;
    else result.reals[i] = static_cast<float>(no.number(i));
  }
  return result;
}

tensor with_dims(tensor of, sizes dims) {
  of.dims = std::move(dims);
  return of;
}

}  // namespace

std::optional<std::vector<tensor>> fold(const operation& of, const std::vector<const tensor*>& inputs,
                                        std::int64_t opset) {
  const std::string_view kind = of.kind;
  const auto one = [&]() -> const tensor& { return at(of, inputs, 0); };
  const auto give = [](tensor made) { return std::vector<tensor>{std::move(made)}; };
  if (kind == "Constant") return give(constant_value(of));
  if (kind == "Shape") {
    const auto rank = static_cast<std::int64_t>(one().dims.size());
    const piece kept = clamped(of.integer("start", 0), of.integer("end", rank), 1, rank);
    const auto begin = one().dims.begin() + kept.begin;
    return give(tensor::of_integers({kept.size}, sizes(begin, begin + kept.size)));
  }
  if (kind == "Size") return give(tensor::of_integers({}, {count_of(one().dims)}));
  if (kind == "ConstantOfShape") return give(filled(of, one()));
  if (kind == "Range") return give(range_of(of, inputs));
  if (kind == "Identity" || kind == "Dropout") return give(one());
  if (kind == "Cast") return give(cast(of, one()));
  if (kind == "Gather") return give(gathered(of, one(), at(of, inputs, 1)));
  if (kind == "Slice") return give(sliced(of, inputs));
  if (kind == "Concat") return give(concatenated(of, inputs));
  if (kind == "Transpose") return give(transposed(of, one()));
  if (kind == "Where") return give(chosen(of, inputs));
  if (kind == "Expand") return give(expanded(of, one(), at(of, inputs, 1).whole()));
  if (kind == "Unsqueeze") return give(with_dims(one(), with_ones(of, one().dims, axes_of(of, inputs, 1))));
  if (kind == "Squeeze") return give(with_dims(one(), without_ones(one().dims, axes_of(of, inputs, 1))));
  if (kind == "Reshape") {
    const auto asked = has(inputs, 1) ? inputs[1]->whole() : of.integers("shape");
    return give(with_dims(one(), reshaped_sizes(one().dims, asked, of.integer("allowzero", 0) != 0)));
  }
  if (kind == "Flatten") {
    const std::int64_t axis = of.integer("axis", 1);
    const auto rank = static_cast<std::int64_t>(one().dims.size());
    const std::int64_t at_axis = std::clamp<std::int64_t>(axis < 0 ? axis + rank : axis, 0, rank);
    const sizes front(one().dims.begin(), one().dims.begin() + at_axis);
    return give(with_dims(one(), {count_of(front), count_of(one().dims) / std::max<std::int64_t>(count_of(front), 1)}));
  }
  if (const auto function = functions().find(kind); function != functions().end()) {
    return give(of_each(one(), function->second));
  }
  const bool arithmetic = kind == "Add" || kind == "Sub" || kind == "Mul" || kind == "Div" || kind == "Pow" ||
                          kind == "Max" || kind == "Min" || kind == "Mod";
  const bool logical = kind == "Equal" || kind == "Less" || kind == "Greater" || kind == "And" || kind == "Or";
  if ((arithmetic || logical) && inputs.size() == 2 && opset >= 7) {
    return give(elementwise(of, one(), at(of, inputs, 1), logical));
  }
  return std::nullopt;
}

}  // namespace importer
