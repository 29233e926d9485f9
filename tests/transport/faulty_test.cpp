// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/testing/check_transport.hpp>
#include <cleave/transport/faulty.hpp>
#include <cleave/transport/loopback.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "archetypes/chunked_transport.hpp"
#include "archetypes/some_bytes.hpp"
#include "archetypes/virtual_sleep.hpp"

namespace {

using cleave::deadline;
using cleave::errc;
using cleave::faults;
using bytes = std::vector<std::byte>;

struct bad_link {
  explicit bad_link(const faults& plan) : first(pipe.first(), plan, {&pipe}) {}

  cleave::loopback<5000> pipe;
  cleave::faulty<cleave::loopback_end, archetypes::virtual_sleep<5000>> first;
  cleave::loopback_end& second = pipe.second();

  /// What arrives of `sent` at the other end.
  bytes pass(const bytes& sent) {
    CHECK(cleave::write_all(first, sent, deadline::never()));
    bytes got(5000);
    const cleave::io_result moved = second.read_some(got, deadline{0});
    got.resize(moved.bytes);
    return got;
  }
  /// What arrives here of what the other end sends.
  bytes fetch(const bytes& sent) {
    CHECK(cleave::write_all(second, sent, deadline::never()));
    bytes got;
    bytes block(100);
    for (;;) {
      const cleave::io_result moved = first.read_some(block, deadline{first.now()});
      if (moved.error != errc::ok) return got;
      got.insert(got.end(), block.begin(), block.begin() + static_cast<long>(moved.bytes));
    }
  }
};

int differing_bits(const bytes& left, const bytes& right) {
  int count = 0;
  for (std::size_t i = 0; i < left.size(); ++i) {
    for (std::byte rest = left[i] ^ right[i]; rest != std::byte{0};
         rest &= static_cast<std::byte>(unsigned(rest) - 1)) {
      ++count;
    }
  }
  return count;
}

bool is_subsequence(const bytes& part, const bytes& whole) {
  std::size_t found = 0;
  for (const std::byte each : whole) found += found < part.size() && part[found] == each;
  return found == part.size();
}

}  // namespace

TEST_CASE("a link with no faults, short counts or short stalls is a transport") {
  for (const faults& plan : {faults{}, faults{.short_moves = 5}, faults{.stall_rate = 300'000, .short_moves = 50}}) {
    const auto report = cleave::testing::check_transport([&] { return bad_link(plan); }, 10'000'000);
    CHECK(report.first_failure() == nullptr);
  }
}

TEST_CASE("dropped bytes are missing and all others arrive in order, both ways") {
  const bytes sent = archetypes::some_bytes(4000);
  bad_link link({.drop_rate = 20'000});
  const bytes there = link.pass(sent);
  CHECK(link.first.counts().moved == 4000);
  CHECK(there.size() == 4000 - link.first.counts().dropped);
  CHECK(is_subsequence(there, sent));
  CHECK(link.first.counts().dropped > 40);  // 80 expected
  CHECK(link.first.counts().dropped < 160);
  const bytes back = link.fetch(sent);
  CHECK(there.size() + back.size() == 8000 - link.first.counts().dropped);
  CHECK(back.size() < 4000);
  CHECK(is_subsequence(back, sent));
}

TEST_CASE("bytes are dropped as counted also when the link below takes few at a time") {
  cleave::loopback<5000> pipe;
  archetypes::chunked_transport narrow(pipe.first(), 3);
  cleave::faulty link(narrow, faults{.drop_rate = 100'000, .corrupt_rate = 100'000},
                      archetypes::virtual_sleep<5000>{&pipe});
  const bytes sent = archetypes::some_bytes(4000);
  CHECK(cleave::write_all(link, sent, deadline::never()));
  bytes got(5000);
  const std::size_t arrived = pipe.second().read_some(got, deadline{0}).bytes;
  CHECK(link.counts().moved == 4000);
  CHECK(arrived == 4000 - link.counts().dropped);
  CHECK(link.counts().corrupted > 200);
}

TEST_CASE("damaged bytes differ in one bit each, both ways") {
  const bytes sent = archetypes::some_bytes(4000);
  bad_link link({.corrupt_rate = 20'000});
  const bytes there = link.pass(sent);
  REQUIRE(there.size() == 4000);
  const auto first = link.first.counts().corrupted;
  CHECK(first > 40);
  CHECK(static_cast<std::uint64_t>(differing_bits(there, sent)) == first);
  const bytes back = link.fetch(sent);
  REQUIRE(back.size() == 4000);
  CHECK(static_cast<std::uint64_t>(differing_bits(back, sent)) == link.first.counts().corrupted - first);
}

TEST_CASE("a stall lasts its time, or until the deadline and then it is a time-out") {
  bad_link link({.stall_rate = 1'000'000, .stall_microseconds = 400});
  std::array<std::byte, 8> block{};
  CHECK(link.first.write_some(block, deadline::never()).bytes == 8);
  CHECK(link.first.now() == 400);
  CHECK(link.first.write_some(block, deadline{500}).error == errc::timed_out);
  CHECK(link.first.now() == 500);
  CHECK(link.first.write_some(block, deadline{0}).error == errc::timed_out);
  CHECK(link.first.now() == 500);
  CHECK(link.first.counts().stalled == 3);
}

TEST_CASE("the connection breaks after exactly as many bytes as planned, once") {
  for (const std::uint64_t at : {0u, 1u, 9u, 16u, 17u}) {
    CAPTURE(at);
    bad_link link({.close_after = at});
    std::array<std::byte, 16> block{};
    CHECK(cleave::write_all(link.second, block, deadline::never()));
    std::size_t moved = 0;
    errc came = errc::ok;
    while (came == errc::ok) {
      const cleave::io_result one = moved % 2 == 0 ? link.first.write_some(std::span(block).first(3), deadline{0})
                                                   : link.first.read_some(std::span(block).first(3), deadline{0});
      came = one.error;
      moved += one.bytes;
    }
    CHECK(came == errc::closed);
    CHECK(moved == at);
    CHECK(link.first.counts().closed == 1);
    CHECK(link.first.read_some(block, deadline{0}).error == errc::closed);
    CHECK(link.second.write_some(block, deadline{0}).error == errc::closed);  // the other end sees it too

    CHECK(link.first.reopen(deadline{0}));
    CHECK(cleave::write_all(link.first, archetypes::some_bytes(1000), deadline{0}));
    CHECK(link.first.counts().closed == 1);
  }
}

TEST_CASE("the same seed fails in the same way, another one in another") {
  const bytes sent = archetypes::some_bytes(3000);
  const auto run = [&](std::uint64_t seed) {
    bad_link link({.seed = seed, .drop_rate = 10'000, .corrupt_rate = 10'000, .short_moves = 7});
    return link.pass(sent);
  };
  CHECK(run(1) == run(1));
  CHECK(run(1) != run(2));
}
