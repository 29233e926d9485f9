// SPDX-License-Identifier: BSL-1.0
// The results of Neurosurgeon (Kang et al., ASPLOS 2017) computed again: docs/neurosurgeon.md. Started by
// tools/neurosurgeon.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "numbers.hpp"
#include "parts.hpp"

namespace {

double slowdown_of(const std::string& word) {
  double value = 0;
  if (!planning::read_number(word, value) || value <= 0) {
    throw std::runtime_error("a slowdown: '" + word + "' is no number above 0");
  }
  return value;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app{"The results of Neurosurgeon, computed again"};
  std::string json;
  std::string folder;
  std::string pictures;
  std::string only = "abcde";
  std::vector<std::string> measured;
  app.add_option("--json", json, "Write rows {name, value, limit, pass, command} to this file");
  app.add_option("--tables", folder, "The folder of layers.csv, networks.csv and power.csv");
  app.add_option("--svg", pictures, "Draw into this folder");
  app.add_option("--only", only, "The parts: a, b, c, d, e, or several")->check([](const std::string& parts) {
    return parts.find_first_not_of("abcde") == std::string::npos ? std::string() : "no such part";
  });
  app.add_option(
         "--measured", measured,
         "Part b: a device's name, the file of its picture, its cuts, its profile, the server's profile, and how "
         "much slower than its profile it is; may be repeated")
      ->type_size(6);
  std::vector<std::string> rows;
  app.add_option("--rows", rows, "Part e: a file of rows that another program has written; may be repeated");
  std::vector<std::string> plan;
  app.add_option("--plan", plan, "Print part b's plans alone: the device's profile, the server's, and a slowdown")
      ->type_size(3);
  CLI11_PARSE(app, argc, argv);
  try {
    if (!plan.empty()) {
      neurosurgeon::plan_cuts(plan[0], plan[1], slowdown_of(plan[2]));
      return 0;
    }
    neurosurgeon::report found("tools/neurosurgeon", pictures);
    const auto wanted = [&](char part) { return only.find(part) != std::string::npos; };
    const bool there = !folder.empty() && std::filesystem::exists(std::filesystem::path(folder) / "layers.csv");
    const auto with_tables = [&](char part, void (*run)(const neurosurgeon::tables&, neurosurgeon::report&)) {
      if (!wanted(part)) return;
      found.set_command(std::string("tools/neurosurgeon --only ") + part);
      if (there) {
        run(neurosurgeon::read_tables(folder), found);
      } else {
        found.skip(std::string("part ") + part, "no measured tables in '" + folder + "' (--tables DIR)");
      }
    };
    with_tables('a', neurosurgeon::from_tables);
    if (wanted('b')) {
      found.set_command("tools/neurosurgeon --only b");
      if (measured.empty()) found.skip("part b", "no device has been measured");
      for (std::size_t i = 0; i + 6 <= measured.size(); i += 6) {
        neurosurgeon::measured_cuts({measured[i], measured[i + 1], measured[i + 2], measured[i + 3], measured[i + 4],
                                     slowdown_of(measured[i + 5])},
                                    found);
      }
    }
    if (wanted('c')) {
      found.set_command("tools/neurosurgeon --only c");
      neurosurgeon::on_a_trace(found);
    }
    with_tables('d', neurosurgeon::in_a_datacenter);
    if (wanted('e')) {
      found.set_command("tools/neurosurgeon --only e");
      neurosurgeon::of_the_planner(rows, found);
    }
    if (!json.empty()) found.write(json);
    return found.good() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "bench_neurosurgeon: %s\n", error.what());
    return 1;
  }
}
