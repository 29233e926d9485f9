// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_PLAN_NETWORKS_HPP
#define TOOLS_PLAN_NETWORKS_HPP

/// @file
/// Networks by name or from a file, as graphs of run time.

#include <cleave/graph/runtime_graph.hpp>
#include <deque>
#include <string>
#include <vector>

namespace planning {

/// A graph and what its labels view.
struct planned_network {
  std::string name;
  std::deque<std::string> labels;
  cleave::runtime_graph graph{{}};
};

/// The names of the networks of include/cleave/models.
std::vector<std::string> network_names();

/// `model` is such a name or an ONNX file. Throws std::runtime_error.
planned_network find_network(const std::string& model);

}  // namespace planning
#endif
