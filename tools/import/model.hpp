// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_MODEL_HPP
#define TOOLS_IMPORT_MODEL_HPP

/// @file
/// An ONNX model as plain data: what file.cpp makes of a file, checked, with its nodes in an order in which they can be
/// computed. Everything behind this header knows nothing of protobuf.

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "tensor.hpp"

namespace importer {

/// One attribute of a node; what its kind is, the reader of it knows.
struct attribute {
  std::int64_t integer = 0;
  float real = 0;
  std::string text;
  std::vector<std::int64_t> integers;
  std::vector<float> reals;
  std::optional<tensor> value;
  bool is_graph = false;
};

/// One operator of the model.
struct operation {
  std::string kind;  ///< "Conv"
  std::string domain;
  std::string name;                 ///< may be empty
  std::vector<std::string> inputs;  ///< empty text: an optional input that is left out
  std::vector<std::string> outputs;
  std::map<std::string, attribute> attributes;
  std::size_t position = 0;  ///< from 1, in the file

  bool has(const std::string& key) const { return attributes.count(key) != 0; }
  std::int64_t integer(const std::string& key, std::int64_t otherwise) const;
  float real(const std::string& key, float otherwise) const;
  std::string text(const std::string& key, const std::string& otherwise) const;
  std::vector<std::int64_t> integers(const std::string& key, std::vector<std::int64_t> otherwise = {}) const;
  bool has_input(std::size_t index) const { return index < inputs.size() && !inputs[index].empty(); }
  bool has_output(std::size_t index) const { return index < outputs.size() && !outputs[index].empty(); }

  /// "Conv 'conv1' (node 3)", as messages name it.
  std::string title() const;
};

/// An input or output of the model.
struct port {
  std::string name;
  std::string type;                  ///< "float", "int64", ...
  sizes dims;                        ///< -1 where the file names a symbol or nothing
  std::vector<std::string> symbols;  ///< the names of such sizes
  bool has_shape = false;
};

struct model {
  std::int64_t opset = 0;
  std::vector<operation> nodes;
  std::vector<port> inputs;  ///< without those that are constants
  std::vector<port> outputs;
  std::map<std::string, tensor> constants;
};

/// Parses and checks a model. Throws `refusal`.
model parse_model(std::span<const char> bytes);
model read_model(const std::string& path);

/// A tensor of a test data set (TensorProto), and its name, which may be empty. Throws `refusal`.
struct named_tensor {
  std::string name;
  tensor data;
};
named_tensor read_tensor(const std::string& path);

}  // namespace importer
#endif
