// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_CONFORMANCE_CASE_HPP
#define TOOLS_IMPORT_CONFORMANCE_CASE_HPP

/// @file
/// Runs an imported network, compiled, on the samples that cleave-import wrote beside it, and compares the outputs.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include <cleave/cleave.hpp>

namespace conformance {

/// The numbers that were expected, in one piece, and those that came.
struct outcome {
  std::string trouble;  ///< empty: it ran
  double largest = 0;   ///< difference
  double range = 0;     ///< of what was expected, 0 included
  bool agrees = true;
};

/// As the test runner of ONNX compares (1e-3 of the number, 1e-7 beside it), or to 1e-5 of the output's range.
inline void compare(const std::vector<float>& made, const float* expected, outcome& result) {
  double low = 0;
  double high = 0;
  for (std::size_t i = 0; i < made.size(); ++i) {
    low = std::min(low, double{expected[i]});
    high = std::max(high, double{expected[i]});
  }
  result.range = std::max(result.range, high - low);
  for (std::size_t i = 0; i < made.size(); ++i) {
    if (std::isnan(made[i]) && std::isnan(expected[i])) continue;
    const double apart = std::abs(double{made[i]} - double{expected[i]});
    const double allowed = std::max(1e-7 + 1e-3 * std::abs(double{expected[i]}), 1e-5 * (high - low));
    if (!(apart <= allowed) && made[i] != expected[i]) result.agrees = false;
    if (!(apart <= result.largest)) result.largest = std::isnan(apart) ? HUGE_VAL : apart;
  }
}

template <class Span>
std::vector<float> numbers_of(const Span& span) {
  std::vector<float> numbers;
  for (const auto each : span) numbers.push_back(static_cast<float>(each));
  return numbers;
}

/// The outputs of an answer, one after the other.
template <const auto& Graph>
std::vector<std::vector<float>> outputs_of(const cleave::answer_of<Graph>& answer) {
  if constexpr (requires { answer.data(); }) {
    return {numbers_of(answer)};
  } else {
    return [&]<std::size_t... I>(std::index_sequence<I...>) {
      return std::vector<std::vector<float>>{numbers_of(answer.template get<I>())...};
    }(std::make_index_sequence<std::tuple_size_v<cleave::answer_of<Graph>>>{});
  }
}

/// Runs all samples in <folder>/<name>.samples.
template <const auto& Graph>
outcome run(const std::string& folder, const std::string& name) {
  outcome result;
  const auto weights = cleave::load_weights<Graph>((folder + "/" + name + ".weights").c_str());
  if (!weights) {
    result.trouble = cleave::message(weights.error());
    return result;
  }
  std::ifstream file(folder + "/" + name + ".samples", std::ios::binary);
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  std::vector<float> numbers(bytes.size() / 4);
  std::copy_n(bytes.data(), numbers.size() * 4, reinterpret_cast<char*>(numbers.data()));
  const auto whole = cleave::make_network<Graph>(*weights);
  std::size_t place = 0;
  do {
    std::size_t inputs = 0;
    for (std::size_t i = 0; i < Graph.inputs; ++i) inputs += Graph.nodes[i].out.size();
    if (place + inputs > numbers.size()) {
      result.trouble = "no samples";
      return result;
    }
    std::array<const float*, Graph.inputs> starts{};
    for (std::size_t i = 0; i < Graph.inputs; ++i) {
      starts[i] = numbers.data() + place;
      place += Graph.nodes[i].out.size();
    }
    const auto outputs = outputs_of<Graph>([&]<std::size_t... I>(std::index_sequence<I...>) {
      return (*whole)(cleave::tensor_span<Graph, I>{starts[I], Graph.nodes[I].out.size()}...);
    }(std::make_index_sequence<Graph.inputs>{}));
    for (const std::vector<float>& each : outputs) {
      if (place + each.size() > numbers.size()) {
        result.trouble = "samples without outputs";
        return result;
      }
      compare(each, numbers.data() + place, result);
      place += each.size();
    }
  } while (place < numbers.size());
  return result;
}

/// One line a case: its name, what came of it, how far it was off.
template <const auto& Graph>
void report(const std::string& folder, const std::string& name) {
  const outcome result = run<Graph>(folder, name);
  const bool passed = result.trouble.empty() && result.agrees;
  std::printf("%s %s %.3g %.3g %s\n", name.c_str(), passed ? "passed" : "failed", result.largest, result.range,
              result.trouble.c_str());
  std::fflush(stdout);
}

}  // namespace conformance
#endif
