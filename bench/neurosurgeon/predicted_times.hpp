// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_NEUROSURGEON_PREDICTED_TIMES_HPP
#define CLEAVE_BENCH_NEUROSURGEON_PREDICTED_TIMES_HPP

/// @file
/// Predictors of the tables' layers: cleave's own, fitted on measured times of whole networks.

#include <array>
#include <cleave/plan/predictor_fit.hpp>
#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "rules.hpp"
#include "tables.hpp"

namespace neurosurgeon {

/// What a layer is, by the name that the authors gave it.
inline cleave::work_kind kind_of(std::string_view layer) {
  struct prefix {
    std::string_view name;
    cleave::work_kind kind;
  };
  using cleave::work_kind;
  for (const prefix& each :
       {prefix{"conv", work_kind::convolution}, prefix{"local", work_kind::locally_connected},
        prefix{"pool", work_kind::pool}, prefix{"norm", work_kind::normalization}, prefix{"fc", work_kind::dense},
        prefix{"ip", work_kind::dense}, prefix{"inner", work_kind::dense}, prefix{"final_inner", work_kind::dense},
        prefix{"relu", work_kind::cheap_activation}, prefix{"htanh", work_kind::arithmetic},
        prefix{"sig", work_kind::activation}, prefix{"drop", work_kind::nothing}, prefix{"prob", work_kind::softmax},
        prefix{"argmax", work_kind::reduction}}) {
    if (layer.starts_with(each.name)) return each.kind;
  }
  throw std::runtime_error("no kind is known for a layer called " + std::string(layer));
}

/// A layer of the tables in the numbers that predictors are made of. The tables count a product with its sum as two
/// operations and have no sizes of kernels, so a convolution's weights stay unknown; a dense layer's follow from its
/// operations and the batch that its sizes imply.
inline cleave::layer_work work_of_layer(const table_layer& layer) {
  using cleave::work_kind;
  cleave::layer_work work;
  work.kind = kind_of(layer.name);
  work.input_values = layer.input_values;
  work.output_values = layer.output_values;
  work.filters = layer.output_values;
  const bool multiplies =
      work.kind == work_kind::convolution || work.kind == work_kind::dense || work.kind == work_kind::locally_connected;
  work.operations = layer.mflop * 1e6 / (multiplies ? 2 : 1);
  work.issued = work.operations;
  if (work.kind == work_kind::dense) {
    const double batch = layer.input_values * layer.output_values / work.operations;
    work.weight_bytes = 4 * work.operations / batch;
  } else if (work.kind == work_kind::locally_connected) {
    work.weight_bytes = 4 * work.operations;
  }
  return work;
}

/// Predictors of the kinds of layers on one processor.
class table_predictors {
 public:
  /// Fits on all networks but `left_out`.
  table_predictors(const tables& all, processor on, const table_network* left_out = nullptr) {
    std::array<std::vector<cleave::layer_sample>, cleave::work_kinds> samples;
    int group = 0;
    for (const table_network& network : all.networks) {
      ++group;
      if (&network == left_out) continue;
      for (const table_layer& layer : network.layers) {
        const cleave::layer_work work = work_of_layer(layer);
        samples[static_cast<std::size_t>(work.kind)].push_back(
            {.work = work, .seconds = layer.time(on) / 1000, .resident = work.weight_bytes, .group = group});
      }
    }
    for (std::size_t kind = 0; kind < samples.size(); ++kind) {
      known_[kind] = !samples[kind].empty();
      // Half way between errors that count in seconds and errors that count in shares: a cut needs both, the sum of
      // many short layers and the right place of the long ones.
      models_[kind] = cleave::fit_predictor(samples[kind], {}, {.relative = 0.5});
    }
  }

  double milliseconds(const table_layer& layer) const {
    const cleave::layer_work work = work_of_layer(layer);
    const cleave::predictor& model = models_[static_cast<std::size_t>(work.kind)];
    return 1000 * model.seconds(work, cleave::terms_of(work, {}, work.weight_bytes));
  }

  /// Whether layers of its kind were there to fit on.
  bool knows(const table_layer& layer) const { return known_[static_cast<std::size_t>(kind_of(layer.name))]; }

 private:
  std::array<cleave::predictor, cleave::work_kinds> models_{};
  std::array<bool, cleave::work_kinds> known_{};
};

/// The layers of a network whose kinds the predictors have not seen.
inline std::vector<std::string> unknown_layers(const table_network& network, const table_predictors& by) {
  std::vector<std::string> names;
  for (const table_layer& each : network.layers) {
    if (!by.knows(each)) names.push_back(each.name);
  }
  return names;
}

inline layer_times predicted(const table_network& network, const table_predictors& phone,
                             const table_predictors& server) {
  layer_times times;
  for (const table_layer& each : network.layers) {
    times.phone.push_back(phone.milliseconds(each));
    times.server.push_back(server.milliseconds(each));
  }
  return times;
}

/// What a plan made of predicted times is worth by measured ones.
struct planned_cut {
  const configuration* of = nullptr;
  std::size_t planned = 0;
  std::size_t oracle = 0;
  std::vector<std::string> unknown;  ///< layers of kinds that the predictors have not seen

  /// Share of the oracle's speed that is reached.
  double share() const { return of->costs[oracle].milliseconds() / of->costs[planned].milliseconds(); }
};

/// Plans all configurations with predictors fitted on the same tables, each network left out of its fit or not.
inline std::vector<planned_cut> plan_all(const tables& all, const std::vector<configuration>& of, const rules& by,
                                         bool leave_out) {
  std::vector<planned_cut> result;
  for (const table_network& network : all.networks) {
    const table_network* left_out = leave_out ? &network : nullptr;
    const table_predictors server(all, processor::server_gpu, left_out);
    for (const processor phone : {processor::phone_cpu, processor::phone_gpu}) {
      const table_predictors on_phone(all, phone, left_out);
      const layer_times times = predicted(network, on_phone, server);
      for (const configuration& each : of) {
        if (each.network != &network || each.phone != phone) continue;
        const auto costs = cost_of_cuts(network, times, *each.link, network.watts(phone), by);
        result.push_back({&each, fastest(costs), fastest(each.costs), unknown_layers(network, on_phone)});
      }
    }
  }
  return result;
}

}  // namespace neurosurgeon
#endif
