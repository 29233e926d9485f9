// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/testing/check_transport.hpp>
#include <cleave/transport/loopback.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "archetypes/some_bytes.hpp"

namespace {

using cleave::after;
using cleave::deadline;
using cleave::errc;

/// Ends for `check_transport`, whose pipe lives as long as they do.
template <std::size_t Capacity>
struct fresh_ends {
  cleave::loopback<Capacity> pipe;
  cleave::loopback_end& first = pipe.first();
  cleave::loopback_end& second = pipe.second();
};

}  // namespace

TEST_CASE("a loopback is a transport, with room for few bytes or many") {
  const auto one = cleave::testing::check_transport([] { return fresh_ends<1>(); });
  CHECK(one.first_failure() == nullptr);
  const auto many = cleave::testing::check_transport([] { return fresh_ends<5000>(); });
  CHECK(many.first_failure() == nullptr);
}

TEST_CASE("a wait that nobody can end is over at once, and virtual time is at its deadline") {
  cleave::loopback<4> pipe;
  std::array<std::byte, 8> block{};
  CHECK(pipe.first().read_some(block, deadline{500}).error == errc::timed_out);
  CHECK(pipe.second().now() == 500);
  CHECK(pipe.first().read_some(block, deadline::never()).error == errc::timed_out);
  CHECK(pipe.first().now() == 500);
  CHECK(pipe.first().write_some(block, deadline::never()).bytes == 4);
  CHECK(pipe.first().write_some(block, deadline{700}).error == errc::timed_out);
  pipe.advance(50);
  CHECK(pipe.first().now() == 750);
}

TEST_CASE("while one end waits the other gets its turn") {
  cleave::loopback<16> pipe;
  auto echo = [&] {
    std::array<std::byte, 16> block{};
    const cleave::io_result moved = pipe.second().read_some(block, deadline{0});
    if (moved.error == errc::ok) {
      static_cast<void>(pipe.second().write_some(std::span(block).first(moved.bytes), deadline{0}));
    }
  };
  pipe.first().when_waiting(echo);
  const std::vector<std::byte> sent = archetypes::some_bytes(10);
  std::vector<std::byte> back(10);
  CHECK(cleave::write_all(pipe.first(), sent, after(pipe.first(), 1000)));
  CHECK(cleave::read_exactly(pipe.first(), back, after(pipe.first(), 1000)));
  CHECK(back == sent);
  CHECK(pipe.first().now() == 0);

  // A write without room waits, too.
  CHECK(cleave::write_all(pipe.first(), archetypes::some_bytes(30), after(pipe.first(), 1000)));
}

TEST_CASE("closing one end is seen by both, after what was sent") {
  cleave::loopback<16> pipe;
  std::array<std::byte, 3> block{};
  CHECK(pipe.first().write_some(block, deadline::never()).bytes == 3);
  pipe.first().close();
  CHECK(pipe.second().read_some(block, deadline::never()).bytes == 3);
  CHECK(pipe.second().read_some(block, deadline::never()).error == errc::closed);
  CHECK(pipe.first().read_some(block, deadline::never()).error == errc::closed);
  CHECK(pipe.first().write_some(block, deadline::never()).error == errc::closed);
  CHECK(pipe.second().write_some(block, deadline::never()).error == errc::closed);
}

TEST_CASE("closing while an end waits ends the wait") {
  cleave::loopback<2> pipe;
  auto hang_up = [&] { pipe.second().close(); };
  pipe.first().when_waiting(hang_up);
  std::array<std::byte, 2> block{};
  CHECK(pipe.first().read_some(block, deadline::never()).error == errc::closed);
  CHECK(pipe.first().reopen(deadline::never()));
  CHECK(pipe.first().write_some(block, deadline::never()).bytes == 2);
  CHECK(pipe.first().write_some(block, deadline::never()).error == errc::closed);
}
