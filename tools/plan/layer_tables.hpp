// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_PLAN_LAYER_TABLES_HPP
#define TOOLS_PLAN_LAYER_TABLES_HPP

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

/// Reads `layers.csv` of a folder. Throws `std::runtime_error`.
inline std::vector<table_network> read_layers(const std::filesystem::path& folder) {
  using detail::number;
  std::vector<table_network> networks;
  for (const auto& row : detail::read_rows(folder / "layers.csv",
                                           "application,index,layer,input_values,output_values,mflop,tk1_cpu_ms,"
                                           "tk1_gpu_ms,server_gpu_ms,server_cpu_ms")) {
    if (networks.empty() || networks.back().name != row[0]) {
      networks.push_back({.name = row[0], .layers = {}});
    }
    networks.back().layers.push_back(
        {.name = row[2],
         .input_values = number(row[3]),
         .output_values = number(row[4]),
         .mflop = number(row[5]),
         .milliseconds = {number(row[6]), number(row[7]), number(row[8]), number(row[9])}});
  }
  return networks;
}

/// The same with `networks.csv` and `power.csv` beside it. Throws `std::runtime_error`.
inline tables read_tables(const std::filesystem::path& folder) {
  using detail::number;
  tables all{.networks = read_layers(folder), .links = {}};
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

}  // namespace neurosurgeon
#endif
