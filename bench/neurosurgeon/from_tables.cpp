// SPDX-License-Identifier: BSL-1.0
#include <chart/chart.hpp>
#include <cmath>
#include <cstdio>
#include <string>
#include <vector>

#include "parts.hpp"
#include "predicted_times.hpp"
#include "rules.hpp"

namespace neurosurgeon {
namespace {

/// A choice of what the paper leaves open.
struct variant {
  const char* name;
  bool moved;  ///< the GPUs' times where they were spent
  rules by;
};

constexpr double paper_speedup = 3.1;
constexpr double paper_saving = 59.5;

const std::vector<variant> variants{
    {"as measured, pictures as bytes, result sent", false, {1, 4, true}},
    {"as measured, pictures as bytes, result stays", false, {1, 4, false}},
    {"as measured, all floats, result sent", false, {4, 4, true}},
    {"as measured, all floats, result stays", false, {4, 4, false}},
    {"moved, pictures as bytes, result sent", true, {1, 4, true}},
    {"moved, pictures as bytes, result stays", true, {1, 4, false}},
    {"moved, all floats, result sent", true, {4, 4, true}},
    {"moved, all floats, result stays", true, {4, 4, false}},
    {"8-bit transfers, moved, result sent", true, {1, 1, true}},
    {"8-bit transfers, moved, result stays", true, {1, 1, false}},
};

/// Sends the input as it would be without a plan: in the encoding of `quo`; cuts are those of `by`.
gains gains_over(const tables& all, const rules& quo, const rules& by) {
  const auto before = configurations(all, quo);
  const auto now = configurations(all, by);
  std::vector<double> latency;
  std::vector<double> energy;
  for (std::size_t i = 0; i < now.size(); ++i) {
    latency.push_back(before[i].costs[0].milliseconds() / now[i].costs[fastest(now[i].costs)].milliseconds());
    energy.push_back(now[i].costs[thriftiest(now[i].costs)].millijoules / before[i].costs[0].millijoules);
  }
  return {means_of(latency), means_of(energy)};
}

void compare_variants(const tables& raw, const tables& moved, report& to) {
  cleave_chart::bar_chart speed{.title = "Latency: the best cut over sending every input",
                                .subtitle = "geometric mean of 8 networks x 3 links x {CPU, GPU}; the paper prints 3.1",
                                .value = {.label = "times as fast"}};
  cleave_chart::bar_chart energy{.title = "Energy of the phone: the best cut over sending every input",
                                 .subtitle = "geometric mean of 48 configurations; the paper prints 59.5 %",
                                 .value = {.label = "saved, %"}};
  speed.series = {{"best cut", {}}};
  energy.series = {{"best cut", {}}};
  speed.limit_name = energy.limit_name = "the paper";
  std::printf("%-46s %31s   %s\n", "(a) rule variant", "latency geo / arith / most",
              "energy saved geo / arith / most, %");
  for (const variant& each : variants) {
    const tables& of = each.moved ? moved : raw;
    // 8-bit transfers against a status quo that sends what it has: pictures as bytes, other inputs as floats.
    const gains found = each.by.value_bytes == 1 ? gains_over(of, {1, 4, each.by.last_blob_is_charged}, each.by)
                                                 : best_gains(configurations(of, each.by));
    const auto saved = [](double left) { return 100 - 100 * left; };
    std::printf("%-46s %10.2f / %6.2f / %6.1f   %10.1f / %5.1f / %5.1f\n", each.name, found.latency.geometric,
                found.latency.arithmetic, found.latency.most, saved(found.energy_left.geometric),
                saved(found.energy_left.arithmetic), saved(found.energy_left.least));
    const std::string name = std::string("tables, ") + each.name;
    // Beyond the paper: where tensors have 8 bits the means must be above those that are printed.
    const bool beyond = each.by.value_bytes == 1;
    to.row(name + ": latency, geometric mean", found.latency.geometric,
           beyond ? std::optional(at_least(paper_speedup)) : std::nullopt);
    to.row(name + ": latency, most", found.latency.most);
    to.row(name + ": energy saved, geometric mean, %", saved(found.energy_left.geometric),
           beyond ? std::optional(at_least(paper_saving)) : std::nullopt);
    to.row(name + ": energy saved, most, %", saved(found.energy_left.least));
    speed.categories.emplace_back(each.name);
    speed.series[0].values.push_back(found.latency.geometric);
    speed.limits.push_back(paper_speedup);
    energy.categories.emplace_back(each.name);
    energy.series[0].values.push_back(saved(found.energy_left.geometric));
    energy.limits.push_back(paper_saving);
  }
  to.picture("variants-latency.svg", draw(speed));
  to.picture("variants-energy.svg", draw(energy));
}

/// Why a plan made of predictions is not the best: the layer whose time was predicted worst.
std::string cause_of(const planned_cut& plan, const tables& all, bool leave_out) {
  if (plan.share() > 0.999) return "";
  if (!plan.unknown.empty()) return "no other network has layers like " + plan.unknown.front();
  const table_network& network = *plan.of->network;
  const table_network* left_out = leave_out ? &network : nullptr;
  const layer_times found = predicted(network, table_predictors(all, plan.of->phone, left_out),
                                      table_predictors(all, processor::server_gpu, left_out));
  const layer_times is = measured(network, plan.of->phone);
  std::string worst;
  double most = -1;
  for (std::size_t i = 0; i < network.layers.size(); ++i) {
    const auto look = [&](const char* where, double guess, double truth) {
      if (std::abs(guess - truth) <= most) return;
      most = std::abs(guess - truth);
      char text[160];
      std::snprintf(text, sizeof text, "%s on the %s: %.3g ms predicted, %.3g ms measured",
                    network.layers[i].name.c_str(), where, guess, truth);
      worst = text;
    };
    look("phone", found.phone[i], is.phone[i]);
    look("server", found.server[i], is.server[i]);
  }
  return worst;
}

void plan_by_prediction(const tables& all, const char* name, bool asserts, report& to) {
  const rules by{};
  const auto of = configurations(all, by);
  for (const bool leave_out : {false, true}) {
    const auto plans = plan_all(all, of, by, leave_out);
    std::vector<double> shares;
    std::vector<double> known;
    int same = 0;
    std::printf("\n(a) planned by predicted times, %s, %s\n", name,
                leave_out ? "each network left out of the fit" : "fitted on all");
    for (const planned_cut& each : plans) {
      shares.push_back(each.share());
      if (each.unknown.empty()) known.push_back(each.share());
      same += each.planned == each.oracle ? 1 : 0;
      const std::string configuration = each.of->name();
      const std::string cause = cause_of(each, all, leave_out);
      if (leave_out || !cause.empty()) {
        std::printf("  %-14s cut %2zu (best %2zu): %5.1f %% of the best speed-up%s%s\n", configuration.c_str(),
                    each.planned, each.oracle, 100 * each.share(), cause.empty() ? "" : ": ", cause.c_str());
      }
      to.row(std::string("tables ") + name + (leave_out ? ", left out: " : ": ") + configuration +
                 (cause.empty() ? "" : " (" + cause + ")"),
             each.share());
    }
    const std::string label = std::string("tables ") + name + (leave_out ? ", network left out of the fit" : "");
    std::printf("  the same cut in %d of %zu\n", same, plans.size());
    const auto bound = [&](double value) { return asserts ? std::optional(at_least(value)) : std::nullopt; };
    to.row(label + ": share of the oracle's speed-up, mean", means_of(shares).arithmetic,
           leave_out ? std::nullopt : bound(0.95));
    to.row(label + ": share, geometric mean over configurations whose kinds of layers all occur elsewhere",
           means_of(known).geometric, leave_out ? bound(0.80) : std::nullopt);
  }
}

void draw_configurations(const tables& all, const char* file, const char* title, processor phone, report& to) {
  cleave_chart::bar_chart chart{.title = title,
                                .subtitle = "times as fast as sending the input; pictures as bytes, result sent",
                                .value = {.label = "speed-up (logarithmic)", .logarithmic = true, .base = 1}};
  chart.series = {{"best cut by measured times", {}}, {"cut planned by predicted times", {}}};
  const auto of = configurations(all, {});
  for (const planned_cut& each : plan_all(all, of, {}, false)) {
    if (each.of->phone != phone) continue;
    chart.categories.push_back(each.of->network->name + ", " + each.of->link->name + ", cut " +
                               std::to_string(each.planned) + " of " + std::to_string(each.of->network->layers.size()));
    chart.series[0].values.push_back(each.of->speedup(each.oracle));
    chart.series[1].values.push_back(each.of->speedup(each.planned));
  }
  to.picture(file, draw(chart));
}

}  // namespace

void from_tables(const tables& all, report& to) {
  const tables moved = reattributed(all);
  compare_variants(all, moved, to);
  plan_by_prediction(all, "as measured", true, to);
  plan_by_prediction(moved, "moved", true, to);
  draw_configurations(moved, "speedup-cpu.svg", "Phone's CPU: speed-up over all-cloud", processor::phone_cpu, to);
  draw_configurations(moved, "speedup-gpu.svg", "Phone's GPU: speed-up over all-cloud", processor::phone_gpu, to);
}

}  // namespace neurosurgeon
