// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_STOPWATCH_HPP
#define CLEAVE_PLAN_STOPWATCH_HPP

/// @file
/// How long something takes on a machine that does other things too. No files, no heap: boards measure with it.

#include <array>
#include <concepts>
#include <cstddef>

namespace cleave {

/// Gives the seconds since some moment.
template <class Type>
concept second_clock = requires(Type& clock) {
  { clock() } -> std::convertible_to<double>;
};

/// What was measured of something that was run over and over.
struct timing {
  double seconds = 0;  ///< the median of what is left when interruptions are taken out
  double least = 0;
  std::size_t runs = 0;
  std::size_t batches = 0;
  std::size_t interrupted = 0;  ///< batches that were left out
};

struct stopwatch_options {
  double least_batch_seconds = 50e-6;  ///< of so many runs in a row that the clock's own time does not count
  double least_seconds = 4e-3;         ///< in all, without the first run
  double most_seconds = 0.5;
  std::size_t least_batches = 7;
  /// A batch that takes so many times as long as the shortest was interrupted.
  double interrupted_above = 1.25;
};

namespace detail {

/// Batches that are kept.
inline constexpr std::size_t most_batches = 96;

template <std::size_t Size>
constexpr void sort_first(std::array<double, Size>& numbers, std::size_t count) noexcept {
  for (std::size_t i = 1; i < count; ++i) {
    const double moved = numbers[i];
    std::size_t place = i;
    for (; place > 0 && numbers[place - 1] > moved; --place) numbers[place] = numbers[place - 1];
    numbers[place] = moved;
  }
}

}  // namespace detail

/// Seconds of one `run(number)`, the first of which, which warms up, does not count.
template <second_clock Clock, class Run>
timing time_of_run(Clock& clock, Run&& run, const stopwatch_options& options = {}) {
  std::size_t number = 0;
  double before = clock();
  run(number++);
  double once = clock() - before;
  // The first run waits for memory that the others find: measured again before it says how many make a batch.
  before = clock();
  run(number++);
  const double again = clock() - before;
  once = again < once ? again : once;
  std::size_t in_batch = 1;
  if (once < options.least_batch_seconds) {
    // Far too short to be trusted alone: as many as it takes.
    for (double took = once; took < options.least_batch_seconds && in_batch < (std::size_t{1} << 24);) {
      in_batch *= 2;
      before = clock();
      for (std::size_t i = 0; i < in_batch; ++i) run(number++);
      took = clock() - before;
    }
  }
  std::array<double, detail::most_batches> times{};
  timing found;
  double all = 0;
  // One batch at least, whatever the options leave time for.
  while (found.batches == 0 ||
         (found.batches < times.size() && (found.batches < options.least_batches || all < options.least_seconds) &&
          all < options.most_seconds)) {
    before = clock();
    for (std::size_t i = 0; i < in_batch; ++i) run(number++);
    const double took = clock() - before;
    times[found.batches++] = took / static_cast<double>(in_batch);
    all += took;
  }
  found.runs = number;
  detail::sort_first(times, found.batches);
  found.least = times[0];
  std::size_t kept = found.batches;
  while (kept > 1 && times[kept - 1] > options.interrupted_above * found.least) --kept;
  found.interrupted = found.batches - kept;
  found.seconds = kept % 2 == 1 ? times[kept / 2] : (times[kept / 2 - 1] + times[kept / 2]) / 2;
  return found;
}

}  // namespace cleave
#endif
