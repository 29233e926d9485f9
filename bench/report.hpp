// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_REPORT_HPP
#define CLEAVE_BENCH_REPORT_HPP

/// @file
/// What was measured, as JSON: one row a line.

#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

namespace cleave_bench {

/// A row of the file. What has no limit is told for what it says alone.
struct result {
  std::string name;
  double value;
  std::optional<double> limit{};
  bool pass = true;
  std::string command{};  ///< that measures this row alone; empty: that of the file
};

inline bool write_json(const std::string& path, const std::vector<result>& results, const std::string& command) {
  const auto number = [](double value) {
    char text[40];
    std::snprintf(text, sizeof text, "%.4f", value);
    return std::string(text);
  };
  std::ofstream file(path);
  file << "[\n";
  for (std::size_t i = 0; i < results.size(); ++i) {
    const result& each = results[i];
    file << "  {\"name\": \"" << each.name << "\", \"value\": " << number(each.value)
         << ", \"limit\": " << (each.limit ? number(*each.limit) : "null")
         << ", \"pass\": " << (each.pass ? "true" : "false") << ", \"command\": \""
         << (each.command.empty() ? command : each.command) << "\"}" << (i + 1 < results.size() ? "," : "") << "\n";
  }
  file << "]\n";
  return static_cast<bool>(file.flush());
}

}  // namespace cleave_bench
#endif
