// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_NETWORK_HPP
#define TOOLS_IMPORT_NETWORK_HPP

/// @file
/// The network that is made of a model: cleave's layers with their trained numbers, and what each stands for in the
/// model.

#include <string>
#include <vector>

#include <cleave/layers/record.hpp>

#include "layout.hpp"
#include "tensor.hpp"

namespace importer {

/// Trained numbers in the order that cleave::layer_parameters asks for.
struct parameters {
  std::vector<float> weights;
  std::vector<float> bias;
  std::vector<float> mean;
  std::vector<float> variance;

  std::size_t count() const { return weights.size() + bias.size(); }
};

struct layer {
  cleave::layer_record what;  ///< without labels
  std::vector<int> inputs;    ///< numbers of layers
  parameters trained;
  cleave::shape out;
  cleave::dtype type = cleave::dtype::float32;
  std::string origin;  ///< the node it was made for, as messages name it
  std::string value;   ///< the model's value that it computes, or empty
  sizes dims;          ///< of that value
  layout memory;       ///< of that value
  bool dead = false;
};

/// An input or an answer: which of the model's values it is, and how that lies in cleave's memory.
struct terminal {
  std::string name;
  sizes dims;
  layout memory;
  int layer = -1;
  bool integer = false;
};

struct network {
  std::vector<layer> layers;
  std::vector<terminal> inputs;   ///< in the order of the graph's inputs
  std::vector<terminal> answers;  ///< in the order of the model's outputs

  /// How many layers read the value of layer `index`, and how many answers it is.
  int uses_of(int index) const;
  /// Lets all readers of `from` read `to`.
  void replace(int from, int to);
};

}  // namespace importer
#endif
