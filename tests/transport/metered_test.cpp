// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/testing/check_transport.hpp>
#include <cleave/transport/loopback.hpp>
#include <cleave/transport/metered.hpp>
#include <vector>

namespace {

using cleave::deadline;
using cleave::errc;

constexpr std::array<std::byte, 100> some{};

/// Takes so many bytes, one a microsecond, and none after that until the deadline.
struct slow_wire {
  std::uint64_t time = 1;
  std::size_t takes = 1'000'000;
  int reopened = 0;
  deadline reopened_by{};

  cleave::io_result read_some(std::span<std::byte>, deadline by) noexcept {
    time = by.microseconds;
    return {0, errc::timed_out};
  }
  cleave::io_result write_some(std::span<const std::byte> out, deadline by) noexcept {
    const std::size_t count = std::min<std::size_t>({out.size(), 10, takes});
    if (count == 0 || time + count > by.microseconds) {
      time = std::max(time, by.microseconds);
      return {0, errc::timed_out};
    }
    time += count;
    takes -= count;
    return {count, errc::ok};
  }
  std::uint64_t now() noexcept { return time; }
  cleave::status reopen(deadline by) noexcept {
    ++reopened;
    reopened_by = by;
    return {};
  }
};

}  // namespace

TEST_CASE("a metered transport counts an exchange from its first byte to its last") {
  cleave::loopback<4096> pipe;
  cleave::metered link{pipe.first()};
  std::array<std::byte, 100> in{};
  pipe.advance(5);
  REQUIRE(write_all(link, some, deadline{0}));
  pipe.advance(7);
  REQUIRE(write_all(link, some, deadline{0}));
  CHECK(link.last().bytes_sent == 200);
  CHECK(link.last().began == 5);
  CHECK(link.last().sent == 12);
  CHECK(link.last().received == 0);
  REQUIRE(write_all(pipe.second(), some, deadline{0}));
  pipe.advance(30);
  REQUIRE(read_exactly(link, in, deadline{0}));
  CHECK(link.last().bytes_received == 100);
  CHECK(link.last().received == 42);
  REQUIRE(write_all(link, some, deadline{0}));  // the direction has turned: another exchange
  CHECK(link.last().bytes_sent == 100);
  CHECK(link.last().bytes_received == 0);
  CHECK(link.last().began == 42);
}

TEST_CASE("without limits a metered transport is the transport in it") {
  cleave::loopback<4096> pipe;
  cleave::metered link{pipe.first()};
  CHECK(link.reopen(deadline::never()));
  slow_wire wire;
  cleave::metered slow{wire};
  CHECK(write_all(slow, some, deadline::never()));
  CHECK(wire.time == 101);
  CHECK(write_all(slow, some, deadline{110}).error() == errc::timed_out);
}

TEST_CASE("an upload is given up when the rest of it takes longer than to do without") {
  const std::vector<std::byte> bytes(1000);
  slow_wire wire;
  cleave::metered link{wire};
  // A byte a microsecond, where 500 us were expected: at that moment 500 bytes and as many microseconds are left.
  link.restart({.bytes = 1000, .send = 500, .otherwise = 600});
  CHECK(write_all(link, bytes, deadline::never()));
  CHECK(link.last().bytes_sent == 1000);
  link.restart({.bytes = 1000, .send = 500, .otherwise = 400});
  CHECK(write_all(link, bytes, deadline::never()).error() == errc::timed_out);
  CHECK(link.last().bytes_sent == 500);
}

TEST_CASE("a link that takes nothing any more is noticed without a deadline") {
  const std::vector<std::byte> bytes(1000);
  slow_wire wire{.takes = 800};
  cleave::metered link{wire};
  link.restart({.bytes = 1000, .send = 500, .otherwise = 1000});
  CHECK(write_all(link, bytes, deadline::never()).error() == errc::timed_out);
  CHECK(link.last().bytes_sent == 800);
  // 200 bytes are left: hopeless after four times as long as the 800 took.
  CHECK(wire.time >= 4000);
  CHECK(wire.time <= 4600);
  slow_wire dead{.takes = 0};
  cleave::metered nothing{dead};
  nothing.restart({.bytes = 1000, .send = 500, .otherwise = 1000});
  CHECK(write_all(nothing, bytes, deadline::never()).error() == errc::timed_out);
  CHECK(dead.time == 501);
}

TEST_CASE("answers and connections are waited for no longer than patience says") {
  slow_wire wire;
  cleave::metered link{wire};
  link.restart({.answer = 250, .connect = 30});
  std::array<std::byte, 10> in{};
  REQUIRE(write_all(link, some, deadline::never()));
  CHECK(link.read_some(in, deadline::never()).error == errc::timed_out);
  CHECK(wire.time == 251);
  REQUIRE(link.reopen(deadline::never()));
  CHECK(wire.reopened_by.microseconds == 281);
  REQUIRE(link.reopen(deadline{260}));
  CHECK(wire.reopened_by.microseconds == 260);
}
