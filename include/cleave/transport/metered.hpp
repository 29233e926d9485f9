// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TRANSPORT_METERED_HPP
#define CLEAVE_TRANSPORT_METERED_HPP

/// @file
/// Measures what passes over any transport, how many bytes and how long they took, and gives up what takes too long.
/// Freestanding.

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <cleave/core/result.hpp>
#include <cleave/transport/transport.hpp>

namespace cleave {

/// Bytes sent in a row and what came in return, until the direction turned again. Times are those of the link's clock.
struct link_exchange {
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  std::uint64_t began = 0;     ///< before the first byte was given away, in microseconds
  std::uint64_t sent = 0;      ///< when the last byte was taken
  std::uint64_t received = 0;  ///< when the last byte came; 0: none did
};

/// How long an exchange is worth waiting for, for one who can do without.
struct link_patience {
  static constexpr std::uint64_t forever = std::numeric_limits<std::uint64_t>::max();

  std::uint64_t bytes = 0;            ///< to be sent
  std::uint64_t send = forever;       ///< microseconds within which they should have gone
  std::uint64_t answer = forever;     ///< microseconds within which all should be over
  std::uint64_t otherwise = forever;  ///< microseconds that it takes to do without
  std::uint64_t connect = forever;    ///< microseconds within which a new connection must be there
};

/// A transport that behaves as `link`, remembers the last exchange, and ends it with `errc::timed_out` when patience is
/// out: where sending takes longer than it should, as soon as the rest, at the rate so far, takes longer than to do
/// without. Requires: `link` outlives it.
template <transport Link>
class metered {
 public:
  explicit metered(Link& link) noexcept : link_(link) {}

  io_result read_some(std::span<std::byte> in, deadline by) noexcept {
    const std::uint64_t began = last_.began;
    const bool limited = began != 0 && patience_.answer != link_patience::forever;
    const deadline until{limited && began + patience_.answer < by.microseconds ? began + patience_.answer
                                                                               : by.microseconds};
    const io_result moved = link_.read_some(in, until);
    if (moved.bytes > 0) {
      last_.bytes_received += moved.bytes;
      last_.received = link_.now();
    }
    return moved;
  }

  io_result write_some(std::span<const std::byte> out, deadline by) noexcept {
    if (last_.received != 0 || last_.began == 0) last_ = {.began = link_.now()};
    for (;;) {
      const std::uint64_t current = link_.now();
      std::uint64_t until = by.microseconds;
      if (patience_.send != link_patience::forever) {
        const std::uint64_t passed = current - last_.began;
        if (passed >= patience_.send && is_hopeless(passed)) return {0, errc::timed_out};
        const std::uint64_t look =
            passed < patience_.send ? last_.began + patience_.send : current + patience_.otherwise / 8 + 1;
        if (look < until) until = look;
      }
      const io_result moved = link_.write_some(out, deadline{until});
      last_.bytes_sent += moved.bytes;
      if (moved.bytes > 0) last_.sent = link_.now();
      if (moved.error != errc::timed_out || by.passed(link_.now())) return moved;
    }
  }

  std::uint64_t now() noexcept { return link_.now(); }

  status reopen(deadline by) noexcept
    requires reopenable_transport<Link>
  {
    last_ = {};
    const bool limited = patience_.connect != link_patience::forever;
    const deadline until = limited ? after(link_, patience_.connect) : by;
    return link_.reopen(until.microseconds < by.microseconds ? until : by);
  }

  /// Begins anew, with so much patience from the first byte of each exchange on.
  void restart(const link_patience& patience) noexcept {
    last_ = {};
    patience_ = patience;
  }

  const link_exchange& last() const noexcept { return last_; }

 private:
  bool is_hopeless(std::uint64_t passed) const noexcept {
    if (last_.bytes_sent == 0) return true;
    const std::uint64_t left = patience_.bytes > last_.bytes_sent ? patience_.bytes - last_.bytes_sent : 0;
    return static_cast<double>(left) * static_cast<double>(passed) >
           static_cast<double>(patience_.otherwise) * static_cast<double>(last_.bytes_sent);
  }

  Link& link_;
  link_exchange last_{};
  link_patience patience_{};
};

}  // namespace cleave
#endif
