// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_GRAPH_SUMMARY_HPP
#define CLEAVE_GRAPH_SUMMARY_HPP

/// @file
/// A graph as a table for people: what each layer gives and costs, and what would cross behind it. Hosted: allocates.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

#include <cleave/graph/cut.hpp>
#include <cleave/graph/parameter_count.hpp>
#include <cleave/layers/names.hpp>

namespace cleave {

namespace detail {

/// 105415200 as "105,415,200".
inline std::string grouped(std::uint64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t end = digits.size(); end > 3; end -= 3) digits.insert(end - 3, 1, ',');
  return digits;
}

inline std::string spelled(shape of, dtype type = dtype::float32) {
  std::string text = std::to_string(of.height) + " x " + std::to_string(of.width) + " x " + std::to_string(of.channels);
  if (type == dtype::int32) text += " int32";
  return text;
}

/// The kind of a layer; of a user's own the one that it gives itself.
template <class Graph>
std::string kind_in(const Graph& graph, op kind, int custom) {
  std::string name{name_of(kind)};
  std::apply(
      [&](const auto&... own) {
        [[maybe_unused]] int number = 0;
        ((number++ == custom ? void(name = std::string{std::string_view{own.kind}}) : void()), ...);
      },
      graph.customs);
  return name;
}

/// Rows of cells, written with columns as wide as they need; the first `left` of them start at the left.
template <std::size_t Columns>
class text_table {
 public:
  using row = std::array<std::string, Columns>;

  explicit text_table(std::array<bool, Columns> to_the_left) : to_the_left_(to_the_left) {}

  void add(row cells) { rows_.push_back(std::move(cells)); }

  std::string text() const {
    std::array<std::size_t, Columns> widths{};
    for (const row& each : rows_) {
      for (std::size_t i = 0; i < Columns; ++i) widths[i] = std::max(widths[i], each[i].size());
    }
    std::string all;
    for (const row& each : rows_) {
      std::string line;
      for (std::size_t i = 0; i < Columns; ++i) {
        const std::string fill(widths[i] - each[i].size(), ' ');
        if (i > 0) line += "  ";
        line += to_the_left_[i] ? each[i] + fill : fill + each[i];
      }
      line.erase(line.find_last_not_of(' ') + 1);
      all += line + '\n';
    }
    return all;
  }

 private:
  std::array<bool, Columns> to_the_left_;
  std::vector<row> rows_;
};

}  // namespace detail

/// What is wrong with a graph, as a sentence: "layer 2, conv2d, receives 2 x 2 x 8 and needs a window within the padded
/// input". Empty for a sound graph.
template <class Graph>
std::string explain_defect(const Graph& graph) {
  const defect& found = graph.first_defect;
  if (found.layer < 0) return {};
  std::string text =
      "layer " + std::to_string(found.layer) + ", " + detail::kind_in(graph, found.kind, found.custom) + ", receives ";
  if (found.arity == 0) text += "nothing";
  if (found.arity > 0) text += detail::spelled(found.received[0]);
  if (found.arity > 1) text += " and " + detail::spelled(found.received[1]);
  return text + " and needs " + std::string{name_of(found.needs)};
}

/// A graph as a table: a line a layer, and a line of totals. `bytes` are those of what the layer gives, 0 where it
/// gives its input's memory another name; `crossing` those of all tensors that cross a cut behind it, before any codec.
/// An ill-formed graph ends at its defect, which is the last line.
template <class Graph>
std::string summary(const Graph& graph) {
  detail::text_table<9> table{{false, true, true, true, true, false, false, false, false}};
  table.add({"layer", "kind", "label", "reads", "gives", "multiply-adds", "parameters", "bytes", "crossing"});
  const auto defective = static_cast<std::size_t>(std::max(graph.first_defect.layer, 0));
  const std::size_t sound = graph.ok() ? graph.nodes.size() : defective == 0 ? 0 : graph.end_of(defective) - 1;
  std::uint64_t parameters = 0;
  std::uint64_t bytes = 0;
  for (std::size_t i = 0; i < sound; ++i) {
    const node& of = graph.nodes[i];
    std::string reads;
    for (int k = 0; k < of.what.arity; ++k) {
      const auto source = static_cast<std::size_t>(of.inputs[static_cast<std::size_t>(k)]);
      if (k > 0) reads += ", ";
      // Inputs are layer 0 together: only their labels tell them apart.
      const bool by_label = source < graph.inputs && graph.inputs > 1 && !graph.nodes[source].what.name.empty();
      reads += by_label ? std::string{graph.nodes[source].what.name} : std::to_string(graph.layer_of(source));
    }
    const std::size_t own_bytes = renames(of.what.kind) ? 0 : of.out.bytes();
    const std::size_t cut = graph.layer_of(i);
    const bool ends_layer = i + 1 == graph.end_of(cut);
    table.add({std::to_string(cut), detail::kind_in(graph, of.what.kind, of.what.custom), std::string{of.what.name},
               reads, detail::spelled(of.out, of.type), detail::grouped(of.multiply_adds),
               detail::grouped(parameter_count(of)), detail::grouped(own_bytes),
               graph.ok() && ends_layer ? detail::grouped(crossing_bytes(graph, cut)) : ""});
    parameters += parameter_count(of);
    bytes += own_bytes;
  }
  if (!graph.ok()) return table.text() + explain_defect(graph) + '\n';
  table.add({"", "total", "", "", "", detail::grouped(graph.multiply_adds()), detail::grouped(parameters),
             detail::grouped(bytes), ""});
  return table.text();
}

}  // namespace cleave
#endif
