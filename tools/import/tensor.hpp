// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_TENSOR_HPP
#define TOOLS_IMPORT_TENSOR_HPP

/// @file
/// Tensors whose values are known: weights, and what shapes are computed from.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace importer {

using sizes = std::vector<std::int64_t>;

/// The product of all sizes.
inline std::int64_t count_of(const sizes& of) {
  std::int64_t count = 1;
  for (const std::int64_t size : of) count *= size;
  return count;
}

/// "1x3x32x32", as messages and comments show sizes; a scalar is "scalar".
std::string text_of(const sizes& of);

/// Numbers in row-major order: floats, or integers for every integer type and bool.
struct tensor {
  sizes dims;
  bool integer = false;
  std::vector<float> reals;
  std::vector<std::int64_t> integers;

  static tensor of(sizes dims, std::vector<float> numbers) { return {std::move(dims), false, std::move(numbers), {}}; }
  static tensor of_integers(sizes dims, std::vector<std::int64_t> numbers) {
    return {std::move(dims), true, {}, std::move(numbers)};
  }

  std::size_t size() const { return integer ? integers.size() : reals.size(); }
  double number(std::size_t index) const {
    return integer ? static_cast<double>(integers.at(index)) : double{reals.at(index)};
  }
  /// All numbers as floats.
  std::vector<float> floats() const;
  /// All numbers as integers, cut towards zero.
  std::vector<std::int64_t> whole() const;
};

/// Distances between neighbours along each axis of a row-major tensor.
sizes strides_of(const sizes& dims);

/// `axis` counted from the end where it is negative. Throws `refusal` outside of the rank.
std::size_t axis_of(std::int64_t axis, std::size_t rank);

}  // namespace importer
#endif
