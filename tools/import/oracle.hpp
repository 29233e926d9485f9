// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_ORACLE_HPP
#define TOOLS_IMPORT_ORACLE_HPP

/// @file
/// Computes a model node by node as the ONNX standard describes it: in ONNX's own order, in double, without any of the
/// importer's layouts and rewrites. It is slow and knows the common operators only; it says where a difference begins.

#include <map>
#include <string>
#include <vector>

#include "model.hpp"
#include "network.hpp"

namespace importer {

class oracle {
 public:
  oracle(const model& source, const std::vector<terminal>& inputs,
         const std::map<std::string, std::vector<float>>& given);

  /// Computes the outputs of a node; false where its operator is not known here.
  bool compute(const operation& of);

  /// A value that has been computed, or null.
  const tensor* find(const std::string& name) const;

  /// Takes this as the value of `name`.
  void take(const std::string& name, tensor value) { values_[name] = std::move(value); }

 private:
  const model& source_;
  std::map<std::string, tensor> values_;
};

}  // namespace importer
#endif
