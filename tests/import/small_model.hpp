// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_IMPORT_SMALL_MODEL_HPP
#define CLEAVE_TESTS_IMPORT_SMALL_MODEL_HPP

/// @file
/// Models of a few nodes, written down in a test; and whether what is imported of them computes the same as the model.

#include <algorithm>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "check.hpp"
#include "import_model.hpp"
#include "oracle.hpp"
#include "reference_run.hpp"

namespace small {

using importer::attribute;
using importer::sizes;

inline attribute number(std::int64_t value) {
  attribute made;
  made.integer = value;
  return made;
}
inline attribute real(float value) {
  attribute made;
  made.real = value;
  return made;
}
inline attribute text(std::string value) {
  attribute made;
  made.text = std::move(value);
  return made;
}
inline attribute numbers(std::vector<std::int64_t> values) {
  attribute made;
  made.integers = std::move(values);
  return made;
}

/// The same numbers every time, between -1 and 1.
inline std::vector<float> some_numbers(std::size_t count, std::uint32_t seed) {
  std::vector<float> result(count);
  for (float& each : result) {
    seed = seed * 1664525U + 1013904223U;
    each = static_cast<float>(seed >> 8U) / static_cast<float>(1U << 23U) - 1.0F;
  }
  return result;
}

class model_maker {
 public:
  explicit model_maker(std::int64_t opset = 13) { made_.opset = opset; }

  model_maker& input(const std::string& name, sizes dims) {
    made_.inputs.push_back({name, "float", std::move(dims), {}, true});
    return *this;
  }
  model_maker& output(const std::string& name) {
    made_.outputs.push_back({name, "float", {}, {}, false});
    return *this;
  }
  model_maker& floats(const std::string& name, const sizes& dims, std::vector<float> values) {
    made_.constants[name] = importer::tensor::of(dims, std::move(values));
    return *this;
  }
  /// Weights that no test looks at.
  model_maker& weights(const std::string& name, const sizes& dims) {
    const auto count = static_cast<std::size_t>(importer::count_of(dims));
    return floats(name, dims, some_numbers(count, static_cast<std::uint32_t>(made_.constants.size() + 1)));
  }
  /// Numbers that are positive, such as variances.
  model_maker& positive(const std::string& name, const sizes& dims) {
    weights(name, dims);
    for (float& each : made_.constants[name].reals) each = each * each + 0.5F;
    return *this;
  }
  model_maker& integers(const std::string& name, std::vector<std::int64_t> values) {
    const auto count = static_cast<std::int64_t>(values.size());
    made_.constants[name] = importer::tensor::of_integers({count}, std::move(values));
    return *this;
  }
  model_maker& node(const std::string& kind, std::vector<std::string> inputs, std::vector<std::string> outputs,
                    std::map<std::string, attribute> attributes = {}) {
    importer::operation of;
    of.kind = kind;
    of.inputs = std::move(inputs);
    of.outputs = std::move(outputs);
    of.attributes = std::move(attributes);
    of.position = made_.nodes.size() + 1;
    made_.nodes.push_back(std::move(of));
    return *this;
  }
  operator const importer::model&() const { return made_; }

 private:
  importer::model made_;
};

/// The kinds of the layers behind the inputs.
inline std::vector<cleave::op> kinds_of(const importer::finished& of) {
  std::vector<cleave::op> kinds;
  for (const cleave::layer_record& each : of.records) {
    if (each.kind != cleave::op::input) kinds.push_back(each.kind);
  }
  return kinds;
}

/// How far the network is from the plain computation of the model, as a part of the range of its output.
inline double distance(const importer::model& source, const importer::finished& of) {
  std::map<std::string, std::vector<float>> given;
  std::vector<std::vector<float>> inputs;
  for (const importer::terminal& each : of.inputs) {
    const auto count = static_cast<std::size_t>(importer::count_of(each.dims));
    given[each.name] = some_numbers(count, static_cast<std::uint32_t>(count + inputs.size()));
    inputs.push_back(importer::to_memory(given[each.name], each.memory));
  }
  importer::oracle truth(source, of.inputs, given);
  for (const importer::operation& each : source.nodes) {
    if (!truth.compute(each)) return 1e30;
  }
  const auto values = importer::run_reference(of, inputs);
  double worst = 0;
  for (const importer::terminal& each : of.answers) {
    const auto made = importer::from_memory(values[static_cast<std::size_t>(each.layer)], each.memory);
    worst = std::max(worst, importer::difference_of(made, truth.find(each.name)->floats()).relative());
  }
  return worst;
}

/// The words with which a model is refused; empty when it is not.
inline std::string refusal_of(const importer::model& source) {
  try {
    (void)importer::import_model(source);
  } catch (const importer::refusal& refused) {
    return refused.what();
  }
  return "";
}

}  // namespace small
#endif
