// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <cleave/runtime/request_channel.hpp>
#include <csignal>
#include <memory>
#include <thread>
#include <vector>

#include "fake_graph.hpp"

namespace {

using archetypes::fake_server;
using archetypes::raw_device;
using cleave::errc;
using std::chrono::milliseconds;

archetypes::fake_graph graph;
cleave::server_core* stopped_by_signal = nullptr;

}  // namespace

TEST_CASE("a server that is stopped answers what it accepted") {
  fake_server server({.workers = 1});
  server.graph.milliseconds = 30;
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  for (std::uint64_t i = 1; i <= 6; ++i) REQUIRE(device.ask(i, 1, static_cast<float>(i)) == errc::ok);
  REQUIRE(fake_server::eventually([&] { return server.core.statistics().requests == 6; }));
  server.core.stop();
  for (std::uint64_t i = 1; i <= 6; ++i) {
    REQUIRE(device.receive() == errc::ok);
    CHECK(device.header.request == i);
    CHECK(device.answer() == static_cast<float>(i));
  }
  CHECK(device.receive() == errc::closed);
  server.stop();
  CHECK(server.end);
}

TEST_CASE("a server that is stopping takes no request any more, and says so") {
  fake_server server({.workers = 1});
  server.graph.milliseconds = 300;
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  REQUIRE(device.ask(1, 1, 1) == errc::ok);
  REQUIRE(fake_server::eventually([&] { return server.graph.running == 1; }));
  server.core.stop();
  REQUIRE(fake_server::eventually([&] { return !server.listener.is_open(); }));
  REQUIRE(device.ask(2, 1, 2) == errc::ok);
  CHECK(device.receive() == errc::stopping);
  CHECK(device.header.request == 2);
  CHECK(device.receive() == errc::ok);
  CHECK(device.header.request == 1);
  raw_device late(server.listener.port());
  CHECK(late.greet() == errc::refused);
}

TEST_CASE("a stop before the run ends it at once, and a server runs once") {
  cleave::server_core core(graph.served(), {.workers = 1});
  core.stop();
  cleave::tcp::listener listener(0);
  CHECK(core.run(listener));
  CHECK_FALSE(listener.is_open());
  cleave::tcp::listener another(0);
  CHECK(core.run(another).error() == errc::stopping);
}

TEST_CASE("a server without its port says so") {
  cleave::tcp::listener first(0);
  cleave::tcp::listener second(first.port());
  cleave::server_core core(graph.served(), {.workers = 1});
  CHECK(core.run(second).error() == errc::address_in_use);
}

TEST_CASE("a client that does not take its answers holds a stop up no longer than the drain time") {
  fake_server server({.workers = 1, .drain_time = milliseconds(200)}, 0, 1 << 22);
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  REQUIRE(device.ask(1, 1, 1) == errc::ok);
  REQUIRE(device.ask(2, 1, 1) == errc::ok);
  REQUIRE(fake_server::eventually([&] { return server.core.statistics().answers == 2; }));
  server.stop();
  CHECK(server.end);
}

TEST_CASE("requests that no worker begins within the drain time are given up") {
  fake_server server({.workers = 1, .drain_time = milliseconds(50)});
  server.graph.milliseconds = 300;
  raw_device device(server.listener.port());
  REQUIRE(device.greet() == errc::ok);
  for (std::uint64_t i = 1; i <= 8; ++i) REQUIRE(device.ask(i, 1, 1) == errc::ok);
  REQUIRE(fake_server::eventually([&] { return server.core.statistics().requests == 8; }));
  server.stop();
  CHECK(server.graph.runs <= 2);
  CHECK(device.receive() == errc::closed);
}

TEST_CASE("a signal handler may stop a server") {
  cleave::server_core core(graph.served(), {.workers = 1});
  cleave::tcp::listener listener(0);
  stopped_by_signal = &core;
  const auto before = std::signal(SIGUSR1, [](int) { stopped_by_signal->stop(); });
  std::thread thread([&] { static_cast<void>(core.run(listener)); });
  raw_device device(listener.port());
  CHECK(device.greet() == errc::ok);
  std::raise(SIGUSR1);
  thread.join();
  std::signal(SIGUSR1, before);
  CHECK(device.receive() == errc::closed);
}

TEST_CASE("a device finds the server again that was started anew on the same port") {
  auto server = std::make_unique<fake_server>();
  const std::uint16_t port = server->listener.port();
  cleave::tcp::client link("127.0.0.1", port);
  cleave::request_channel channel(link, raw_device::who);
  std::vector<std::byte> room(1000);
  std::uint64_t request = 0;
  const auto ask = [&] {
    const cleave::frame_header header{
        .kind = cleave::frame_kind::request, .request = ++request, .cut = 1, .tensors = 1};
    const auto frame = raw_device::frame(header, raw_device::tensor(1, 5));
    return channel.ask(frame, request, room, {.timeout_microseconds = 5'000'000}).error();
  };
  CHECK(ask() == errc::ok);
  server.reset();
  CHECK(ask() == errc::refused);
  server = std::make_unique<fake_server>(cleave::server_options{.workers = 1}, port);
  REQUIRE(server->listener.error() == errc::ok);
  CHECK(ask() == errc::ok);
  server.reset();  // and once more, without a failure between
  server = std::make_unique<fake_server>(cleave::server_options{.workers = 1}, port);
  CHECK(ask() == errc::ok);
}
