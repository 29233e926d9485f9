// SPDX-License-Identifier: BSL-1.0
#include "report.hpp"

#include <cleave/graph/cut.hpp>
#include <cleave/graph/summary.hpp>
#include <cleave/network/plan.hpp>

namespace importer {

namespace {

/// Bytes of the tensors between the nodes [begin, end), as a device (8) or a host with wide registers (64) aligns them.
std::size_t workspace(const cleave::runtime_graph& graph, std::size_t begin, std::size_t end, std::size_t alignment) {
  return cleave::plan_memory(graph, {begin, end, false, alignment}).bytes;
}

}  // namespace

std::string report_text(const finished& of) {
  using cleave::detail::grouped;
  const cleave::runtime_graph& graph = of.graph;
  const std::size_t end = graph.nodes.size();
  std::string text = cleave::summary(graph);
  text += "\nweights: " + grouped(graph.weight_bytes) +
          " bytes\nworkspace: " + grouped(workspace(graph, graph.inputs, end, 8)) + " bytes\n\n";
  cleave::detail::text_table<5> cuts{{false, true, false, false, false}};
  cuts.add({"cut", "behind", "bytes", "device workspace", "remote workspace"});
  for (std::size_t cut = 0; cut <= graph.last; ++cut) {
    const std::size_t middle = graph.end_of(cut);
    const std::string label{graph.nodes[middle - 1].what.name};
    const std::string kind{cleave::name_of(graph.nodes[middle - 1].what.kind)};
    cuts.add({std::to_string(cut), label.empty() ? kind : kind + " " + label,
              grouped(cleave::crossing_bytes(graph, cut)), grouped(workspace(graph, graph.inputs, middle, 8)),
              grouped(workspace(graph, middle, end, 64))});
  }
  return text + cuts.text();
}

}  // namespace importer
