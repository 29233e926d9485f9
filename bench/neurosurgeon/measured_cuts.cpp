// SPDX-License-Identifier: BSL-1.0
#include <chart/chart.hpp>
#include <cleave/plan/planner.hpp>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "cut_networks.hpp"
#include "parts.hpp"
#include "profile_file.hpp"

namespace neurosurgeon {
namespace {

struct timed_cut {
  double seconds = 0;  ///< the least of all times
  int times = 0;
};
/// Every cut, by network and link.
using timed_cuts = std::map<std::string, std::vector<timed_cut>>;

timed_cuts read_cuts(const std::filesystem::path& path) {
  timed_cuts found;
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path.string());
  for (std::string line; std::getline(file, line);) {
    std::vector<std::string> cells;
    std::istringstream from(line);
    for (std::string cell; std::getline(from, cell, ',');) cells.push_back(cell);
    if (cells.size() != 6) throw std::runtime_error(path.string() + ": expected 6 cells: " + line);
    std::vector<timed_cut>& of = found[cells[0] + "," + cells[1]];
    if (of.size() != std::stoul(cells[2])) throw std::runtime_error(path.string() + ": out of order: " + line);
    of.push_back({std::stod(cells[3]), std::stoi(cells[5])});
  }
  return found;
}

template <class Plan>
cleave::cut_choice planned(const Plan& plan, const cut_link& over, double slowdown) {
  return plan.best({.over = over.model(), .device_slowdown = slowdown});
}

}  // namespace

void plan_cuts(const std::string& device_profile, const std::string& server_profile, double slowdown) {
  const cleave::profile here = planning::read_profile(device_profile).what;
  const cleave::profile there = planning::read_profile(server_profile).what;
  for_each_cut_network([&]<const auto & Graph>(const char* name) {
    const cleave::cut_plan plan{Graph, here, there};
    for (const cut_link& over : cut_links)
      std::printf("%s %s %zu\n", name, over.name, planned(plan, over, slowdown).cut);
  });
}

void measured_cuts(const measured_device& device, report& to) {
  const timed_cuts times = read_cuts(device.cuts);
  const cleave::profile here = planning::read_profile(device.device_profile).what;
  const cleave::profile there = planning::read_profile(device.server_profile).what;
  std::printf("\n(b) measured: %s\n", device.name.c_str());
  std::printf("  %-18s %-5s %8s %12s %8s %12s %12s %7s %14s %5s\n", "network", "link", "planned", "ms", "best", "ms",
              "all-cloud", "share", "predicted, ms", "times");
  cleave_chart::bar_chart chart{
      .title = "Every cut timed: " + device.name,
      .subtitle = "latency of the planned cut, of the best one, and of the two without a plan",
      .value = {.label = "latency, ms (logarithmic)", .logarithmic = true, .base = 1}};
  chart.series = {{"planned cut", {}}, {"best cut", {}}, {"all on the server", {}}, {"all on the device", {}}};
  std::vector<double> shares;
  for_each_cut_network([&]<const auto & Graph>(const char* name) {
    const cleave::cut_plan plan{Graph, here, there};
    for (const cut_link& over : cut_links) {
      const auto found = times.find(std::string(name) + "," + over.name);
      if (found == times.end()) continue;
      const std::vector<timed_cut>& of = found->second;
      if (of.size() != plan.size()) throw std::runtime_error(std::string("not every cut of ") + name + " was timed");
      const cleave::cut_choice choice = planned(plan, over, device.slowdown);
      std::size_t best = 0;
      for (std::size_t cut = 0; cut < of.size(); ++cut) {
        if (of[cut].seconds < of[best].seconds) best = cut;
      }
      const double share = of[best].seconds / of[choice.cut].seconds;
      shares.push_back(share);
      std::printf("  %-18s %-5s %8zu %12.2f %8zu %12.2f %12.2f %6.1f%% %14.2f %5d\n", name, over.name, choice.cut,
                  1000 * of[choice.cut].seconds, best, 1000 * of[best].seconds, 1000 * of[0].seconds, 100 * share,
                  1000 * choice.cost.seconds(), of[choice.cut].times);
      to.row(device.name + ", " + name + ", " + over.name + ": share of the best cut's speed", share);
      chart.categories.push_back(std::string(name) + ", " + over.name);
      chart.series[0].values.push_back(1000 * of[choice.cut].seconds);
      chart.series[1].values.push_back(1000 * of[best].seconds);
      chart.series[2].values.push_back(1000 * of[0].seconds);
      chart.series[3].values.push_back(1000 * of.back().seconds);
    }
  });
  if (shares.empty()) throw std::runtime_error(device.cuts + ": nothing was timed");
  double sum = 0;
  double least = 1;
  for (const double each : shares) {
    sum += each;
    least = std::min(least, each);
  }
  to.row(device.name + ": configurations", static_cast<double>(shares.size()), at_least(15));
  to.row(device.name + ": share of the best cut's speed, mean", sum / static_cast<double>(shares.size()),
         at_least(0.985));
  to.row(device.name + ": share of the best cut's speed, least", least, at_least(1 / 1.1));
  to.picture(device.file + ".svg", draw(chart));
}

}  // namespace neurosurgeon
