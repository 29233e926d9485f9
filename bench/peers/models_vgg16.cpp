// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/vgg16.hpp>

#include "model_row.hpp"

namespace cleave_bench {

std::vector<model> vgg16_models() {
  return {{"VGG-16", 0.42, 0.40, true, one_core_row<cleave::models::vgg16>,
           all_cores_row<cleave::models::vgg16, cleave::fast_options>}};
}

}  // namespace cleave_bench
