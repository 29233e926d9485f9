// SPDX-License-Identifier: BSL-1.0
/// @file
/// A device and a server over TCP, here in one program: the server on a port of this machine, the device in main.

#include <cleave/cleave.hpp>
#include <cleave/tcp.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <thread>

// clang-format off
// [graph]
inline constexpr auto lenet5 = cleave::graph{
    cleave::input{.height = 28, .width = 28, .channels = 1},
    cleave::conv2d{.channels = 6, .kernel = 5, .padding = 2}, cleave::relu{}, cleave::max_pool{.kernel = 2},
    cleave::conv2d{.channels = 16, .kernel = 5}, cleave::relu{}, cleave::max_pool{.kernel = 2, .name = "pool2"},
    cleave::dense{.units = 120}, cleave::relu{},
    cleave::dense{.units = 84}, cleave::relu{},
    cleave::dense{.units = 10}, cleave::softmax{},
};
// [/graph]
// clang-format on

int main() {
  const auto weights = cleave::random_weights<lenet5>(42);
  std::array<float, 28 * 28> image{};
  for (std::size_t at = 0; at < image.size(); ++at) image[at] = static_cast<float>(at % 29) / 29;
  const std::uint16_t port = 0;  // any that is free

  // [server]
  cleave::server<lenet5> server{weights};  // on the server: the layers behind any cut, for many devices
  cleave::tcp::listener listener{port};
  std::thread serving{[&] { server.run(listener); }};
  // [/server]

  // [device]
  cleave::device_half<lenet5, "pool2"> device{weights};  // on the device: layers 1 to 6 and their weights
  cleave::tcp::client link{"localhost", listener.port()};
  cleave::session session{device, link};
  const auto answer = session(image);  // result<std::span<const float, 10>>, or why there is none
  // [/device]

  cleave::network<lenet5> whole{weights};
  std::printf("%s\n", answer ? "an answer over TCP" : cleave::message(answer.error()));
  if (answer) {
    const bool same = std::ranges::equal(*answer, whole(image));
    std::printf("the bits of the whole network: %s\n", same ? "yes" : "no");
  }
  server.stop();
  serving.join();
}
