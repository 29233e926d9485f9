// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_CUT_TABLE_HPP
#define CLEAVE_PLAN_CUT_TABLE_HPP

/// @file
/// What every cut of a network costs, and the choice between them. The table is made once of the costs of layers;
/// link, load and goal may change with every question. Knows no graph: any table of layers can be planned.

#include <cstddef>
#include <limits>
#include <span>

#include <cleave/plan/link_model.hpp>

namespace cleave {

/// What one layer costs on one machine.
struct layer_cost {
  double seconds = 0;  ///< as part of a network: next to 0 where another layer's kernel computes it too
  double joules = 0;
  double parted_seconds = 0;  ///< what it takes more where a cut parts it from the layer before
};

/// Bytes that cross at one cut, as they are on the wire.
struct cut_bytes {
  double up = 0;    ///< tensors that the device sends; 0 where it needs no server
  double down = 0;  ///< answers
};

/// What does not depend on link and load: of cut K the layers 1..K on the device, the others on the server.
struct cut_row {
  double device_seconds = 0;
  double device_joules = 0;  ///< for arithmetic alone
  double server_seconds = 0;
  cut_bytes bytes{};
};

/// What changes between two questions.
struct conditions {
  link_model over{};
  double server_slowdown = 1;      ///< service time under the present load, in times of the profile's
  double server_wait_seconds = 0;  ///< in the server's queue
  double device_slowdown = 1;
  double idle_watts = 0;       ///< what the device draws while it waits for link and server, beside the radio
  bool charges_answer = true;  ///< count the way back; Neurosurgeon did not
};

/// One request at one cut.
struct cut_cost {
  double device_seconds = 0;
  double up_seconds = 0;
  double server_seconds = 0;  ///< with the wait in its queue
  double down_seconds = 0;
  double joules = 0;  ///< the device's

  constexpr double seconds() const noexcept { return device_seconds + up_seconds + server_seconds + down_seconds; }
  /// The longest of three stages that work on different requests at the same time: the time between two answers.
  constexpr double period_seconds() const noexcept {
    const double sending = up_seconds + down_seconds;
    const double slower = device_seconds > sending ? device_seconds : sending;
    return slower > server_seconds ? slower : server_seconds;
  }
};

/// A goal: the least weighted sum among the cuts within the limits.
struct objective {
  double per_second = 1;
  double per_joule = 0;
  double per_period_second = 0;  ///< weight of the time between two answers
  double most_seconds = std::numeric_limits<double>::infinity();
  double most_joules = std::numeric_limits<double>::infinity();

  constexpr double value(const cut_cost& of) const noexcept {
    return per_second * of.seconds() + per_joule * of.joules + per_period_second * of.period_seconds();
  }
  /// By how much a cost is above the limits, relative to them; 0 within.
  constexpr double excess(const cut_cost& of) const noexcept {
    double sum = 0;
    if (of.seconds() > most_seconds) sum += (of.seconds() - most_seconds) / (most_seconds > 0 ? most_seconds : 1e-9);
    if (of.joules > most_joules) sum += (of.joules - most_joules) / (most_joules > 0 ? most_joules : 1e-9);
    return sum;
  }
};

namespace objectives {
inline constexpr objective latency{};
inline constexpr objective energy{.per_second = 0, .per_joule = 1};
/// Most answers a second, when requests follow one another through device, link and server.
inline constexpr objective throughput{.per_second = 0, .per_period_second = 1};
/// A second counts as much as so many joules.
constexpr objective weighted(double joules_per_second) noexcept {
  return {.per_second = joules_per_second, .per_joule = 1};
}
constexpr objective energy_within(double seconds) noexcept {
  return {.per_second = 0, .per_joule = 1, .most_seconds = seconds};
}
constexpr objective latency_within(double joules) noexcept { return {.most_joules = joules}; }
}  // namespace objectives

/// The best cut and what it costs.
struct cut_choice {
  std::size_t cut = 0;
  cut_cost cost{};
  bool within_limits = true;  ///< false: no cut is, and this one is the nearest
};

/// The cost of a cut under conditions.
constexpr cut_cost cost_of(const cut_row& row, const conditions& now) noexcept {
  cut_cost cost;
  cost.device_seconds = row.device_seconds * now.device_slowdown;
  const bool served = row.bytes.up > 0;
  if (served) {
    cost.up_seconds = now.over.up_seconds(row.bytes.up);
    cost.server_seconds = row.server_seconds * now.server_slowdown + now.server_wait_seconds;
    if (now.charges_answer) cost.down_seconds = now.over.down_seconds(row.bytes.down);
  }
  cost.joules = row.device_joules * now.device_slowdown + cost.up_seconds * now.over.up_watts() +
                cost.down_seconds * now.over.down_watts() +
                (cost.up_seconds + cost.server_seconds + cost.down_seconds) * now.idle_watts;
  return cost;
}

/// The best of the cuts `rows`, cut 0 first; among equals the one with the most layers on the device, which needs the
/// link least. Requires: a row at least. Complexity: one pass.
constexpr cut_choice best_of(std::span<const cut_row> rows, const conditions& now,
                             const objective& goal = {}) noexcept {
  cut_choice best;
  double best_value = 0;
  double best_excess = 0;
  for (std::size_t cut = 0; cut < rows.size(); ++cut) {
    const cut_cost cost = cost_of(rows[cut], now);
    const double value = goal.value(cost);
    const double excess = goal.excess(cost);
    if (cut == 0 || excess < best_excess || (excess <= best_excess && value <= best_value)) {
      best = {cut, cost, !(excess > 0)};
      best_value = value;
      best_excess = excess;
    }
  }
  return best;
}

/// Fills the rows of all cuts. Entry L of `device` and `server` is layer L, entry 0 the inputs, which cost nothing as a
/// rule; entry K of `bytes` is what crosses behind layer K. Requires: all of the same size. Complexity: one pass.
constexpr void fill_cut_rows(std::span<const layer_cost> device, std::span<const layer_cost> server,
                             std::span<const cut_bytes> bytes, std::span<cut_row> rows) noexcept {
  double seconds = 0;
  double joules = 0;
  for (std::size_t cut = 0; cut < rows.size(); ++cut) {
    seconds += device[cut].seconds;
    joules += device[cut].joules;
    rows[cut].device_seconds = seconds;
    rows[cut].device_joules = joules;
    rows[cut].bytes = bytes[cut];
  }
  double behind = 0;
  for (std::size_t cut = rows.size(); cut-- > 0;) {
    // The first layer behind a cut computes alone what the layer before would have computed with its own.
    const bool ends = cut + 1 == rows.size();
    rows[cut].server_seconds = ends ? 0 : behind + server[cut + 1].parted_seconds;
    behind += server[cut].seconds;
  }
}

}  // namespace cleave
#endif
