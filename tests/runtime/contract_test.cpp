// SPDX-License-Identifier: BSL-1.0
#include <cleave/cleave.hpp>
#include <cleave/tcp.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <thread>
#include <type_traits>

// clang-format off
inline constexpr auto lenet5 = cleave::graph{
    cleave::input{.height = 28, .width = 28, .channels = 1},
    cleave::conv2d{.channels = 6, .kernel = 5, .padding = 2}, cleave::relu{}, cleave::max_pool{.kernel = 2},
    cleave::conv2d{.channels = 16, .kernel = 5}, cleave::relu{}, cleave::max_pool{.kernel = 2, .name = "pool2"},
    cleave::dense{.units = 120}, cleave::relu{},
    cleave::dense{.units = 84}, cleave::relu{},
    cleave::dense{.units = 10}, cleave::softmax{},
};

namespace {

using image_type = std::array<float, 784>;

// What the library promises to its users, to the letter; the host and the port are the promise's, so it only compiles.

template <class Device>
[[maybe_unused]] auto on_the_device(Device& device, const image_type& image) {
cleave::tcp::client link{"edge.local", 7070};                   // connects when first used, again when lost; any cleave::transport will do
cleave::session session{device, link, cleave::codecs::f16{}};   // codec: identity by default; a fourth argument, remote, finishes locally when the link is down
auto answer = session(image);                                   // result<std::span<const float, 10>>
static_assert(std::is_same_v<decltype(answer), cleave::result<std::span<const float, 10>>>);
return answer.error();
}

template <class Weights>
[[maybe_unused]] void on_the_server(const Weights& weights) {
cleave::server<lenet5> server{weights};                         // serves every cut of lenet5, many devices at once
cleave::tcp::listener listener{7070};                           // 0 takes any free port; listener.port() tells
server.run(listener);                                           // until server.stop()
}
// clang-format on

[[maybe_unused]] constexpr auto device_compiles = on_the_device<cleave::device_half<lenet5, "pool2">>;
[[maybe_unused]] constexpr auto server_compiles = on_the_server<cleave::weights_view<lenet5>>;

}  // namespace

TEST_CASE("a device and a server talk, as it is written") {
  const auto weights = cleave::random_weights<lenet5>(42);
  const image_type image{0.5F, 0.25F};
  cleave::network<lenet5> whole{weights};
  auto [device, remote] = whole.split<6>();

  cleave::server<lenet5> server{weights};
  cleave::tcp::listener listener{0};
  std::thread serving{[&] { server.run(listener); }};
  {
    cleave::tcp::client link{"localhost", listener.port()};
    cleave::session exact{device, link};
    const auto answer = exact(image);
    REQUIRE(answer);
    CHECK(std::ranges::equal(*answer, whole(image)));
  }
  {
    cleave::tcp::client link{"localhost", listener.port()};
    cleave::session squeezed{device, link, cleave::codecs::f16{}, remote};
    const auto answer = squeezed(image);
    REQUIRE(answer);
    CHECK_FALSE(squeezed.local());
    for (std::size_t i = 0; i < answer->size(); ++i) CHECK(std::abs((*answer)[i] - whole(image)[i]) < 1e-2F);
  }
  server.stop();
  serving.join();

  cleave::tcp::client nobody{"localhost", listener.port()};
  cleave::session alone{device, nobody, cleave::codecs::f16{}, remote};
  const auto answer = alone(image);
  REQUIRE(answer);
  CHECK(alone.local());
  CHECK(std::ranges::equal(*answer, whole(image)));
}
