// SPDX-License-Identifier: BSL-1.0
/// @file
/// Predicted times of whole networks beside measured ones, on the machine of a profile:
///     cleave-profile --json here.json && bench_predictions here.json [--layers FILE.csv] [--json ROWS.json]

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <exception>
#include <fstream>
#include <string>
#include <vector>

#include "../../tools/plan/profile_file.hpp"
#include "measured_network.hpp"

namespace {

using prediction_bench::measured_network;

void write_layers(const std::string& path, const std::vector<measured_network>& all) {
  std::ofstream file{path};
  file << "network,layer,kind,operations,issued,wide_issued,tiles,rows,weight_bytes,input_values,output_values,us,"
          "predicted_us\n";
  for (const measured_network& each : all) {
    for (std::size_t i = 1; i < each.layers.size(); ++i) {
      const cleave::layer_work& work = each.works[i];
      file << each.name << ',' << i << ',' << name_of(work.kind) << ',' << work.operations << ',' << work.issued << ','
           << work.wide_issued << ',' << work.tiles << ',' << work.rows << ',' << work.weight_bytes << ','
           << work.input_values << ',' << work.output_values << ',' << 1e6 * each.layers[i].seconds << ','
           << 1e6 * each.predicted[i].seconds << '\n';
    }
  }
}

/// A row of what other tools collect.
std::string row(const std::string& name, double value, double limit, const std::string& command) {
  return "  {\"name\": \"" + name + "\", \"value\": " + std::to_string(value) +
         ", \"limit\": " + std::to_string(limit) + ", \"pass\": " + (value <= limit ? "true" : "false") +
         ", \"command\": \"" + command + "\"}";
}

}  // namespace

int main(int count, char** words) {
  try {
    std::string layers;
    std::string json;
    if (count < 2 || count % 2 != 0) throw std::runtime_error("PROFILE.json [--layers FILE] [--json FILE]");
    for (int i = 2; i + 1 < count; i += 2) {
      const std::string option = words[i];
      if (option != "--layers" && option != "--json") throw std::runtime_error("there is no option " + option);
      (option == "--layers" ? layers : json) = words[i + 1];
    }
    const cleave::profile on = planning::read_profile(words[1]).what;
    std::vector<measured_network> all;
    for (const auto part : {prediction_bench::measure_small, prediction_bench::measure_residual,
                            prediction_bench::measure_mobile, prediction_bench::measure_large}) {
      for (measured_network& each : part(on)) all.push_back(std::move(each));
    }
    std::vector<double> errors;
    std::printf("%-18s %12s %12s %12s %9s\n", "network", "layers, us", "whole, us", "predicted", "error");
    for (const measured_network& each : all) {
      double layer_sum = 0;
      double predicted = 0;
      for (const cleave::layer_cost& cost : each.layers) layer_sum += 1e6 * cost.seconds;
      for (const cleave::layer_cost& cost : each.predicted) predicted += 1e6 * cost.seconds;
      const double whole = 1e6 * each.whole.seconds;
      errors.push_back(std::abs(predicted / whole - 1));
      std::printf("%-18s %12.1f %12.1f %12.1f %+8.1f %%\n", each.name.c_str(), layer_sum, whole, predicted,
                  100 * (predicted / whole - 1));
    }
    std::sort(errors.begin(), errors.end());
    const double median = errors[errors.size() / 2];
    std::printf("median error %.1f %%, largest %.1f %%\n", 100 * median, 100 * errors.back());
    if (!layers.empty()) write_layers(layers, all);
    if (!json.empty()) {
      std::ofstream file{json};
      const std::string command = "bench_predictions PROFILE.json";
      file << "[\n"
           << row("median error of predicted totals, percent", 100 * median, 10, command) << ",\n"
           << row("largest error of predicted totals, percent", 100 * errors.back(), 25, command) << "\n]\n";
    }
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "bench_predictions: %s\n", problem.what());
    return 1;
  }
}
