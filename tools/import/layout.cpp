// SPDX-License-Identifier: BSL-1.0
#include "layout.hpp"

#include <algorithm>
#include <set>

namespace importer {

namespace {

/// Every element of the tensor in memory order, by its number.
void enumerate(const layout& of, std::size_t place, std::int64_t number, std::vector<std::int64_t>& to) {
  if (place == of.size()) {
    to.push_back(number);
    return;
  }
  for (std::int64_t i = 0; i < of[place].size; ++i) enumerate(of, place + 1, number + i * of[place].step, to);
}

/// Cuts each direction at the marks that lie inside of it; nothing where a mark is not at a whole number of steps.
std::optional<layout> cut_at(const layout& of, const std::set<std::int64_t>& marks) {
  layout result;
  for (const digit& each : of) {
    layout pieces;  // innermost first
    std::int64_t from = each.step;
    const std::int64_t end = each.step * each.size;
    for (auto mark = marks.upper_bound(from); mark != marks.end() && *mark < end; ++mark) {
      if (*mark % from != 0 || end % *mark != 0) return std::nullopt;
      pieces.push_back({*mark / from, from});
      from = *mark;
    }
    pieces.push_back({end / from, from});
    result.insert(result.end(), pieces.rbegin(), pieces.rend());
  }
  return result;
}

std::set<std::int64_t> marks_of(const layout& of) {
  std::set<std::int64_t> marks;
  for (const digit& each : of) {
    marks.insert(each.step);
    marks.insert(each.step * each.size);
  }
  return marks;
}

}  // namespace

layout simplified(layout of) {
  layout result;
  for (const digit& each : of) {
    if (each.size == 1) continue;
    if (!result.empty() && result.back().step == each.size * each.step) {
      result.back() = {result.back().size * each.size, each.step};
    } else {
      result.push_back(each);
    }
  }
  return result;
}

layout plain(std::int64_t count) { return count == 1 ? layout{} : layout{{count, 1}}; }

std::optional<axis_digits> axes_of(const layout& memory, const sizes& dims) {
  const sizes steps = strides_of(dims);
  std::set<std::int64_t> marks(steps.begin(), steps.end());
  const std::optional<layout> pieces = cut_at(memory, marks);
  if (!pieces) return std::nullopt;
  axis_digits result;
  for (const digit& each : *pieces) {
    // The innermost axis that is not of one element and whose step is not larger.
    std::size_t axis = 0;
    bool found = false;
    for (std::size_t a = 0; a < dims.size() && !found; ++a) {
      if (dims[a] > 1 && steps[a] <= each.step && each.step < steps[a] * dims[a]) {
        axis = a;
        found = true;
      }
    }
    if (!found || each.step % steps[axis] != 0) return std::nullopt;
    result.push_back({axis, each.size, each.step / steps[axis]});
  }
  return result;
}

layout layout_of(const axis_digits& digits, const sizes& dims) {
  const sizes steps = strides_of(dims);
  layout result;
  for (const axis_digit& each : digits) result.push_back({each.size, each.step * steps[each.axis]});
  return simplified(result);
}

layout in_order(const std::vector<std::size_t>& order, const sizes& dims) {
  axis_digits digits;
  for (const std::size_t axis : order) digits.push_back({axis, dims[axis], 1});
  return layout_of(digits, dims);
}

std::optional<copy> copy_between(const layout& from, const layout& to) {
  std::set<std::int64_t> marks = marks_of(from);
  marks.merge(marks_of(to));
  const auto source = cut_at(from, marks);
  const auto target = cut_at(to, marks);
  if (!source || !target || source->size() != target->size()) return std::nullopt;
  copy result;
  for (const digit& each : *target) {
    const auto found = std::find(source->begin(), source->end(), each);
    if (found == source->end()) return std::nullopt;
    std::int64_t step = 1;
    for (auto inner = found + 1; inner != source->end(); ++inner) step *= inner->size;
    result.sizes.push_back(each.size);
    result.steps.push_back(step);
  }
  simplify(result);
  return result;
}

void simplify(copy& of) {
  copy result;
  for (std::size_t i = 0; i < of.sizes.size(); ++i) {
    if (of.sizes[i] == 1) continue;
    if (!result.sizes.empty() && result.steps.back() == of.sizes[i] * of.steps[i]) {
      result.sizes.back() *= of.sizes[i];
      result.steps.back() = of.steps[i];
    } else {
      result.sizes.push_back(of.sizes[i]);
      result.steps.push_back(of.steps[i]);
    }
  }
  of = result;
}

std::vector<std::int64_t> numbers_in(const layout& memory) {
  std::vector<std::int64_t> numbers;
  enumerate(memory, 0, 0, numbers);
  return numbers;
}

}  // namespace importer
