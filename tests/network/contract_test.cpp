// SPDX-License-Identifier: BSL-1.0
#include <cleave/cleave.hpp>  // firmware includes <cleave/device.hpp>; this first block compiles with either

#include <doctest/doctest.h>

#include <algorithm>
#include <array>

#include "contract_device.hpp"

// clang-format off
// What the library promises to its users, to the letter.

inline constexpr auto lenet5 = cleave::graph{
    cleave::input{.height = 28, .width = 28, .channels = 1},
    cleave::conv2d{.channels = 6, .kernel = 5, .padding = 2}, cleave::relu{}, cleave::max_pool{.kernel = 2},
    cleave::conv2d{.channels = 16, .kernel = 5}, cleave::relu{}, cleave::max_pool{.kernel = 2, .name = "pool2"},
    cleave::dense{.units = 120}, cleave::relu{},
    cleave::dense{.units = 84}, cleave::relu{},
    cleave::dense{.units = 10}, cleave::softmax{},
};

static_assert(cleave::network<lenet5>::workspace_bytes <= 32 * 1024);   // RAM is known while compiling

inline constexpr auto block = cleave::graph{
    cleave::input{.height = 8, .width = 8, .channels = 16},
    cleave::relu{.name = "x"},
    cleave::conv2d{.channels = 32, .kernel = 3, .stride = 2, .padding = cleave::same}, cleave::relu{},
    cleave::conv2d{.channels = 32, .kernel = 3, .padding = cleave::same, .name = "main"},
    cleave::conv2d{.channels = 32, .kernel = 1, .stride = 2, .from = "x"},
    cleave::add{.with = "main"}, cleave::relu{},
};

TEST_CASE("a network runs whole and in halves, as it is written") {
  const std::array<float, 784> image{0.5F};
  const auto weights = cleave::random_weights<lenet5>(42);
  const auto slice = cleave::slice_weights(weights.bytes(), 1, 6);
  REQUIRE(slice);
  const auto found = cleave::view_weights<lenet5, cleave::up_to("pool2")>(slice->all());
  REQUIRE(found);
  const auto device_weights = *found;

  cleave::network<lenet5> whole{weights};        // an lvalue only: weights outlive the network
  auto probabilities = whole(image);             // std::span<const float, 10> into the network's own workspace

  auto [device, remote] = whole.split<6>();      // layers 1..6 here, the rest there; also split<"pool2">()
  auto same = remote(device(image));             // bit for bit what whole(image) gives

  cleave::device_half<lenet5, "pool2"> sensor{device_weights};   // without the whole: only its own layers' weights
  // clang-format on

  static_assert(std::is_same_v<decltype(probabilities), std::span<const float, 10>>);
  static_assert(std::is_same_v<decltype(same), std::span<const float, 10>>);
  CHECK(std::ranges::equal(probabilities, same));
  CHECK(std::ranges::equal(sensor(image).get<0>(), device(image).get<0>()));
  CHECK(std::ranges::equal(remote(sensor(image)), probabilities));

  auto halves = whole.split<"pool2">();
  CHECK(std::ranges::equal(halves.remote(halves.device(image)), probabilities));
  auto first = whole.split<0>();
  CHECK(std::ranges::equal(first.remote(first.device(image)), probabilities));
  CHECK(first.device(image).get<0>().data() == image.data());
  auto last = whole.split<cleave::last>();
  CHECK(std::ranges::equal(last.remote(last.device(image)), probabilities));
}

TEST_CASE("the same holds for a unit that includes device.hpp alone, without exceptions and RTTI") {
  const std::array<float, 784> image{0.5F, 0.25F};
  const auto weights = cleave::random_weights<lenet5>(42);
  const auto slice = cleave::slice_weights(weights.bytes(), 1, 6);
  REQUIRE(slice);
  CHECK(halves_answer_alike(weights.bytes(), slice->all(), image));
  CHECK_FALSE(halves_answer_alike(slice->all(), slice->all(), image));
}

TEST_CASE("a residual block names the tensor that it returns to") {
  static_assert(block.last == 7);
  static_assert(cleave::count_crossing(block, 1) == 1, "x, which both branches read");
  static_assert(cleave::count_crossing(block, 3) == 2, "x and the first branch");
  static_assert(cleave::count_crossing(block, 5) == 2, "both branches");
  static_assert(cleave::network<block>::step_count == 4, "relu, two convolutions, and one with sum and relu");
  const auto weights = cleave::random_weights<block>(1);
  const std::array<float, 1024> x{1.0F};
  cleave::network<block> whole{weights};
  auto [device, remote] = whole.split<"main">();
  CHECK(std::ranges::equal(remote(device(x)), whole(x)));
}
