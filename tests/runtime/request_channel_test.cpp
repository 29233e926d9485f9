// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/core/random_bits.hpp>
#include <cleave/runtime/request_channel.hpp>
#include <cleave/transport/faulty.hpp>
#include <memory>
#include <vector>

#include "scripted_server.hpp"

namespace {

using archetypes::deed;
using archetypes::scripted_link;
using cleave::errc;

constexpr cleave::hello device{.graph = 1, .weights = 2, .codecs = 1, .numerics = 1, .max_payload_bytes = 64};
constexpr cleave::session_options options{.timeout_microseconds = 1000, .retries = 2};

/// A device that asks with payloads of 64 bytes and checks the answers.
template <class Link>
struct asker {
  explicit asker(Link& link, const cleave::hello& ours = device) : channel(link, ours) {}

  errc operator()(const cleave::session_options& how = options) {
    const std::span<std::byte> payload = std::span<std::byte>(frame).subspan(cleave::frame_header_bytes, 64);
    for (std::byte& each : payload) each = static_cast<std::byte>(random.below(256));
    const cleave::frame_header header{.kind = cleave::frame_kind::request, .request = ++request, .tensors = 1};
    const auto sealed = cleave::seal_frame(header, frame, 64);
    if (const auto done = channel.ask(sealed, request, room, how); !done) return done.error();
    right = channel.answer().request == request && channel.answer().payload_bytes == 64 &&
            archetypes::flipped(payload) == std::vector<std::byte>(room.begin(), room.begin() + 64);
    return errc::ok;
  }

  cleave::request_channel<Link> channel;
  cleave::random_bits random{1};
  std::array<std::byte, cleave::frame_bytes(64)> frame{};
  std::array<std::byte, 64 + cleave::frame_trailer_bytes> room{};
  std::uint64_t request = 0;
  bool right = false;
};

struct pair {
  scripted_link link;
  asker<scripted_link> ask{link};
};

}  // namespace

TEST_CASE("a channel says hello once and then asks") {
  pair at;
  for (int i = 0; i < 3; ++i) {
    CHECK(at.ask() == errc::ok);
    CHECK(at.ask.right);
  }
  CHECK(at.link.server.hellos == 1);
  CHECK(at.link.server.requests == std::vector<std::uint64_t>{1, 2, 3});
  CHECK(at.link.reopened == 0);
  CHECK(at.ask.channel.answer().load == cleave::server_load{7, 1234});
}

TEST_CASE("links that move 1, 2, 3 or 7 bytes a call carry the same") {
  for (const std::size_t bytes : {1U, 2U, 3U, 7U}) {
    CAPTURE(bytes);
    pair at;
    at.link.bytes_a_call = bytes;
    CHECK(at.ask() == errc::ok);
    CHECK(at.ask.right);
  }
}

TEST_CASE("a server that does not match is refused, with what does not match, and without a second try") {
  const auto told = [](auto change) {
    pair at;
    change(at.link.server);
    const errc why = at.ask();
    CHECK(at.link.server.hellos == 1);
    CHECK(at.link.server.requests.empty());
    return why;
  };
  CHECK(told([](auto& server) { server.me.graph = 9; }) == errc::wrong_graph);
  CHECK(told([](auto& server) { server.me.weights = 9; }) == errc::wrong_weights);
  CHECK(told([](auto& server) { server.me.numerics = 0; }) == errc::wrong_numerics);
  CHECK(told([](auto& server) { server.me.codecs = 2; }) == errc::unknown_codec);
  CHECK(told([](auto& server) { server.hello_error = errc::overloaded; }) == errc::overloaded);
}

TEST_CASE("silence ends at the time-out, after all tries") {
  pair at;
  REQUIRE(at.ask() == errc::ok);
  at.link.server.script.assign(10, deed::silence);
  const std::uint64_t start = at.link.now();
  CHECK(at.ask() == errc::timed_out);
  CHECK(at.link.now() - start == 1000);
  CHECK(at.link.server.requests == std::vector<std::uint64_t>{1, 2, 2, 2});
}

TEST_CASE("a server that does not even say hello is a time-out") {
  pair at;
  at.link.server.answers_hello = false;
  const std::uint64_t start = at.link.now();
  CHECK(at.ask() == errc::timed_out);
  CHECK(at.link.now() - start == 1000);
}

TEST_CASE("a request that got lost is sent again under its number, on the same connection first") {
  pair at;
  at.link.server.script = {deed::silence, deed::answer};
  CHECK(at.ask() == errc::ok);
  CHECK(at.ask.right);
  CHECK(at.link.server.requests == std::vector<std::uint64_t>{1, 1});
  CHECK(at.link.reopened == 0);
}

TEST_CASE("a connection that stays silent is given up before the last try") {
  pair at;
  at.link.server.script = {deed::silence, deed::silence, deed::answer};
  CHECK(at.ask() == errc::ok);
  CHECK(at.ask.right);
  CHECK(at.link.reopened == 1);
  CHECK(at.link.server.hellos == 2);
}

TEST_CASE("an answer to an earlier request is skipped") {
  pair at;
  at.link.server.script = {deed::answer_twice, deed::answer_twice, deed::answer};
  for (int i = 0; i < 3; ++i) {
    CHECK(at.ask() == errc::ok);
    CHECK(at.ask.right);
  }
  CHECK(at.link.server.requests.size() == 3);
}

TEST_CASE("damaged answers are asked for again") {
  for (const deed what : {deed::damage_payload, deed::damage_header, deed::garbage, deed::hang_up, deed::goodbye}) {
    CAPTURE(static_cast<int>(what));
    pair at;
    at.link.server.script = {what, what, deed::answer};
    CHECK(at.ask() == errc::ok);
    CHECK(at.ask.right);
    CHECK(at.link.server.requests == std::vector<std::uint64_t>{1, 1, 1});
    // Behind a damaged payload the stream still makes sense; behind the others it does not.
    CHECK(at.link.reopened == (what == deed::damage_payload ? 0 : 2));
  }
}

TEST_CASE("when all tries fail the last reason is told and the next request starts afresh") {
  pair at;
  at.link.server.script.assign(3, deed::damage_header);
  CHECK(at.ask() == errc::bad_header);
  at.link.server.script.assign(3, deed::hang_up);
  CHECK(at.ask() == errc::closed);
  CHECK(at.ask() == errc::ok);
  CHECK(at.ask.right);
}

TEST_CASE("an answer that comes between two tries is taken, and nothing is sent again") {
  pair at;
  REQUIRE(at.ask() == errc::ok);
  at.link.server.script = {deed::answer_late};
  CHECK(at.ask() == errc::ok);
  CHECK(at.ask.right);
  CHECK(at.link.server.requests == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("an error that asking again can not help is told at once") {
  for (const errc why : {errc::overloaded, errc::stopping, errc::bad_cut, errc::bad_encoding, errc::frame_too_large}) {
    CAPTURE(cleave::message(why));
    pair at;
    at.link.server.why = why;
    at.link.server.script = {deed::refuse};
    CHECK(at.ask() == why);
    CHECK(at.link.server.requests.size() == 1);
    CHECK(at.ask() == errc::ok);
    CHECK(at.ask.right);
  }
}

TEST_CASE("a server that received damaged bytes, or knows no hello of ours, is asked again") {
  for (const errc why : {errc::bad_payload, errc::bad_frame}) {
    CAPTURE(cleave::message(why));
    pair at;
    at.link.server.why = why;
    at.link.server.script = {deed::refuse};
    CHECK(at.ask() == errc::ok);
    CHECK(at.ask.right);
    CHECK(at.link.server.hellos == (why == errc::bad_frame ? 2 : 1));
  }
}

TEST_CASE("a server that closes says why, and that is told") {
  pair at;
  at.link.server.script = {deed::refuse_and_hang_up};
  CHECK(at.ask() == errc::overloaded);
}

TEST_CASE("an answer longer than any that can be is refused before it is read") {
  pair at;
  at.link.server.script = {deed::giant};
  CHECK(at.ask() == errc::frame_too_large);
  CHECK(at.ask() == errc::ok);
  CHECK(at.link.reopened == 1);
}

TEST_CASE("a request longer than the server takes is not sent") {
  pair at;
  at.link.server.me.max_payload_bytes = 63;
  CHECK(at.ask() == errc::frame_too_large);
  CHECK(at.link.server.requests.empty());
}

TEST_CASE("a server that sends without end does not hold a request up for ever") {
  pair at;
  REQUIRE(at.ask() == errc::ok);
  at.link.server.chatters = true;
  at.link.microseconds_a_read = 10;
  at.link.server.script.assign(9, deed::silence);
  CHECK(at.ask() == errc::timed_out);
}

TEST_CASE("a link that can not be opened again is told at once") {
  pair at;
  REQUIRE(at.ask() == errc::ok);
  at.link.server.script = {deed::hang_up};
  at.link.reopen_error = errc::refused;
  const std::uint64_t start = at.link.now();
  CHECK(at.ask() == errc::refused);
  CHECK(at.link.now() == start);
  at.link.reopen_error = errc::ok;
  CHECK(at.ask() == errc::ok);
}

TEST_CASE("a connection that was closed meanwhile is opened again before anything is sent") {
  pair at;
  REQUIRE(at.ask() == errc::ok);
  at.link.close();
  CHECK(at.ask({.timeout_microseconds = 1000, .retries = 0}) == errc::ok);
  CHECK(at.ask.right);
  CHECK(at.link.server.requests == std::vector<std::uint64_t>{1, 2});
}

TEST_CASE("a link without reopen finds the place in its stream again") {
  scripted_link link;
  archetypes::scripted_wire wire(link);
  asker<archetypes::scripted_wire> ask(wire);
  link.server.script = {deed::garbage, deed::damage_header, deed::answer};
  CHECK(ask() == errc::ok);
  CHECK(ask.right);
  CHECK(link.server.hellos == 3);
  link.server.script = {deed::silence, deed::silence, deed::answer};
  CHECK(ask() == errc::ok);
  CHECK(ask.right);
}

TEST_CASE("no answer of a damaged link is wrong") {
  auto sleep = [](std::uint64_t) {};
  int answered = 0;
  int failed = 0;
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    const auto link = std::make_unique<scripted_link>();
    cleave::faulty<scripted_link, decltype(sleep)> bad(
        *link, {.seed = seed, .drop_rate = 300, .corrupt_rate = 500, .short_moves = 40}, sleep);
    asker<decltype(bad)> ask(bad);
    for (int i = 0; i < 20; ++i) {
      ask.right = false;
      if (ask() == errc::ok) {
        ++answered;
        CHECK(ask.right);
      } else {
        ++failed;
      }
    }
  }
  CHECK(answered > 3000);  // of 4000: the retries are worth something
  CHECK(failed > 0);       // and the link is bad indeed
}
