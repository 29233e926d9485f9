// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_PEERS_MODELS_HPP
#define CLEAVE_BENCH_PEERS_MODELS_HPP

/// @file
/// The models that are measured whole. Each is compiled in a file of its own, or together with other small ones.

#include <functional>
#include <string>
#include <vector>

#include "race.hpp"

namespace cleave_bench {

struct model {
  std::string name;
  double limit;  ///< the best ratio to oneDNN's direct form that a known library had
  double goal;   ///< what is thought to be possible; 0: not said
  bool of_medians;
  std::function<row(const model&)> one_core{};
  std::function<row(const model&)> all_cores{};  ///< empty: not measured
};

std::vector<model> small_models();
std::vector<model> alexnet_models();
std::vector<model> squeezenet_models();
std::vector<model> vgg16_models();

/// In the order of the table.
inline std::vector<model> all_models() {
  std::vector<model> all;
  for (const auto& some : {small_models(), squeezenet_models(), alexnet_models(), vgg16_models()}) {
    all.insert(all.end(), some.begin(), some.end());
  }
  return all;
}

}  // namespace cleave_bench
#endif
