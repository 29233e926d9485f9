// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_FINISH_HPP
#define TOOLS_IMPORT_FINISH_HPP

/// @file
/// The last step before a network is written: dead layers gone, answers marked, labels given, shapes and weights
/// placed.

#include <deque>
#include <string>
#include <vector>

#include <cleave/graph/runtime_graph.hpp>
#include <cleave/weights/owned.hpp>

#include "network.hpp"

namespace importer {

/// What is written. `layers[i]` is node i of the graph.
struct finished {
  std::vector<layer> layers;
  std::vector<terminal> inputs;
  std::vector<terminal> answers;   ///< in the order of the model; `layer` is a node
  std::deque<std::string> labels;  ///< what the graph's labels view
  std::vector<cleave::layer_record> records;
  cleave::runtime_graph graph{{}};

  finished() = default;
  finished(finished&&) = default;
  finished& operator=(finished&&) = default;
};

/// Throws `refusal` where an input is not used, or the graph is not sound.
finished finish(network of);

/// The weights of all layers as a blob.
cleave::aligned_bytes pack(const finished& of);

}  // namespace importer
#endif
