// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

#include "fake_graph.hpp"

namespace {

using archetypes::fake_server;
using archetypes::raw_device;
using cleave::errc;
using cleave::frame_kind;

}  // namespace

TEST_CASE("a server answers requests behind every cut") {
  fake_server server;
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  CHECK(device.header.kind == frame_kind::hello_reply);
  for (const std::size_t cut : {0U, 1U, 2U}) {
    CAPTURE(cut);
    REQUIRE(device.ask(cut + 100, cut, 8.5F) == errc::ok);
    REQUIRE(device.receive() == errc::ok);
    CHECK(device.header.kind == frame_kind::answer);
    CHECK(device.header.request == cut + 100);
    CHECK(device.header.tensors == 1);
    CHECK(device.header.codec == cleave::codec_id::identity);
    CHECK(device.answer() == 8.5F);
  }
  REQUIRE(fake_server::eventually([&] { return server.core.statistics().answers == 3; }));
  CHECK(server.core.statistics().requests == 3);
  CHECK(server.core.statistics().connections == 1);
  CHECK(server.core.statistics().errors == 0);
}

TEST_CASE("a server is reached over IPv6") {
  fake_server server;
  raw_device device(server.listener.port(), "::1");
  if (device.connect() == errc::unreachable) return;  // a machine without it
  CHECK(device.greet() == errc::ok);
}

TEST_CASE("behind the last layer there is nothing to do, and that is the answer") {
  fake_server server;
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  REQUIRE(device.send({.kind = frame_kind::request, .request = 5, .cut = 3}) == errc::ok);
  CHECK(device.receive() == errc::ok);
  CHECK(device.header.request == 5);
  CHECK(device.payload.empty());
}

TEST_CASE("a hello that does not match is told what does not, and the connection ends") {
  fake_server server;
  const auto told = [&](auto change) {
    raw_device device(server.listener.port());
    cleave::hello other = raw_device::who;
    change(other);
    const errc why = device.greet(other);
    CHECK(device.header.kind == frame_kind::hello_reply);
    CHECK(device.receive() == errc::closed);
    return why;
  };
  CHECK(told([](auto& hello) { hello.graph = 9; }) == errc::wrong_graph);
  CHECK(told([](auto& hello) { hello.weights = 9; }) == errc::wrong_weights);
  CHECK(told([](auto& hello) { hello.numerics = 9; }) == errc::wrong_numerics);
  CHECK(told([](auto& hello) { hello.codecs = 64; }) == errc::unknown_codec);
}

TEST_CASE("requests that can not be are refused one by one, and the connection goes on") {
  fake_server server;
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  const auto good = raw_device::tensor(1, 3);
  const auto refused = [&](cleave::frame_header header, const std::vector<std::byte>& payload) {
    header.kind = frame_kind::request;
    header.request = 77;
    REQUIRE(device.send(header, payload) == errc::ok);
    const errc why = device.receive();
    CHECK(device.header.kind == frame_kind::error);
    CHECK(device.header.request == 77);
    return why;
  };
  CHECK(refused({.cut = 4, .tensors = 1}, good) == errc::bad_cut);
  CHECK(refused({.cut = 1, .tensors = 1, .codec = cleave::codec_id{9}}, good) == errc::unknown_codec);
  CHECK(refused({.cut = 1, .tensors = 2}, good) == errc::bad_frame);
  CHECK(refused({.cut = 1, .tensors = 1, .type = cleave::dtype::int32}, good) == errc::bad_frame);
  CHECK(refused({.cut = 2, .tensors = 1}, good) == errc::frame_too_large);
  CHECK(refused({.cut = 0, .tensors = 1}, good) == errc::bad_encoding);
  CHECK(refused({.cut = 1, .tensors = 1}, {}) == errc::bad_encoding);
  CHECK(device.ask(78, 1, 3) == errc::ok);
  CHECK(device.receive() == errc::ok);
  CHECK(device.answer() == 3);
}

TEST_CASE("an answer larger than the device takes is refused before it is computed") {
  fake_server server;
  raw_device device(server.listener.port());
  cleave::hello small = raw_device::who;
  small.max_payload_bytes = 11;  // an answer takes 12
  REQUIRE(device.greet(small) == errc::ok);
  REQUIRE(device.ask(1, 1, 3) == errc::ok);
  CHECK(device.receive() == errc::frame_too_large);
  CHECK(server.graph.runs == 0);
}

TEST_CASE("a damaged payload is told, and the next request on the connection is answered") {
  fake_server server;
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  const cleave::frame_header header{.kind = frame_kind::request, .request = 6, .cut = 2, .tensors = 1};
  auto frame = raw_device::frame(header, raw_device::tensor(2, 3));
  frame[cleave::frame_header_bytes + 9] ^= std::byte{4};
  REQUIRE(device.send_bytes(frame) == errc::ok);
  CHECK(device.receive() == errc::bad_payload);
  CHECK(device.header.request == 6);
  REQUIRE(device.ask(7, 2, 4) == errc::ok);
  CHECK(device.receive() == errc::ok);
  CHECK(device.answer() == 4);
}

TEST_CASE("several requests of a connection are worked on at once, and each answer bears its number") {
  fake_server server({.workers = 4});
  server.graph.milliseconds = 20;
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  for (std::uint64_t i = 1; i <= 8; ++i)
    REQUIRE(device.ask(i, static_cast<std::size_t>(i % 3), static_cast<float>(i)) == errc::ok);
  std::vector<std::uint64_t> seen;
  for (int i = 0; i < 8; ++i) {
    REQUIRE(device.receive() == errc::ok);
    CHECK(device.answer() == static_cast<float>(device.header.request));
    seen.push_back(device.header.request);
  }
  std::sort(seen.begin(), seen.end());
  CHECK(seen == std::vector<std::uint64_t>{1, 2, 3, 4, 5, 6, 7, 8});
}

TEST_CASE("a request that is asked again while it is worked on is computed once") {
  fake_server server({.workers = 2});
  server.graph.milliseconds = 100;
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  for (int i = 0; i < 3; ++i) REQUIRE(device.ask(9, 1, 2) == errc::ok);
  REQUIRE(device.receive() == errc::ok);
  CHECK(device.answer() == 2);
  REQUIRE(device.send({.kind = frame_kind::ping, .request = 10}) == errc::ok);
  REQUIRE(device.receive() == errc::ok);
  CHECK(device.header.kind == frame_kind::pong);
  CHECK(server.graph.runs == 1);
}

TEST_CASE("answers tell how busy the server is") {
  fake_server server({.workers = 1});
  server.graph.milliseconds = 10;
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  for (std::uint64_t i = 1; i <= 5; ++i) REQUIRE(device.ask(i, 1, 1) == errc::ok);
  std::uint32_t longest = 0;
  for (int i = 0; i < 5; ++i) {
    REQUIRE(device.receive() == errc::ok);
    CHECK(device.header.load.service_microseconds >= 10'000);
    longest = std::max(longest, device.header.load.queue_length);
  }
  CHECK(longest >= 1);
  CHECK(longest <= 4);
  REQUIRE(device.send({.kind = frame_kind::ping, .request = 10}) == errc::ok);
  REQUIRE(device.receive() == errc::ok);
  CHECK(device.header.load.queue_length == 0);
  CHECK(device.header.load.service_microseconds >= 10'000);
}

TEST_CASE("many devices at once get their own answers") {
  fake_server server({.workers = 3});
  std::atomic<int> wrong{0};
  std::vector<std::thread> devices;
  for (int who = 0; who < 8; ++who) {
    devices.emplace_back([&, who] {
      raw_device device(server.listener.port());
      if (device.greet() != errc::ok) ++wrong;
      for (std::uint64_t i = 1; i <= 50; ++i) {
        const auto value = static_cast<float>(who * 1000 + static_cast<int>(i));
        if (device.ask(i, static_cast<std::size_t>(i % 3), value) != errc::ok || device.receive() != errc::ok ||
            device.answer() != value)
          ++wrong;
      }
    });
  }
  for (std::thread& each : devices) each.join();
  CHECK(wrong == 0);
  CHECK(server.core.statistics().answers == 400);
}

TEST_CASE("requests that have been short are answered by the network's thread, those of other cuts by workers") {
  fake_server server({.inline_microseconds = 10'000'000});
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  std::uint64_t request = 0;
  const auto is_answered_here = [&](std::size_t cut) {
    const auto value = static_cast<float>(++request);
    REQUIRE(device.ask(request, cut, value) == errc::ok);
    REQUIRE(device.receive() == errc::ok);
    CHECK(device.header.request == request);
    CHECK(device.answer() == value);
    return server.graph.last_thread.load() == server.thread.get_id();
  };
  for (int i = 0; i < 8; ++i) CHECK(!is_answered_here(1));
  CHECK(is_answered_here(1));
  CHECK(!is_answered_here(2));
  CHECK(is_answered_here(1));
  REQUIRE(fake_server::eventually([&] { return server.core.statistics().answers == 11; }));
  CHECK(server.core.statistics().requests == 11);
}

TEST_CASE("requests that take longer than what is allowed are answered by workers, and so are all without leave") {
  for (const std::uint32_t allowed : {1'000U, 0U}) {
    fake_server server({.inline_microseconds = allowed});
    server.graph.milliseconds = allowed > 0 ? 2 : 0;
    raw_device device(server.listener.port());
    REQUIRE(device.greet() == errc::ok);
    for (std::uint64_t i = 1; i <= 12; ++i) {
      REQUIRE(device.ask(i, 1, 1) == errc::ok);
      REQUIRE(device.receive() == errc::ok);
      CHECK(server.graph.last_thread.load() != server.thread.get_id());
    }
  }
}

TEST_CASE("a request that was kept from its work does not make its cut a slow one, several do") {
  cleave::service_times times(3);
  for (int i = 0; i < 8; ++i) {
    CHECK(!times.is_within(1, 50));
    times.add(1, 40);
  }
  CHECK(times.is_within(1, 50));
  CHECK(!times.is_within(0, 50));
  times.add(1, 4'000'000'000);
  CHECK(times.is_within(1, 50));
  times.add(1, 200);
  CHECK(!times.is_within(1, 50));
  times.add(1, 40);
  CHECK(times.is_within(1, 50));
}

TEST_CASE("a cut that becomes slow, or was slow at first, is known as what it is after some requests") {
  cleave::service_times times(2);
  times.add(0, 4'000'000'000);
  CHECK(!times.is_within(0, std::numeric_limits<std::uint32_t>::max() / 4));
  int fast = 1;
  for (times.add(1, 2'000); fast < 100 && !times.is_within(1, 50); ++fast) times.add(1, 30);
  CHECK(fast > 8);
  CHECK(fast < 40);
  for (int i = 0; i < 20; ++i) times.add(1, 30);
  int slow = 0;
  for (; slow < 100 && times.is_within(1, 50); ++slow) times.add(1, 2'000);
  CHECK(slow > 1);
  CHECK(slow < 10);
}
