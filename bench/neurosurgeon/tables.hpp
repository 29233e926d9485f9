// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_NEUROSURGEON_TABLES_HPP
#define CLEAVE_BENCH_NEUROSURGEON_TABLES_HPP

/// @file
/// The measured tables of Neurosurgeon's authors (eight networks on a Jetson TK1 and a server with a K40), read from
/// three files of comma separated values.

#include <array>
#include <charconv>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace neurosurgeon {

/// Whose times: a column of the table of layers.
enum class processor : std::size_t { phone_cpu, phone_gpu, server_gpu, server_cpu };
inline constexpr std::size_t processors = 4;

struct table_layer {
  std::string name;
  double input_values = 0;
  double output_values = 0;
  double mflop = 0;                             ///< additions and multiplications, as the authors count them
  std::array<double, processors> milliseconds;  ///< by processor

  double time(processor on) const { return milliseconds[static_cast<std::size_t>(on)]; }
  double& time(processor on) { return milliseconds[static_cast<std::size_t>(on)]; }
};

struct table_network {
  std::string name;
  std::vector<table_layer> layers;
  double phone_cpu_watts = 0;  ///< of the whole phone while the network runs
  double phone_gpu_watts = 0;

  /// Pictures have one byte a value where they come from; sound and words are floats from the start.
  bool takes_pictures() const { return name == "imc" || name == "vgg" || name == "face" || name == "dig"; }
  double watts(processor phone) const { return phone == processor::phone_cpu ? phone_cpu_watts : phone_gpu_watts; }
};

struct table_link {
  std::string name;
  double uplink_mbps = 0;
  double downlink_mbps = 0;
  double alpha_up_mw_per_mbps = 0;
  double alpha_down_mw_per_mbps = 0;
  double beta_mw = 0;

  double upload_watts() const { return (alpha_up_mw_per_mbps * uplink_mbps + beta_mw) / 1000; }
};

struct tables {
  std::vector<table_network> networks;
  std::vector<table_link> links;
};

namespace detail {

/// The rows of a file, cell by cell. Requires: the first line is `heading`; throws what is wrong, with file and line.
inline std::vector<std::vector<std::string>> read_rows(const std::filesystem::path& path, std::string_view heading) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  std::string line;
  std::getline(file, line);
  if (line != heading) throw std::runtime_error(path.string() + ":1: expected the columns " + std::string(heading));
  std::size_t columns = 1;
  for (const char each : heading) columns += each == ',' ? 1 : 0;
  std::vector<std::vector<std::string>> rows;
  while (std::getline(file, line)) {
    if (line.empty()) continue;
    std::vector<std::string> cells;
    std::istringstream from(line);
    for (std::string cell; std::getline(from, cell, ',');) cells.push_back(cell);
    if (cells.size() != columns) {
      throw std::runtime_error(path.string() + ":" + std::to_string(rows.size() + 2) + ": expected " +
                               std::to_string(columns) + " cells");
    }
    rows.push_back(std::move(cells));
  }
  return rows;
}

inline double number(const std::string& cell) {
  double value = 0;
  const auto [end, error] = std::from_chars(cell.data(), cell.data() + cell.size(), value);
  if (error != std::errc{} || end != cell.data() + cell.size()) throw std::runtime_error("not a number: " + cell);
  return value;
}

}  // namespace detail

/// Reads `layers.csv`, `networks.csv` and `power.csv` of a folder. Throws `std::runtime_error`.
inline tables read_tables(const std::filesystem::path& folder) {
  using detail::number;
  tables all;
  for (const auto& row : detail::read_rows(folder / "layers.csv",
                                           "application,index,layer,input_values,output_values,mflop,tk1_cpu_ms,"
                                           "tk1_gpu_ms,server_gpu_ms,server_cpu_ms")) {
    if (all.networks.empty() || all.networks.back().name != row[0]) {
      all.networks.push_back({.name = row[0], .layers = {}});
    }
    all.networks.back().layers.push_back(
        {.name = row[2],
         .input_values = number(row[3]),
         .output_values = number(row[4]),
         .mflop = number(row[5]),
         .milliseconds = {number(row[6]), number(row[7]), number(row[8]), number(row[9])}});
  }
  for (const auto& row : detail::read_rows(folder / "networks.csv",
                                           "network,uplink_mbps,downlink_mbps,alpha_up_mw_per_mbps,"
                                           "alpha_down_mw_per_mbps,beta_mw")) {
    all.links.push_back({.name = row[0],
                         .uplink_mbps = number(row[1]),
                         .downlink_mbps = number(row[2]),
                         .alpha_up_mw_per_mbps = number(row[3]),
                         .alpha_down_mw_per_mbps = number(row[4]),
                         .beta_mw = number(row[5])});
  }
  for (const auto& row : detail::read_rows(folder / "power.csv", "application,tk1_cpu_w,tk1_gpu_w")) {
    for (table_network& each : all.networks) {
      if (each.name != row[0]) continue;
      each.phone_cpu_watts = number(row[1]);
      each.phone_gpu_watts = number(row[2]);
    }
  }
  return all;
}

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
