// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_NEUROSURGEON_CUT_NETWORKS_HPP
#define CLEAVE_BENCH_NEUROSURGEON_CUT_NETWORKS_HPP

/// @file
/// The networks and links of which every cut is timed, for the device's program and for the plan.

#include <array>
#include <cleave/models/autoencoder.hpp>
#include <cleave/models/djinn_lenet.hpp>
#include <cleave/models/dscnn.hpp>
#include <cleave/models/lenet5.hpp>
#include <cleave/models/mobilenet_v1_025.hpp>
#include <cleave/models/resnet8.hpp>
#include <cleave/plan/link_model.hpp>

namespace neurosurgeon {

/// Calls `visit.operator()<graph>(name)` for each.
template <class Visit>
void for_each_cut_network(Visit visit) {
  visit.template operator()<cleave::models::lenet5>("lenet5");
  visit.template operator()<cleave::models::djinn_lenet>("djinn_lenet");
  visit.template operator()<cleave::models::dscnn>("dscnn");
  visit.template operator()<cleave::models::resnet8>("resnet8");
  visit.template operator()<cleave::models::autoencoder>("autoencoder");
  visit.template operator()<cleave::models::mobilenet_v1_025>("mobilenet_v1_025");
}

struct cut_link {
  const char* name;
  double bits_per_second;  ///< the paper's uplinks, both ways: answers are short
  double latency_seconds;  ///< one way

  cleave::link_model model() const { return {bits_per_second, bits_per_second, latency_seconds}; }
};
inline constexpr std::array<cut_link, 3> cut_links{
    {{"3g", 1.44e6, 0.03}, {"lte", 5.5e6, 0.015}, {"wifi", 12.44e6, 0.002}}};

}  // namespace neurosurgeon
#endif
