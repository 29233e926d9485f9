// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/resnet56.hpp>
#include <cleave/models/resnet8.hpp>

#include "measured_network.hpp"

namespace prediction_bench {

std::vector<measured_network> measure_residual(const cleave::profile& on) {
  namespace models = cleave::models;
  return {measure<models::resnet8>("resnet8", on), measure<models::resnet56>("resnet56", on)};
}

}  // namespace prediction_bench
