// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/testing/check_transport.hpp>
#include <cleave/transport/loopback.hpp>
#include <cleave/transport/throttled.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "archetypes/chunked_transport.hpp"
#include "archetypes/minimal_transport.hpp"
#include "archetypes/some_bytes.hpp"
#include "archetypes/virtual_sleep.hpp"

namespace {

using cleave::after;
using cleave::deadline;
using cleave::errc;
using cleave::link_profile;

/// A slow link over a pipe, both on a virtual clock.
template <std::size_t Capacity>
struct slow_link {
  explicit slow_link(const link_profile& profile) : first(pipe.first(), profile, {&pipe}) {}

  cleave::loopback<Capacity> pipe;
  cleave::throttled<cleave::loopback_end, archetypes::virtual_sleep<Capacity>> first;
  cleave::loopback_end& second = pipe.second();

  bool send(std::size_t count) {
    return bool(cleave::write_all(first, archetypes::some_bytes(count), deadline::never()));
  }
  bool fetch(std::size_t count) {
    const std::vector<std::byte> sent = archetypes::some_bytes(count, 2);
    std::vector<std::byte> back(count);
    return cleave::write_all(second, sent, deadline::never()) && cleave::read_exactly(first, back, deadline::never()) &&
           back == sent;
  }
};

using plenty = slow_link<20000>;

static_assert(cleave::reopenable_transport<cleave::throttled<cleave::loopback_end>>);
static_assert(cleave::transport<cleave::throttled<archetypes::minimal_transport>>);
static_assert(!cleave::reopenable_transport<cleave::throttled<archetypes::minimal_transport>>);

}  // namespace

TEST_CASE("a slow link is a transport") {
  const auto report = cleave::testing::check_transport(
      [] {
        return slow_link<3000>({1'000'000, 300, 200});
      },
      10'000'000);
  CHECK(report.first_failure() == nullptr);
}

TEST_CASE("a link without limits takes no time") {
  plenty link({});
  CHECK(link.send(10000));
  CHECK(link.fetch(10000));
  CHECK(link.first.now() == 0);
}

TEST_CASE("bytes take as long as the bandwidth says, in both directions") {
  plenty link({.bytes_per_second = 10'000});
  CHECK(link.send(5000));
  CHECK(link.first.now() == 500'000);
  CHECK(link.fetch(2500));
  CHECK(link.first.now() == 750'000);
}

TEST_CASE("bytes take their time once, however few of them the link below takes at a time") {
  cleave::loopback<2000> pipe;
  archetypes::chunked_transport narrow(pipe.first(), 3);
  cleave::throttled link(narrow, link_profile{.bytes_per_second = 10'000}, archetypes::virtual_sleep<2000>{&pipe});
  CHECK(cleave::write_all(link, archetypes::some_bytes(1000), deadline::never()));
  CHECK(link.now() == 100'000);
}

TEST_CASE("a fast link is as fast as it says, in large packets and byte by byte") {
  slow_link<40000> link({.bytes_per_second = 125'000'000});
  CHECK(link.send(25'000));
  CHECK(link.first.now() == 200);
  const std::byte one{};
  for (int i = 0; i < 12'500; ++i) CHECK(link.first.write_some(std::span(&one, 1), deadline::never()).bytes == 1);
  CHECK(link.first.now() == 300);
}

TEST_CASE("latency is paid once for each change of direction") {
  plenty link({.latency_microseconds = 70});
  CHECK(link.send(5000));
  CHECK(link.send(5000));
  CHECK(link.first.now() == 70);
  CHECK(link.fetch(5000));
  CHECK(link.fetch(5000));
  CHECK(link.first.now() == 140);
  CHECK(link.send(1));
  CHECK(link.first.now() == 210);
}

TEST_CASE("jitter stays within its bounds, spreads, and repeats with its seed") {
  const auto times = [](std::uint64_t seed) {
    plenty link({.latency_microseconds = 100, .jitter_microseconds = 50, .seed = seed});
    std::vector<std::uint64_t> turns;
    for (int i = 0; i < 50; ++i) {
      const std::uint64_t start = link.first.now();
      CHECK(link.send(1));
      turns.push_back(link.first.now() - start);
      CHECK(link.fetch(1));
    }
    return turns;
  };
  const std::vector<std::uint64_t> seen = times(4);
  int low = 0;
  for (const std::uint64_t each : seen) {
    CHECK(each >= 100);
    CHECK(each <= 150);
    low += each < 125;
  }
  CHECK(low > 10);
  CHECK(low < 40);
  CHECK(seen == times(4));
  CHECK(seen != times(5));
}

TEST_CASE("deadlines shorter than the way are honoured, and time that was waited counts") {
  plenty link({.bytes_per_second = 1000, .latency_microseconds = 5000});  // 10 bytes: 15 ms
  std::array<std::byte, 10> block{};
  CHECK(link.first.write_some(block, deadline{9000}).error == errc::timed_out);
  CHECK(link.first.now() == 9000);
  CHECK(link.first.write_some(block, deadline{20000}).bytes == 10);
  CHECK(link.first.now() == 15000);

  CHECK(link.second.write_some(block, deadline::never()).bytes == 10);
  CHECK(link.first.read_some(block, deadline{20000}).error == errc::timed_out);
  CHECK(link.first.now() == 20000);
  CHECK(link.first.read_some(block, deadline{40000}).bytes == 10);
  CHECK(link.first.now() == 30000);
}

TEST_CASE("a new profile counts from the next bytes on") {
  plenty link({.bytes_per_second = 1'000'000});
  CHECK(link.send(1000));
  link.first.set_profile({.bytes_per_second = 100'000});
  CHECK(link.send(1000));
  CHECK(link.first.now() == 11'000);
}
