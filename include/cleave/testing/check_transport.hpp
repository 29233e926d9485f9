// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTING_CHECK_TRANSPORT_HPP
#define CLEAVE_TESTING_CHECK_TRANSPORT_HPP

/// @file
/// For authors of transports: does yours keep the promises of the concept? No test framework, no heap:
/// it also runs on a board whose two UARTs are wired together.

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <type_traits>
#include <utility>

#include <cleave/core/result.hpp>
#include <cleave/testing/conformance_report.hpp>
#include <cleave/transport/transport.hpp>

namespace cleave::detail {

/// The checks, each on a fresh pair of ends.
template <class MakeEnds>
class transport_check {
  using ends_type = std::invoke_result_t<MakeEnds&>;
  using outcome = testing::conformance_report::outcome;

 public:
  transport_check(MakeEnds& make, std::uint64_t patience) noexcept : make_(make), patience_(patience) {}

  testing::conformance_report run() {
    testing::conformance_report report;
    const auto check = [&](const char* what, auto&& body) {
      report.add(what, body() ? outcome::passed : outcome::failed);
    };
    check("blocks of 1 to 20000 bytes arrive whole and in order, both ways", [&] { return blocks(); });
    check("the two directions do not touch each other", [&] { return both_ways(); });
    check("an odd number of bytes at a time arrives as well", [&] { return odd_counts(); });
    check("a read without data ends at its deadline, not before, with errc::timed_out",
          [&] { return read_deadline(); });
    check("a deadline that has passed polls", [&] { return polls(); });
    check("a write that nobody reads ends at its deadline, and loses nothing", [&] { return write_deadline(); });
    check("a read that timed out leaves the stream as it was", [&] { return after_time_out(); });
    if constexpr (closable) {
      check("what was sent before the other end closed is read, then errc::closed, again and again",
            [&] { return close_is_seen(); });
      check("writes to an end that is gone come to errc::closed", [&] { return write_to_gone(); });
    } else {
      report.add("closing: these ends can not be closed", outcome::skipped);
    }
    if constexpr (closable && reopens) {
      check("after reopen bytes pass again, and none from before", [&] { return reopen_works(); });
    } else {
      report.add("reopen: these ends do not offer it", outcome::skipped);
    }
    return report;
  }

 private:
  using first_type = std::remove_cvref_t<decltype(std::declval<ends_type&>().first)>;
  using second_type = std::remove_cvref_t<decltype(std::declval<ends_type&>().second)>;
  static_assert(transport<first_type> && transport<second_type>, "first and second have to be transports");

  /// A transport that works only inside of its calls needs one to bring on what was written before.
  template <class Link>
  static constexpr bool flushes = requires(Link& link, deadline by) {
    { link.flush(by) } -> std::same_as<status>;
  };

  static constexpr bool closes = requires(second_type& end) { end.close(); };
  static constexpr bool closable = closes || std::move_constructible<second_type>;
  static constexpr bool reconnects = requires(ends_type& ends, deadline by) {
    { ends.reconnect(by) } -> std::same_as<status>;
  };
  static constexpr bool reopens = reconnects || (reopenable_transport<first_type> && reopenable_transport<second_type>);

  /// Byte number `at` of a stream: neighbours differ, and no short shift of the stream looks the same.
  static constexpr std::byte pattern(std::uint64_t at, unsigned stream) noexcept {
    return static_cast<std::byte>(((at * 0x9E3779B97F4A7C15u) >> 56) ^ (stream * 0x5bu));
  }

  /// One direction of a transfer: what has been written and read so far.
  template <class From, class To>
  struct flow {
    From& from;
    To& to;
    unsigned stream = 0;
    std::uint64_t written = 0;
    std::uint64_t read = 0;
    bool in_pieces = false;

    static constexpr bool sane(const io_result& moved, std::size_t most) noexcept {
      return moved.error == errc::ok ? moved.bytes >= 1 && moved.bytes <= most : moved.bytes == 0;
    }

    /// `ok` when bytes moved.
    errc write(std::size_t most, deadline by) noexcept {
      std::array<std::byte, 512> buffer;
      const std::size_t count = std::min(most, buffer.size());
      for (std::size_t i = 0; i < count; ++i) buffer[i] = pattern(written + i, stream);
      const io_result moved = put(std::span(buffer).first(count), by);
      if (!sane(moved, count)) return errc::io_error;
      written += moved.bytes;
      return moved.error;
    }

    /// Every other time in pieces, one of them empty, where the transport takes such.
    io_result put(std::span<const std::byte> bytes, deadline by) noexcept {
      if constexpr (gathering_transport<From>) {
        in_pieces = !in_pieces;
        const std::size_t third = bytes.size() / 3;
        const std::array pieces{bytes.first(third), bytes.first(0), bytes.subspan(third)};
        if (in_pieces) return from.write_parts(pieces, by);
      }
      return from.write_some(bytes, by);
    }

    errc take(std::size_t most, deadline by) noexcept {
      std::array<std::byte, 512 + 2> buffer;
      const std::size_t count = std::min(most, buffer.size() - 2);
      buffer.fill(std::byte{0xa5});
      const io_result moved = to.read_some(std::span(buffer).subspan(1, count), by);
      if (!sane(moved, count)) return errc::io_error;
      for (std::size_t i = 0; i < moved.bytes; ++i) {
        if (buffer[1 + i] != pattern(read + i, stream)) return errc::bad_payload;
      }
      for (std::size_t i = 1 + count; i < buffer.size(); ++i) {
        if (buffer[i] != std::byte{0xa5}) return errc::bad_payload;  // wrote past the span
      }
      if (buffer[0] != std::byte{0xa5}) return errc::bad_payload;
      read += moved.bytes;
      return moved.error;
    }

    bool healthy(errc code) const noexcept { return code == errc::ok || code == errc::timed_out; }
  };

  /// Moves the flow on until so many bytes were read; false on an error, or when it takes too long.
  template <class Flow>
  bool pump(Flow& way, std::uint64_t total, std::size_t step) noexcept {
    std::uint64_t quiet_since = way.to.now();
    while (way.read < total) {
      const std::uint64_t before = way.read + way.written;
      if (way.written < total) {
        const auto left = std::min<std::uint64_t>(step, total - way.written);
        if (!way.healthy(way.write(static_cast<std::size_t>(left), after(way.from, moment)))) return false;
      }
      if constexpr (flushes<decltype(way.from)>) static_cast<void>(way.from.flush(after(way.from, moment)));
      if (!way.healthy(way.take(step, after(way.to, moment)))) return false;
      const std::uint64_t current = way.to.now();
      if (way.read + way.written != before) quiet_since = current;
      if (current - quiet_since > patience_) return false;
    }
    return way.read == total;
  }

  bool blocks() {
    ends_type ends = make_();
    flow<first_type, second_type> there{ends.first, ends.second, 1};
    flow<second_type, first_type> back{ends.second, ends.first, 2};
    std::uint64_t total = 0;
    for (const std::uint64_t size : {1u, 2u, 3u, 7u, 48u, 63u, 64u, 65u, 1000u, 20000u}) {
      total += size;
      if (!pump(there, total, 512) || !pump(back, total, 512)) return false;
    }
    return true;
  }

  bool both_ways() {
    ends_type ends = make_();
    flow<first_type, second_type> there{ends.first, ends.second, 3};
    flow<second_type, first_type> back{ends.second, ends.first, 4};
    for (std::uint64_t i = 1; i <= 40; ++i) {
      if (!there.healthy(there.write(37, after(ends.first, moment)))) return false;
      if (!back.healthy(back.write(11, after(ends.second, moment)))) return false;
      if (!there.healthy(there.take(23, after(ends.second, moment)))) return false;
      if (!back.healthy(back.take(29, after(ends.first, moment)))) return false;
    }
    return pump(there, there.written, 64) && pump(back, back.written, 64);
  }

  bool odd_counts() {
    ends_type ends = make_();
    flow<first_type, second_type> there{ends.first, ends.second, 5};
    std::uint64_t total = 0;
    for (const std::size_t step : {std::size_t{1}, std::size_t{3}, std::size_t{7}, std::size_t{101}}) {
      total += step * 20 + 1;
      if (!pump(there, total, step)) return false;
    }
    return true;
  }

  bool read_deadline() {
    ends_type ends = make_();
    std::array<std::byte, 4> buffer{};
    const std::uint64_t start = ends.first.now();
    const io_result moved = ends.first.read_some(buffer, deadline{start + 10 * moment});
    const std::uint64_t end = ends.first.now();
    return moved.error == errc::timed_out && moved.bytes == 0 && end >= start + 10 * moment &&
           end <= start + 10 * moment + patience_;
  }

  bool polls() {
    ends_type ends = make_();
    std::array<std::byte, 4> buffer{};
    const std::uint64_t start = ends.first.now();
    const io_result nothing = ends.first.read_some(buffer, deadline{start});
    if (nothing.error != errc::timed_out || nothing.bytes != 0 || ends.first.now() > start + patience_) return false;
    flow<second_type, first_type> back{ends.second, ends.first, 6};
    if (back.write(4, after(ends.second, patience_)) != errc::ok) return false;
    while (back.read < back.written) {
      if (!back.healthy(back.take(4, deadline{ends.first.now()}))) return false;
      if (back.read == back.written) break;
      if (ends.first.now() - start > 2 * patience_) return false;
      // Lets real or virtual time pass without touching this direction.
      static_cast<void>(ends.second.read_some(buffer, after(ends.second, moment)));
    }
    return true;
  }

  bool write_deadline() {
    constexpr std::uint64_t plenty = std::uint64_t{64} << 20;  // a transport that buffers more is taken to be endless
    ends_type ends = make_();
    flow<first_type, second_type> there{ends.first, ends.second, 7};
    errc came = errc::ok;
    while (came == errc::ok && there.written < plenty) {
      const std::uint64_t start = ends.first.now();
      came = there.write(512, deadline{start + 10 * moment});
      const std::uint64_t end = ends.first.now();
      if (came == errc::timed_out && (end < start + 10 * moment || end > start + 10 * moment + patience_)) return false;
    }
    if (came != errc::timed_out && came != errc::ok) return false;
    return pump(there, there.written, 512) && pump(there, there.written + 100, 512);
  }

  bool after_time_out() {
    ends_type ends = make_();
    flow<first_type, second_type> there{ends.first, ends.second, 8};
    for (int i = 0; i < 3; ++i) {
      if (there.take(100, after(ends.second, moment)) != errc::timed_out) return false;
      if (!pump(there, there.read + 50, 64)) return false;
    }
    return true;
  }

  static void close_second(ends_type& ends) noexcept {
    if constexpr (closes) {
      ends.second.close();
    } else if constexpr (closable) {
      [[maybe_unused]] const second_type gone = std::move(ends.second);
    }
  }

  bool close_is_seen() {
    ends_type ends = make_();
    flow<second_type, first_type> back{ends.second, ends.first, 9};
    if (back.write(5, after(ends.second, patience_)) != errc::ok) return false;
    close_second(ends);
    const std::uint64_t start = ends.first.now();
    errc came = errc::ok;
    while (came == errc::ok || came == errc::timed_out) {
      came = back.take(2, after(ends.first, moment));
      if (ends.first.now() - start > patience_) return false;
    }
    return came == errc::closed && back.read == back.written &&
           back.take(2, after(ends.first, moment)) == errc::closed &&
           back.take(2, after(ends.first, moment)) == errc::closed;
  }

  bool write_to_gone() {
    ends_type ends = make_();
    close_second(ends);
    flow<first_type, second_type> there{ends.first, ends.second, 10};
    const std::uint64_t start = ends.first.now();
    for (;;) {
      const errc came = there.write(512, after(ends.first, moment));
      if (came == errc::closed) return true;
      if (!there.healthy(came) || ends.first.now() - start > patience_) return false;
    }
  }

  bool reopen_works() {
    ends_type ends = make_();
    flow<first_type, second_type> lost{ends.first, ends.second, 11};
    if (lost.write(9, after(ends.first, patience_)) != errc::ok) return false;
    close_second(ends);
    if constexpr (reconnects) {
      if (!ends.reconnect(after(ends.first, patience_))) return false;
    } else if constexpr (reopens) {
      if (!ends.first.reopen(after(ends.first, patience_))) return false;
      if (!ends.second.reopen(after(ends.second, patience_))) return false;
    }
    flow<first_type, second_type> there{ends.first, ends.second, 12};
    flow<second_type, first_type> back{ends.second, ends.first, 13};
    return pump(there, 100, 64) && pump(back, 100, 64);
  }

  static constexpr std::uint64_t moment = 1000;  // microseconds

  MakeEnds& make_;
  std::uint64_t patience_;
};

}  // namespace cleave::detail

namespace cleave::testing {

using transport_report = conformance_report;

/// Runs the conformance check of the `transport` concept, in one thread.
///
/// `make()` gives connected ends: an object with members `first` and `second` that are transports, or
/// references to transports. It is called for every check. An end is closed by its `close()`, or by its
/// destruction when it has none. `reopen` is checked when both ends have one, or when the object has a
/// member `status reconnect(deadline)` that connects both again. `patience` is how long, in microseconds
/// on the ends' own clocks, bytes may be under way and deadlines may be overrun. A transport that works on what was
/// written only while it is called has a member `status flush(deadline)`, which is called for that.
///
///     const auto report = cleave::testing::check_transport([] { return std::pair{...}; });
///     if (!report) std::puts(report.first_failure());
///
/// Requires: a write of a byte does not wait for the other end to read it.
template <class MakeEnds>
transport_report check_transport(MakeEnds&& make, std::uint64_t patience = 1'000'000) {
  return detail::transport_check<std::remove_reference_t<MakeEnds>>(make, patience).run();
}

}  // namespace cleave::testing
#endif
