// SPDX-License-Identifier: BSL-1.0
#include "onnx_network.hpp"

#include <cleave/layers/names.hpp>
#include <utility>

#include "import_model.hpp"

namespace planning {

planned_network read_onnx(const std::string& path) {
  importer::finished made = importer::import_model(importer::read_model(path));
  planned_network found;
  const std::size_t slash = path.find_last_of('/');
  const std::size_t begin = slash == std::string::npos ? 0 : slash + 1;
  found.name = path.substr(begin, path.size() - begin - 5);
  found.labels = std::move(made.labels);
  found.graph = std::move(made.graph);
  return found;
}

}  // namespace planning
