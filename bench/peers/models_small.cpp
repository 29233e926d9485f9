// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/autoencoder.hpp>
#include <cleave/models/dscnn.hpp>
#include <cleave/models/lenet5.hpp>
#include <cleave/models/mobilenet_v1_025.hpp>
#include <cleave/models/resnet8.hpp>

#include "model_row.hpp"

namespace cleave_bench {

std::vector<model> small_models() {
  namespace models = cleave::models;
  return {
      {"ResNet-8", 0.71, 0.62, false, one_core_row<models::resnet8>,
       all_cores_row<models::resnet8, cleave::fast_options>},
      {"DS-CNN", 0.93, 0.80, false, one_core_row<models::dscnn>},
      {"MobileNetV1 0.25 @96", 0.95, 0.78, false, one_core_row<models::mobilenet_v1_025>,
       all_cores_row<models::mobilenet_v1_025, cleave::default_options>},
      {"autoencoder", 0.70, 0, false, one_core_row<models::autoencoder>},
      {"LeNet-5", 0.83, 0.55, false, one_core_row<models::lenet5>},
  };
}

}  // namespace cleave_bench
