// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_EXECUTOR_HPP
#define CLEAVE_NETWORK_EXECUTOR_HPP

/// @file
/// Who computes the parts of a step. A part is a range of its rows, so the bits are the same for any number of parts.

#include <concepts>
#include <cstdint>

namespace cleave {

/// One of several parts of a step.
using part_function = void (*)(void* step, int part) noexcept;

// clang-format off
/// | expression                    | type | semantics |
/// |-------------------------------|------|-----------|
/// | `Executor::most_threads`      | int  | parts at most; a network has memory for so many |
/// | `executor.threads()`          | int  | parts that are worth making, 1 to `most_threads` |
/// | `executor.run(n, part, step)` |      | calls `part(step, i)` once for each i in [0, n), from any threads, and returns when all have returned |
/// | `Executor::least_work`        | std::uint32_t | optional: multiply-adds from which on a second part is worth making |
// clang-format on
template <class Executor>
concept executor = requires(Executor& runs, const Executor& tells, part_function part, void* step) {
  { Executor::most_threads } -> std::convertible_to<int>;
  { tells.threads() } noexcept -> std::same_as<int>;
  { runs.run(1, part, step) } noexcept;
};

/// Multiply-adds from which on a step is divided, unless an executor says otherwise. Handing a part over takes a
/// `thread_pool` half a microsecond; but what the parts leave in the caches of their cores has to come together for the
/// next step that is not divided, which for a small layer takes longer than is gained. Two cores of an Intel Xeon:
/// MobileNetV1 0.25 takes 102 us on one and 135 us on two with steps of 2^19 divided, while SqueezeNet loses by 2^22
/// what it gains by 2^20.
template <class Executor>
inline constexpr std::uint32_t least_work_of = std::uint32_t{1} << 20;
template <class Executor>
  requires requires {
    { Executor::least_work } -> std::convertible_to<std::uint32_t>;
  }
inline constexpr std::uint32_t least_work_of<Executor> = Executor::least_work;

/// One part after the other, in the caller's thread: what networks have unless their options say otherwise.
struct sequential {
  static constexpr int most_threads = 1;
  static constexpr int threads() noexcept { return 1; }
  static void run(int parts, part_function part, void* step) noexcept {
    for (int i = 0; i < parts; ++i) part(step, i);
  }
};

}  // namespace cleave
#endif
