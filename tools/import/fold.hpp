// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_FOLD_HPP
#define TOOLS_IMPORT_FOLD_HPP

/// @file
/// Operators whose inputs are all known, computed while importing: weights in Constant nodes, and the arithmetic on
/// shapes that exporters leave in a model.

#include <optional>
#include <vector>

#include "model.hpp"

namespace importer {

/// The outputs of `of`, or nothing where this operator is not computed here (then it is lowered as any other). Of
/// `Shape` and `Size` only the sizes of the input are looked at. Inputs that are left out are null.
std::optional<std::vector<tensor>> fold(const operation& of, const std::vector<const tensor*>& inputs,
                                        std::int64_t opset);

/// The sizes of two tensors broadcast against each other. Throws `refusal` where they do not fit.
sizes broadcast(const sizes& first, const sizes& second);

/// The sizes that Reshape asks for: -1 is what is left, 0 the size there was (unless `zero_is_zero`).
sizes reshaped_sizes(const sizes& from, const std::vector<std::int64_t>& asked, bool zero_is_zero);

/// Where Slice begins along an axis, how many it takes and in which steps.
struct piece {
  std::int64_t begin = 0;
  std::int64_t size = 0;
  std::int64_t step = 1;
};
piece clamped(std::int64_t start, std::int64_t end, std::int64_t step, std::int64_t size);

/// Picks elements of a row-major tensor.
tensor picked(const tensor& from, const sizes& dims, const sizes& steps, std::int64_t offset);

}  // namespace importer
#endif
