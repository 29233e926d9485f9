// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/squeezenet1_1.hpp>

#include "model_row.hpp"

namespace cleave_bench {

std::vector<model> squeezenet_models() {
  return {{"SqueezeNet 1.1", 0.76, 0.68, true, one_core_row<cleave::models::squeezenet1_1>,
           all_cores_row<cleave::models::squeezenet1_1, cleave::fast_options>}};
}

}  // namespace cleave_bench
