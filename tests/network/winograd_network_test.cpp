// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cleave/layers/layers.hpp>
#include <cleave/network/cut_runner.hpp>
#include <cleave/network/make_network.hpp>
#include <cleave/weights/random.hpp>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>

// Networks whose options permit Winograd: other bits than those of the direct form, and the same ones at every cut.

namespace winograd_networks {

inline constexpr auto net = cleave::graph{
    cleave::input{.height = 14, .width = 10, .channels = 3},
    cleave::conv2d{.channels = 16, .kernel = 3, .padding = cleave::same},
    cleave::relu{.name = "first"},
    cleave::conv2d{.channels = 20, .kernel = 3, .padding = cleave::same, .name = "left"},
    cleave::conv2d{.channels = 20, .kernel = 3, .padding = cleave::same, .name = "right", .from = "first"},
    cleave::concat{.with = {"left"}},
    cleave::conv2d{.channels = 16, .kernel = 3, .padding = cleave::same, .groups = 2},
    cleave::add{.with = "first"},
    cleave::relu{},
    cleave::max_pool{.kernel = 2},
    cleave::global_average_pool{},
    cleave::dense{.units = 10},
};

using fast = cleave::fast_options;
struct fast_scalars : cleave::fast_options_with<cleave::scalar_pack> {};
using prepared = cleave::prepared_weights<net, fast>;

std::array<float, 420> an_input() {
  std::array<float, 420> input;
  for (std::size_t i = 0; i < input.size(); ++i) input[i] = static_cast<float>(i * 37 % 101) / 50.0F - 1.0F;
  return input;
}

template <class Answer>
std::array<float, 10> kept(const Answer& answer) {
  std::array<float, 10> numbers;
  std::copy_n(answer.data(), numbers.size(), numbers.begin());
  return numbers;
}
bool same_bits(const std::array<float, 10>& a, const std::array<float, 10>& b) {
  return std::memcmp(a.data(), b.data(), sizeof a) == 0;
}

template <std::size_t... Cut, class Whole, class Input>
bool each_split_agrees(std::index_sequence<Cut...>, const Whole& whole, const Input& input,
                       const std::array<float, 10>& expected) {
  return (... && [&] {
    auto halves = whole.template split<Cut>();
    return same_bits(kept(halves.remote(halves.device(input))), expected);
  }());
}

}  // namespace winograd_networks

using namespace winograd_networks;

static_assert(prepared::bytes > 0);
static_assert(cleave::network<net, fast>::step_count + 1 == cleave::network<net>::step_count, "the pooling is fused");
static_assert(cleave::prepared_weights<net>::bytes == 0, "default options take weights as they are stored");
static_assert(cleave::numeric_id<fast> == cleave::numeric_id<cleave::default_options> + 2);
static_assert(cleave::network<net, fast>::workspace_bytes > cleave::network<net>::workspace_bytes);

TEST_CASE("a network in Winograd's form is near the direct one, and has the same bits on scalars") {
  const auto weights = cleave::random_weights<net>(5);
  const auto other_form = cleave::prepare_weights<net, fast>(weights);
  const auto input = an_input();
  const auto direct = cleave::make_network<net>(weights);
  const auto quick = cleave::make_network<net, fast>(other_form);
  const auto expected = kept((*direct)(input));
  const auto found = kept((*quick)(input));
  CHECK_FALSE(same_bits(found, expected));
  float largest = 0;
  for (const float each : expected) largest = std::max(largest, std::fabs(each));
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(std::fabs(found[i] - expected[i]) < 1e-5F * largest);
#if !defined(CLEAVE_TEST_NATIVE_PACK_ONLY)
  if constexpr (cleave::native_pack::fused == cleave::scalar_pack::fused) {
    const auto scalar_form = cleave::prepare_weights<net, fast_scalars>(weights);
    const auto slow = cleave::make_network<net, fast_scalars>(scalar_form);
    CHECK(same_bits(kept((*slow)(input)), found));
  }
#endif
}

TEST_CASE("split anywhere, a network in Winograd's form gives the whole network's bits") {
  const auto weights = cleave::random_weights<net>(6);
  const auto other_form = cleave::prepare_weights<net, fast>(weights);
  const auto input = an_input();
  const auto whole = cleave::make_network<net, fast>(other_form);
  const auto expected = kept((*whole)(input));
  CHECK(each_split_agrees(std::index_sequence<3, 4, 7, 8>{}, *whole, input, expected));

  using runner_type = cleave::cut_runner<net, fast>;
  const auto runner = std::make_unique<runner_type>(other_form);
  for (std::size_t cut = 0; cut < net.last; ++cut) {
    const std::span<std::byte> in = runner->tensor(runner_type::crossing(0)[0]);
    std::memcpy(in.data(), input.data(), in.size());
    if (cut > 0) runner->run(1, cut);
    runner->run(cut + 1, net.last);
    std::array<float, 10> answer;
    std::memcpy(answer.data(), runner->tensor(runner_type::outputs_after(0)[0]).data(), sizeof answer);
    CAPTURE(cut);
    CHECK(same_bits(answer, expected));
  }
}

TEST_CASE("a half prepares the weights of its own layers, in memory that it is given") {
  const auto weights = cleave::random_weights<net>(7);
  const auto input = an_input();
  const auto everything = cleave::prepare_weights<net, fast>(weights);
  const auto whole = cleave::make_network<net, fast>(everything);
  const auto expected = kept((*whole)(input));

  using device_weights = cleave::prepared_weights<net, fast, 1, 4>;
  using remote_weights = cleave::prepared_weights<net, fast, 5, net.last>;
  static_assert(device_weights::bytes + remote_weights::bytes == prepared::bytes);
  cleave::aligned_bytes device_memory{device_weights::bytes};
  cleave::aligned_bytes remote_memory{remote_weights::bytes};
  const device_weights of_device{weights, std::span<std::byte, device_weights::bytes>{device_memory.all()}};
  const remote_weights of_remote{weights, std::span<std::byte, remote_weights::bytes>{remote_memory.all()}};
  const auto device = std::make_unique<cleave::device_half<net, 4, fast>>(of_device);
  const auto remote = std::make_unique<cleave::remote_half<net, 4, fast>>(of_remote);
  CHECK(same_bits(kept((*remote)((*device)(input))), expected));
}
