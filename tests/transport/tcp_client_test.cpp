// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cleave/transport/tcp_client.hpp>
#include <cleave/transport/tcp_listener.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "tcp_echo.hpp"

namespace {

using cleave::after;
using cleave::errc;
using std::chrono::milliseconds;

constexpr std::uint64_t second = 1'000'000;

errc echoes(cleave::tcp::client& link) {
  std::array<std::byte, 300> sent{};
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<std::byte>(i % 251);
  std::array<std::byte, 300> back{};
  if (const auto done = write_all(link, sent, after(link, 5 * second)); !done) return done.error();
  if (const auto done = read_exactly(link, back, after(link, 5 * second)); !done) return done.error();
  return back == sent ? errc::ok : errc::bad_payload;
}

bool has_ipv6() {
  cleave::tcp::listener listener(0, "::1");
  return listener.is_open();
}

}  // namespace

TEST_CASE("a client connects when it is first used, by number and by name") {
  cleave::tcp::listener listener(0);
  REQUIRE(listener.error() == errc::ok);
  REQUIRE(listener.port() != 0);
  archetypes::tcp_echo peer(listener);
  for (const char* host : {"127.0.0.1", "localhost"}) {
    CAPTURE(host);
    cleave::tcp::client link(host, listener.port());
    CHECK_FALSE(link.is_open());
    CHECK(echoes(link) == errc::ok);
    CHECK(link.is_open());
  }
}

TEST_CASE("one listener serves IPv6 and IPv4") {
  if (!has_ipv6()) return;
  cleave::tcp::listener listener(0);
  archetypes::tcp_echo peer(listener);
  for (const char* host : {"::1", "127.0.0.1"}) {
    CAPTURE(host);
    cleave::tcp::client link(host, listener.port());
    CHECK(echoes(link) == errc::ok);
  }
}

TEST_CASE("a name with several addresses is tried at all of them") {
  cleave::tcp::listener listener(0, "127.0.0.1");  // where localhost is ::1 first, that one refuses
  archetypes::tcp_echo peer(listener);
  cleave::tcp::client link("localhost", listener.port());
  CHECK(echoes(link) == errc::ok);
}

TEST_CASE("a port where nobody listens refuses") {
  std::uint16_t port = 0;
  {
    cleave::tcp::listener listener(0);
    port = listener.port();
  }
  cleave::tcp::client link("127.0.0.1", port);
  std::array<std::byte, 4> bytes{};
  const auto moved = link.write_some(bytes, after(link, 5 * second));
  CHECK(moved.error == errc::refused);
  CHECK(moved.bytes == 0);
}

TEST_CASE("a host that does not exist can not be reached, and the deadline holds meanwhile") {
  cleave::tcp::client link("no-such-host.invalid", 7070);
  std::array<std::byte, 4> bytes{};
  const errc error = link.write_some(bytes, after(link, second / 5)).error;
  CHECK((error == errc::unreachable || error == errc::timed_out));  // some resolvers take their time
}

TEST_CASE("a deadline that has passed before the connection exists is a time-out") {
  cleave::tcp::client link("127.0.0.1", 9);
  CHECK(link.reopen(cleave::deadline{link.now()}).error() == errc::timed_out);
}

TEST_CASE("a read without bytes times out and leaves the stream as it was") {
  cleave::tcp::listener listener(0);
  archetypes::tcp_echo peer(listener);
  cleave::tcp::client link("127.0.0.1", listener.port());
  REQUIRE(echoes(link) == errc::ok);
  std::array<std::byte, 4> bytes{};
  CHECK(link.read_some(bytes, after(link, 20'000)).error == errc::timed_out);
  CHECK(link.read_some(bytes, cleave::deadline{0}).error == errc::timed_out);
  CHECK(echoes(link) == errc::ok);
}

TEST_CASE("a write to a peer that does not read times out") {
  cleave::tcp::listener listener(0);  // the system accepts on our behalf; nobody ever reads
  cleave::tcp::client link("127.0.0.1", listener.port());
  const std::vector<std::byte> block(1 << 20);
  errc error = errc::ok;
  for (int i = 0; i < 1000 && error == errc::ok; ++i) error = link.write_some(block, after(link, 50'000)).error;
  CHECK(error == errc::timed_out);
  CHECK(link.is_open());
}

TEST_CASE("a lost connection is closed until it is reopened") {
  cleave::tcp::listener listener(0);
  archetypes::tcp_echo peer(listener);
  cleave::tcp::client link("127.0.0.1", listener.port());
  REQUIRE(echoes(link) == errc::ok);
  const std::array<std::byte, 1> hang_up{std::byte{0xff}};
  REQUIRE(link.write_some(hang_up, after(link, second)).error == errc::ok);
  std::array<std::byte, 4> bytes{};
  CHECK(link.read_some(bytes, after(link, 5 * second)).error == errc::closed);
  CHECK(link.read_some(bytes, after(link, 5 * second)).error == errc::closed);
  CHECK(link.write_some(bytes, after(link, 5 * second)).error == errc::closed);
  REQUIRE(link.reopen(after(link, 5 * second)));
  CHECK(echoes(link) == errc::ok);
}

TEST_CASE("a client can wait without a deadline") {
  cleave::tcp::listener listener(0);
  archetypes::tcp_echo peer(listener);
  cleave::tcp::client link("localhost", listener.port());
  const std::array<std::byte, 3> sent{std::byte{1}, std::byte{2}, std::byte{3}};
  std::array<std::byte, 3> back{};
  CHECK(write_all(link, sent, cleave::deadline::never()));
  CHECK(read_exactly(link, back, cleave::deadline::never()));
  CHECK(back == sent);
}

TEST_CASE("what came along with a small read is there for the next, until the connection is another") {
  cleave::tcp::listener listener(0);
  archetypes::tcp_echo peer(listener);
  cleave::tcp::client link("127.0.0.1", listener.port());
  std::array<std::byte, 300> sent{};
  for (std::size_t i = 0; i < sent.size(); ++i) sent[i] = static_cast<std::byte>(i % 251);
  REQUIRE(write_all(link, sent, after(link, 5 * second)));
  std::size_t begin = 0;
  for (const std::size_t size : {1U, 2U, 3U, 7U, 48U, 200U}) {
    CAPTURE(size);
    std::array<std::byte, 200> back{};
    REQUIRE(read_exactly(link, std::span(back).first(size), after(link, 5 * second)));
    CHECK(std::equal(back.data(), back.data() + size, sent.data() + begin));
    begin += size;
  }
  REQUIRE(link.reopen(after(link, 5 * second)));
  std::array<std::byte, 4> none{};
  CHECK(link.read_some(none, cleave::deadline{0}).error == errc::timed_out);
  CHECK(echoes(link) == errc::ok);
}

TEST_CASE("a client that stays awake for a while keeps its deadlines, and sleeps when the while is over") {
  cleave::tcp::listener listener(0);
  archetypes::tcp_echo peer(listener);
  for (const std::uint32_t spin : {1'000U, 1'000'000U}) {
    CAPTURE(spin);
    cleave::tcp::client link("127.0.0.1", listener.port(), {.spin_microseconds = spin});
    peer.answer_after(milliseconds(0));
    CHECK(echoes(link) == errc::ok);
    peer.answer_after(milliseconds(100));
    const std::array<std::byte, 4> sent{std::byte{1}, std::byte{2}, std::byte{3}, std::byte{4}};
    std::array<std::byte, 4> back{};
    REQUIRE(write_all(link, sent, after(link, 5 * second)));
    const cleave::deadline by = after(link, 20'000);
    CHECK(link.read_some(back, by).error == errc::timed_out);
    CHECK(by.passed(link.now()));
    CHECK(link.read_some(back, cleave::deadline{0}).error == errc::timed_out);
    CHECK(read_exactly(link, back, after(link, 5 * second)));
    CHECK(back == sent);
  }
}

TEST_CASE("a client waits awake for answers that come soon, and for no others") {
  cleave::tcp::listener listener(0);
  archetypes::tcp_echo peer(listener);
  peer.answer_after(milliseconds(20));
  struct expected {
    std::uint32_t spin;
    std::uint64_t least, most;  // of eight waits
  };
  // The first is slept through in any case; an answer that is there already is not waited for.
  for (const expected& each : {expected{5'000'000, 1, 7}, {1'000, 0, 0}, {0, 0, 0}}) {
    CAPTURE(each.spin);
    cleave::tcp::client link("127.0.0.1", listener.port(), {.spin_microseconds = each.spin});
    for (int i = 0; i < 8; ++i) CHECK(echoes(link) == errc::ok);
    CHECK(link.waits_awake() >= each.least);
    CHECK(link.waits_awake() <= each.most);
  }
}

TEST_CASE("only an answer is waited for awake, once behind each write") {
  cleave::tcp::listener listener(0);
  archetypes::tcp_echo peer(listener);
  cleave::tcp::client link("127.0.0.1", listener.port(), {.spin_microseconds = 5'000'000});
  REQUIRE(echoes(link) == errc::ok);
  REQUIRE(echoes(link) == errc::ok);
  const std::uint64_t before = link.waits_awake();
  std::array<std::byte, 4> bytes{};
  for (int i = 0; i < 10; ++i) CHECK(link.read_some(bytes, after(link, 2'000)).error == errc::timed_out);
  CHECK(link.waits_awake() == before);
}
