// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/mobilenet_v1_025.hpp>
#include <cleave/models/mobilenet_v2.hpp>

#include "measured_network.hpp"

namespace prediction_bench {

std::vector<measured_network> measure_mobile(const cleave::profile& on) {
  namespace models = cleave::models;
  return {measure<models::mobilenet_v1_025>("mobilenet_v1_025", on), measure<models::mobilenet_v2>("mobilenet_v2", on)};
}

}  // namespace prediction_bench
