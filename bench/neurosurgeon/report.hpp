// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_NEUROSURGEON_REPORT_HPP
#define CLEAVE_BENCH_NEUROSURGEON_REPORT_HPP

/// @file
/// What the reproduction found: rows that have a limit or not, and pictures.

#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

namespace neurosurgeon {

/// The bound of a row, and on which side of it is good.
struct limit {
  enum class side { at_least, at_most } where = side::at_least;
  double value = 0;
};
inline limit at_least(double value) { return {limit::side::at_least, value}; }
inline limit at_most(double value) { return {limit::side::at_most, value}; }

class report {
 public:
  /// `command` prints what a row says again; `pictures` is where they go, empty for nowhere.
  report(std::string command, std::filesystem::path pictures)
      : command_(std::move(command)), pictures_(std::move(pictures)) {}

  void row(const std::string& name, double value, std::optional<limit> bound = std::nullopt) {
    const bool is_number = std::isfinite(value);
    bool pass = is_number || !bound;
    if (bound && is_number)
      pass = bound->where == limit::side::at_least ? value >= bound->value : value <= bound->value;
    nlohmann::json each{{"name", name},
                        {"value", is_number ? nlohmann::json(value) : nlohmann::json(nullptr)},
                        {"limit", bound ? nlohmann::json(bound->value) : nlohmann::json(nullptr)},
                        {"pass", pass},
                        {"command", command_}};
    rows_.push_back(std::move(each));
    if (bound) {
      std::printf("  %-4s %s: %.4g, %s %.4g\n", pass ? "ok" : "BAD", name.c_str(), value,
                  bound->where == limit::side::at_least ? "at least" : "at most", bound->value);
      good_ = good_ && pass;
    }
  }

  /// A part that can not run here, and why.
  void skip(const std::string& part, const std::string& why) {
    std::printf("[skipped] %s: %s\n", part.c_str(), why.c_str());
    rows_.push_back({{"name", part + " skipped: " + why},
                     {"value", nullptr},
                     {"limit", nullptr},
                     {"pass", true},
                     {"command", command_}});
  }

  void picture(const std::string& name, const std::string& svg) const {
    if (pictures_.empty()) return;
    std::filesystem::create_directories(pictures_);
    std::ofstream file(pictures_ / name);
    file << svg;
    if (!file.flush()) throw std::runtime_error("cannot write " + (pictures_ / name).string());
  }

  void write(const std::string& path) const {
    std::ofstream file(path);
    file << nlohmann::json(rows_).dump(1) << '\n';
    if (!file.flush()) throw std::runtime_error("cannot write " + path);
  }

  bool good() const { return good_; }
  void set_command(std::string command) { command_ = std::move(command); }

 private:
  std::string command_;
  std::filesystem::path pictures_;
  std::vector<nlohmann::json> rows_;
  bool good_ = true;
};

}  // namespace neurosurgeon
#endif
