// SPDX-License-Identifier: BSL-1.0
/// @file
/// cleave-profile: measures layers on the machine it runs on, and writes what predicts others.

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>

#include "../plan/numbers.hpp"
#include "../plan/profile_file.hpp"
#include "measure.hpp"

namespace {

void write_file(const std::string& path, const std::string& text) {
  std::ofstream file{path, std::ios::binary};
  file << text;
  file.close();
  if (!file) throw std::runtime_error(path + ": can not be written");
}

/// Before minutes go by: whether that file can be written.
void check_writable(const std::string& path) {
  if (path.empty()) return;
  if (!std::ofstream{path, std::ios::binary | std::ios::app}) throw std::runtime_error(path + ": can not be written");
}

void draw_progress(double part, std::string_view what) {
  if (isatty(STDERR_FILENO) == 0) return;  // a log does not want it
  constexpr int width = 40;
  const int done = static_cast<int>(part * width);
  std::fprintf(stderr, "\r[%s%s] %3.0f %%  %-18.*s", std::string(static_cast<std::size_t>(done), '#').c_str(),
               std::string(static_cast<std::size_t>(width - done), ' ').c_str(), 100 * part,
               static_cast<int>(what.size()), what.data());
  if (part >= 1) std::fprintf(stderr, "\r%*s\r", width + 30, "");
  std::fflush(stderr);
}

std::string samples_csv(const profiling::measured_machine& measured, const cleave::profile& made) {
  std::string text =
      "kind,operations,issued,wide_issued,tiles,rows,weight_bytes,input_values,output_values,resident,us,predicted_"
      "us\n";
  for (const auto& each : measured.samples) {
    char line[400];
    const cleave::layer_work& work = each.work;
    std::snprintf(line, sizeof line, "%s,%.0f,%.0f,%.0f,%.0f,%.0f,%.0f,%.0f,%.0f,%.0f,%.4f,%.4f\n",
                  std::string{name_of(work.kind)}.c_str(), work.operations, work.issued, work.wide_issued, work.tiles,
                  work.rows, work.weight_bytes, work.input_values, work.output_values, each.resident,
                  1e6 * each.seconds, 1e6 * made.seconds(work, each.resident));
    text += line;
  }
  return text;
}

}  // namespace

int main(int count, char** words) {
  CLI::App app{
      "Measures layers of many sizes on this machine, and makes a profile of it: predictors of time for other "
      "layers, for cleave-plan and cleave::best_cut."};
  std::string name = "here";
  std::string json;
  std::string header;
  std::string samples;
  double watts = 0;
  double idle_watts = 0;
  std::size_t megabytes = 320;
  profiling::measure_options options;
  app.add_option("--name", name, "the machine's name; with underscores for dashes that of the header's constant");
  app.add_option("--json", json, "write the profile to this file");
  app.add_option("--header", header, "write it as a header with a constexpr cleave::profile");
  app.add_option("--samples", samples, "write what was measured as CSV");
  app.add_option("--watts", watts, "what the machine draws while it computes")->check(planning::not_negative);
  app.add_option("--idle-watts", idle_watts, "what it draws while it waits")->check(planning::not_negative);
  app.add_option("--memory", megabytes, "megabytes to measure in")->check(CLI::Range(1, 4096));
  app.add_option("--seconds", options.most_seconds,
                 "at most about so long, without the largest layers where it must be")
      ->check(planning::above_zero);
  app.add_flag("--quick", options.quick, "two short rounds in place of six");
  CLI11_PARSE(app, count, words);
  try {
    if (planning::identifier_of(name).empty()) throw std::runtime_error("--name " + name + ": not a name of C++");
    for (const std::string& path : {json, header, samples}) check_writable(path);
    options.memory_bytes = megabytes << 20;
    const auto begin = std::chrono::steady_clock::now();
    const profiling::measured_machine measured = profiling::measure_machine(options, draw_progress);
    planning::named_profile made{name, profiling::fit_machine(measured)};
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
    made.what.idle_watts = idle_watts;
    for (std::size_t i = 1; watts > 0 && i < cleave::work_kinds; ++i) made.what.powers[i].constant = watts;

    std::printf("%-18s %7s  %-12s %12s %12s\n", "kind", "layers", "form", "median error", "worst error");
    for (std::size_t i = 1; i < cleave::work_kinds; ++i) {
      const auto kind = static_cast<cleave::work_kind>(i);
      const auto samples_of_kind = std::count_if(measured.samples.begin(), measured.samples.end(),
                                                 [&](const auto& each) { return each.work.kind == kind; });
      const cleave::predictor& time = made.what.time_of(kind);
      std::printf("%-18s %7d  %-12s %10.1f %% %10.1f %%\n", std::string{name_of(kind)}.c_str(),
                  static_cast<int>(samples_of_kind), std::string{name_of(time.form)}.c_str(), 100 * time.median_error,
                  100 * time.worst_error);
    }
    std::printf(
        "errors are those of layers left out of the fit; %zu layers, %zu too large for %zu MB or the time, "
        "%zu of %zu batches interrupted, %.0f s\n",
        measured.layers, measured.left_out, megabytes, measured.interrupted, measured.batches, took.count());
    if (!json.empty()) write_file(json, planning::profile_json(made));
    if (!header.empty()) write_file(header, planning::profile_header(made));
    if (!samples.empty()) write_file(samples, samples_csv(measured, made.what));
    return 0;
  } catch (const std::exception& problem) {
    std::fprintf(stderr, "cleave-profile: %s\n", problem.what());
    return 1;
  }
}
