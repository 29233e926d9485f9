// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <chrono>
#include <cleave/core/random_bits.hpp>
#include <memory>
#include <thread>
#include <vector>

#include "fake_graph.hpp"

// Clients that are slow, silent, greedy or hostile. After each the server still answers others.

namespace {

using archetypes::fake_server;
using archetypes::raw_device;
using cleave::errc;
using cleave::frame_kind;
using std::chrono::milliseconds;

bool still_serves(fake_server& server) {
  raw_device device(server.listener.port());
  return device.greet() == errc::ok && device.ask(1, 1, 5) == errc::ok && device.receive() == errc::ok &&
         device.answer() == 5;
}

/// What the server says last before it closes.
errc last_word(raw_device& device) {
  errc last = errc::ok;
  for (;;) {
    const errc why = device.receive();
    if (device.header.kind != frame_kind::error || why == errc::closed) return why == errc::closed ? last : why;
    last = why;
    device.header = {};
  }
}

}  // namespace

TEST_CASE("bytes that are no frame end the connection, with the reason") {
  fake_server server;
  raw_device device(server.listener.port());
  REQUIRE(device.send_bytes(std::vector<std::byte>(5, std::byte{'G'})) == errc::ok);  // GET /...
  CHECK(last_word(device) == errc::bad_magic);
  CHECK(still_serves(server));
  CHECK(server.core.statistics().connections_dropped == 1);
}

TEST_CASE("random bytes and damaged frames never stop the server") {
  fake_server server;
  cleave::random_bits random(7);
  for (int round = 0; round < 60; ++round) {
    raw_device device(server.listener.port());
    if (round % 2 == 0) REQUIRE(device.greet() == errc::ok);
    std::vector<std::byte> bytes(static_cast<std::size_t>(48 + random.below(3000)));
    for (std::byte& each : bytes) each = static_cast<std::byte>(random.below(256));
    if (round % 3 != 0) {  // a sound header before the rubbish
      const cleave::frame_header header{.kind = static_cast<frame_kind>(1 + random.below(8)),
                                        .request = random.below(4),
                                        .payload_bytes = static_cast<std::uint32_t>(random.below(400)),
                                        .cut = static_cast<std::uint16_t>(random.below(5)),
                                        .tensors = static_cast<std::uint16_t>(random.below(3)),
                                        .codec = static_cast<cleave::codec_id>(random.below(3))};
      cleave::store_header(header, std::span(bytes).first<cleave::frame_header_bytes>());
    }
    static_cast<void>(device.send_bytes(bytes));
    static_cast<void>(device.receive(cleave::after(device.link, 1000)));
  }
  CHECK(still_serves(server));
}

TEST_CASE("a giant length is refused before anything of it is read") {
  fake_server server;
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  std::array<std::byte, cleave::frame_header_bytes> bytes{};
  cleave::store_header({.kind = frame_kind::request, .request = 1, .payload_bytes = 0xfffffff0U, .tensors = 1}, bytes);
  REQUIRE(device.send_bytes(bytes) == errc::ok);
  CHECK(last_word(device) == errc::frame_too_large);
  CHECK(still_serves(server));
}

TEST_CASE("a limit on payloads below what the graph needs is kept") {
  fake_server server({.workers = 1, .max_payload_bytes = 100});
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  REQUIRE(device.ask(1, 1, 5) == errc::ok);  // 68 bytes
  CHECK(device.receive() == errc::ok);
  REQUIRE(device.ask(2, 0, 5) == errc::ok);  // 260 bytes
  CHECK(last_word(device) == errc::frame_too_large);
}

TEST_CASE("a request before a hello ends the connection") {
  fake_server server;
  raw_device device(server.listener.port());
  REQUIRE(device.ask(1, 1, 5) == errc::ok);
  CHECK(last_word(device) == errc::bad_frame);
  CHECK(server.graph.runs == 0);
}

TEST_CASE("connections beyond the limit are told so, and there is room again when others go") {
  fake_server server({.workers = 1, .max_connections = 2});
  auto first = std::make_unique<raw_device>(server.listener.port());
  raw_device second(server.listener.port());
  REQUIRE(first->greet() == errc::ok);
  REQUIRE(second.greet() == errc::ok);
  raw_device third(server.listener.port());
  CHECK(third.greet() == errc::overloaded);
  CHECK(server.core.statistics().connections_refused == 1);
  first.reset();
  CHECK(fake_server::eventually([&] { return still_serves(server); }));
}

TEST_CASE("requests beyond the queue are told so, those in it are answered") {
  fake_server server({.workers = 1, .max_queue = 3});
  server.graph.milliseconds = 50;
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  for (std::uint64_t i = 1; i <= 10; ++i) REQUIRE(device.ask(i, 1, static_cast<float>(i)) == errc::ok);
  int answered = 0;
  int refused = 0;
  for (int i = 0; i < 10; ++i) {
    const errc why = device.receive();
    if (why == errc::ok) {
      ++answered;
      CHECK(device.answer() == static_cast<float>(device.header.request));
    } else {
      CHECK(why == errc::overloaded);
      ++refused;
    }
  }
  CHECK(answered + refused == 10);
  CHECK(answered >= 3);
  CHECK(refused >= 1);
}

TEST_CASE("requests for which there is no memory are told so") {
  fake_server server({.workers = 1, .max_buffered_bytes = 200});
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  REQUIRE(device.ask(1, 0, 5) == errc::ok);  // takes 264 bytes
  CHECK(device.receive() == errc::overloaded);
  for (std::uint64_t i = 2; i < 50; ++i) {  // memory comes back
    REQUIRE(device.ask(i, 1, 5) == errc::ok);
    CHECK(device.receive() == errc::ok);
  }
}

TEST_CASE("a client that does not take its answers is not read from, and closed in the end") {
  // Each answer has 4 MB: sixteen of them are more than the system holds for us.
  fake_server server({.workers = 1, .max_in_flight = 4, .idle_time = milliseconds(300)}, 0, 1 << 20);
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  for (std::uint64_t i = 1; i <= 16; ++i) REQUIRE(device.ask(i, 2, 1) == errc::ok);
  REQUIRE(fake_server::eventually([&] { return server.core.statistics().connections == 0; }));
  CHECK(server.core.statistics().connections_dropped == 1);
  CHECK(server.core.statistics().requests < 16);
  CHECK(still_serves(server));
}

TEST_CASE("a slow reader gets every answer") {
  fake_server server({.workers = 2, .max_in_flight = 2}, 0, 1 << 18);
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  for (std::uint64_t i = 1; i <= 12; ++i) REQUIRE(device.ask(i, 2, static_cast<float>(i)) == errc::ok);
  for (int i = 0; i < 12; ++i) {
    std::this_thread::sleep_for(milliseconds(5));
    REQUIRE(device.receive() == errc::ok);
    CHECK(device.answer() == static_cast<float>(device.header.request));
  }
}

TEST_CASE("silent connections are closed, with a hello, without one, and within a frame") {
  fake_server server({.workers = 1, .idle_time = milliseconds(250), .frame_time = milliseconds(250)});
  raw_device greeted(server.listener.port());
  REQUIRE(greeted.greet() == errc::ok);
  raw_device silent(server.listener.port());
  REQUIRE(silent.connect() == errc::ok);
  raw_device half(server.listener.port());
  REQUIRE(half.greet() == errc::ok);
  std::array<std::byte, cleave::frame_header_bytes> bytes{};
  cleave::store_header({.kind = frame_kind::request, .request = 1, .payload_bytes = 68, .cut = 1, .tensors = 1}, bytes);
  REQUIRE(half.send_bytes(bytes) == errc::ok);
  for (int i = 0; i < 40; ++i) {  // a byte now and then is not enough
    std::this_thread::sleep_for(milliseconds(10));
    static_cast<void>(half.send_bytes(std::span(bytes).first(1)));
  }
  CHECK(greeted.receive() == errc::closed);
  CHECK(silent.receive() == errc::closed);
  CHECK(half.receive() == errc::closed);
  CHECK(fake_server::eventually([&] { return server.core.statistics().connections == 0; }));
  CHECK(server.core.statistics().connections_dropped == 3);
  CHECK(still_serves(server));
}

TEST_CASE("waiting for the server's own work is no silence") {
  fake_server server({.workers = 1, .idle_time = milliseconds(100), .frame_time = milliseconds(100)});
  server.graph.milliseconds = 500;
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  REQUIRE(device.ask(1, 1, 5) == errc::ok);
  CHECK(device.receive() == errc::ok);
  CHECK(device.answer() == 5);
}

TEST_CASE("a client that closes its side after asking still gets its answer") {
  fake_server server;
  server.graph.milliseconds = 50;
  asio::io_context context;
  asio::ip::tcp::socket socket(context);
  socket.connect({asio::ip::address_v4::loopback(), server.listener.port()});
  std::array<std::byte, cleave::hello_bytes> words{};
  store_hello(raw_device::who, words);
  asio::write(socket, asio::buffer(raw_device::frame({.kind = frame_kind::hello}, words)));
  const cleave::frame_header request{.kind = frame_kind::request, .request = 1, .cut = 1, .tensors = 1};
  asio::write(socket, asio::buffer(raw_device::frame(request, raw_device::tensor(1, 5))));
  socket.shutdown(asio::ip::tcp::socket::shutdown_send);
  std::vector<std::byte> all(1000);
  std::error_code code;
  const std::size_t count = asio::read(socket, asio::buffer(all), code);
  CHECK(code == asio::error::eof);
  CHECK(count == cleave::frame_bytes(cleave::hello_bytes) + cleave::frame_bytes(4 + 8));
}
