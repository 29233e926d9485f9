// SPDX-License-Identifier: BSL-1.0
/// @file
/// A layer that the library does not have, with trained weights of its own: a factor for every channel.

#include <cleave/cleave.hpp>

#include <array>
#include <cstdio>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

// [layer]
struct channel_scale {
  cleave::label name{};
  cleave::label from{};

  static constexpr std::string_view kind = "channel_scale";

  /// The output's shape, while compiling.
  constexpr cleave::inference infer(std::span<const cleave::shape> in) const noexcept { return {.out = in[0]}; }

  constexpr std::size_t weight_count(std::span<const cleave::shape> in) const noexcept {
    return static_cast<std::size_t>(in[0].channels);
  }

  /// Computes the output rows that it is asked for, with whatever vectors the target has. Every pack gives the same
  /// bits as no product feeds a sum here; one that does is written fma(a, b, sum).
  template <cleave::pack Pack>
  void run(const cleave::layer_arguments& with) const noexcept {
    const auto channels = static_cast<std::size_t>(with.dims.channels);
    const auto row = static_cast<std::size_t>(with.dims.width) * channels;
    const std::size_t end = static_cast<std::size_t>(with.rows.end) * row;
    for (std::size_t pixel = static_cast<std::size_t>(with.rows.begin) * row; pixel < end; pixel += channels) {
      const float* in = with.inputs[0].data + pixel;
      float* out = with.output + pixel;
      std::size_t channel = 0;
      for (; channel + Pack::lanes <= channels; channel += Pack::lanes) {
        (Pack::load(in + channel) * Pack::load(with.weights + channel)).store(out + channel);
      }
      for (; channel < channels; ++channel) out[channel] = in[channel] * with.weights[channel];
    }
  }
};

static_assert(cleave::layer<channel_scale>);
// [/layer]

// [graph]
inline constexpr auto net = cleave::graph{
    cleave::input{.height = 2, .width = 2, .channels = 18},
    channel_scale{.name = "scaled"},
    cleave::global_average_pool{},
};
// [/graph]

int main() {
  std::array<float, 18> factors{};
  for (std::size_t channel = 0; channel < factors.size(); ++channel) factors[channel] = static_cast<float>(channel);
  // [weights]
  cleave::weight_packer<net> packer;
  if (!packer.set("scaled", {.weights = factors})) return 1;
  const auto weights = std::move(packer).seal();
  if (!weights) return 1;
  // [/weights]

  std::vector<float> image(2 * 2 * 18, 0.5f);
  cleave::network<net> whole{*weights};
  const auto means = whole(std::span<const float, 2 * 2 * 18>(image));
  std::printf("means of channels 0, 1 and 17: %g %g %g\n", means[0], means[1], means[17]);

  // It can be cut like any other layer.
  auto [device, remote] = whole.split<"scaled">();
  std::printf("channel 17 behind the cut: %g\n", remote(device(std::span<const float, 2 * 2 * 18>(image)))[17]);
}
