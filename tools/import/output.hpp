// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_OUTPUT_HPP
#define TOOLS_IMPORT_OUTPUT_HPP

/// @file
/// The files that an import leaves.

#include <string>
#include <vector>

#include "data.hpp"
#include "finish.hpp"

namespace importer {

struct output_request {
  std::string model;   ///< the file that was read, for comments
  std::string name;    ///< of the graph; by default that of the file
  std::string folder;  ///< empty: nothing is written
  std::string cut;     ///< number or label; with `half` a slice of the weights
  std::string half;    ///< "device", "remote", or empty for everything
  bool embed = false;
  bool vector = false;
  bool samples = false;
};

/// Writes <name>.hpp and <name>.weights and what else is asked for. All files are made before the first is written.
/// Throws `refusal`.
void write(const finished& of, output_request asked, const std::vector<sample>& samples);

}  // namespace importer
#endif
