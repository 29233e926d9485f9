// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/alexnet.hpp>

#include "model_row.hpp"

namespace cleave_bench {

namespace {

/// For libraries that have no local response normalisation.
inline constexpr auto alexnet_without_normalization = cleave::graph{
    cleave::input{.height = 227, .width = 227, .channels = 3},
    cleave::conv2d{.channels = 96, .kernel = 11, .stride = 4},
    cleave::relu{},
    cleave::max_pool{.kernel = 3, .stride = 2},
    cleave::conv2d{.channels = 256, .kernel = 5, .padding = 2, .groups = 2},
    cleave::relu{},
    cleave::max_pool{.kernel = 3, .stride = 2},
    cleave::models::alexnet_parts::behind_norm2(),
};

}  // namespace

std::vector<model> alexnet_models() {
  return {
      {"AlexNet", 0.90, 0.80, true, one_core_row<cleave::models::alexnet>,
       all_cores_row<cleave::models::alexnet, cleave::default_options>},
      {"AlexNet without LRN", 0.86, 0, true, one_core_row<alexnet_without_normalization>},
  };
}

}  // namespace cleave_bench
