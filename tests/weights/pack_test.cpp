// SPDX-License-Identifier: BSL-1.0
#include <cleave/weights/pack.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cleave/core/random_bits.hpp>
#include <cleave/network/network.hpp>
#include <cmath>
#include <vector>

// Networks over packed weights against the definitions of the ONNX operators, in the order of ONNX' tensors and in
// double.

namespace cleave::cases {

inline constexpr auto grouped = graph{
    input{.height = 6, .width = 5, .channels = 6},
    conv2d{
        .channels = 10, .kernel = {3, 2}, .stride = {2, 1}, .padding = {1, 0, 2, 1}, .dilation = {1, 2}, .groups = 2},
};
inline constexpr auto whole = graph{
    input{.height = 6, .width = 5, .channels = 6},
    conv2d{.channels = 37, .kernel = 3, .padding = 1},
};
inline constexpr auto depthwise = graph{
    input{.height = 6, .width = 5, .channels = 6},
    depthwise_conv2d{.kernel = {3, 2}, .padding = same, .multiplier = 3},
};
inline constexpr auto untied = graph{
    input{.height = 4, .width = 5, .channels = 3},
    locally_connected2d{.channels = 5, .kernel = 2, .padding = {1, 0, 0, 1}},
};
inline constexpr auto flattened = graph{
    input{.height = 3, .width = 4, .channels = 5},
    dropout{},
    flatten{},
    relu{},
    dropout{},
    dense{.units = 7, .name = "d"},
};
inline constexpr auto direct = graph{input{.height = 3, .width = 4, .channels = 5}, dense{.units = 7, .name = "d"}};
inline constexpr auto normalized =
    graph{input{.height = 2, .width = 2, .channels = 5}, batch_normalization{.epsilon = 0.5F}};
inline constexpr auto sloped = graph{input{.height = 2, .width = 2, .channels = 5}, prelu{}};
inline constexpr auto twice = graph{input{.channels = 5}, prelu{.name = "p"}, prelu{.name = "p"}, prelu{.name = "q"}};

}  // namespace cleave::cases

namespace {

using cleave::errc;
namespace cases = cleave::cases;

std::vector<float> numbers(std::size_t count, std::uint64_t seed) {
  cleave::random_bits random{seed};
  std::vector<float> all(count);
  for (float& each : all) each = (static_cast<float>(random.below(257)) - 128.0F) / 128.0F;
  return all;
}

/// The answer of a graph's only layer with weights, which is `layer`.
template <const auto& Graph>
std::vector<float> answer(std::size_t layer, const cleave::layer_parameters& parameters, const std::vector<float>& in,
                          cleave::input_order order = cleave::input_order::hwc) {
  cleave::weight_packer<Graph> packer;
  REQUIRE(packer.set(layer, parameters, order));
  const auto weights = std::move(packer).seal();
  REQUIRE(weights);
  cleave::network<Graph> net{*weights};
  const auto out = net(cleave::tensor_span<Graph, 0>{in});
  return {out.begin(), out.end()};
}

bool close(const std::vector<float>& found, const std::vector<double>& expected) {
  if (found.size() != expected.size()) return false;
  for (std::size_t i = 0; i < found.size(); ++i) {
    if (std::abs(double{found[i]} - expected[i]) > 1e-5 * (1 + std::abs(expected[i]))) return false;
  }
  return true;
}

/// ONNX Conv: weights [out][in / groups][rows][columns]. With `untied` they are [out rows][out
/// columns][out][in][rows][columns].
std::vector<double> convolved(const cleave::node& of, const std::vector<float>& in, const std::vector<float>& weights,
                              const std::vector<float>& bias, bool untied) {
  const int inputs = of.in.channels / of.groups;
  const int outputs = of.out.channels / of.groups;
  std::vector<double> all;
  for (int y = 0; y < of.out.height; ++y) {
    for (int x = 0; x < of.out.width; ++x) {
      for (int o = 0; o < of.out.channels; ++o) {
        const int filter = untied ? (y * of.out.width + x) * of.out.channels + o : o;
        double sum = double{bias[static_cast<std::size_t>(filter)]};
        for (int i = 0; i < inputs; ++i) {
          for (int ky = 0; ky < of.what.kernel.height; ++ky) {
            for (int kx = 0; kx < of.what.kernel.width; ++kx) {
              const int row = y * of.what.stride.height + ky * of.what.dilation.height - of.pad.top;
              const int column = x * of.what.stride.width + kx * of.what.dilation.width - of.pad.left;
              if (row < 0 || row >= of.in.height || column < 0 || column >= of.in.width) continue;
              const int weight = ((filter * inputs + i) * of.what.kernel.height + ky) * of.what.kernel.width + kx;
              const int pixel = (row * of.in.width + column) * of.in.channels + o / outputs * inputs + i;
              sum += double{weights[static_cast<std::size_t>(weight)]} * double{in[static_cast<std::size_t>(pixel)]};
            }
          }
        }
        all.push_back(sum);
      }
    }
  }
  return all;
}

template <const auto& Graph>
bool convolves(std::size_t weight_count, std::size_t bias_count, bool untied = false) {
  const auto in = numbers(Graph.nodes[0].out.size(), 1);
  const auto weights = numbers(weight_count, 2);
  const auto bias = numbers(bias_count, 3);
  const std::vector<float> none(bias_count);
  return close(answer<Graph>(1, {weights, bias}, in), convolved(Graph.nodes[1], in, weights, bias, untied)) &&
         close(answer<Graph>(1, {weights}, in), convolved(Graph.nodes[1], in, weights, none, untied));
}

}  // namespace

TEST_CASE("convolutions are packed from [out][in][rows][columns]") {
  CHECK(convolves<cases::whole>(37 * 6 * 9, 37));
  CHECK(convolves<cases::grouped>(10 * 3 * 6, 10));
  CHECK(convolves<cases::depthwise>(18 * 1 * 6, 18));
}

TEST_CASE("untied convolutions are packed from [out rows][out columns][out][in][rows][columns]") {
  static_assert(cases::untied.nodes[1].out == cleave::shape{4, 5, 5});
  CHECK(convolves<cases::untied>(100 * 3 * 4, 100, true));
}

TEST_CASE("a dense layer's inputs are packed from either order, wherever they were flattened") {
  // Positive, so that the relu between changes nothing.
  auto in = numbers(60, 1);
  for (float& each : in) each = std::abs(each);
  const auto weights = numbers(7 * 60, 2);
  const auto bias = numbers(7, 3);
  std::vector<double> by_row;
  std::vector<double> by_channel;
  for (std::size_t unit = 0; unit < 7; ++unit) {
    by_row.push_back(double{bias[unit]});
    by_channel.push_back(double{bias[unit]});
    for (std::size_t pixel = 0; pixel < 12; ++pixel) {
      for (std::size_t c = 0; c < 5; ++c) {
        by_row.back() += double{weights[unit * 60 + pixel * 5 + c]} * double{in[pixel * 5 + c]};
        by_channel.back() += double{weights[unit * 60 + c * 12 + pixel]} * double{in[pixel * 5 + c]};
      }
    }
  }
  CHECK(close(answer<cases::direct>(1, {weights, bias}, in), by_row));
  CHECK(close(answer<cases::direct>(1, {weights, bias}, in, cleave::input_order::chw), by_channel));
  CHECK(close(answer<cases::flattened>(5, {weights, bias}, in), by_row));
  CHECK(close(answer<cases::flattened>(5, {weights, bias}, in, cleave::input_order::chw), by_channel));
}

TEST_CASE("batch normalisation is folded into a factor and a term a channel") {
  const auto in = numbers(20, 1);
  const auto gamma = numbers(5, 2);
  const auto beta = numbers(5, 3);
  const auto mean = numbers(5, 4);
  const std::array<float, 5> variance{0.5F, 1.0F, 2.0F, 0.0F, 4.0F};
  std::vector<double> expected;
  for (std::size_t i = 0; i < 20; ++i) {
    const std::size_t c = i % 5;
    expected.push_back((double{in[i]} - double{mean[c]}) / std::sqrt(double{variance[c]} + 0.5) * double{gamma[c]} +
                       double{beta[c]});
  }
  CHECK(close(answer<cases::normalized>(1, {gamma, beta, mean, variance}, in), expected));
}

TEST_CASE("prelu takes a slope a channel, or one for all") {
  const auto in = numbers(20, 1);
  const auto slopes = numbers(5, 2);
  std::vector<double> each;
  std::vector<double> all;
  for (std::size_t i = 0; i < 20; ++i) {
    each.push_back(in[i] < 0 ? double{in[i]} * double{slopes[i % 5]} : double{in[i]});
    all.push_back(in[i] < 0 ? double{in[i]} * double{slopes[2]} : double{in[i]});
  }
  CHECK(close(answer<cases::sloped>(1, {slopes}, in), each));
  CHECK(close(answer<cases::sloped>(1, {std::span{slopes}.subspan(2, 1)}, in), all));
}

TEST_CASE("no bias is packed as -0") {
  const auto signs = [](const cleave::node& of, std::size_t weights, std::size_t biases) {
    const std::vector<float> zeros(weights);
    const std::vector<float> bias(biases, -0.0F);
    std::vector<float> floats(of.weights.floats);
    REQUIRE(cleave::pack_layer(of, {zeros, bias}, floats.data()));
    return std::ranges::count_if(floats, [](float each) { return std::signbit(each); });
  };
  CHECK(signs(cases::whole.nodes[1], 37 * 54, 37) == 0);
  CHECK(signs(cases::depthwise.nodes[1], 18 * 6, 18) == 0);
  CHECK(signs(cases::untied.nodes[1], 100 * 12, 100) == 0);
  CHECK(signs(cases::direct.nodes[1], 420, 7) == 0);
}

TEST_CASE("numbers that do not fit a layer are refused") {
  cleave::weight_packer<cases::twice> packer;
  const auto five = numbers(5, 1);
  const auto six = numbers(6, 1);
  CHECK(packer.set(1, {six}) == errc::wrong_graph);
  CHECK(packer.set(1, {}) == errc::wrong_graph);
  CHECK(packer.set(0, {five}) == errc::bad_cut);
  CHECK(packer.set(4, {five}) == errc::bad_cut);
  CHECK(packer.set("r", {five}) == errc::bad_cut);
  CHECK(packer.set("p", {five}) == errc::bad_cut);  // two layers bear it
  CHECK(packer.set("q", {five}) == errc::ok);

  cleave::weight_packer<cases::normalized> normal;
  CHECK(normal.set(1, {five, five, five}) == errc::wrong_graph);
  CHECK(normal.set(1, {five, six, five, five}) == errc::wrong_graph);
  CHECK(normal.set(1, {five, five, five, five}) == errc::ok);

  cleave::weight_packer<cases::whole> convolution;
  CHECK(convolution.set(1, {numbers(37 * 6 * 9 - 1, 1)}) == errc::wrong_graph);
  CHECK(convolution.set(1, {numbers(37 * 6 * 9, 1), five}) == errc::wrong_graph);
}

TEST_CASE("a blob is sealed when every layer that has weights got some") {
  cleave::weight_packer<cases::twice> packer;
  const auto slopes = numbers(5, 1);
  REQUIRE(packer.set(1, {slopes}));
  REQUIRE(packer.set(2, {slopes}));
  CHECK(std::move(packer).seal().error() == errc::missing_layers);
  cleave::weight_packer<cases::flattened> dense;
  REQUIRE(dense.set("d", {numbers(420, 1)}));
  const auto sealed = std::move(dense).seal();
  REQUIRE(sealed);
  CHECK(cleave::view_weights<cases::flattened>(sealed->bytes()));
}

TEST_CASE("parameters are counted without those that fill up blocks") {
  CHECK(cleave::parameter_count(cases::whole.nodes[1]) == 37 * 54 + 37);
  CHECK(cleave::parameter_count(cases::grouped.nodes[1]) == 10 * 18 + 10);
  CHECK(cleave::parameter_count(cases::depthwise.nodes[1]) == 18 * 6 + 18);
  CHECK(cleave::parameter_count(cases::untied.nodes[1]) == 100 * 12 + 100);
  CHECK(cleave::parameter_count(cases::flattened.nodes[5]) == 420 + 7);
  CHECK(cleave::parameter_count(cases::sloped.nodes[1]) == 5);
  CHECK(cleave::parameter_count(cases::sloped.nodes[0]) == 0);
}
