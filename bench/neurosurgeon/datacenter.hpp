// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_NEUROSURGEON_DATACENTER_HPP
#define CLEAVE_BENCH_NEUROSURGEON_DATACENTER_HPP

/// @file
/// How many more queries a datacenter answers when phones keep a part of the work: figure 16 of Neurosurgeon.

#include <array>
#include <cstddef>
#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "queue_simulation.hpp"
#include "rules.hpp"
#include "tables.hpp"

namespace neurosurgeon {

/// Shares of phones that have no usable GPU.
inline constexpr std::array<double, 4> cpu_shares{0, 0.3, 0.7, 1};

/// Throughput over that of the status quo, as the authors' simulator BigHouse gave it (ypkang/BigHouse,
/// result/server-tp.csv at f560ced): Wi-Fi, LTE, 3G by `cpu_shares`.
struct published_row {
  const char* link;
  std::array<double, 4> gain;
  double mean;  ///< geometric, as figure 16 prints it
};
inline constexpr std::array<published_row, 3> published_throughput{{
    {"wifi", {1.074, 1.054, 1.028, 1.009}, 1.04},
    {"lte", {2.132, 1.602, 1.209, 1.025}, 1.43},
    {"3g", {6.638, 2.742, 1.474, 1.153}, 2.36},
}};

/// Queries that a phone answers alone: in the authors' simulation they are queries with a service time of 0, which wait
/// behind the others all the same and count in the mean. In fact they never come to the server.
enum class local_queries { pass_through, stay_away };

/// What a query costs the server: queries of the eight networks in equal parts, from phones of which `cpu_share` plan
/// for their CPU and the others for their GPU; `planned` phones use the fastest cut, others send the input.
struct query_mix {
  service_mix service;  ///< of queries that reach the server
  double reaching = 0;  ///< share of queries that do
};

inline query_mix mix_of(const tables& all, const table_link& link, double cpu_share, bool planned, const rules& by,
                        local_queries locals) {
  query_mix mix;
  double total = 0;
  for (const table_network& network : all.networks) {
    for (const processor phone : {processor::phone_cpu, processor::phone_gpu}) {
      const double weight = phone == processor::phone_cpu ? cpu_share : 1 - cpu_share;
      if (weight == 0) continue;
      const auto costs = cost_of_cuts(network, measured(network, phone), link, network.watts(phone), by);
      const double seconds = costs[planned ? fastest(costs) : 0].server_ms / 1000;
      total += weight;
      if (seconds > 0) mix.reaching += weight;
      if (seconds > 0 || locals == local_queries::pass_through) mix.service.add(seconds, weight);
    }
  }
  mix.reaching /= total;
  return mix;
}

struct throughput_cell {
  std::string link;
  double cpu_share = 0;
  double status_quo = 0;  ///< queries a second
  double planned = 0;     ///< queries a second, those that phones answer alone included
  double reaching = 0;    ///< share of the planned queries that reach the server; 0: it has nothing to do

  double gain() const { return planned / status_quo; }
};

/// All links and shares. `options` gives everything but the rate.
inline std::vector<throughput_cell> throughput(const tables& all, const rules& by, const queue_options& options,
                                               double target_seconds, local_queries locals) {
  std::vector<throughput_cell> cells;
  for (const published_row& row : published_throughput) {
    const table_link* link = nullptr;
    for (const table_link& each : all.links) {
      if (each.name == row.link) link = &each;
    }
    if (link == nullptr) throw std::runtime_error(std::string("the tables have no link ") + row.link);
    for (const double share : cpu_shares) {
      const query_mix quo = mix_of(all, *link, share, false, by, locals);
      const query_mix plan = mix_of(all, *link, share, true, by, locals);
      const double simulated = locals == local_queries::pass_through ? 1 : plan.reaching;
      const double served = plan.reaching > 0 ? sustained_rate(options, plan.service, target_seconds) / simulated
                                              : std::numeric_limits<double>::infinity();
      cells.push_back({.link = row.link,
                       .cpu_share = share,
                       .status_quo = sustained_rate(options, quo.service, target_seconds),
                       .planned = served,
                       .reaching = plan.reaching});
    }
  }
  return cells;
}

}  // namespace neurosurgeon
#endif
