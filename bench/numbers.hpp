// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_NUMBERS_HPP
#define CLEAVE_BENCH_NUMBERS_HPP

/// @file
/// Operands for benchmarks.

#include <cstddef>
#include <cstdint>
#include <new>
#include <vector>

namespace cleave_bench {

/// Floats on a cache line, as weights and workspace are.
template <class Element>
struct cache_aligned {
  using value_type = Element;
  cache_aligned() = default;
  template <class Other>
  cache_aligned(const cache_aligned<Other>&) {}
  Element* allocate(std::size_t count) {
    return static_cast<Element*>(::operator new(count * sizeof(Element), std::align_val_t(64)));
  }
  void deallocate(Element* memory, std::size_t) { ::operator delete(memory, std::align_val_t(64)); }
  bool operator==(const cache_aligned&) const { return true; }
};
using floats = std::vector<float, cache_aligned<float>>;

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
