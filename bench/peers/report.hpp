// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_PEERS_REPORT_HPP
#define CLEAVE_BENCH_PEERS_REPORT_HPP

/// @file
/// Rows as a table on the screen, and as a picture.

#include <cstdio>
#include <limits>
#include <string>
#include <vector>

#include "../../tools/chart/chart.hpp"
#include "race.hpp"

namespace cleave_bench {

/// Columns: some contestants with their least and median times, then ratio, limit and what the core made of its peak.
class table {
 public:
  table(std::string what, std::vector<std::string> columns) : columns_(std::move(columns)) {
    std::printf("\n%-32s", what.c_str());
    for (const std::string& each : columns_) std::printf("%18s", each.c_str());
    std::printf("%8s%7s%7s %-8s%9s%7s%8s\n", "ratio", "limit", "goal", " reached", "GFLOP/s", "%peak", "GB/s");
  }

  void print(const row& of, double peak) const {
    std::printf("%-32s", of.name.c_str());
    for (const std::string& each : columns_) {
      const contestant* const found = of.find(each);
      const std::string times =
          found == nullptr ? "-" : time_text(found->times.least()) + " / " + time_text(found->times.median());
      std::printf("%18s", times.c_str());
    }
    const double rate = 2 * of.multiply_adds / of.time_of(of.best_of_ours());
    std::printf("%8.3f%7.3f", of.ratio(), of.limit);
    of.goal > 0 ? static_cast<void>(std::printf("%7.2f", of.goal)) : static_cast<void>(std::printf("%7s", "-"));
    std::printf(" %-8s%9.1f%7.0f", of.reached() ? " yes" : " no", rate / 1e9, 100 * rate / peak);
    if (of.weight_bytes > 0) std::printf("%8.1f", of.weight_bytes / of.time_of(of.best_of_ours()) / 1e9);
    std::printf("\n");
    for (const std::string& each : of.remarks) std::printf("    %s\n", each.c_str());
    std::fflush(stdout);
  }

 private:
  /// Microseconds in three or four digits.
  static std::string time_text(double time) {
    char text[32];
    const double us = time * 1e6;
    std::snprintf(text, sizeof text, us < 100 ? "%.2f" : us < 1000 ? "%.1f" : "%.0f", us);
    return text;
  }
  std::vector<std::string> columns_;
};

/// The best of ours beside the others, as ratios to the yardstick, with the limits.
inline cleave_chart::bar_chart ratios_chart(const std::vector<row>& rows, const std::string& title,
                                            const std::string& subtitle) {
  cleave_chart::bar_chart chart{.title = title, .subtitle = subtitle};
  chart.value.label = "time beside oneDNN's, with several threads beside ONNX Runtime's; less is faster";
  chart.value.least = 0;
  chart.limit_name = "limit";
  const double none = std::numeric_limits<double>::quiet_NaN();
  std::vector<std::string> others;
  for (const row& each : rows) {
    for (const contestant& one : each.contestants) {
      const bool is_own = one.name.starts_with("cleave") || one.name == "one thread" || one.name == each.yardstick;
      if (!is_own && std::find(others.begin(), others.end(), one.name) == others.end()) others.push_back(one.name);
    }
  }
  chart.series.push_back({"cleave", {}});
  for (const std::string& each : others) chart.series.push_back({each, {}});
  for (const row& each : rows) {
    chart.categories.push_back(each.name);
    chart.limits.push_back(each.limit);
    chart.series[0].values.push_back(std::round(each.ratio() * 1000) / 1000);
    for (std::size_t i = 0; i < others.size(); ++i) {
      const contestant* const found = each.find(others[i]);
      chart.series[i + 1].values.push_back(
          found == nullptr || found->name == each.yardstick ? none : std::round(each.ratio_of(*found) * 1000) / 1000);
    }
  }
  return chart;
}

}  // namespace cleave_bench
#endif
