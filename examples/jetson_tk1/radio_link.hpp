// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_JETSON_TK1_RADIO_LINK_HPP
#define EXAMPLES_JETSON_TK1_RADIO_LINK_HPP

/// @file
/// TCP to the server, as fast as it is or slowed to what a radio would do; counts bytes, and the time spent waiting.

#include <cleave/tcp.hpp>
#include <cleave/transport/throttled.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

namespace board {

class radio_link {
 public:
  radio_link(const std::string& host, std::uint16_t port, const cleave::link_profile& profile)
      : client_(host, port),
        slow_(client_, profile),
        throttled_(profile.bytes_per_second != 0 || profile.latency_microseconds != 0) {}

  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline by) noexcept {
    const std::uint64_t start = now();
    const cleave::io_result moved = throttled_ ? slow_.read_some(in, by) : client_.read_some(in, by);
    received_ += moved.bytes;
    spent_ += now() - start;
    return moved;
  }

  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline by) noexcept {
    const std::uint64_t start = now();
    const cleave::io_result moved = throttled_ ? slow_.write_some(out, by) : client_.write_some(out, by);
    sent_ += moved.bytes;
    spent_ += now() - start;
    return moved;
  }

  std::uint64_t now() const noexcept { return client_.now(); }

  cleave::status reopen(cleave::deadline by) noexcept {
    const std::uint64_t start = now();
    const cleave::status opened = slow_.reopen(by);
    spent_ += now() - start;
    return opened;
  }

  /// Since the beginning. A part of the time is the server's.
  std::uint64_t microseconds() const noexcept { return spent_; }
  std::uint64_t sent() const noexcept { return sent_; }
  std::uint64_t received() const noexcept { return received_; }

 private:
  cleave::tcp::client client_;
  cleave::throttled<cleave::tcp::client> slow_;
  bool throttled_;
  std::uint64_t spent_ = 0;
  std::uint64_t sent_ = 0;
  std::uint64_t received_ = 0;
};

static_assert(cleave::reopenable_transport<radio_link>);

}  // namespace board
#endif
