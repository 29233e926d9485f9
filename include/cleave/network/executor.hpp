// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_EXECUTOR_HPP
#define CLEAVE_NETWORK_EXECUTOR_HPP

/// @file
/// Who computes the parts of a step. A part is a range of its rows, so the bits are the same for any number of parts.

#include <concepts>

namespace cleave {

/// One of several parts of a step.
using part_function = void (*)(void* step, int part) noexcept;

/// | expression                   | type | semantics |
/// |------------------------------|------|-------------------------------------------------------------------------------|
/// | `Executor::most_threads`     | int  | parts at most; a network has memory for so many | | `executor.threads()` |
/// int  | parts that are worth making, 1 to `most_threads`                              | | `executor.run(n, part,
/// step)` |     | calls `part(step, i)` once for each i in [0, n), from any threads, and returns when all have returned
/// |
template <class Executor>
concept executor = requires(Executor& runs, const Executor& tells, part_function part, void* step) {
  { Executor::most_threads } -> std::convertible_to<int>;
  { tells.threads() } noexcept -> std::same_as<int>;
  { runs.run(1, part, step) } noexcept;
};

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
