// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cleave/cleave.hpp>
#include <cleave/core/static_for.hpp>
#include <cleave/tcp.hpp>
#include <memory>
#include <optional>
#include <thread>
#include <type_traits>

#include "archetypes/chunked_transport.hpp"

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
    values[i] = static_cast<float>((seed * 7 + static_cast<int>(i) * 5) % 11) - 5;
  return values;
}

struct serving {
  explicit serving(std::uint16_t port = 0) : listener(port), thread([this] { end = server.run(listener); }) {}
  ~serving() {
    server.stop();
    thread.join();
  }

  cleave::server<sorter> server{weights, {.workers = 2}};
  cleave::tcp::listener listener;
  errc end = errc::ok;
  std::thread thread;
};

template <class Left, class Right>
bool same(const Left& left, const Right& right) {
  return std::equal(left.begin(), left.end(), right.begin(), right.end());
}

}  // namespace

TEST_CASE("a device and a server over TCP answer as the whole network does, behind every cut") {
  cleave::network<sorter> whole{weights};
  serving at;
  REQUIRE(at.listener.error() == errc::ok);
  cleave::static_for<sorter.last + 1>([&]<std::size_t Cut>() {
    CAPTURE(Cut);
    cleave::device_half<sorter, Cut> device{weights};
    cleave::tcp::client link{"localhost", at.listener.port()};
    cleave::session session{device, link};
    for (int i = 0; i < 10; ++i) {
      const auto image = sample(i);
      const auto answer = session(image);
      REQUIRE(answer);
      CHECK(same(*answer, whole(image)));
    }
    CHECK(link.is_open() == (Cut < sorter.last));
  });
  CHECK(at.server.statistics().requests == 10 * sorter.last);
}

TEST_CASE("requests larger than what a server reads at a time arrive whole, in one piece and in many") {
  static constexpr auto wide = cleave::graph{cleave::input{.channels = 12'000}, cleave::dense{.units = 3}};
  static const auto of_wide = cleave::random_weights<wide>(5);
  const auto whole = std::make_unique<cleave::network<wide>>(of_wide);
  cleave::server<wide> server{of_wide, {.workers = 1}};
  cleave::tcp::listener listener{0};
  std::thread thread([&] { server.run(listener); });
  const auto device = std::make_unique<cleave::device_half<wide, 0>>(of_wide);
  for (const std::size_t piece : {std::size_t{997}, std::size_t{4096}, std::size_t{4097}, std::size_t{1} << 20}) {
    CAPTURE(piece);
    cleave::tcp::client socket{"127.0.0.1", listener.port()};
    archetypes::chunked_transport link(socket, piece);
    const auto session = std::make_unique<cleave::session<cleave::device_half<wide, 0>, decltype(link)>>(*device, link);
    for (int i = 0; i < 12; ++i) {
      std::array<float, 12'000> image{};
      for (std::size_t j = 0; j < image.size(); ++j)
        image[j] = static_cast<float>((j * 7 + static_cast<std::size_t>(i)) % 13) - 6;
      const auto answer = (*session)(image);
      CHECK((answer && same(*answer, (*whole)(image))));
    }
  }
  server.stop();
  thread.join();
  CHECK(server.statistics().answers == 48);
}

TEST_CASE("the code of docs/runtime.md runs") {
  serving at;
  const std::uint16_t port = at.listener.port();
  const auto image = sample(1);
  // [fallback]
  cleave::device_half<sorter, "folded"> device{weights};
  cleave::remote_half<sorter, "folded"> remote{weights};
  cleave::tcp::client link{"localhost", port};
  const cleave::session_options options{.timeout_microseconds = 200'000, .retries = 1};
  cleave::session session{device, link, cleave::codecs::f16{}, remote, options};

  const auto answer = session(image);
  if (session.local()) {
    // finished here; session.link_error() tells why
  }
  // [/fallback]
  REQUIRE(answer);
  CHECK(session.link_error() == errc::ok);
  CHECK_FALSE(session.local());
}

TEST_CASE("a session outlives its server and finds the next one") {
  cleave::network<sorter> whole{weights};
  cleave::device_half<sorter, 2> device{weights};
  cleave::remote_half<sorter, 2> remote{weights};
  auto at = std::make_unique<serving>();
  const std::uint16_t port = at->listener.port();
  cleave::tcp::client with_link{"127.0.0.1", port};
  cleave::tcp::client link{"127.0.0.1", port};
  cleave::session with{device, with_link, cleave::codecs::identity{}, remote,
                       cleave::session_options{.hold_off_microseconds = 0}};
  cleave::session without{device, link};
  const auto image = sample(2);
  const std::array<float, 6> expected = [&] {
    std::array<float, 6> copy{};
    std::ranges::copy(whole(image), copy.begin());
    return copy;
  }();
  const auto answers = [&](auto& session) {
    const auto answer = session(image);
    return answer && same(*answer, expected);
  };
  CHECK(answers(with));
  CHECK(answers(without));

  at.reset();
  CHECK(answers(with));
  CHECK(with.local());
  CHECK(with.link_error() == errc::refused);
  CHECK(without(image).error() == errc::refused);

  at = std::make_unique<serving>(port);
  REQUIRE(at->listener.error() == errc::ok);
  CHECK(answers(with));
  CHECK_FALSE(with.local());
  CHECK(answers(without));
}

TEST_CASE("a server refuses weights that go away") {
  using server = cleave::server<sorter>;
  static_assert(std::is_constructible_v<server, const std::remove_const_t<decltype(weights)>&>);
  static_assert(!std::is_constructible_v<server, std::remove_const_t<decltype(weights)>>);
}

TEST_CASE("a device with other weights is told so over TCP") {
  serving at;
  const auto newer = cleave::random_weights<sorter>(4);
  cleave::device_half<sorter, 2> device{newer};
  cleave::tcp::client link{"::1", at.listener.port()};
  if (link.reopen(cleave::after(link, 5'000'000)).error() == errc::unreachable) return;  // a machine without IPv6
  cleave::session session{device, link};
  CHECK(session(sample(1)).error() == errc::wrong_weights);
  CHECK(session(sample(1)).error() == errc::wrong_weights);
}
