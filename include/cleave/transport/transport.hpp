// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TRANSPORT_TRANSPORT_HPP
#define CLEAVE_TRANSPORT_TRANSPORT_HPP

/// @file
/// The transport concept: an ordered stream of bytes both ways, with deadlines. TCP, a UART, shared
/// memory or a radio become one with three functions. Layer "transport": knows bytes and frames only.

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>

#include <cleave/core/result.hpp>

namespace cleave {

/// What a read or a write came to: `bytes` moved, or `error` and no bytes; never neither, never both.
struct io_result {
  std::size_t bytes = 0;
  errc error = errc::ok;
};

/// A point in time on the clock of the transport it is given to, in microseconds.
struct deadline {
  std::uint64_t microseconds = std::numeric_limits<std::uint64_t>::max();

  static constexpr deadline never() noexcept { return {}; }
  constexpr bool is_never() const noexcept { return microseconds == std::numeric_limits<std::uint64_t>::max(); }
  constexpr bool passed(std::uint64_t now) const noexcept { return now >= microseconds; }
  constexpr bool operator==(const deadline&) const = default;
};

/// An ordered stream of bytes to and from one other end. With `link` an lvalue:
///
/// | expression                  | type            | semantics
/// |-----------------------------|-----------------|-------------------------------------------------
/// | `link.read_some(in, by)`    | `io_result`     | waits until bytes are there; moves 1 to `in.size()` of
/// |                             |                 | them to the front of `in`. Short counts are normal
/// | `link.write_some(out, by)`  | `io_result`     | waits until there is room; takes 1 to `out.size()` bytes
/// |                             |                 | from the front of `out`. Short counts are normal
/// | `link.now()`                | `std::uint64_t` | microseconds since some fixed moment; never goes back
/// | `link.reopen(by)`           | `status`        | optional: connects again after `errc::closed`; bytes under
/// |                             |                 | way are lost
/// | `link.write_parts(out, by)` | `io_result`     | optional: as `write_some`, for several pieces of memory,
/// |                             |                 | one behind the other; then they need not be copied
/// | `link.flush(by)`            | `status`        | optional: waits until the other end has what was written;
/// |                             |                 | for transports that repeat what got lost
///
/// All are `noexcept`. `in` is a `std::span<std::byte>`, `out` a `std::span<const std::byte>` (for
/// `write_parts` a `std::span` of them), not empty; `by` is a `deadline`. When it passes before a byte moved the answer
/// is `errc::timed_out` and the stream is as it was; a deadline that has passed already polls: what is there without
/// waiting moves. After the other end is gone, reads give what it still sent and then `errc::closed`; writes may notice
/// later than reads. One thread uses a transport at a time.
///
/// The smallest transport is tests/archetypes/minimal_transport.hpp; run
/// `cleave::testing::check_transport` on your own.
template <class Link>
concept transport = requires(Link& link, std::span<std::byte> in, std::span<const std::byte> out, deadline by) {
  { link.read_some(in, by) } noexcept -> std::same_as<io_result>;
  { link.write_some(out, by) } noexcept -> std::same_as<io_result>;
  { link.now() } noexcept -> std::same_as<std::uint64_t>;
};

/// A transport that can connect again.
template <class Link>
concept reopenable_transport = transport<Link> && requires(Link& link, deadline by) {
  { link.reopen(by) } noexcept -> std::same_as<status>;
};

/// A transport that takes several pieces of memory at once.
template <class Link>
concept gathering_transport =
    transport<Link> && requires(Link& link, std::span<const std::span<const std::byte>> parts, deadline by) {
      { link.write_parts(parts, by) } noexcept -> std::same_as<io_result>;
    };

/// The deadline so many microseconds from now.
template <transport Link>
constexpr deadline after(Link& link, std::uint64_t microseconds) noexcept {
  const std::uint64_t now = link.now();
  return microseconds > std::numeric_limits<std::uint64_t>::max() - now ? deadline::never()
                                                                        : deadline{now + microseconds};
}

/// Reads until `in` is full. On an error part of `in` may have been written.
template <transport Link>
constexpr status read_exactly(Link& link, std::span<std::byte> in, deadline by) noexcept {
  while (!in.empty()) {
    const io_result moved = link.read_some(in, by);
    if (moved.error != errc::ok) return moved.error;
    if (moved.bytes == 0 || moved.bytes > in.size()) return errc::io_error;  // not a transport: do not spin
    in = in.subspan(moved.bytes);
  }
  return {};
}

/// Writes all of `out`. On an error part of it may have gone.
template <transport Link>
constexpr status write_all(Link& link, std::span<const std::byte> out, deadline by) noexcept {
  while (!out.empty()) {
    const io_result moved = link.write_some(out, by);
    if (moved.error != errc::ok) return moved.error;
    if (moved.bytes == 0 || moved.bytes > out.size()) return errc::io_error;
    out = out.subspan(moved.bytes);
  }
  return {};
}

/// Writes all of several pieces of memory, one behind the other. On an error part of it may have gone.
template <gathering_transport Link>
constexpr status write_all(Link& link, std::span<const std::span<const std::byte>> parts, deadline by) noexcept {
  std::size_t gone = 0;  // of the first part
  for (;;) {
    while (!parts.empty() && gone >= parts.front().size()) {
      gone -= parts.front().size();
      parts = parts.subspan(1);
    }
    if (parts.empty()) return gone == 0 ? errc::ok : errc::io_error;
    const std::array rest{parts.front().subspan(gone), parts.size() > 1 ? parts[1] : std::span<const std::byte>{}};
    const io_result moved = link.write_parts(gone == 0 ? parts : rest, by);
    if (moved.error != errc::ok) return moved.error;
    if (moved.bytes == 0) return errc::io_error;
    gone += moved.bytes;
  }
}

}  // namespace cleave
#endif
