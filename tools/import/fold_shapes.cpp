// SPDX-License-Identifier: BSL-1.0
#include <algorithm>

#include "fold.hpp"
#include "refusal.hpp"

namespace importer {

sizes broadcast(const sizes& first, const sizes& second) {
  const std::size_t rank = std::max(first.size(), second.size());
  sizes result(rank, 1);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t a = i + first.size() >= rank ? first[i + first.size() - rank] : 1;
    const std::int64_t b = i + second.size() >= rank ? second[i + second.size() - rank] : 1;
    if (a != b && a != 1 && b != 1) {
      throw refusal(trouble::damaged, "tensors of " + text_of(first) + " and " + text_of(second) +
                                          " can not be joined element by element");
    }
    result[i] = a == 1 ? b : a;
  }
  return result;
}

sizes reshaped_sizes(const sizes& from, const std::vector<std::int64_t>& asked, bool zero_is_zero) {
  sizes result = asked;
  const std::int64_t all = count_of(from);
  std::int64_t rest = 1;
  std::size_t open = result.size();
  for (std::size_t i = 0; i < result.size(); ++i) {
    if (result[i] == 0 && !zero_is_zero && i < from.size()) result[i] = from[i];
    if (result[i] == -1 && open == result.size()) open = i;
    else if (result[i] < 0) throw refusal(trouble::damaged, "a tensor is reshaped to negative sizes");
    else if (result[i] > (std::int64_t{1} << 40) / std::max<std::int64_t>(rest, 1)) {
      throw refusal(trouble::damaged, "a tensor of " + text_of(from) + " is reshaped to " + text_of(asked));
    } else rest *= result[i];
  }
  if (open < result.size() && rest > 0) result[open] = all / rest;
  if (count_of(result) != all || (open < result.size() && rest == 0)) {
    throw refusal(trouble::damaged, "a tensor of " + text_of(from) + " is reshaped to " + text_of(asked));
  }
  return result;
}

piece clamped(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t size) {
  if (step == 0) throw refusal(trouble::damaged, "a slice has steps of 0");
  if (start < 0) start = std::max<std::int64_t>(start, -size - 1) + size;
  if (end < 0) end = std::max<std::int64_t>(end, -size - 1) + size;
  piece result{0, 0, step};
  if (step > 0) {
    result.begin = std::clamp<std::int64_t>(start, 0, size);
    end = std::clamp<std::int64_t>(end, 0, size);
    if (end > result.begin) result.size = (end - result.begin - 1) / step + 1;
  } else {
    result.begin = std::clamp<std::int64_t>(start, -1, size - 1);
    end = std::clamp<std::int64_t>(end, -1, size - 1);
    // The magnitude of the smallest step does not fit an integer.
    step = std::max<std::int64_t>(step, -size - 1);
    if (result.begin > end) result.size = (result.begin - end - 1) / -step + 1;
    result.step = step;
  }
  if (result.size <= 1) result.step = 1;  // the file's may be any number
  return result;
}

tensor picked(const tensor& from, const sizes& dims, const sizes& steps, std::int64_t offset) {
  tensor result;
  result.dims = dims;
  result.integer = from.integer;
  const std::int64_t count = count_of(dims);
  sizes place(dims.size(), 0);
  for (std::int64_t i = 0; i < count; ++i) {
    std::int64_t source = offset;
    for (std::size_t a = 0; a < dims.size(); ++a) source += place[a] * steps[a];
    const auto index = static_cast<std::size_t>(source);
    if (from.integer) result.integers.push_back(from.integers.at(index));
    else result.reals.push_back(from.reals.at(index));
    for (std::size_t a = dims.size(); a-- > 0;) {
      if (++place[a] < dims[a]) break;
      place[a] = 0;
    }
  }
  return result;
}

}  // namespace importer
