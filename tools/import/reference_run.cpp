// SPDX-License-Identifier: BSL-1.0
#include "reference_run.hpp"

#include <cstring>

#include <cleave/testing/reference_layer.hpp>

namespace importer {

std::vector<float> to_memory(const std::vector<float>& numbers, const layout& memory) {
  std::vector<float> result;
  result.reserve(numbers.size());
  for (const std::int64_t number : numbers_in(memory)) result.push_back(numbers.at(static_cast<std::size_t>(number)));
  return result;
}

std::vector<float> from_memory(const std::vector<float>& numbers, const layout& memory) {
  std::vector<float> result(numbers.size());
  std::size_t place = 0;
  for (const std::int64_t number : numbers_in(memory))
    result.at(static_cast<std::size_t>(number)) = numbers.at(place++);
  return result;
}

std::vector<std::vector<float>> run_reference(const finished& of, const std::vector<std::vector<float>>& inputs) {
  const cleave::aligned_bytes blob = pack(of);
  const cleave::runtime_graph& graph = of.graph;
  const std::byte* const data = blob.all().data() + cleave::blob_format::data_offset(graph.last);
  std::vector<std::vector<float>> values(graph.nodes.size());
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const cleave::node& node = graph.nodes[i];
    if (node.what.kind == cleave::op::input) {
      values[i] = inputs.at(i);
      continue;
    }
    std::vector<cleave::tensor_view> views;
    for (int k = 0; k < node.what.arity; ++k) {
      const auto source = static_cast<std::size_t>(node.inputs[static_cast<std::size_t>(k)]);
      views.push_back({values[source].data(), graph.nodes[source].out});
    }
    values[i].resize(node.out.size());
    const auto* const weights = reinterpret_cast<const float*>(data + node.weights.offset);
    cleave::testing::compute_reference(node, views, weights, values[i].data());
  }
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    if (graph.nodes[i].type != cleave::dtype::int32) continue;
    for (float& each : values[i]) {
      std::int32_t whole = 0;
      std::memcpy(&whole, &each, 4);
      each = static_cast<float>(whole);
    }
  }
  return values;
}

}  // namespace importer
