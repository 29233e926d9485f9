// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_KERNELS_CHECK_ROWS_HPP
#define CLEAVE_TESTS_KERNELS_CHECK_ROWS_HPP

/// @file
/// Runs a kernel over all rows, over every two parts and row by row, against its reference: every bit must agree, and
/// nothing outside the rows may be written.

#include <doctest/doctest.h>

#include <bit>
#include <cleave/core/shape.hpp>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

namespace cleave_test {

/// Numbers in [-4, 4), among them zeros of both signs and some that are huge or tiny, the same ones for a seed.
inline std::vector<float> numbers(std::size_t count, std::uint32_t seed = 1, bool extremes = true) {
  std::vector<float> result(count);
  for (float& each : result) {
    seed = seed * 1664525U + 1013904223U;
    each = static_cast<float>(static_cast<std::int32_t>(seed)) * 0x1p-29F;
    if (extremes && (seed >> 8) % 23 == 0) each = (seed >> 16) % 2 == 0 ? 0.0F : -0.0F;
    if (extremes && (seed >> 8) % 29 == 0) each *= 0x1p60F;
    if (extremes && (seed >> 8) % 31 == 0) each *= 0x1p-60F;
  }
  return result;
}

inline constexpr std::size_t guard = 33;
inline constexpr std::uint32_t untouched = 0x7fc0beefU;

/// How many elements differ in a bit. Element must be four bytes.
template <class Element>
std::size_t differences(const std::vector<Element>& a, const std::vector<Element>& b) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    count += std::bit_cast<std::uint32_t>(a[i]) != std::bit_cast<std::uint32_t>(b[i]) ? 1 : 0;
  }
  return count;
}

template <class Element>
using rows_function = std::function<void(Element* out, cleave::range rows)>;

/// With `initial` the output begins as its elements (in place).
template <class Element = float>
void check_rows(cleave::shape out, const rows_function<Element>& kernel, const rows_function<Element>& reference,
                const Element* initial = nullptr) {
  const std::size_t line = static_cast<std::size_t>(out.width) * static_cast<std::size_t>(out.channels);
  std::vector<Element> blank(out.size() + 2 * guard, std::bit_cast<Element>(untouched));
  if (initial != nullptr) {
    for (std::size_t i = 0; i < out.size(); ++i) blank[guard + i] = initial[i];
  }
  std::vector<Element> expected = blank;
  reference(expected.data() + guard, cleave::range{0, out.height});

  const auto check = [&](int begin, int end) {
    std::vector<Element> actual = blank;
    kernel(actual.data() + guard, cleave::range{begin, end});
    std::vector<Element> wanted = blank;
    for (std::size_t i = static_cast<std::size_t>(begin) * line; i < static_cast<std::size_t>(end) * line; ++i) {
      wanted[guard + i] = expected[guard + i];
    }
    CAPTURE(out.height);
    CAPTURE(out.width);
    CAPTURE(out.channels);
    CAPTURE(begin);
    CAPTURE(end);
    CHECK(differences(actual, wanted) == 0);
  };
  check(0, out.height);
  check(0, 0);
  for (int y = 1; y < out.height; ++y) {
    check(0, y);
    check(y, out.height);
    check(y - 1, y);
  }
}

}  // namespace cleave_test
#endif
