// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_NEUROSURGEON_TABLES_HPP
#define CLEAVE_BENCH_NEUROSURGEON_TABLES_HPP

/// @file
/// The measured tables of Neurosurgeon's authors by name, and with times of the GPUs where they were spent.

#include <stdexcept>
#include <string>
#include <string_view>

#include "../../tools/plan/layer_tables.hpp"

namespace neurosurgeon {

/// The network of that name. Throws where there is none.
inline const table_network& network_named(const tables& all, std::string_view name) {
  for (const table_network& each : all.networks) {
    if (each.name == name) return each;
  }
  throw std::runtime_error("the tables have no network " + std::string(name));
}
inline table_network& network_named(tables& all, std::string_view name) {
  return const_cast<table_network&>(network_named(static_cast<const tables&>(all), name));
}

/// The layer of that name. Throws where there is none.
inline std::size_t layer_named(const table_network& network, std::string_view name) {
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    if (network.layers[i].name == name) return i;
  }
  throw std::runtime_error("the tables' network " + network.name + " has no layer " + std::string(name));
}

/// The tables with times of the GPUs where they were spent, as far as that can be known. Kernels start
/// asynchronously, so the time of convolutions is booked on the next layer that waits: AlexNet's conv1 in 0.30 ms
/// would be twice a TK1's peak. Here the first large dense or local layer takes what its number of weights says, at
/// the rate of the network's next dense layer (`ip1`, which has none, at that of asr), and what it had beyond goes to
/// the layers before it by their operations. An assumption, not a measurement: sums and CPU columns are untouched.
inline tables reattributed(tables all) {
  const auto settle = [&all](processor on, std::string_view name, std::string_view layer, double milliseconds) {
    table_network& network = network_named(all, name);
    const std::size_t at = layer_named(network, layer);
    double before = 0;
    for (std::size_t i = 0; i < at; ++i) before += network.layers[i].mflop;
    const double excess = network.layers[at].time(on) - milliseconds;
    network.layers[at].time(on) = milliseconds;
    for (std::size_t i = 0; i < at; ++i) {
      network.layers[i].time(on) += excess * network.layers[i].mflop / before;
    }
  };
  for (const processor on : {processor::phone_gpu, processor::server_gpu}) {
    const auto time = [&](std::string_view name, std::string_view layer) {
      const table_network& network = network_named(all, name);
      return network.layers[layer_named(network, layer)].time(on);
    };
    constexpr double face_local4 = 55.0 * 55 * 16 * 9 * 9 * 16;  // weights, none shared
    settle(on, "imc", "fc6", time("imc", "fc7") * 9216 / 4096);
    settle(on, "vgg", "fc6", time("vgg", "fc7") * 25088 / 4096);
    settle(on, "face", "local4", time("face", "fc7") * face_local4 / (6400.0 * 4096));
    double milliseconds = 0;
    double mflop = 0;
    for (const table_layer& each : network_named(all, "asr").layers) {
      if (each.name.find("inner") == std::string::npos) continue;
      milliseconds += each.time(on);
      mflop += each.mflop;
    }
    const table_network& digits = network_named(all, "dig");
    settle(on, "dig", "ip1", digits.layers[layer_named(digits, "ip1")].mflop * milliseconds / mflop);
  }
  return all;
}

}  // namespace neurosurgeon
#endif
