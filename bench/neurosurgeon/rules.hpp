// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_NEUROSURGEON_RULES_HPP
#define CLEAVE_BENCH_NEUROSURGEON_RULES_HPP

/// @file
/// What a cut costs by the rules of Neurosurgeon (Kang et al., ASPLOS 2017, algorithm 1): the layers before it on the
/// phone, its tensor on the uplink, the layers behind it on the server. What the paper leaves open is a parameter.

#include <cmath>
#include <cstddef>
#include <vector>

#include "tables.hpp"

namespace neurosurgeon {

struct rules {
  double picture_bytes = 1;          ///< of a value of a picture at cut 0: 1 or 4
  double value_bytes = 4;            ///< of a value of any other tensor: 4, or 1 with 8-bit transfers
  bool last_blob_is_charged = true;  ///< whether an answer made on the phone is uploaded too
};

/// Times of a network's layers on both sides, in milliseconds: measured, or predicted.
struct layer_times {
  std::vector<double> phone;
  std::vector<double> server;
};

inline layer_times measured(const table_network& network, processor phone) {
  layer_times times;
  for (const table_layer& each : network.layers) {
    times.phone.push_back(each.time(phone));
    times.server.push_back(each.time(processor::server_gpu));
  }
  return times;
}

/// Bytes that go up when the first `cut` layers run on the phone.
inline double upload_bytes(const table_network& network, std::size_t cut, const rules& by) {
  if (cut == 0) {
    return network.layers.front().input_values * (network.takes_pictures() ? by.picture_bytes : by.value_bytes);
  }
  if (cut == network.layers.size() && !by.last_blob_is_charged) return 0;
  return network.layers[cut - 1].output_values * by.value_bytes;
}

struct cut_cost {
  double phone_ms = 0;
  double upload_ms = 0;
  double server_ms = 0;
  double millijoules = 0;  ///< of the phone: it does not pay for waiting, in these rules

  double milliseconds() const { return phone_ms + upload_ms + server_ms; }
};

/// The cost of every cut from 0 (all in the cloud) to the number of layers (all on the phone).
inline std::vector<cut_cost> cost_of_cuts(const table_network& network, const layer_times& times,
                                          const table_link& link, double phone_watts, const rules& by) {
  std::vector<cut_cost> costs(network.layers.size() + 1);
  double phone = 0;
  double server = 0;
  for (const double each : times.server) server += each;
  for (std::size_t cut = 0; cut < costs.size(); ++cut) {
    if (cut > 0) {
      phone += times.phone[cut - 1];
      server -= times.server[cut - 1];
    }
    const double upload = upload_bytes(network, cut, by) * 8 / (link.uplink_mbps * 1000);
    costs[cut] = {.phone_ms = phone,
                  .upload_ms = upload,
                  .server_ms = cut + 1 == costs.size() ? 0 : server,
                  .millijoules = phone * phone_watts + upload * link.upload_watts()};
  }
  return costs;
}

/// The first cut of the least latency.
inline std::size_t fastest(const std::vector<cut_cost>& costs) {
  std::size_t best = 0;
  for (std::size_t cut = 1; cut < costs.size(); ++cut) {
    if (costs[cut].milliseconds() < costs[best].milliseconds()) best = cut;
  }
  return best;
}

/// The first cut of the least energy.
inline std::size_t thriftiest(const std::vector<cut_cost>& costs) {
  std::size_t best = 0;
  for (std::size_t cut = 1; cut < costs.size(); ++cut) {
    if (costs[cut].millijoules < costs[best].millijoules) best = cut;
  }
  return best;
}

/// Means over configurations, as papers print them.
struct means {
  double geometric = 0;
  double arithmetic = 0;
  double most = 0;
  double least = 0;
};

inline means means_of(const std::vector<double>& values) {
  means result{.most = values.front(), .least = values.front()};
  for (const double each : values) {
    result.geometric += std::log(each);
    result.arithmetic += each;
    if (each > result.most) result.most = each;
    if (each < result.least) result.least = each;
  }
  const auto count = static_cast<double>(values.size());
  result.geometric = std::exp(result.geometric / count);
  result.arithmetic /= count;
  return result;
}

/// One of the 48: a network, a link and a processor of the phone, with the costs of its cuts by measured times.
struct configuration {
  const table_network* network = nullptr;
  const table_link* link = nullptr;
  processor phone = processor::phone_cpu;
  std::vector<cut_cost> costs;

  std::string name() const {
    return network->name + " " + link->name + (phone == processor::phone_cpu ? " CPU" : " GPU");
  }
  double speedup(std::size_t cut) const { return costs[0].milliseconds() / costs[cut].milliseconds(); }
  double energy(std::size_t cut) const { return costs[cut].millijoules / costs[0].millijoules; }
};

inline std::vector<configuration> configurations(const tables& all, const rules& by) {
  std::vector<configuration> result;
  for (const table_network& network : all.networks) {
    for (const table_link& link : all.links) {
      for (const processor phone : {processor::phone_cpu, processor::phone_gpu}) {
        result.push_back(
            {&network, &link, phone, cost_of_cuts(network, measured(network, phone), link, network.watts(phone), by)});
      }
    }
  }
  return result;
}

/// How much the best cuts gain over sending every input: factors of latency, shares of energy that is left.
struct gains {
  means latency;
  means energy_left;
};

inline gains best_gains(const std::vector<configuration>& all) {
  std::vector<double> latency;
  std::vector<double> energy;
  for (const configuration& each : all) {
    latency.push_back(each.speedup(fastest(each.costs)));
    energy.push_back(each.energy(thriftiest(each.costs)));
  }
  return {means_of(latency), means_of(energy)};
}

}  // namespace neurosurgeon
#endif
