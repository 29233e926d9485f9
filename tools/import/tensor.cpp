// SPDX-License-Identifier: BSL-1.0
#include "tensor.hpp"

#include "refusal.hpp"

namespace importer {

std::string text_of(const sizes& of) {
  if (of.empty()) return "scalar";
  std::string text;
  for (const std::int64_t size : of) {
    text += (text.empty() ? "" : "x") + (size < 0 ? std::string{"?"} : std::to_string(size));
  }
  return text;
}

std::vector<float> tensor::floats() const {
  if (!integer) return reals;
  std::vector<float> numbers;
  for (const std::int64_t each : integers) numbers.push_back(static_cast<float>(each));
  return numbers;
}

std::vector<std::int64_t> tensor::whole() const {
  if (integer) return integers;
  std::vector<std::int64_t> numbers;
  for (const float each : reals) {
    // Outside of this range, and for what is not a number, the conversion would mean nothing.
    numbers.push_back(each > -9e18F && each < 9e18F ? static_cast<std::int64_t>(each) : 0);
  }
  return numbers;
}

sizes strides_of(const sizes& dims) {
  sizes strides(dims.size(), 1);
  for (std::size_t i = dims.size(); i-- > 1;) strides[i - 1] = strides[i] * dims[i];
  return strides;
}

std::size_t axis_of(std::int64_t axis, std::size_t rank) {
  const auto count = static_cast<std::int64_t>(rank);
  if (axis < -count || axis >= count) {
    throw refusal(trouble::damaged,
                  "axis " + std::to_string(axis) + " of a tensor that has " + std::to_string(rank) + " axes");
  }
  return static_cast<std::size_t>(axis < 0 ? axis + count : axis);
}

}  // namespace importer
