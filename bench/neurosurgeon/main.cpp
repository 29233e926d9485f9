// SPDX-License-Identifier: BSL-1.0
// The results of Neurosurgeon (Kang et al., ASPLOS 2017) computed again: docs/neurosurgeon.md. Started by
// tools/neurosurgeon.

#include <CLI/CLI.hpp>
#include <cstdio>
#include <exception>
#include <filesystem>
#include <string>

#include "parts.hpp"

int main(int argc, char** argv) {
  CLI::App app{"The results of Neurosurgeon, computed again"};
  std::string json;
  std::string folder;
  std::string pictures;
  std::string only = "acd";
  app.add_option("--json", json, "Write rows {name, value, limit, pass, command} to this file");
  app.add_option("--tables", folder, "The folder of layers.csv, networks.csv and power.csv");
  app.add_option("--svg", pictures, "Draw into this folder");
  app.add_option("--only", only, "The parts: a, c, d, or several")->check([](const std::string& parts) {
    return parts.find_first_not_of("acd") == std::string::npos ? std::string() : "no such part";
  });
  CLI11_PARSE(app, argc, argv);
  try {
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
    if (wanted('c')) {
      found.set_command("tools/neurosurgeon --only c");
      neurosurgeon::on_a_trace(found);
    }
    with_tables('d', neurosurgeon::in_a_datacenter);
    if (!json.empty()) found.write(json);
    return found.good() ? 0 : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}
