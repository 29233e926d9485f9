// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_CORE_ELEMENT_ORDER_HPP
#define CLEAVE_CORE_ELEMENT_ORDER_HPP

/// @file
/// The order in which the elements of a tensor are read: what transposing, slicing, repeating and reversing come down
/// to.

#include <array>
#include <cstddef>

namespace cleave {

/// How many directions an order of elements may have.
inline constexpr std::size_t max_dimensions = 6;

/// Along each of up to six directions, the outermost first, `sizes` elements that lie `steps` apart. Directions that
/// are not there have size 0 and stand behind the others. Structural: it is part of a kernel's shape.
struct element_order {
  std::array<int, max_dimensions> sizes{};
  std::array<int, max_dimensions> steps{};
  int offset = 0;  ///< of the first element

  constexpr std::size_t rank() const noexcept {
    std::size_t found = 0;
    while (found < max_dimensions && sizes[found] != 0) ++found;
    return found;
  }

  /// How many elements there are; 0 where a size is negative or stands behind a direction that is not there.
  constexpr std::size_t count() const noexcept {
    std::size_t product = 1;
    for (std::size_t i = 0; i < max_dimensions; ++i) {
      if (sizes[i] < 0 || (i >= rank() && sizes[i] != 0)) return 0;
      if (i < rank()) product *= static_cast<std::size_t>(sizes[i]);
    }
    return product;
  }

  /// True where all elements are among the first `size`.
  constexpr bool lies_within(std::size_t size) const noexcept {
    long long least = offset;
    long long most = offset;
    for (std::size_t i = 0; i < rank(); ++i) {
      const long long reach = static_cast<long long>(sizes[i] - 1) * steps[i];
      (reach < 0 ? least : most) += reach;
    }
    return least >= 0 && most < static_cast<long long>(size);
  }

  /// The same order in as few directions as it takes, one at least.
  constexpr element_order merged() const noexcept {
    element_order result;
    result.offset = offset;
    std::size_t made = 0;
    for (std::size_t i = 0; i < rank(); ++i) {
      if (sizes[i] == 1) continue;
      if (made > 0 && result.steps[made - 1] == sizes[i] * steps[i]) {
        result.sizes[made - 1] *= sizes[i];
        result.steps[made - 1] = steps[i];
      } else {
        result.sizes[made] = sizes[i];
        result.steps[made] = steps[i];
        ++made;
      }
    }
    if (made == 0) {
      result.sizes[0] = 1;
      result.steps[0] = 1;
    }
    return result;
  }

  constexpr bool operator==(const element_order&) const = default;
};

}  // namespace cleave
#endif
