// SPDX-License-Identifier: BSL-1.0
// A graph of 320 different-looking layers with residual blocks: whole, split at eight cuts, and cut at run time.
#include <array>
#include <cstddef>

#include <cleave/network/cut_runner.hpp>

namespace {

constexpr auto residual(int channels) {
  return cleave::layers{
      cleave::conv2d{.channels = channels, .kernel = 3, .padding = cleave::same},
      cleave::relu{},
      cleave::conv2d{.channels = channels, .kernel = 3, .padding = cleave::same},
      cleave::add{.with = "x"},
      cleave::relu{.name = "x"},
  };
}
constexpr auto eight(int channels) {
  return cleave::layers{residual(channels), residual(channels), residual(channels), residual(channels),
                        residual(channels), residual(channels), residual(channels), residual(channels)};
}
constexpr auto narrower(int channels) {
  return cleave::layers{cleave::conv2d{.channels = channels, .kernel = 1}, cleave::relu{.name = "x"}};
}

inline constexpr auto chain = cleave::graph{
    cleave::input{.height = 16, .width = 16, .channels = 8, .name = "x"},
    eight(8),
    eight(8),
    narrower(16),
    eight(16),
    eight(16),
    narrower(24),
    eight(24),
    eight(24),
    narrower(32),
    eight(32),
    cleave::global_average_pool{},
    cleave::dense{.units = 10},
    cleave::softmax{},
};
static_assert(chain.last == 289);

template <cleave::cut_point Cut>
float split_at(const cleave::network<chain>& whole, const std::array<float, 2048>& image) {
  auto [device, remote] = whole.template split<Cut>();
  return remote(device(image))[0];
}

}  // namespace

float run(const cleave::weights_view<chain>& weights, const std::array<float, 2048>& image) {
  static cleave::network<chain> whole{weights};
  return whole(image)[0] + split_at<0>(whole, image) + split_at<1>(whole, image) + split_at<42>(whole, image) +
         split_at<85>(whole, image) + split_at<128>(whole, image) + split_at<171>(whole, image) +
         split_at<214>(whole, image) + split_at<288>(whole, image);
}

void run_at(const cleave::weights_view<chain>& weights, std::size_t cut) {
  static cleave::cut_runner<chain> runner{weights};
  runner.run(cut + 1, chain.last);
}
