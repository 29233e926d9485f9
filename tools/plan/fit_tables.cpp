// SPDX-License-Identifier: BSL-1.0
/// @file
/// Writes include/cleave/plan/table_profiles.hpp anew from Neurosurgeon's measured tables:
///     fit_tables FOLDER_OF_LAYERS_CSV > include/cleave/plan/table_profiles.hpp

#include <cmath>
#include <cstdio>
#include <exception>
#include <map>
#include <string>

#include "measured_tables.hpp"

namespace {

constexpr const char* head = R"(// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_TABLE_PROFILES_HPP
#define CLEAVE_PLAN_TABLE_PROFILES_HPP

/// @file
/// The machines of Neurosurgeon (Kang et al., ASPLOS 2017): a Jetson TK1's CPU and GPU, a server with a Tesla K40 and
/// its CPU, all with Caffe. Written by tools/plan/fit_tables.cpp from the authors' measured layers
/// (claritylab/djinn, branch mobile, graph-gen/offloading); powers of the TK1 are means of what whole networks drew. Predictors were
/// chosen by leaving out one of their eight networks at a time. Times of single layers on GPUs are estimates: the
/// tables book the time of convolutions on the next layer that waits, which is undone by multiply-adds.

#include <cleave/plan/profile.hpp>

namespace cleave::profiles {

)";

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::fprintf(stderr, "fit_tables FOLDER: the folder that has layers.csv\n");
    return 2;
  }
  try {
    auto layers = planning::read_table(words[1]);
    planning::spread_waits(layers);
    std::string text = head;
    for (std::size_t machine = 0; machine < planning::table_machines.size(); ++machine) {
      const planning::named_profile made = planning::fit_table(layers, machine);
      std::string definition = planning::profile_definition(made);
      for (std::size_t at; (at = definition.find("cleave::")) != std::string::npos;) definition.erase(at, 8);
      text += definition + "\n";
      std::map<std::string, std::array<double, 2>> sums;
      for (const auto& each : layers) {
        sums[each.network][0] += made.what.seconds(each.work, 0) * 1000;
        sums[each.network][1] += each.milliseconds[machine];
      }
      for (const auto& [network, sum] : sums) {
        std::fprintf(stderr, "%-10s %-4s predicted %9.3f ms, measured %9.3f ms, %+6.1f %%\n", made.name.c_str(),
                     network.c_str(), sum[0], sum[1], 100 * (sum[0] / sum[1] - 1));
      }
      for (std::size_t i = 0; i < cleave::work_kinds; ++i) {
        const auto& time = made.what.times[i];
        if (time.form == cleave::predictor_form::none) continue;
        std::fprintf(stderr, "%-10s %-18s %-12s median %6.1f %%, worst %6.1f %%\n", made.name.c_str(),
                     std::string{name_of(static_cast<cleave::work_kind>(i))}.c_str(),
                     std::string{name_of(time.form)}.c_str(), 100 * time.median_error, 100 * time.worst_error);
      }
    }
    text += "}  // namespace cleave::profiles\n#endif\n";
    std::fputs(text.c_str(), stdout);
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "fit_tables: %s\n", problem.what());
    return 1;
  }
}
