// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/alexnet.hpp>
#include <cleave/models/squeezenet1_1.hpp>

#include "measured_network.hpp"

namespace prediction_bench {

std::vector<measured_network> measure_large(const cleave::profile& on) {
  namespace models = cleave::models;
  return {measure<models::squeezenet1_1>("squeezenet1_1", on), measure<models::alexnet>("alexnet", on)};
}

}  // namespace prediction_bench
