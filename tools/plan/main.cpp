// SPDX-License-Identifier: BSL-1.0
/// @file
/// cleave-plan: where to cut a network between two machines.

#include <CLI/CLI.hpp>
#include <cleave/codec/f16.hpp>
#include <cleave/plan/table_profiles.hpp>
#include <cstdio>
#include <exception>
#include <fstream>
#include <map>
#include <stdexcept>
#include <string>

#include "networks.hpp"
#include "numbers.hpp"
#include "profile_file.hpp"
#include "report.hpp"

namespace {

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file{path, std::ios::binary};
  file << text;
  file.close();
  if (!file) throw std::runtime_error(path + ": can not be written");
}

planning::named_profile find_profile(const std::string& name) {
  using namespace cleave::profiles;
  static const std::map<std::string, cleave::profile> known{
      {"tk1", tk1_cpu}, {"tk1-cpu", tk1_cpu}, {"tk1-gpu", tk1_gpu}, {"k40", k40}, {"server-cpu", server_cpu}};
  if (const auto at = known.find(name); at != known.end()) return {std::string{at->second.name}, at->second};
  if (name.find('.') != std::string::npos || name.find('/') != std::string::npos) return planning::read_profile(name);
  throw std::runtime_error(name +
                           ": neither a profile of cleave-profile (a .json file) nor one of tk1-cpu (tk1), "
                           "tk1-gpu, k40, server-cpu");
}

double positive(const std::string& text, const std::string& of) {
  double value = 0;
  if (!planning::read_number(text, value) || value <= 0) {
    throw std::runtime_error(of + ": '" + text + "' is no number above 0");
  }
  return value;
}

/// "wifi", or megabits a second, up or up/down.
cleave::link_model find_link(const std::string& name) {
  static const std::map<std::string, cleave::link_model> known{
      {"3g", cleave::links::threeg}, {"lte", cleave::links::lte}, {"wifi", cleave::links::wifi}};
  if (const auto at = known.find(name); at != known.end()) return at->second;
  const std::size_t slash = name.find('/');
  if (name.empty() || name.find_first_not_of("0123456789.e+-/") != std::string::npos) {
    throw std::runtime_error("--link '" + name +
                             "': neither 3g, lte nor wifi, nor megabits a second such as 5.5 or "
                             "5.5/24");
  }
  cleave::link_model made;
  made.up_bits_per_second = 1e6 * positive(name.substr(0, slash), "--link");
  made.down_bits_per_second =
      slash == std::string::npos ? made.up_bits_per_second : 1e6 * positive(name.substr(slash + 1), "--link");
  return made;
}

struct request {
  std::string model;
  std::string device;
  std::string server;
  std::string link = "wifi";
  std::string objective = "latency";
  std::string codec = "identity";
  std::string json;
  std::string svg;
  double latency_ms = 0;
  double watts = 0;
  double most_ms = 0;
  double most_mj = 0;
  double joules_per_second = 1;
  double input_bytes = 0;
  double slowdown = 1;
  double wait_ms = 0;
  bool no_answer = false;
};

cleave::objective goal_of(const request& asked, std::string& words) {
  cleave::objective goal;
  if (asked.objective == "energy") goal = cleave::objectives::energy;
  if (asked.objective == "throughput") goal = cleave::objectives::throughput;
  if (asked.objective == "weighted") goal = cleave::objectives::weighted(asked.joules_per_second);
  words = asked.objective;
  if (asked.most_ms > 0) {
    goal.most_seconds = asked.most_ms / 1e3;
    words += " within " + CLI::detail::to_string(asked.most_ms) + " ms";
  }
  if (asked.most_mj > 0) {
    goal.most_joules = asked.most_mj / 1e3;
    words += " within " + CLI::detail::to_string(asked.most_mj) + " mJ";
  }
  return goal;
}

/// The words that plan this again, without the files that are written.
std::string command_of(int count, char** words) {
  std::string command = "cleave-plan";
  for (int i = 1; i < count; ++i) {
    const std::string word = words[i];
    if (word == "--json" || word == "--svg") {
      ++i;
      continue;
    }
    if (word.starts_with("--json=") || word.starts_with("--svg=")) continue;
    const bool plain = word.find_first_of(" \t\n'\"\\$`*?&|;<>()[]{}#~!") == std::string::npos && !word.empty();
    std::string quoted = "'";
    for (const char each : word) quoted += each == '\'' ? std::string{"'\\''"} : std::string{each};
    command += " " + (plain ? word : quoted + "'");
  }
  return command;
}

}  // namespace

int main(int count, char** words) {
  CLI::App app{"Plans where to cut a network between a device and a server."};
  request asked;
  app.add_option("MODEL", asked.model, "a network of include/cleave/models, or an ONNX file")->required();
  app.add_option("--device", asked.device, "a profile: a file of cleave-profile, or tk1-cpu, tk1-gpu, k40, server-cpu")
      ->required();
  app.add_option("--server", asked.server, "another")->required();
  app.add_option("--link", asked.link, "3g, lte, wifi, or megabits a second as UP or UP/DOWN")->capture_default_str();
  app.add_option("--latency", asked.latency_ms, "milliseconds of the link in each direction")
      ->check(planning::not_negative);
  app.add_option("--radio-watts", asked.watts, "what the radio draws, for a link by numbers")
      ->check(planning::not_negative);
  app.add_option("--objective", asked.objective, "latency, energy, throughput or weighted")
      ->check(CLI::IsMember({"latency", "energy", "throughput", "weighted"}))
      ->capture_default_str();
  app.add_option("--joules-per-second", asked.joules_per_second, "weighted: what a second is worth")
      ->check(planning::not_negative);
  app.add_option("--max-latency", asked.most_ms, "milliseconds that a request may take")->check(planning::above_zero);
  app.add_option("--max-energy", asked.most_mj, "millijoules that it may take of the device")
      ->check(planning::above_zero);
  app.add_option("--codec", asked.codec, "identity or f16")->check(CLI::IsMember({"identity", "f16"}));
  app.add_option("--input-bytes", asked.input_bytes, "bytes of an input's element on the wire: 1 for a picture")
      ->check(planning::above_zero);
  app.add_option("--server-slowdown", asked.slowdown, "the server's service time, in times of its profile's")
      ->check(planning::above_zero);
  app.add_option("--server-wait", asked.wait_ms, "milliseconds in the server's queue")->check(planning::not_negative);
  app.add_flag("--no-answer", asked.no_answer, "do not count the way back");
  app.add_option(
      "--json", asked.json,
      "write rows {name, value, limit, pass, command} to this file: the choice, and every cut with its parts");
  app.add_option("--svg", asked.svg, "draw the cuts as stacked bars");
  CLI11_PARSE(app, count, words);
  try {
    const planning::planned_network network = planning::find_network(asked.model);
    const planning::named_profile device = find_profile(asked.device);
    const planning::named_profile server = find_profile(asked.server);
    cleave::conditions now{.over = find_link(asked.link),
                           .server_slowdown = asked.slowdown,
                           .server_wait_seconds = asked.wait_ms / 1e3,
                           .idle_watts = device.what.idle_watts,
                           .charges_answer = !asked.no_answer};
    if (asked.latency_ms > 0) now.over.latency_seconds = asked.latency_ms / 1e3;
    if (asked.watts > 0) now.over.base_watts = asked.watts;
    cleave::wire_cost wire;
    if (asked.codec == "f16") wire = cleave::wire_cost::of<cleave::codecs::f16>();
    if (asked.input_bytes > 0) wire.bytes_per_input_element = asked.input_bytes;
    const cleave::cut_plan plan{network.graph, device.what, server.what, wire};
    planning::planned result{.model = network.name,
                             .device = device.name,
                             .server = server.name,
                             .link = asked.link,
                             .goal = {},
                             .wanted = {},
                             .command = command_of(count, words),
                             .graph = &network.graph,
                             .plan = &plan,
                             .now = now,
                             .best = {},
                             .set = {}};
    const cleave::objective goal = goal_of(asked, result.goal);
    result.wanted = goal;
    result.best = plan.best(now, goal);
    // Limits and throughput are for cuts alone.
    if (asked.most_ms == 0 && asked.most_mj == 0 && asked.objective != "throughput") {
      result.set = cleave::best_device_set(network.graph, device.what, server.what, now, goal, wire);
      result.set_is_better = goal.value(result.set.cost) < 0.99 * goal.value(result.best.cost);
    }
    std::fputs(planning::plan_table(result).c_str(), stdout);
    if (!asked.json.empty()) write_file(asked.json, planning::plan_json(result));
    if (!asked.svg.empty()) write_file(asked.svg, planning::plan_picture(result));
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "cleave-plan: %s\n", problem.what());
    return 1;
  }
}
