// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_NUMBERS_HPP
#define CLEAVE_BENCH_NUMBERS_HPP

/// @file
/// Operands for benchmarks.

#include <cleave/core/large_pages.hpp>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace cleave_bench {

/// Floats as weights and workspace are: on a cache line and, if they are many, on large pages.
using floats = std::vector<float, cleave::large_page_allocator<float>>;

/// Numbers in [-1, 1).
inline floats numbers(std::size_t count, std::uint32_t seed) {
  floats result(count);
  for (float& each : result) {
    seed = seed * 1664525U + 1013904223U;
    each = static_cast<float>(static_cast<std::int32_t>(seed)) * 0x1p-31F;
  }
  return result;
}

}  // namespace cleave_bench
#endif
