// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_KERNELS_PEAK_HPP
#define CLEAVE_BENCH_KERNELS_PEAK_HPP

/// @file
/// What the core can do at most, measured: multiply-adds with sixteen independent chains, and the clock from a chain of
/// additions that depend on each other. Their quotient, multiply-adds a cycle, shows whether the peak can be believed:
/// it is a small whole number on a core that is left alone.

#include <algorithm>
#include <chrono>
#include <cleave/core/static_for.hpp>
#include <cleave/simd/native.hpp>
#include <cstddef>
#include <cstdint>

namespace cleave_bench {

inline double seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// The least time that `work` takes, of `times`.
template <class Work>
double least_seconds(int times, Work work) {
  double least = 1e9;
  for (int i = 0; i < times; ++i) {
    const double begin = seconds();
    work();
    least = std::min(least, seconds() - begin);
  }
  return least;
}

/// Cycles a second, from dependent additions of one cycle each.
inline double clock_hertz() {
  constexpr int additions = 1000000;
  constexpr std::size_t unrolled = 20;
  std::uint64_t sum = 0;
  std::uint64_t step = 1;
  asm volatile("" : "+r"(step));
  const double least = least_seconds(20, [&] {
    for (int i = 0; i < additions / static_cast<int>(unrolled); ++i) {
      cleave::static_for<unrolled>([&]<std::size_t>() __attribute__((always_inline)) {
        sum += step;
        asm volatile("" : "+r"(sum));
      });
    }
  });
  return additions / least;
}

/// Floating-point operations a second in multiply-adds of a pack, two each.
template <class Pack>
double measured_peak() {
  // Two units of latency four need eight chains; more must not spill.
  constexpr std::size_t chains = Pack::registers >= 32 ? 16 : 12;
  constexpr int rounds = 100000;
  float out[Pack::lanes];
  const double least = least_seconds(20, [&] {
    // Accumulators that live in here alone, so that they stay in registers.
    Pack sum[chains];
    cleave::static_for<chains>([&]<std::size_t Chain>() __attribute__((always_inline)) {
      sum[Chain] = Pack::fill(1.0F + static_cast<float>(Chain));
    });
    const Pack factor = Pack::fill(0.999F);
    const Pack addend = Pack::fill(1e-3F);
    for (int round = 0; round < rounds; ++round) {
      cleave::static_for<chains>([&]<std::size_t Chain>()
                                     __attribute__((always_inline)) { sum[Chain] = fma(sum[Chain], factor, addend); });
    }
    cleave::static_for<chains>([&]<std::size_t Chain>() __attribute__((always_inline)) {
      sum[Chain].store(out);
      asm volatile("" : : "r"(out) : "memory");
    });
  });
  return 2.0 * static_cast<double>(Pack::lanes * chains) * rounds / least;
}

/// The core, measured once.
struct core_speed {
  double hertz = clock_hertz();
  double native_peak = measured_peak<cleave::native_pack>();
  double scalar_peak = measured_peak<cleave::scalar_pack>();

  /// Multiply-adds of native packs a cycle.
  double per_cycle() const { return native_peak / (2.0 * static_cast<double>(cleave::native_pack::lanes) * hertz); }
};

inline const core_speed& core() {
  static const core_speed measured;
  return measured;
}

}  // namespace cleave_bench
#endif
