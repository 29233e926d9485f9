// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/autoencoder.hpp>
#include <cleave/models/djinn_lenet.hpp>
#include <cleave/models/dscnn.hpp>
#include <cleave/models/lenet5.hpp>
#include <cleave/models/senna.hpp>

#include "measured_network.hpp"

namespace prediction_bench {

std::vector<measured_network> measure_small(const cleave::profile& on) {
  namespace models = cleave::models;
  return {measure<models::lenet5>("lenet5", on), measure<models::dscnn>("dscnn", on),
          measure<models::autoencoder>("autoencoder", on), measure<models::senna_pos>("senna_pos", on),
          measure<models::djinn_lenet>("djinn_lenet", on)};
}

}  // namespace prediction_bench
