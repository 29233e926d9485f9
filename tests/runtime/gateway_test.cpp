// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cleave/cleave.hpp>
#include <cleave/serial.hpp>
#include <cleave/tcp.hpp>
#include <cleave/transport/faulty.hpp>
#include <cleave/transport/memory_pipe.hpp>
#include <thread>

namespace {

using cleave::errc;

inline constexpr auto sorter = cleave::graph{
    cleave::input{.channels = 12}, cleave::dense{.units = 20}, cleave::relu{.name = "folded"},
    cleave::dense{.units = 6},     cleave::softmax{},
};

const auto weights = cleave::random_weights<sorter>(3);

std::array<float, 12> sample(int seed) {
  std::array<float, 12> values{};
  for (std::size_t i = 0; i < values.size(); ++i)
    values[i] = static_cast<float>((seed * 5 + static_cast<int>(i) * 7) % 13) - 6;
  return values;
}

constexpr cleave::reliable_options quick{.timeout_microseconds = 5000};
constexpr cleave::session_options patient{.timeout_microseconds = 20'000'000};

/// A server, and a line to it that loses and damages one byte in a hundred.
struct serving {
  ~serving() {
    gateway.stop();
    carrying.join();
    server.stop();
    running.join();
  }

  cleave::server<sorter> server{weights, {.workers = 1}};
  cleave::tcp::listener listener{0};
  std::thread running{[this] { server.run(listener); }};
  std::pair<cleave::memory_pipe, cleave::memory_pipe> pipe = cleave::memory_pipe::make(256);
  cleave::faulty<cleave::memory_pipe> bad{pipe.second, {.seed = 3, .drop_rate = 5'000, .corrupt_rate = 5'000}};
  cleave::reliable_link<cleave::faulty<cleave::memory_pipe>> line{bad, quick};
  cleave::tcp::gateway<decltype(line)> gateway{line, "localhost", listener.port()};
  std::thread carrying{[this] { gateway.run(); }};
};

}  // namespace

TEST_CASE("a device behind a bad line has the whole network's answers, and again after each reset of its own") {
  cleave::network<sorter> whole{weights};
  serving at;
  REQUIRE(at.listener.is_open());
  for (int reset = 0; reset < 4; ++reset) {
    cleave::device_half<sorter, "folded"> device{weights};
    cleave::reliable_link link{at.pipe.first, quick};
    cleave::session session{device, link, cleave::codecs::identity{}, patient};
    for (int i = 0; i < 5; ++i) {
      const auto image = sample(i + reset);
      const auto answer = session(image);
      REQUIRE(answer);
      CHECK(std::ranges::equal(*answer, whole(image)));
    }
  }
  CHECK(at.gateway.connections() == 4);
  CHECK(at.server.statistics().connections_accepted == 4);
  CHECK(at.server.statistics().requests >= 20);
}

TEST_CASE("a device learns that nobody serves behind the line") {
  auto [near, far] = cleave::memory_pipe::make();
  cleave::reliable_link line{far, quick};
  std::uint16_t nobody = 0;
  {
    const cleave::tcp::listener gone{0, "127.0.0.1"};
    nobody = gone.port();
  }
  cleave::tcp::gateway gateway{line, "127.0.0.1", nobody};
  std::thread carrying([&] { gateway.run(); });
  cleave::device_half<sorter, "folded"> device{weights};
  cleave::reliable_link link{near, quick};
  cleave::session session{device, link, cleave::codecs::identity{}, {.timeout_microseconds = 300'000}};
  const auto error = session(sample(1)).error();
  CHECK((error == errc::closed || error == errc::timed_out));
  gateway.stop();
  carrying.join();
  CHECK(gateway.connections() == 0);
}
