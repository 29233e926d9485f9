// SPDX-License-Identifier: BSL-1.0
#include <stdexcept>

#include "onnx_network.hpp"

namespace planning {

planned_network read_onnx(const std::string& path) {
  throw std::runtime_error(path +
                           ": this cleave-plan was built without the importer, which needs the packages "
                           "libonnx-dev, libprotobuf-dev and protobuf-compiler");
}

}  // namespace planning
