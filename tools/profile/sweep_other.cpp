// SPDX-License-Identifier: BSL-1.0
/// @file
/// Layers without products to speak of, and those with weights of their own for every pixel.

#include "shapes.hpp"

namespace profiling {

namespace {

using namespace cleave;

template <int Side, int Channels, auto Layer>
constexpr auto one = graph{input{.height = Side, .width = Side, .channels = Channels}, Layer()};

/// Layers of two tensors of one size.
template <int Side, int Channels, auto Layer>
constexpr auto two = graph{input{.height = Side, .width = Side, .channels = Channels, .name = "x"},
                           input{.height = Side, .width = Side, .channels = Channels, .name = "y"}, Layer()};

constexpr auto max2 = [] { return max_pool{.kernel = 2}; };
constexpr auto max3 = [] { return max_pool{.kernel = 3, .stride = 2}; };
constexpr auto max3_dense = [] { return max_pool{.kernel = 3, .stride = 1, .padding = 1}; };
constexpr auto mean3 = [] { return average_pool{.kernel = 3, .stride = 1, .padding = 1}; };
constexpr auto mean2 = [] { return average_pool{.kernel = 2}; };
constexpr auto mean_all = [] { return global_average_pool{}; };
constexpr auto cut_off = [] { return relu{}; };
constexpr auto cut_off6 = [] { return relu6{}; };
constexpr auto curve = [] { return sigmoid{}; };
constexpr auto curve2 = [] { return cleave::tanh{}; };
constexpr auto neighbours = [] { return local_response_normalization{.size = 5}; };
constexpr auto shares = [] { return softmax{}; };
constexpr auto sum = [] { return add{.with = "y", .from = "x"}; };
constexpr auto product = [] { return multiply{.with = "y", .from = "x"}; };
constexpr auto scaled = [] { return batch_normalization{}; };
constexpr auto beside = [] { return concat{.with = {"y"}, .from = "x"}; };
constexpr auto around = [] { return pad{.padding = 1}; };
constexpr auto larger = [] { return upsample{.factor = 2}; };
constexpr auto greatest = [] { return argmax{}; };
constexpr auto untied3 = [] { return locally_connected2d{.channels = 16, .kernel = 3}; };
constexpr auto untied5 = [] { return locally_connected2d{.channels = 16, .kernel = 5}; };

template <auto Layer, sizes... Of>
constexpr std::array<sweep_layer, sizeof...(Of)> ones{sweep_layer_of<one<Of.side, Of.in, Layer>>()...};
template <auto Layer, sizes... Of>
constexpr std::array<sweep_layer, sizeof...(Of)> twos{sweep_layer_of<two<Of.side, Of.in, Layer>>()...};

template <class... Arrays>
constexpr auto join(const Arrays&... arrays) {
  std::array<sweep_layer, (std::tuple_size_v<Arrays> + ...)> all{};
  std::size_t place = 0;
  const auto add_all = [&](const auto& from) {
    for (const sweep_layer& each : from) all[place++] = each;
  };
  (add_all(arrays), ...);
  return all;
}

}  // namespace

std::span<const sweep_layer> others() {
  static constexpr auto all =
      join(ones<max2, sizes{28, 6}, sizes{10, 16}, sizes{24, 20}, sizes{56, 64}>,
           ones<max3, sizes{55, 96}, sizes{27, 256}, sizes{13, 256}, sizes{56, 64}, sizes{111, 16}>,
           ones<max3_dense, sizes{14, 64}, sizes{28, 32}>, ones<mean3, sizes{35, 32}, sizes{17, 96}>,
           ones<mean2, sizes{16, 32}>, ones<mean_all, sizes{8, 64}, sizes{7, 512}, sizes{13, 1000}, sizes{3, 256}>,
           ones<cut_off, sizes{8, 64}, sizes{32, 16}, sizes{55, 96}, sizes{112, 64}>, ones<cut_off6, sizes{28, 32}>,
           ones<curve, sizes{1, 128}, sizes{16, 32}, sizes{55, 96}>, ones<curve2, sizes{1, 256}, sizes{28, 16}>,
           ones<neighbours, sizes{13, 64}, sizes{27, 96}, sizes{27, 256}>,
           ones<shares, sizes{1, 10}, sizes{1, 64}, sizes{1, 1000}, sizes{10, 21}>,
           ones<scaled, sizes{16, 32}, sizes{28, 64}, sizes{56, 64}>, ones<around, sizes{16, 32}, sizes{28, 64}>,
           ones<larger, sizes{14, 32}, sizes{28, 32}>, ones<greatest, sizes{1, 10}, sizes{1, 1000}, sizes{16, 21}>,
           ones<untied3, sizes{12, 16}, sizes{20, 16}>, ones<untied5, sizes{25, 16}>,
           twos<sum, sizes{8, 64}, sizes{32, 16}, sizes{56, 64}>, twos<product, sizes{16, 32}>,
           twos<beside, sizes{13, 128}, sizes{28, 64}, sizes{56, 64}, sizes{8, 32}>);
  return all;
}

}  // namespace profiling
