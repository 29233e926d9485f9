// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_LAYOUT_HPP
#define TOOLS_IMPORT_LAYOUT_HPP

/// @file
/// In which order the elements of an ONNX tensor lie in cleave's memory. ONNX numbers elements row by row; a layout
/// says, from the outermost direction in memory to the innermost, how many elements there are and how far apart their
/// ONNX numbers are. So reshaping a tensor changes nothing at all, and transposing one only renames directions: an
/// element moves only where a layer needs another layout than there is.

#include <cstdint>
#include <optional>
#include <vector>

#include "tensor.hpp"

namespace importer {

/// One direction of memory.
struct digit {
  std::int64_t size = 1;
  std::int64_t step = 1;  ///< between the ONNX numbers of neighbours
  bool operator==(const digit&) const = default;
};

/// Outermost first, without directions of one element, and with those joined that can be: equal layouts are equal.
using layout = std::vector<digit>;

layout simplified(layout of);

/// Memory in the order of ONNX.
layout plain(std::int64_t count);

/// A piece of one axis as a direction of memory.
struct axis_digit {
  std::size_t axis = 0;
  std::int64_t size = 1;
  std::int64_t step = 1;  ///< along the axis
};
using axis_digits = std::vector<axis_digit>;

/// The directions of memory, each a part of one axis of a tensor of `dims`; nothing where one straddles axes.
std::optional<axis_digits> axes_of(const layout& memory, const sizes& dims);

/// The reverse.
layout layout_of(const axis_digits& digits, const sizes& dims);

/// All axes whole, in this order.
layout in_order(const std::vector<std::size_t>& order, const sizes& dims);

/// A copy from one layout to another: its directions in the order of the target, with steps in the source's memory.
struct copy {
  std::vector<std::int64_t> sizes;
  std::vector<std::int64_t> steps;
};

/// The copy that makes `to` of `from`; nothing where they do not share directions.
std::optional<copy> copy_between(const layout& from, const layout& to);

/// Joins neighbouring directions where that reads the same elements.
void simplify(copy& of);

/// The ONNX number of each element, in the order of memory.
std::vector<std::int64_t> numbers_in(const layout& memory);

}  // namespace importer
#endif
