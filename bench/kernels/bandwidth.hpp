// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_KERNELS_BANDWIDTH_HPP
#define CLEAVE_BENCH_KERNELS_BANDWIDTH_HPP

/// @file
/// How many bytes a second one core reads from each level of its memory, measured.

#include <unistd.h>

#include <algorithm>
#include <cleave/core/static_for.hpp>
#include <cleave/simd/native.hpp>
#include <cstddef>
#include <string>
#include <vector>

#include "../numbers.hpp"
#include "peak.hpp"

namespace cleave_bench {

/// Bytes a second of reading `bytes` again and again, with four streams as kernels for large layers have them.
inline double read_bandwidth(std::size_t bytes) {
  using pack = cleave::native_pack;
  constexpr std::size_t streams = 4;
  constexpr std::size_t unrolled = 2;
  const std::size_t step = unrolled * pack::lanes;
  const std::size_t stream = bytes / sizeof(float) / streams / step * step;
  const floats from(stream * streams, 1.0F);
  float out[pack::lanes];
  const int passes = std::max(1, static_cast<int>(20e6 / static_cast<double>(bytes)));
  const double least = least_seconds(passes > 1 ? 20 : 5, [&] {
    for (int pass = 0; pass < passes; ++pass) {
      pack sum[streams * unrolled];
      cleave::static_for<streams * unrolled>([&]<std::size_t I>()
                                                 __attribute__((always_inline)) { sum[I] = pack::fill(0.0F); });
      const float* const at = from.data();
      for (std::size_t i = 0; i < stream; i += step) {
        cleave::static_for<streams * unrolled>([&]<std::size_t I>() __attribute__((always_inline)) {
          sum[I] = sum[I] + pack::load(at + (I / unrolled) * stream + i + (I % unrolled) * pack::lanes);
        });
      }
      cleave::static_for<streams * unrolled>([&]<std::size_t I>() __attribute__((always_inline)) {
        sum[I].store(out);
        asm volatile("" : : "r"(out) : "memory");
      });
    }
  });
  return static_cast<double>(stream * streams * sizeof(float)) * passes / least;
}

/// A level of memory: what was read to measure it, and how fast.
struct memory_level {
  std::string name;
  std::size_t bytes;
  double bandwidth;
};

/// The levels that this machine says to have. The last cache is shared: what other cores do to it is measured too.
inline std::vector<memory_level> memory_levels() {
  const auto size = [](int name, std::size_t otherwise) {
    const long told = sysconf(name);
    return told > 0 ? static_cast<std::size_t>(told) : otherwise;
  };
  const std::size_t first = size(_SC_LEVEL1_DCACHE_SIZE, 32 << 10);
  const std::size_t second = size(_SC_LEVEL2_CACHE_SIZE, 1 << 20);
  const std::size_t third = size(_SC_LEVEL3_CACHE_SIZE, 32 << 20);
  std::vector<memory_level> levels{{"L1", first / 2, 0},
                                   {"L2", second / 2, 0},
                                   {"L3", std::min(4 * second, third / 2), 0},
                                   {"memory", std::clamp<std::size_t>(2 * third, 256 << 20, 512 << 20), 0}};
  for (memory_level& each : levels) each.bandwidth = read_bandwidth(each.bytes);
  return levels;
}

}  // namespace cleave_bench
#endif
