// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_NEUROSURGEON_LINK_TRACE_HPP
#define CLEAVE_BENCH_NEUROSURGEON_LINK_TRACE_HPP

/// @file
/// How the bandwidth of a mobile link changes with time: a Markov chain, the same on every machine for one seed.

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <cleave/core/random_bits.hpp>

namespace neurosurgeon {

/// From `begin` on, a link carries so much; 0 bits a second: it carries nothing.
struct trace_piece {
  std::uint64_t begin_microseconds = 0;
  std::uint64_t bits_per_second = 0;
};

/// The pieces in their order, and where the last one ends.
struct link_trace {
  std::vector<trace_piece> pieces;
  std::uint64_t end_microseconds = 0;

  std::uint64_t end_of(std::size_t piece) const {
    return piece + 1 < pieces.size() ? pieces[piece + 1].begin_microseconds : end_microseconds;
  }

  /// Which piece holds at that moment; the last one also behind its end.
  std::size_t piece_at(std::uint64_t microseconds) const {
    std::size_t first = 0;
    for (std::size_t size = pieces.size(); size > 1;) {
      const std::size_t half = size / 2;
      if (pieces[first + half].begin_microseconds <= microseconds) first += half;
      size -= half;
    }
    return first;
  }

  std::uint64_t rate_at(std::uint64_t microseconds) const { return pieces[piece_at(microseconds)].bits_per_second; }

  /// When so many bytes that start at `from` have passed; the largest number when they never do.
  std::uint64_t arrival(std::uint64_t from, std::uint64_t bytes) const {
    std::uint64_t left = bytes * 8 * 1'000'000;  // bits times microseconds in a second
    for (std::size_t piece = piece_at(from);; ++piece) {
      const std::uint64_t rate = pieces[piece].bits_per_second;
      const bool last = piece + 1 == pieces.size();
      if (rate != 0) {
        const std::uint64_t needed = (left + rate - 1) / rate;
        if (last || from + needed <= end_of(piece)) return from + needed;
        left -= rate * (end_of(piece) - from);
      } else if (last) {
        return ~std::uint64_t{0};
      }
      from = end_of(piece);
    }
  }
};

/// What a trace is made from; unless said otherwise what the page about it shows.
struct trace_options {
  std::uint64_t seed = 1;
  std::uint64_t length_microseconds = 300'000'000;
  std::uint64_t shortest_dwell_microseconds = 2'000'000;
  std::uint64_t longest_dwell_microseconds = 10'000'000;
  std::uint64_t outage_at_microseconds = 150'000'000;  ///< begins here
  std::uint64_t outage_microseconds = 10'000'000;      ///< 0: none
};

/// The rates of the chain, from the edge of a cell to its middle.
inline constexpr std::array<std::uint64_t, 5> trace_rates{1'000'000, 3'000'000, 5'500'000, 12'000'000, 24'000'000};

/// A chain over `trace_rates`: it stays for an evenly distributed time, then goes one step up or down with
/// probability 3/8 each (at an end, 3/4 inwards) or to any other rate evenly, as when a phone changes its cell.
/// Requires: dwell times above 0, the shortest not the longer one.
inline link_trace make_trace(const trace_options& options) {
  cleave::random_bits random(options.seed);
  const auto dwell = [&] {
    const std::uint64_t range = options.longest_dwell_microseconds - options.shortest_dwell_microseconds;
    return options.shortest_dwell_microseconds + random.below(range + 1);
  };
  const auto step = [&](std::size_t from) -> std::size_t {
    const std::uint64_t draw = random.below(8);
    if (draw < 6) {
      if (from == 0) return 1;
      if (from + 1 == trace_rates.size()) return from - 1;
      return draw < 3 ? from - 1 : from + 1;
    }
    const auto other = static_cast<std::size_t>(random.below(trace_rates.size() - 1));
    return other < from ? other : other + 1;
  };

  link_trace trace{.pieces = {}, .end_microseconds = options.length_microseconds};
  auto rate = static_cast<std::size_t>(random.below(trace_rates.size()));
  for (std::uint64_t at = 0; at < options.length_microseconds;) {
    trace.pieces.push_back({at, trace_rates[rate]});
    at += dwell();
    rate = step(rate);
  }
  if (options.outage_microseconds == 0 || options.outage_at_microseconds >= options.length_microseconds) return trace;

  // The outage lies over what the chain does meanwhile.
  const std::uint64_t begin = options.outage_at_microseconds;
  const std::uint64_t end = begin + options.outage_microseconds;
  const std::uint64_t after = trace.rate_at(end);
  std::vector<trace_piece> pieces;
  for (const trace_piece& each : trace.pieces) {
    if (each.begin_microseconds < begin) pieces.push_back(each);
  }
  pieces.push_back({begin, 0});
  if (end < options.length_microseconds) pieces.push_back({end, after});
  for (const trace_piece& each : trace.pieces) {
    if (each.begin_microseconds > end) pieces.push_back(each);
  }
  trace.pieces = std::move(pieces);
  return trace;
}

}  // namespace neurosurgeon
#endif
