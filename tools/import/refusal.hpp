// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_IMPORT_REFUSAL_HPP
#define TOOLS_IMPORT_REFUSAL_HPP

/// @file
/// Why a model was not imported, in words for people. The kind becomes the exit status.

#include <stdexcept>
#include <string>

namespace importer {

enum class trouble {
  usage = 2,        ///< arguments that make no sense together
  unreadable = 3,   ///< the file is not there or can not be read
  damaged = 4,      ///< not an ONNX model, or one that contradicts itself
  unsupported = 5,  ///< a sound model that needs what cleave does not have
  differs = 6,      ///< the imported network does not compute what it should
  unwritable = 7,   ///< a result can not be written
};

class refusal : public std::runtime_error {
 public:
  refusal(trouble kind, const std::string& words) : std::runtime_error(words), kind_(kind) {}
  trouble kind() const noexcept { return kind_; }

 private:
  trouble kind_;
};

}  // namespace importer
#endif
