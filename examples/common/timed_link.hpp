// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_COMMON_TIMED_LINK_HPP
#define EXAMPLES_COMMON_TIMED_LINK_HPP

/// @file
/// A transport around another one that notes when bytes pass, and how many.

#include <cleave/transport/transport.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <span>

namespace demo {

/// Counts from the last `restart` on: one request and its answer, as a rule.
template <cleave::transport Link>
class timed_link {
 public:
  /// Requires: `link` outlives this.
  explicit timed_link(Link& link) noexcept : link_(link) {}

  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline by) noexcept {
    const cleave::io_result moved = link_.read_some(in, by);
    last_ = clock::now();
    received_ += moved.bytes;
    return moved;
  }

  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline by) noexcept {
    if (sent_ == 0) first_ = clock::now();
    const cleave::io_result moved = link_.write_some(out, by);
    sent_ += moved.bytes;
    return moved;
  }

  std::uint64_t now() noexcept { return link_.now(); }

  cleave::status reopen(cleave::deadline by) noexcept
    requires cleave::reopenable_transport<Link>
  {
    return link_.reopen(by);
  }

  void restart() noexcept {
    sent_ = 0;
    received_ = 0;
    first_ = last_ = clock::now();
  }

  /// From just before the first write to just after the last read.
  double microseconds() const noexcept { return std::chrono::duration<double, std::micro>(last_ - first_).count(); }
  std::size_t sent() const noexcept { return sent_; }
  std::size_t received() const noexcept { return received_; }

 private:
  using clock = std::chrono::steady_clock;

  Link& link_;
  std::size_t sent_ = 0;
  std::size_t received_ = 0;
  clock::time_point first_{};
  clock::time_point last_{};
};

}  // namespace demo
#endif
