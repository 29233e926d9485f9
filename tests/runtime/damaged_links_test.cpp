// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <atomic>
#include <cleave/runtime/request_channel.hpp>
#include <cleave/transport/faulty.hpp>
#include <cstring>
#include <thread>
#include <vector>

#include "fake_graph.hpp"

// Real connections that lose, damage and break off, from many devices at once.

namespace {

using archetypes::fake_server;
using archetypes::raw_device;
using cleave::errc;

struct outcome {
  std::atomic<int> right{0};
  std::atomic<int> wrong{0};
  std::atomic<int> failed{0};
};

/// One device asks again and again over a link with these faults.
void ask_often(std::uint16_t port, const cleave::faults& plan, int times, outcome& sum) {
  cleave::tcp::client link("127.0.0.1", port);
  cleave::faulty bad(link, plan);
  cleave::request_channel channel(bad, raw_device::who);
  std::vector<std::byte> room(64);
  for (int i = 1; i <= times; ++i) {
    const auto request = static_cast<std::uint64_t>(i);
    const auto value = static_cast<float>(plan.seed * 1000 + request);
    const cleave::frame_header header{.kind = cleave::frame_kind::request,
                                      .request = request,
                                      .cut = static_cast<std::uint16_t>(i % 3),
                                      .tensors = 1};
    const auto frame = raw_device::frame(header, raw_device::tensor(header.cut, value));
    const cleave::session_options options{.timeout_microseconds = 400'000, .retries = 3};
    if (channel.ask(frame, request, room, options)) {
      float answer = 0;
      std::memcpy(&answer, room.data() + 4, 4);
      ++(answer == value && channel.answer().payload_bytes == 12 ? sum.right : sum.wrong);
    } else {
      ++sum.failed;
    }
  }
}

outcome& ask_from_many(const cleave::faults& plan, outcome& sum) {
  fake_server server({.workers = 2});
  std::vector<std::thread> devices;
  for (std::uint64_t who = 1; who <= 8; ++who) {
    cleave::faults own = plan;
    own.seed = who;
    devices.emplace_back([&, own] { ask_often(server.listener.port(), own, 100, sum); });
  }
  for (std::thread& each : devices) each.join();
  raw_device sound(server.listener.port());
  CHECK(sound.greet() == errc::ok);
  return sum;
}

}  // namespace

TEST_CASE("links that move a few bytes a call lose nothing") {
  outcome sum;
  ask_from_many({.short_moves = 7}, sum);
  CHECK(sum.right == 800);
}

TEST_CASE("over links that damage bytes no answer is wrong, and most arrive in the end") {
  outcome sum;
  ask_from_many({.corrupt_rate = 400}, sum);
  CHECK(sum.wrong == 0);
  CHECK(sum.right > 700);
}

TEST_CASE("over links that lose bytes no answer is wrong, and some arrive in the end") {
  outcome sum;
  ask_from_many({.drop_rate = 50}, sum);
  CHECK(sum.wrong == 0);
  CHECK(sum.right > 500);
}

TEST_CASE("a connection that breaks within a frame is made anew, and nothing is lost") {
  for (std::uint64_t bytes : {10U, 60U, 100U, 131U, 200U, 500U}) {
    CAPTURE(bytes);
    outcome sum;
    ask_from_many({.close_after = bytes}, sum);
    CHECK(sum.right == 800);
  }
}
