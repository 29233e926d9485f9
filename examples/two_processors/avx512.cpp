// SPDX-License-Identifier: BSL-1.0
#include "network_classifier.hpp"

std::unique_ptr<classifier> classifier_for_avx512(const weights_type& weights) {
  return std::make_unique<network_classifier<cleave::native_pack>>(weights);
}
