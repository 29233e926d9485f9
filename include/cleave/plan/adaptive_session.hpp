// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_ADAPTIVE_SESSION_HPP
#define CLEAVE_PLAN_ADAPTIVE_SESSION_HPP

/// @file
/// A session that moves its cut: it learns from its own traffic what link and server are like now, and runs each
/// request at the cut that is best then; all of it here while there is no link. Freestanding.

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include <cleave/codec/identity.hpp>
#include <cleave/core/result.hpp>
#include <cleave/plan/cut_table.hpp>
#include <cleave/plan/link_estimator.hpp>
#include <cleave/runtime/session.hpp>
#include <cleave/transport/metered.hpp>

namespace cleave {

/// What an adaptive session wants and how patient it is.
struct adaptive_options {
  objective goal{};

  /// Another cut must be better by this share of the goal's value: estimates are never so good that less is sure.
  double switch_gain = 0.05;

  /// When an upload has taken so many times what was planned, it goes on only where the rest of it, at the rate so
  /// far, is quicker than to finish here; and an answer is waited for so many times what was planned and half of
  /// what it takes to finish here.
  double patience = 1.5;
  /// Added to both.
  std::uint32_t least_patience_microseconds = 20'000;
  /// Whatever was planned, a request is finished here after this.
  std::uint32_t timeout_microseconds = 2'000'000;

  /// When nothing has been heard of the server for so long, `idle` asks, where it is given the time; after half as
  /// much again a request asks before it begins.
  std::uint32_t probe_interval_microseconds = 1'000'000;
  /// The longest that a request waits for such a question.
  std::uint32_t probe_patience_microseconds = 250'000;

  double idle_watts = 0;  ///< what the device draws while it waits, beside the radio
  link_estimator_options link{};
};

/// What an adaptive session has done, and what it believes.
struct adaptive_statistics {
  std::size_t cut = 0;     ///< of the next request, unless something changes
  conditions estimates{};  ///< rates, latency, load
  bool link_is_down = false;
  std::uint64_t requests = 0;
  std::uint64_t served = 0;     ///< of them by the server
  std::uint64_t local = 0;      ///< by plan, or while the link is down
  std::uint64_t fallbacks = 0;  ///< finished here after the server had been asked
  std::uint64_t switches = 0;   ///< of the cut
  std::uint64_t probes = 0;
  std::uint64_t probes_lost = 0;
};

/// Answers as the whole network does, cut where that is best under what link, server and device are like now.
///
///     const cleave::cut_plan plan{lenet5, device_profile, server_profile};
///     const auto device = std::make_unique<cleave::any_cut<lenet5>>(weights);
///     cleave::adaptive_session session{*device, link, plan.rows(), cleave::links::lte};
///     const auto answer = session(image);
///     session.idle(100'000);                      // where there is time: asks how things are, if nobody knows
///
/// `rows` is what each cut costs by profile, for the codec that is used; `expected` is the link as it probably is. From
/// each answer it learns the link's rate and latency (time and bytes of the exchange without the server's work), how
/// much slower than its profile the server is, how long requests wait there, and how much slower the device is. A
/// request that takes much longer than planned, or that fails, is finished here: there is always an answer.
///
/// Requires: all given by reference or span outlives it; a row for each cut of the graph. Guarantees: no allocation; no
/// traffic but requests while there are any. One thread at a time. `Device` is `any_cut`, or behaves as one.
template <class Device, transport Link, codec Codec = codecs::identity>
class adaptive_session {
  static_assert(std::invocable<Device&, const typename Device::tensors&>,
                "without a link everything is computed here: this needs an any_cut with all layers");

 public:
  using answer_type = typename Device::graph_answer;

  adaptive_session(Device& device, Link& link, std::span<const cut_row> rows, const link_model& expected,
                   Codec codec = {}, const adaptive_options& options = {}) noexcept
      : device_(device),
        meter_(link),
        session_(device, meter_, codec, device),
        rows_(rows),
        options_(options),
        link_(expected, options.link),
        probe_cut_(find_probe_cut(rows)) {
    now_.idle_watts = options.idle_watts;
    now_.over = link_.now();
    statistics_.cut = best_of(rows_, now_, options_.goal).cut;
    heard_ = tried_ = meter_.now();
  }

  /// The network's answer. It never fails for want of a server.
  template <class... Inputs>
  result<answer_type> operator()(const Inputs&... inputs) noexcept {
    if (is_due(3)) probe(probe_patience());
    const bool alone = down_ || rows_[statistics_.cut].bytes.up <= 0;
    const std::size_t cut = alone ? rows_.size() - 1 : statistics_.cut;
    static_cast<void>(device_.set_cut(cut));
    if (!alone) begin_request(cut);
    const std::uint64_t began = meter_.now();
    const auto answer = session_(inputs...);
    ++statistics_.requests;
    if (alone) {
      ++statistics_.local;
      note_device(cut, meter_.now() - began);
    } else if (session_.local()) {
      ++statistics_.fallbacks;
      note_failure(cut);
    } else {
      ++statistics_.served;
      note_device(cut, meter_.last().began - began);
      note_answer(cut);
    }
    replan();
    return answer;
  }

  /// Says that there is nothing to do for so many microseconds. Where nothing has been heard of the server for the
  /// probe interval, and they are enough, they are used to ask it: a request of a few kilobytes whose answer nobody
  /// needs.
  void idle(std::uint32_t microseconds) noexcept {
    if (!is_due(2) || static_cast<double>(microseconds) < probe_seconds() * 1e6) return;
    probe(microseconds);
    replan();
  }

  /// What has been done and is believed.
  adaptive_statistics statistics() const noexcept {
    adaptive_statistics all = statistics_;
    all.estimates = now_;
    all.link_is_down = down_;
    return all;
  }

  /// The cut of the next request, unless something changes.
  std::size_t cut() const noexcept { return down_ ? rows_.size() - 1 : statistics_.cut; }

  /// Whether the server was asked for the last answer and could not give it; then `link_error` tells why.
  bool fell_back() const noexcept { return session_.local(); }
  errc link_error() const noexcept { return session_.link_error(); }

  /// May be changed between calls.
  adaptive_options& options() noexcept { return options_; }

 private:
  /// The cut for questions: some two kilobytes say something of the rate and cost little, and behind it there must be
  /// work enough to be timed.
  static constexpr double probe_bytes = 2000;
  static constexpr double probe_work = 5e-5;
  static std::size_t find_probe_cut(std::span<const cut_row> rows) noexcept {
    double work = 0.05 * rows[0].server_seconds;
    if (work > probe_work) work = probe_work;
    std::size_t best = 0;
    for (std::size_t cut = 1; cut < rows.size(); ++cut) {
      if (rows[cut].bytes.up < probe_bytes || rows[cut].server_seconds < work) continue;
      if (rows[cut].bytes.up <= rows[best].bytes.up || rows[best].bytes.up < probe_bytes) best = cut;
    }
    return best;
  }

  /// Whether nothing has been heard for so many halves of the interval.
  bool is_due(std::uint64_t halves) const noexcept {
    const std::uint64_t interval = halves * options_.probe_interval_microseconds / 2;
    const std::uint64_t current = meter_.now();
    return rows_[probe_cut_].bytes.up > 0 && current - heard_ >= interval && current - tried_ >= interval;
  }

  /// What a question will take, as far as is known.
  double probe_seconds() const noexcept {
    const cut_cost cost = cost_of(rows_[probe_cut_], now_);
    return cost.up_seconds + cost.server_seconds + cost.down_seconds +
           (greeted_ ? 0 : 2 * link_.round_trip_seconds());  // connecting and greeting come on top
  }

  /// Microseconds after which something planned to take so long is late.
  std::uint64_t patient(double seconds) const noexcept {
    const double microseconds = options_.patience * seconds * 1e6 + options_.least_patience_microseconds;
    return static_cast<std::uint64_t>(microseconds < 1e12 ? microseconds : 1e12);
  }
  std::uint32_t probe_patience() const noexcept {
    // A link that comes back may be slower than the one that went.
    const std::uint64_t wanted = patient(probe_seconds()) << (unanswered_ < 4 ? unanswered_ : 4);
    const std::uint32_t most = options_.probe_patience_microseconds;
    return wanted < most ? static_cast<std::uint32_t>(wanted) : most;
  }

  void begin_request(std::size_t cut) noexcept {
    const cut_cost planned = cost_of(rows_[cut], now_);
    const double alone = (rows_.back().device_seconds - rows_[cut].device_seconds) * now_.device_slowdown;
    meter_.restart({.bytes = static_cast<std::uint64_t>(rows_[cut].bytes.up),
                    .send = patient(planned.up_seconds),
                    .answer = patient(planned.seconds() - planned.device_seconds + alone / 2),
                    .otherwise = static_cast<std::uint64_t>(alone * 1e6),
                    .connect = patient(2 * link_.round_trip_seconds())});
    session_.options() = {
        .timeout_microseconds = options_.timeout_microseconds, .retries = 0, .hold_off_microseconds = 0};
  }

  void probe(std::uint32_t most_microseconds) noexcept {
    tried_ = meter_.now();
    ++statistics_.probes;
    static_cast<void>(device_.set_cut(probe_cut_));
    meter_.restart({});
    session_.options() = {.timeout_microseconds = most_microseconds, .retries = 0, .hold_off_microseconds = 0};
    if (session_.exchange(device_.at_cut())) {
      note_answer(probe_cut_);
    } else {
      ++statistics_.probes_lost;
      ++unanswered_;
      greeted_ = false;
      down_ = true;
    }
  }

  static double in_seconds(std::uint64_t microseconds) noexcept { return static_cast<double>(microseconds) * 1e-6; }

  void note_device(std::size_t cut, std::uint64_t microseconds) noexcept {
    const double planned = rows_[cut].device_seconds;
    if (planned < 1e-4) return;
    now_.device_slowdown += 0.25 * (in_seconds(microseconds) / planned - now_.device_slowdown);
  }

  void note_answer(std::size_t cut) noexcept {
    const link_exchange& seen = meter_.last();
    const server_load& load = session_.load();
    heard_ = meter_.now();
    greeted_ = true;
    lost_ = 0;
    unanswered_ = 0;
    if (down_) link_.doubt();
    down_ = false;
    const double service = in_seconds(load.service_microseconds);
    const double planned = rows_[cut].server_seconds;
    // Clocks count microseconds, and every request has its overhead: short work says less of the server's speed.
    if (planned > 1e-5) {
      now_.server_slowdown += 0.5 * planned / (planned + probe_work) * (service / planned - now_.server_slowdown);
    }
    const double beside = in_seconds(seen.received - seen.began) - service;
    const double up = static_cast<double>(seen.bytes_sent);
    const double down = static_cast<double>(seen.bytes_received);
    const link_model is = link_.now();
    const double expected = is.up_seconds(up) + is.down_seconds(down);
    if (load.queue_length == 0 || beside <= expected) {
      now_.server_wait_seconds *= load.queue_length == 0 ? 0 : 0.5;
      link_.observe(up, down, beside, in_seconds(seen.received - seen.sent) - service, in_seconds(heard_));
    } else {
      // Others wait there, so this one has waited too; the link has not become slower for it.
      now_.server_wait_seconds += 0.5 * (beside - expected - now_.server_wait_seconds);
    }
    now_.over = link_.now();
  }

  void note_failure(std::size_t cut) noexcept {
    const link_exchange& seen = meter_.last();
    tried_ = meter_.now();
    greeted_ = false;
    ++lost_;
    const bool late = session_.link_error() == errc::timed_out;
    // One request that came too late tells of the rate; more in a row, an error, or a link that takes no byte of it.
    const bool began = seen.began != 0 && seen.bytes_sent > 0;
    if (!late || !began || lost_ > 1) {
      down_ = true;
      return;
    }
    const double waited = in_seconds(
        seen.sent > seen.began && static_cast<double>(seen.bytes_sent) < rows_[cut].bytes.up ? seen.sent - seen.began
                                                                                             : tried_ - seen.began);
    link_.observe_failure(rows_[cut].bytes.up, static_cast<double>(seen.bytes_sent), waited, in_seconds(tried_));
    now_.over = link_.now();
  }

  void replan() noexcept {
    const cut_choice best = best_of(rows_, now_, options_.goal);
    if (best.cut == statistics_.cut) return;
    const cut_cost stay = cost_of(rows_[statistics_.cut], now_);
    const double gain = options_.goal.value(stay) - options_.goal.value(best.cost);
    const bool breaks_limits = options_.goal.excess(stay) > options_.goal.excess(best.cost);
    if (!breaks_limits && gain <= options_.switch_gain * options_.goal.value(stay)) return;
    statistics_.cut = best.cut;
    ++statistics_.switches;
  }

  Device& device_;
  mutable metered<Link> meter_;  // asking for the time is not const in a transport
  session<Device, metered<Link>, Codec, Device> session_;
  std::span<const cut_row> rows_;
  adaptive_options options_;
  link_estimator link_;
  conditions now_{};
  adaptive_statistics statistics_{};
  std::size_t probe_cut_;
  std::uint64_t heard_ = 0;  // when the server last answered
  std::uint64_t tried_ = 0;  // when it was last asked in vain
  unsigned lost_ = 0;        // requests in a row
  unsigned unanswered_ = 0;  // questions in a row
  bool greeted_ = false;
  bool down_ = false;
};

}  // namespace cleave
#endif
