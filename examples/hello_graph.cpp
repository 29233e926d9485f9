// SPDX-License-Identifier: BSL-1.0
/// @file
/// A network in ten lines, run whole and in two halves.

#include <cleave/cleave.hpp>

#include <algorithm>
#include <array>
#include <cstdio>

// clang-format off
inline constexpr auto lenet5 = cleave::graph{
    cleave::input{.height = 28, .width = 28, .channels = 1},
    cleave::conv2d{.channels = 6, .kernel = 5, .padding = 2}, cleave::relu{}, cleave::max_pool{.kernel = 2},
    cleave::conv2d{.channels = 16, .kernel = 5}, cleave::relu{}, cleave::max_pool{.kernel = 2, .name = "pool2"},
    cleave::dense{.units = 120}, cleave::relu{},
    cleave::dense{.units = 84}, cleave::relu{},
    cleave::dense{.units = 10}, cleave::softmax{},
};
// clang-format on

// Everything about it is known while compiling.
static_assert(lenet5.last == 12);
static_assert(lenet5.multiply_adds() == 416'520);
static_assert(cleave::network<lenet5>::workspace_bytes <= 32 * 1024);

int main() {
  const auto weights =
      cleave::random_weights<lenet5>(42);  // trained ones: cleave::load_weights<lenet5>("lenet5.weights")
  cleave::network<lenet5> whole{weights};

  std::array<float, 28 * 28> image{};
  for (std::size_t at = 0; at < image.size(); ++at) image[at] = static_cast<float>(at % 29) / 29;
  const auto probabilities = whole(image);  // std::span<const float, 10>

  auto [device, remote] = whole.split<"pool2">();
  const auto tensors = device(image);
  const auto same = remote(tensors);

  std::printf("layers: %zu, multiply-adds: %llu\n", lenet5.last,
              static_cast<unsigned long long>(lenet5.multiply_adds()));
  for (std::size_t cut = 0; cut <= lenet5.last; ++cut) {
    std::printf("behind layer %2zu: %5zu bytes cross\n", cut, cleave::crossing_bytes(lenet5, cut));
  }
  std::printf("the two halves answer as the whole, bit for bit: %s\n",
              std::equal(same.begin(), same.end(), probabilities.begin()) ? "yes" : "no");
}
