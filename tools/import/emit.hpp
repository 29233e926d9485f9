// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_EMIT_HPP
#define TOOLS_IMPORT_EMIT_HPP

/// @file
/// The header of an imported network, as a person would have written it.

#include <string>

#include "finish.hpp"

namespace importer {

/// One layer with its fields, such as `cleave::conv2d{.channels = 16, .kernel = 3}`; what a field has by default is
/// left out.
std::string layer_text(const cleave::layer_record& of);

/// The whole header. `name` is that of the graph, `model` that of the file it was made of.
std::string header_text(const finished& of, const std::string& name, const std::string& model);

}  // namespace importer
#endif
