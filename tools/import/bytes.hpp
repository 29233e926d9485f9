// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_BYTES_HPP
#define TOOLS_IMPORT_BYTES_HPP

/// @file
/// Whole files.

#include <string>

namespace importer {

/// What is in a file: 2 GB at most, which is what protobuf can read. Throws `refusal`.
std::string bytes_of(const std::string& path);

}  // namespace importer
#endif
