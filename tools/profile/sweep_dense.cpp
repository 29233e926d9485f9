// SPDX-License-Identifier: BSL-1.0
/// @file
/// Dense and recurrent layers.

#include "shapes.hpp"

namespace profiling {

namespace {

template <int In, int Out>
constexpr auto connected = cleave::graph{cleave::input{.channels = In}, cleave::dense{.units = Out}, cleave::relu{}};
template <int Steps, int In, int Units>
constexpr auto long_short =
    cleave::graph{cleave::input{.height = Steps, .width = 1, .channels = In}, cleave::lstm{.units = Units}};
template <int Steps, int In, int Units>
constexpr auto gated =
    cleave::graph{cleave::input{.height = Steps, .width = 1, .channels = In}, cleave::gru{.units = Units}};

}  // namespace

std::span<const cleave::sweep_layer> dense() {
  using cleave::sweep_layer_of;
  static constexpr std::array all{
      sweep_layer_of<connected<10, 10>>(),      sweep_layer_of<connected<64, 10>>(),
      sweep_layer_of<connected<84, 10>>(),      sweep_layer_of<connected<120, 84>>(),
      sweep_layer_of<connected<400, 120>>(),    sweep_layer_of<connected<256, 2>>(),
      sweep_layer_of<connected<640, 128>>(),    sweep_layer_of<connected<128, 128>>(),
      sweep_layer_of<connected<128, 8>>(),      sweep_layer_of<connected<8, 128>>(),
      sweep_layer_of<connected<128, 640>>(),    sweep_layer_of<connected<512, 512>>(),
      sweep_layer_of<connected<800, 500>>(),    sweep_layer_of<connected<1280, 1000>>(),
      sweep_layer_of<connected<2048, 1000>>(),  sweep_layer_of<connected<4096, 1000>>(),
      sweep_layer_of<connected<4096, 4096>>(),  sweep_layer_of<long_short<10, 16, 32>>(),
      sweep_layer_of<long_short<20, 40, 64>>(), sweep_layer_of<gated<10, 16, 32>>(),
      sweep_layer_of<gated<30, 32, 128>>(),
  };
  return all;
}

}  // namespace profiling
