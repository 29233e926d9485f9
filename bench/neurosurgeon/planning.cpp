// SPDX-License-Identifier: BSL-1.0
#include <chrono>
#include <cleave/models/alexnet.hpp>
#include <cleave/models/inception_v3.hpp>
#include <cleave/plan/planner.hpp>
#include <cleave/plan/stopwatch.hpp>
#include <cleave/plan/table_profiles.hpp>
#include <cstdio>
#include <string>

#include "parts.hpp"

namespace neurosurgeon {
namespace {

double now() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

/// Microseconds from two profiles to a cut.
template <const auto& Graph>
double planning_time() {
  cleave::profile device = cleave::profiles::tk1_cpu;
  volatile std::size_t cut = 0;  // so that it has to be found
  const cleave::timing found = cleave::time_of_run(now, [&](std::size_t run) {
    device.fuses = run % 2 == 0;  // another plan than the one before
    const cleave::cut_plan plan{Graph, device, cleave::profiles::k40};
    cut = plan.best({.over = cleave::links::wifi}).cut;
  });
  static_cast<void>(cut);
  return 1e6 * found.seconds;
}

void add_rows(const std::string& path, report& to) {
  std::ifstream file(path);
  if (!file) throw std::runtime_error("cannot read " + path);
  for (const nlohmann::json& each : nlohmann::json::parse(file)) {
    to.row(each.at("name").get<std::string>(), each.at("value").get<double>(), at_most(each.at("limit").get<double>()));
  }
}

}  // namespace

void of_the_planner(const std::vector<std::string>& rows, report& to) {
  std::printf("\n(e) the planner: what it takes, and how well it predicts the machine that it runs on\n");
  to.row("planning AlexNet, us", planning_time<cleave::models::alexnet>(), at_most(20));
  to.row("planning Inception-v3, us", planning_time<cleave::models::inception_v3>(), at_most(200));
  for (const std::string& each : rows) add_rows(each, to);
}

}  // namespace neurosurgeon
