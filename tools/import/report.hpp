// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_REPORT_HPP
#define TOOLS_IMPORT_REPORT_HPP

/// @file
/// What an imported network costs, as tables: its layers, and for every cut what crosses and what each half needs.

#include <string>

#include "finish.hpp"

namespace importer {

std::string report_text(const finished& of);

}  // namespace importer
#endif
