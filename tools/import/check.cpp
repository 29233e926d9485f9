// SPDX-License-Identifier: BSL-1.0
#include "check.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <optional>

#include "oracle.hpp"
#include "reference_run.hpp"
#include "refusal.hpp"

namespace importer {

namespace {

std::string text(double number) {
  char digits[32];
  std::snprintf(digits, sizeof digits, "%.3g", number);
  return digits;
}

/// What the network computed for the model's value `name`, as a tensor of the model; nothing where no layer is it.
std::optional<tensor> value_of(const finished& of, const std::vector<std::vector<float>>& values,
                               const std::string& name) {
  for (std::size_t i = 0; i < of.layers.size(); ++i) {
    const layer& made = of.layers[i];
    if (made.value != name || static_cast<std::size_t>(count_of(made.dims)) != values[i].size()) continue;
    return tensor::of(made.dims, from_memory(values[i], made.memory));
  }
  return std::nullopt;
}

/// The first value of the model that the network computes otherwise, in the order of the model's nodes. What has no
/// plain computation here is taken as the network has it.
std::string first_difference(const finished& of, const model& source, const sample& with,
                             const std::vector<std::vector<float>>& values, double tolerance) {
  std::map<std::string, std::vector<float>> given;
  for (std::size_t i = 0; i < of.inputs.size(); ++i) given[of.inputs[i].name] = with.inputs[i].floats();
  oracle truth(source, of.inputs, given);
  std::size_t compared = 0;
  std::string trusted;
  const auto beside = [&] { return trusted.empty() ? "" : "; not looked into: " + trusted; };
  for (const operation& each : source.nodes) {
    const bool known = truth.compute(each);
    if (!known) trusted += (trusted.empty() ? "" : ", ") + each.title();
    for (const std::string& name : each.outputs) {
      if (name.empty()) continue;
      const std::optional<tensor> made = value_of(of, values, name);
      if (!known) {
        if (made) truth.take(name, *made);
        continue;
      }
      const tensor* expected = truth.find(name);
      if (!made || expected == nullptr || made->size() != expected->size()) continue;
      ++compared;
      const difference found = difference_of(made->reals, expected->floats());
      if (found.relative() <= tolerance) continue;
      return "the difference begins at " + each.title() + ": its value '" + name + "' is off by " +
             text(found.largest) + " of a range of " + text(found.range) + " at element " +
             std::to_string(found.place) + beside();
    }
  }
  const std::string none =
      "no value of the model's nodes differs from its plain computation (" + std::to_string(compared) + " compared)";
  return none + (trusted.empty() ? ": the expected outputs are not those of this model" : beside());
}

}  // namespace

difference difference_of(const std::vector<float>& made, const std::vector<float>& expected) {
  difference result;
  double low = 0;
  double high = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    low = std::min(low, double{expected[i]});
    high = std::max(high, double{expected[i]});
    const double apart = std::abs(double{made.at(i)} - double{expected[i]});
    if (apart <= result.largest && !std::isnan(apart)) continue;
    if (std::isnan(made[i]) && std::isnan(expected[i])) continue;
    result.largest = std::isnan(apart) ? HUGE_VAL : apart;
    result.place = i;
  }
  result.range = high - low;
  return result;
}

std::string check(const finished& of, const model& source, const std::vector<sample>& samples, double tolerance) {
  std::vector<difference> worst(of.answers.size());
  std::vector<double> ranges(of.answers.size(), 0.0);
  for (std::size_t i = 0; i < of.answers.size(); ++i) {
    std::vector<float> all;
    for (const sample& each : samples) {
      const std::vector<float> expected = each.outputs[i].floats();
      all.insert(all.end(), expected.begin(), expected.end());
    }
    ranges[i] = difference_of(all, all).range;
  }
  for (const sample& each : samples) {
    std::vector<std::vector<float>> inputs;
    for (std::size_t i = 0; i < of.inputs.size(); ++i) {
      inputs.push_back(to_memory(each.inputs[i].floats(), of.inputs[i].memory));
    }
    const auto values = run_reference(of, inputs);
    for (std::size_t i = 0; i < of.answers.size(); ++i) {
      const terminal& answer = of.answers[i];
      const auto made = from_memory(values[static_cast<std::size_t>(answer.layer)], answer.memory);
      difference found = difference_of(made, each.outputs[i].floats());
      found.range = ranges[i];
      if (found.relative() > worst[i].relative()) worst[i] = found;
      if (found.relative() <= tolerance) continue;
      throw refusal(trouble::differs, "output '" + answer.name + "' is off by " + text(found.largest) +
                                          " of a range of " + text(found.range) + " at element " +
                                          std::to_string(found.place) + "; " +
                                          first_difference(of, source, each, values, tolerance));
    }
  }
  std::string result;
  for (std::size_t i = 0; i < of.answers.size(); ++i) {
    result += "checked: output '" + of.answers[i].name + "' of " + std::to_string(samples.size()) +
              (samples.size() == 1 ? " sample" : " samples") + " agrees to " + text(worst[i].relative()) +
              " of its range\n";
  }
  return result;
}

}  // namespace importer
