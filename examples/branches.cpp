// SPDX-License-Identifier: BSL-1.0
/// @file
/// A network with branches, made of a block that repeats, cut at any layer while it runs: every tensor that is alive
/// behind the cut crosses.

#include <cleave/cleave.hpp>

#include <algorithm>
#include <array>
#include <cstdio>
#include <memory>
#include <vector>

// clang-format off
// [graph]
constexpr auto residual_block(int channels) {
  return cleave::layers{
      cleave::relu{.name = "x"},
      cleave::conv2d{.channels = channels, .kernel = 3, .padding = cleave::same}, cleave::relu{},
      cleave::conv2d{.channels = channels, .kernel = 3, .padding = cleave::same}, cleave::add{.with = "x"},
  };
}

inline constexpr auto net = cleave::graph{
    cleave::input{.height = 16, .width = 16, .channels = 3},
    cleave::conv2d{.channels = 8, .kernel = 3, .padding = cleave::same},
    residual_block(8), residual_block(8),
    cleave::relu{.name = "features"}, cleave::global_average_pool{}, cleave::dense{.units = 10}, cleave::softmax{},
};
// [/graph]
// clang-format on

int main() {
  const auto weights = cleave::random_weights<net>(1);
  const auto whole = cleave::make_network<net>(weights);
  std::array<float, 16 * 16 * 3> picture{};
  for (std::size_t at = 0; at < picture.size(); ++at) picture[at] = static_cast<float>(at % 31) / 31;
  const auto expected = (*whole)(picture);

  // What a server does for devices with different cuts: one object runs any layers.
  const auto device = std::make_unique<cleave::cut_runner<net>>(weights);
  const auto server = std::make_unique<cleave::cut_runner<net>>(weights);
  for (std::size_t cut = 0; cut < net.last; ++cut) {
    std::ranges::copy(std::as_bytes(std::span{picture}), device->tensor(device->crossing(0)[0]).begin());
    device->run(1, cut);
    for (const cleave::tensor_info& each : server->crossing(cut)) {
      std::ranges::copy(device->tensor(each), server->tensor(each).begin());
    }
    server->run(cut + 1, net.last);

    const auto answer = server->tensor(server->outputs_after(cut)[0]);
    const bool same = std::ranges::equal(answer, std::as_bytes(expected));
    std::printf("behind layer %2zu: %zu tensor%s of %5zu bytes, %s\n", cut, server->crossing(cut).size(),
                server->crossing(cut).size() == 1 ? " " : "s", cleave::crossing_bytes(net, cut),
                same ? "the same bits" : "OTHER BITS");
  }
}
