// SPDX-License-Identifier: BSL-1.0
#include "contract_device.hpp"

#include <cleave/device.hpp>

// Compiled without exceptions and RTTI: what firmware includes, and what it may do with it.

// clang-format off
inline constexpr auto lenet5 = cleave::graph{
    cleave::input{.height = 28, .width = 28, .channels = 1},
    cleave::conv2d{.channels = 6, .kernel = 5, .padding = 2}, cleave::relu{}, cleave::max_pool{.kernel = 2},
    cleave::conv2d{.channels = 16, .kernel = 5}, cleave::relu{}, cleave::max_pool{.kernel = 2, .name = "pool2"},
    cleave::dense{.units = 120}, cleave::relu{},
    cleave::dense{.units = 84}, cleave::relu{},
    cleave::dense{.units = 10}, cleave::softmax{},
};

static_assert(cleave::network<lenet5>::workspace_bytes <= 32 * 1024);   // RAM is known while compiling

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#error "this unit is to be compiled with -fno-exceptions -fno-rtti"
#endif

bool halves_answer_alike(std::span<const std::byte> bytes, std::span<const std::byte> slice, std::span<const float, 784> image) {
  const auto found = cleave::view_weights<lenet5>(bytes);
  const auto found_in_slice = cleave::view_weights<lenet5, cleave::up_to("pool2")>(slice);
  if (!found || !found_in_slice) return false;
  const auto weights = *found;
  const auto device_weights = *found_in_slice;

  cleave::network<lenet5> whole{weights};        // an lvalue only: weights outlive the network
  auto probabilities = whole(image);             // std::span<const float, 10> into the network's own workspace

  auto [device, remote] = whole.split<6>();      // layers 1..6 here, the rest there; also split<"pool2">()
  auto same = remote(device(image));             // bit for bit what whole(image) gives

  cleave::device_half<lenet5, "pool2"> sensor{device_weights};   // without the whole: only its own layers' weights
  // clang-format on

  for (std::size_t i = 0; i < 10; ++i) {
    if (probabilities[i] != same[i]) return false;
  }
  auto apart = remote(sensor(image));
  for (std::size_t i = 0; i < 10; ++i) {
    if (probabilities[i] != apart[i]) return false;
  }
  return true;
}
