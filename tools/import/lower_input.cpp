// SPDX-License-Identifier: BSL-1.0
/// @file
/// The inputs of a model: their sizes, and in which order their elements come.

#include <algorithm>
#include <set>

#include "lowering.hpp"

namespace importer {

bool lowering::wants_image(const std::string& name) const {
  static const std::set<std::string, std::less<>> wanting{"Conv",          "ConvTranspose",
                                                          "MaxPool",       "AveragePool",
                                                          "LpPool",        "GlobalAveragePool",
                                                          "GlobalMaxPool", "BatchNormalization",
                                                          "LRN",           "Resize",
                                                          "Upsample",      "DepthToSpace",
                                                          "SpaceToDepth",  "PRelu"};
  static const std::set<std::string, std::less<>> stopping{"Reshape",
                                                           "Flatten",
                                                           "Transpose",
                                                           "Squeeze",
                                                           "Unsqueeze",
                                                           "MatMul",
                                                           "Gemm",
                                                           "Softmax",
                                                           "LogSoftmax",
                                                           "LSTM",
                                                           "GRU",
                                                           "RNN",
                                                           "LayerNormalization",
                                                           "Gather",
                                                           "Expand",
                                                           "Tile",
                                                           "ArgMax",
                                                           "ArgMin",
                                                           "InstanceNormalization"};
  std::set<std::string> seen{name};
  for (const operation& each : source_.nodes) {
    const bool reads = std::any_of(each.inputs.begin(), each.inputs.end(),
                                   [&](const std::string& from) { return seen.count(from) != 0; });
    if (!reads) continue;
    if (wanting.count(each.kind) != 0) return true;
    if (stopping.count(each.kind) == 0) seen.insert(each.outputs.begin(), each.outputs.end());
  }
  return false;
}

void lowering::take_inputs() {
  for (const port& each : source_.inputs) {
    if (each.type != "float") {
      throw refusal(trouble::unsupported,
                    "input '" + each.name + "' has elements of type " + each.type + "; cleave's inputs are float32");
    }
    if (!each.has_shape) {
      throw refusal(trouble::unsupported, "input '" + each.name + "' has no shape in the file");
    }
    sizes dims = each.dims;
    double elements = 1;
    for (std::size_t axis = 0; axis < dims.size(); ++axis) {
      if (dims[axis] < 0) {
        const std::string symbol = axis < each.symbols.size() ? each.symbols[axis] : "";
        const auto given = options_.symbols.find(symbol.empty() ? each.name : symbol);
        // An axis that the file leaves open: one picture, unless the user says more.
        if (given != options_.symbols.end()) dims[axis] = given->second;
        else if (axis == 0) dims[axis] = 1;
        else {
          throw refusal(trouble::unsupported, "input '" + each.name + "' is " + text_of(dims) + ": axis " +
                                                  std::to_string(axis) + (symbol.empty() ? "" : " ('" + symbol + "')") +
                                                  " has no size; give one with --shape " +
                                                  (symbol.empty() ? each.name : symbol) + "=<size>");
        }
      }
      elements *= static_cast<double>(dims[axis]);
      if (dims[axis] <= 0) throw refusal(trouble::unsupported, "input '" + each.name + "' has no elements");
    }
    if (elements > static_cast<double>(most_elements)) {
      throw refusal(trouble::unsupported, "input '" + each.name + "' is larger than cleave's workspaces can hold");
    }
    value made;
    made.dims = dims;
    const auto size = [&](std::size_t axis) { return static_cast<int>(dims[axis]); };
    cleave::shape shape{1, 1, 1};
    if ((dims.size() == 3 || dims.size() == 4) && wants_image(each.name)) {
      made.memory = in_order(image_order(dims.size()), dims);
      shape = {dims.size() == 3 ? 1 : size(2), dims.size() == 3 ? size(2) : size(3), size(0) * size(1)};
    } else {
      made.memory = plain(count_of(dims));
      if (!dims.empty()) shape.channels = size(dims.size() - 1);
      if (dims.size() > 1) shape.width = size(dims.size() - 2);
      for (std::size_t axis = 0; axis + 2 < dims.size(); ++axis) shape.height *= size(axis);
    }
    made.layer = add(cleave::input{.height = shape.height, .width = shape.width, .channels = shape.channels}, {});
    network_.layers.back().value = each.name;
    network_.layers.back().dims = made.dims;
    network_.layers.back().memory = made.memory;
    network_.inputs.push_back({each.name, made.dims, made.memory, made.layer, false});
    values_[each.name] = made;
  }
}

}  // namespace importer
