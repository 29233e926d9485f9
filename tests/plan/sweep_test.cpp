// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/graph/graph.hpp>
#include <cleave/models/resnet8.hpp>
#include <cleave/plan/profile_network.hpp>
#include <cleave/plan/sweep.hpp>
#include <vector>

namespace {

using namespace cleave;

constexpr auto convolution = graph{input{.height = 8, .width = 8, .channels = 3, .name = "x"},
                                   conv2d{.channels = 5, .kernel = 3, .padding = same}, relu{}};
constexpr auto summed = graph{input{.height = 8, .width = 8, .channels = 3, .name = "x"},
                              input{.height = 8, .width = 8, .channels = 5, .name = "y"},
                              conv2d{.channels = 5, .kernel = 3, .padding = same, .from = "x"}, add{.with = "y"}};
constexpr auto joined =
    graph{input{.height = 4, .width = 4, .channels = 2, .name = "x"},
          input{.height = 4, .width = 4, .channels = 3, .name = "y"}, concat{.with = {"y"}, .from = "x"}};
constexpr sweep_layer plain = sweep_layer_of<convolution>();
constexpr sweep_layer with_sum = sweep_layer_of<summed>();
constexpr sweep_layer two_pieces = sweep_layer_of<joined>();

static_assert(plain.work.kind == work_kind::convolution && plain.runs == 1 && plain.rows == 8);
static_assert(with_sum.work.kind == work_kind::fused && with_sum.without_sum == 1 && with_sum.inputs[1] == 320);
static_assert(two_pieces.runs == 2 && two_pieces.inputs[0] == 32 && two_pieces.inputs[1] == 48);
// 22 of 24 taps a dimension are on the input; 5 channels fill a block up to 8, or to 16.
static_assert(plain.work.operations == 8 * 8 * 5 * 27);
static_assert(plain.work.issued > 22.0 * 22 * 8 * 3 - 1 && plain.work.issued < 22.0 * 22 * 8 * 3 + 1);
static_assert(plain.work.wide_issued > 22.0 * 22 * 16 * 3 - 1 && plain.work.wide_issued < 22.0 * 22 * 16 * 3 + 1);

struct tick {
  double time = 0;
  double operator()() { return time += 1e-3; }
};

TEST_CASE("a layer of a sweep computes what its kernel computes") {
  alignas(64) std::array<float, 4096> memory{};
  fill_for_sweep(memory);
  tick clock;
  swept_layer found;
  REQUIRE(measure_layer(plain, memory, clock, found, 0, {.least_seconds = 0, .least_batches = 1}));
  CHECK(found.time.runs > 0);
  CHECK(found.resident == plain.weights * 4);
  // The output lies behind the input; numbers are all positive, so are sums.
  const float* const output = memory.data() + round_up(plain.inputs[0], 16);
  CHECK(output[0] > 1);
  CHECK(output[round_up(plain.output, 16) - 1] == doctest::Approx(output[plain.output - 1]));
}

TEST_CASE("weights are spread over as much memory as is asked for") {
  std::vector<float> room(1 << 16);
  const auto offset = (64 - reinterpret_cast<std::uintptr_t>(room.data()) % 64) % 64 / 4;
  const std::span<float> memory = std::span{room}.subspan(offset);
  fill_for_sweep(memory);
  tick clock;
  swept_layer found;
  REQUIRE(measure_layer(plain, memory, clock, found, 100000, {.least_seconds = 0, .least_batches = 1}));
  CHECK(found.resident >= 100000);
  CHECK(found.resident < 100000 + 2 * 4 * round_up(plain.weights, 16));
  CHECK_FALSE(measure_layer(plain, memory, clock, found, 1 << 20, {.least_seconds = 0, .least_batches = 1}));
  CHECK_FALSE(measure_layer(plain, memory.first(512), clock, found));
}

TEST_CASE("the memory curve has a point for every size that fits") {
  std::vector<float> memory(100000, 1.0F);
  tick clock;
  const memory_curve curve = measure_memory(memory, clock, {.least_seconds = 0, .least_batches = 1});
  REQUIRE(curve.points == 3);
  CHECK(curve.bytes[0] == 16384);
  CHECK(curve.bytes[2] == 262144);
  CHECK(curve.seconds_per_byte[1] > 0);
}

TEST_CASE("every step of a network is measured, and its layers alone where a cut can part them") {
  const network_timing found = profile_network<models::resnet8>({.least_seconds = 0, .least_rounds = 3, .watts = 2});
  REQUIRE(found.layers.size() == models::resnet8.last + 1);
  std::size_t measured = 0;
  std::size_t parted = 0;
  for (const layer_cost& each : found.layers) {
    measured += each.seconds > 0 ? 1U : 0U;
    parted += each.parted_seconds > 0 ? 1U : 0U;
    CHECK(each.joules == doctest::Approx(2 * each.seconds));
  }
  CHECK(measured >= 8);
  CHECK(parted >= 5);
  CHECK(found.whole.seconds > 0);
}

}  // namespace
