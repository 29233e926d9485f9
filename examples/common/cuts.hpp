// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_COMMON_CUTS_HPP
#define EXAMPLES_COMMON_CUTS_HPP

/// @file
/// The cuts of a graph, for people: what they are called, and which one is meant.

#include <cleave/graph/graph.hpp>
#include <cleave/graph/parameter_count.hpp>
#include <cleave/layers/names.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

namespace demo {

template <class Number>
bool parse(const std::string& text, Number& number) {
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
  return parsed.ec == std::errc() && parsed.ptr == text.data() + text.size();
}

/// What a node's layer is called, with its channels where it decides on them.
inline std::string name_of(const cleave::node& node) {
  const auto kind = std::string(cleave::name_of(node.what.kind));
  const bool decides = node.what.kind == cleave::op::conv2d || node.what.kind == cleave::op::dense;
  return decides ? kind + ' ' + std::to_string(node.out.channels) : kind;
}

/// What there is to say about a graph.
struct graph_facts {
  std::size_t last = 0;
  std::size_t parameters = 0;
  std::uint64_t multiply_adds = 0;
  std::vector<std::string> cuts;  ///< from 0 to last: the label, or what the layer before it does
};

template <class Graph>
graph_facts facts_of(const Graph& graph) {
  graph_facts facts{.last = graph.last, .parameters = 0, .multiply_adds = graph.multiply_adds(), .cuts = {}};
  for (const cleave::node& node : graph.nodes) facts.parameters += cleave::parameter_count(node);
  for (std::size_t cut = 0; cut <= graph.last; ++cut) {
    const cleave::node& node = graph.nodes[graph.end_of(cut) - 1];
    facts.cuts.push_back(node.what.name.empty() ? name_of(node) : std::string(node.what.name));
  }
  return facts;
}

/// A cut by number or by label. Throws std::runtime_error, which tells the cuts that there are.
template <class Graph>
std::size_t find_cut(const Graph& graph, const std::string& text) {
  std::size_t number = 0;
  if (parse(text, number) && number <= graph.last) return number;
  const int named = text.empty() ? -1 : graph.find(text);
  if (named >= 0) return graph.layer_of(static_cast<std::size_t>(named));
  std::string labels;
  for (std::size_t cut = 0; cut <= graph.last; ++cut) {
    const auto label = graph.nodes[graph.end_of(cut) - 1].what.name;
    if (!label.empty()) labels += (labels.empty() ? "" : ", ") + std::string(label) + " (" + std::to_string(cut) + ')';
  }
  throw std::runtime_error("no cut '" + text + "': cuts are 0 to " + std::to_string(graph.last) +
                           (labels.empty() ? "" : ", or by label " + labels));
}

}  // namespace demo
#endif
