// SPDX-License-Identifier: BSL-1.0
#include "report.hpp"

#include <algorithm>
#include <array>
#include <cleave/graph/summary.hpp>
#include <cmath>
#include <cstdio>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "../chart/chart.hpp"

namespace planning {

namespace {

/// Milliseconds, or millijoules, with three digits that count.
std::string short_number(double value) {
  std::array<char, 40> text{};
  const int decimals = value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3;
  std::snprintf(text.data(), text.size(), "%.*f", decimals, value);
  return text.data();
}

/// What a cut is behind: a layer's kind and label.
std::string behind(const cleave::runtime_graph& graph, std::size_t cut) {
  const cleave::node& of = graph.nodes[graph.end_of(cut) - 1];
  std::string text{cleave::name_of(of.what.kind)};
  if (!of.what.name.empty()) text += " " + std::string{of.what.name};
  return text;
}

bool goes_nowhere(const cleave::cut_cost& cost) { return cost.up_seconds >= cleave::link_model::never; }

/// " 1-6, 9": the numbers of a set's layers.
std::string layers_text(const cleave::runtime_graph& graph, const std::vector<bool>& set) {
  std::string text;
  for (std::size_t layer = 1; layer <= graph.last; ++layer) {
    if (!set[graph.end_of(layer) - 1]) continue;
    std::size_t end = layer;
    while (end < graph.last && set[graph.end_of(end + 1) - 1]) ++end;
    text += (text.empty() ? " " : ", ") + std::to_string(layer);
    if (end > layer) text += "-" + std::to_string(end);
    layer = end;
  }
  return text.empty() ? " none" : text;
}

std::string choice_text(const planned& of) {
  const cleave::cut_cost& best = of.best.cost;
  const std::size_t last = of.plan->size() - 1;
  const cleave::cut_cost on_server = of.plan->cost(0, of.now);
  const cleave::cut_cost on_device = of.plan->cost(last, of.now);
  std::string text = "best for " + of.goal + ": cut " + std::to_string(of.best.cut) + ", behind " +
                     behind(*of.graph, of.best.cut) + ": " + short_number(1e3 * best.seconds()) + " ms, " +
                     short_number(1e3 * best.joules) + " mJ";
  if (!of.best.within_limits) text += "; no cut is within the limit, this one is nearest";
  text += "\nall on the server: ";
  text += goes_nowhere(on_server)
              ? "no link"
              : short_number(1e3 * on_server.seconds()) + " ms, " + short_number(1e3 * on_server.joules) + " mJ";
  text += "\nall on the device: " + short_number(1e3 * on_device.seconds()) + " ms, " +
          short_number(1e3 * on_device.joules) + " mJ\n";
  if (!of.set_is_better) return text;
  return text + "better than any cut: layers" + layers_text(*of.graph, of.set.on_device) +
         " on the device: " + short_number(1e3 * of.set.cost.seconds()) + " ms, " +
         short_number(1e3 * of.set.cost.joules) + " mJ (cleave::reorder makes them the first " +
         std::to_string(of.set.layers) + ")\n";
}

}  // namespace

std::string plan_table(const planned& of) {
  cleave::detail::text_table<10> table{{true, false, true, false, false, false, false, false, false, false}};
  table.add({"", "cut", "behind", "bytes up", "device ms", "upload ms", "server ms", "download ms", "total ms", "mJ"});
  for (std::size_t cut = 0; cut < of.plan->size(); ++cut) {
    const cleave::cut_cost cost = of.plan->cost(cut, of.now);
    const bool never = goes_nowhere(cost);
    const auto number = [&](double seconds) { return short_number(1e3 * seconds); };
    table.add({cut == of.best.cut ? "*" : "", std::to_string(cut), behind(*of.graph, cut),
               cleave::detail::grouped(static_cast<std::uint64_t>(of.plan->rows()[cut].bytes.up)),
               number(cost.device_seconds), never ? "never" : number(cost.up_seconds), number(cost.server_seconds),
               never ? "never" : number(cost.down_seconds), never ? "never" : number(cost.seconds()),
               never ? "never" : number(cost.joules)});
  }
  return of.model + " on " + of.device + " and " + of.server + " over " + of.link + "\n\n" + table.text() + "\n" +
         choice_text(of);
}

std::string plan_json(const planned& of) {
  nlohmann::json rows = nlohmann::json::array();
  // A number that is not finite is null in JSON: no limit, or a cut that needs a link where there is none.
  const auto row = [&](const std::string& name, double value, double limit) -> nlohmann::json& {
    rows.push_back({{"name", of.model + ": " + name},
                    {"value", value},
                    {"limit", limit},
                    {"pass", !std::isfinite(limit) || value <= limit},
                    {"command", of.command}});
    return rows.back();
  };
  const cleave::cut_cost& best = of.best.cost;
  row("best cut for " + of.goal + ", ms", 1e3 * best.seconds(), 1e3 * of.wanted.most_seconds)
      .update({{"device", of.device},
               {"server", of.server},
               {"link", of.link},
               {"objective", of.goal},
               {"best", of.best.cut},
               {"within_limits", of.best.within_limits}});
  row("best cut for " + of.goal + ", energy of the device, mJ", 1e3 * best.joules, 1e3 * of.wanted.most_joules);
  for (std::size_t cut = 0; cut < of.plan->size(); ++cut) {
    const cleave::cut_cost cost = of.plan->cost(cut, of.now);
    const bool never = goes_nowhere(cost);
    const auto milliseconds = [&](double seconds) {
      return never ? std::numeric_limits<double>::infinity() : 1e3 * seconds;
    };
    row("cut " + std::to_string(cut) + ", ms", milliseconds(cost.seconds()), std::numeric_limits<double>::infinity())
        .update({{"cut", cut},
                 {"behind", behind(*of.graph, cut)},
                 {"bytes_up", of.plan->rows()[cut].bytes.up},
                 {"bytes_down", of.plan->rows()[cut].bytes.down},
                 {"device_ms", 1e3 * cost.device_seconds},
                 {"upload_ms", milliseconds(cost.up_seconds)},
                 {"server_ms", 1e3 * cost.server_seconds},
                 {"download_ms", milliseconds(cost.down_seconds)},
                 {"device_mj", never ? std::numeric_limits<double>::infinity() : 1e3 * cost.joules}});
  }
  return rows.dump(2) + "\n";
}

std::string plan_picture(const planned& of) {
  constexpr std::size_t most = 44;
  std::vector<std::size_t> shown;
  for (std::size_t cut = 0; cut < of.plan->size(); ++cut) {
    if (!goes_nowhere(of.plan->cost(cut, of.now))) shown.push_back(cut);
  }
  const std::size_t all = shown.size();
  if (shown.size() > most) {
    // The ends and the best one are always there.
    const auto rank = [&](std::size_t cut) {
      return cut == 0 || cut + 1 == of.plan->size() || cut == of.best.cut ? 0 : of.plan->cost(cut, of.now).seconds();
    };
    std::stable_sort(shown.begin(), shown.end(), [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
    shown.resize(most);
    std::sort(shown.begin(), shown.end());
  }
  cleave_chart::bar_chart chart;
  chart.title = of.model + ": where to cut";
  chart.subtitle = of.device + " and " + of.server + " over " + of.link + ", best for " + of.goal;
  if (shown.size() < all) {
    chart.subtitle += "; " + std::to_string(shown.size()) + " of " + std::to_string(all) + " cuts";
  }
  chart.value.label = "time of one request, ms";
  chart.stacked = true;
  chart.marked_name = "best cut";
  std::array<std::vector<double>, 4> parts;
  for (std::size_t i = 0; i < shown.size(); ++i) {
    const std::size_t cut = shown[i];
    const cleave::cut_cost cost = of.plan->cost(cut, of.now);
    chart.categories.push_back(std::to_string(cut) + " " + (cut == 0 ? "all on the server" : behind(*of.graph, cut)));
    if (cut == of.best.cut) chart.marked.push_back(i);
    parts[0].push_back(1e3 * cost.device_seconds);
    parts[1].push_back(1e3 * cost.up_seconds);
    parts[2].push_back(1e3 * cost.server_seconds);
    parts[3].push_back(1e3 * cost.down_seconds);
  }
  constexpr std::array names{"device", "upload", "server", "download"};
  for (std::size_t i = 0; i < parts.size(); ++i) chart.series.push_back({names[i], parts[i]});
  return cleave_chart::draw(chart);
}

}  // namespace planning
