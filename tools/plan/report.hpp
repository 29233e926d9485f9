// SPDX-License-Identifier: BSL-1.0
#ifndef TOOLS_PLAN_REPORT_HPP
#define TOOLS_PLAN_REPORT_HPP

/// @file
/// A plan for people, for programs and as a picture.

#include <cleave/graph/runtime_graph.hpp>
#include <cleave/plan/device_set.hpp>
#include <cleave/plan/planner.hpp>
#include <string>

namespace planning {

/// A plan, and what it was asked for.
struct planned {
  std::string model;
  std::string device;
  std::string server;
  std::string link;
  std::string goal;
  cleave::objective wanted{};
  std::string command;  ///< that plans this again
  const cleave::runtime_graph* graph = nullptr;
  const cleave::cut_plan<cleave::runtime_graph>* plan = nullptr;
  cleave::conditions now{};
  cleave::cut_choice best{};
  cleave::device_set set{};  ///< the best layers for the device, which need not be the first ones
  bool set_is_better = false;
};

/// A table with a line a cut, and the choice.
std::string plan_table(const planned& of);
/// An array of rows as every `--json` of the project has them: what the choice takes, with the limits that were asked
/// for, and the time of every cut. The rows have members of their own besides: the choice its request, a cut its parts.
std::string plan_json(const planned& of);
/// Stacked bars, a row a cut; of networks with many cuts the quickest ones.
std::string plan_picture(const planned& of);

}  // namespace planning
#endif
