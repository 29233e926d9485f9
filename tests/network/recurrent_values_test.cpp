// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/network/network.hpp>
#include <cleave/weights/pack.hpp>
#include <cleave/weights/random.hpp>
#include <cmath>
#include <vector>

// Recurrent layers against the formulas of the ONNX operators, in double, over weights in ONNX's order: what is wrong
// in packing and in a kernel and its reference alike is found here.

namespace {

using doubles = std::vector<double>;

constexpr int inputs = 3;
constexpr int units = 5;
constexpr int moments = 4;

inline constexpr auto lstm = cleave::graph{cleave::input{.width = moments, .channels = inputs},
                                           cleave::lstm{.units = units, .initial_state = true}};
inline constexpr auto lstm_from_zero =
    cleave::graph{cleave::input{.width = moments, .channels = inputs}, cleave::lstm{.units = units}};
inline constexpr auto gru = cleave::graph{cleave::input{.width = moments, .channels = inputs},
                                          cleave::gru{.units = units, .initial_state = true}};
inline constexpr auto gru_linear = cleave::graph{cleave::input{.width = moments, .channels = inputs},
                                                 cleave::gru{.units = units, .linear_before_reset = true}};
inline constexpr auto rnn =
    cleave::graph{cleave::input{.width = moments, .channels = inputs}, cleave::rnn{.units = units}};

/// The trained numbers of a layer, in ONNX's order.
struct trained {
  std::vector<float> weights;
  std::vector<float> bias;
  int gates;

  double w(int gate, int unit, int in) const {
    return weights[static_cast<std::size_t>((gate * units + unit) * inputs + in)];
  }
  double r(int gate, int unit, int in) const {
    return weights[static_cast<std::size_t>(gates * units * inputs + (gate * units + unit) * units + in)];
  }
  double wb(int gate, int unit) const { return bias[static_cast<std::size_t>(gate * units + unit)]; }
  double rb(int gate, int unit) const { return bias[static_cast<std::size_t>((gates + gate) * units + unit)]; }
  doubles state(int which) const {
    const auto first = weights.begin() + gates * units * (inputs + units) + which * units;
    return {first, first + units};
  }
  double read(int gate, int unit, const doubles& x) const {
    double sum = wb(gate, unit);
    for (int i = 0; i < inputs; ++i) sum += w(gate, unit, i) * x[static_cast<std::size_t>(i)];
    return sum;
  }
  double recall(int gate, int unit, const doubles& h) const {
    double sum = rb(gate, unit);
    for (int i = 0; i < units; ++i) sum += r(gate, unit, i) * h[static_cast<std::size_t>(i)];
    return sum;
  }
  double both(int gate, int unit, const doubles& x, const doubles& h) const {
    return read(gate, unit, x) + recall(gate, unit, h);
  }
};

double sigmoid(double x) { return 1 / (1 + std::exp(-x)); }

trained some_numbers(int gates, int states) {
  cleave::random_bits random{11};
  trained made;
  made.gates = gates;
  made.weights.resize(static_cast<std::size_t>(gates * units * (inputs + units) + states * units));
  made.bias.resize(static_cast<std::size_t>(2 * gates * units));
  for (float& each : made.weights) each = cleave::random_unit(random);
  for (float& each : made.bias) each = cleave::random_unit(random);
  return made;
}

/// What the network gives less what `step(x, h)`, which changes h, gives: the largest difference over all moments.
template <const auto& Graph, class Step>
double worst(const trained& numbers, doubles h, Step step) {
  cleave::weight_packer<Graph> packer;
  REQUIRE(packer.set(1, {numbers.weights, numbers.bias}));
  const auto weights = std::move(packer).seal();
  REQUIRE(weights);
  std::array<float, moments * inputs> x;
  cleave::random_bits random{5};
  for (float& each : x) each = 2 * cleave::random_unit(random);
  cleave::network<Graph> whole{*weights};
  const auto answer = whole(x);
  double found = 0;
  for (std::size_t t = 0; t < moments; ++t) {
    step(doubles(x.begin() + static_cast<std::ptrdiff_t>(t * inputs),
                 x.begin() + static_cast<std::ptrdiff_t>((t + 1) * inputs)),
         h);
    for (std::size_t u = 0; u < units; ++u)
      found = std::max(found, std::abs(h[u] - static_cast<double>(answer[t * units + u])));
  }
  return found;
}

template <const auto& Graph>
double worst_lstm(const trained& numbers, const doubles& h, doubles c) {
  return worst<Graph>(numbers, h, [&](const doubles& x, doubles& state) {
    const doubles old = state;
    for (int u = 0; u < units; ++u) {
      double& cell = c[static_cast<std::size_t>(u)];
      cell = sigmoid(numbers.both(2, u, x, old)) * cell +
             sigmoid(numbers.both(0, u, x, old)) * std::tanh(numbers.both(3, u, x, old));
      state[static_cast<std::size_t>(u)] = sigmoid(numbers.both(1, u, x, old)) * std::tanh(cell);
    }
  });
}

constexpr double tolerance = 2e-6;

}  // namespace

TEST_CASE("an LSTM computes what ONNX says") {
  const trained numbers = some_numbers(4, 2);
  CHECK(worst_lstm<lstm>(numbers, numbers.state(0), numbers.state(1)) < tolerance);
  CHECK(worst_lstm<lstm_from_zero>(some_numbers(4, 0), doubles(units), doubles(units)) < tolerance);
}

TEST_CASE("a GRU computes what ONNX says") {
  const trained numbers = some_numbers(3, 1);
  CHECK(worst<gru>(numbers, numbers.state(0), [&](const doubles& x, doubles& h) {
          const doubles old = h;
          doubles reset(units);
          for (int u = 0; u < units; ++u) {
            reset[static_cast<std::size_t>(u)] = sigmoid(numbers.both(1, u, x, old)) * old[static_cast<std::size_t>(u)];
          }
          for (int u = 0; u < units; ++u) {
            const double z = sigmoid(numbers.both(0, u, x, old));
            const double n = std::tanh(numbers.both(2, u, x, reset));
            h[static_cast<std::size_t>(u)] = (1 - z) * n + z * old[static_cast<std::size_t>(u)];
          }
        }) < tolerance);
}

TEST_CASE("a GRU that resets after the product computes what ONNX says") {
  const trained numbers = some_numbers(3, 0);
  CHECK(worst<gru_linear>(numbers, doubles(units), [&](const doubles& x, doubles& h) {
          const doubles old = h;
          for (int u = 0; u < units; ++u) {
            const double z = sigmoid(numbers.both(0, u, x, old));
            const double r = sigmoid(numbers.both(1, u, x, old));
            const double n = std::tanh(numbers.read(2, u, x) + r * numbers.recall(2, u, old));
            h[static_cast<std::size_t>(u)] = (1 - z) * n + z * old[static_cast<std::size_t>(u)];
          }
        }) < tolerance);
}

TEST_CASE("plain recurrence computes what ONNX says") {
  const trained numbers = some_numbers(1, 0);
  CHECK(worst<rnn>(numbers, doubles(units), [&](const doubles& x, doubles& h) {
          const doubles old = h;
          for (int u = 0; u < units; ++u) h[static_cast<std::size_t>(u)] = std::tanh(numbers.both(0, u, x, old));
        }) < tolerance);
}

TEST_CASE("a recurrent layer without biases has biases of 0, and other sizes are refused") {
  const trained numbers = some_numbers(1, 0);
  cleave::weight_packer<rnn> packer;
  CHECK(packer.set(1, {numbers.weights}));
  CHECK(packer.set(1, {numbers.weights, std::span{numbers.bias}.first(units)}).error() == cleave::errc::wrong_graph);
  cleave::weight_packer<lstm> other;
  CHECK(other.set(1, {some_numbers(4, 0).weights}).error() == cleave::errc::wrong_graph);
}
