// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_ARCHETYPES_NOISY_LINE_HPP
#define CLEAVE_TESTS_ARCHETYPES_NOISY_LINE_HPP

#include <algorithm>
#include <array>
#include <cleave/core/random_bits.hpp>
#include <cleave/transport/transport.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <span>

namespace archetypes {

/// What a line does to bytes, in parts per million, both ways.
struct noise {
  std::uint64_t seed = 1;
  std::uint32_t lost = 0;
  std::uint32_t flipped = 0;  ///< in one bit
  std::uint32_t doubled = 0;
  std::uint32_t invented = 0;  ///< bytes that nobody sent
  std::size_t most_at_once = 64;
};

class noisy_line;

/// One end of a noisy line.
class noisy_end {
 public:
  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline by) noexcept;
  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline by) noexcept;
  std::uint64_t now() noexcept;

 private:
  friend class noisy_line;
  noisy_end(noisy_line& line, std::size_t side) : line_(line), side_(side) {}

  noisy_line& line_;
  std::size_t side_;
};

/// A line for one thread with a virtual clock, which moves when an end waits in vain. What is not read soon enough runs
/// over, as on a UART.
class noisy_line {
 public:
  explicit noisy_line(const noise& what) : what_(what), random_(what.seed) {}
  noisy_line(const noisy_line&) = delete;
  noisy_line& operator=(const noisy_line&) = delete;

  noisy_end first() noexcept { return {*this, 0}; }
  noisy_end second() noexcept { return {*this, 1}; }

 private:
  friend class noisy_end;
  static constexpr std::size_t capacity = 20000;

  bool happens(std::uint32_t rate) { return rate != 0 && random_.below(1'000'000) < rate; }

  void carry(std::size_t side, std::byte each) {
    if (happens(what_.lost)) return;
    if (happens(what_.flipped)) each ^= std::byte{1} << static_cast<int>(random_.below(8));
    if (happens(what_.invented)) arrive(side, static_cast<std::byte>(random_.below(256)));
    arrive(side, each);
    if (happens(what_.doubled)) arrive(side, each);
  }
  void arrive(std::size_t side, std::byte each) {
    if (queues_[side].size() < capacity) queues_[side].push_back(each);
  }

  noise what_;
  cleave::random_bits random_;
  std::array<std::deque<std::byte>, 2> queues_;  // by the side that writes
  std::uint64_t now_ = 0;
};

inline cleave::io_result noisy_end::read_some(std::span<std::byte> in, cleave::deadline by) noexcept {
  auto& queue = line_.queues_[1 - side_];
  if (queue.empty()) {
    const std::uint64_t until = by.is_never() ? line_.now_ + 1'000'000 : by.microseconds;
    line_.now_ = std::max(line_.now_, until);
    return {0, cleave::errc::timed_out};
  }
  const std::size_t count = std::min({in.size(), queue.size(), line_.what_.most_at_once});
  std::copy_n(queue.begin(), count, in.begin());
  queue.erase(queue.begin(), queue.begin() + static_cast<long>(count));
  return {count, cleave::errc::ok};
}

inline cleave::io_result noisy_end::write_some(std::span<const std::byte> out, cleave::deadline) noexcept {
  const std::size_t count = std::min(out.size(), line_.what_.most_at_once);
  for (const std::byte each : out.first(count)) line_.carry(side_, each);
  return {count, cleave::errc::ok};
}

inline std::uint64_t noisy_end::now() noexcept { return line_.now_; }

static_assert(cleave::transport<noisy_end>);

}  // namespace archetypes
#endif
