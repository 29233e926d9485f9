// SPDX-License-Identifier: BSL-1.0
#include <algorithm>
#include <chart/chart.hpp>
#include <chrono>
#include <cleave/models/mobilenet_v1_025.hpp>
#include <cleave/runtime/server.hpp>
#include <cleave/transport/tcp_client.hpp>
#include <cleave/transport/tcp_listener.hpp>
#include <cleave/transport/throttled.hpp>
#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "parts.hpp"
#include "policies.hpp"

namespace neurosurgeon {
namespace {

inline constexpr auto& camera = cleave::models::mobilenet_v1_025;
using bench = policy_bench<camera>;

std::vector<cleave_chart::point> latencies(const policy_run& run) {
  std::vector<cleave_chart::point> points;
  for (const asked& each : run.requests) points.push_back({each.at_seconds, each.milliseconds});
  return points;
}

std::vector<cleave_chart::point> cuts(const policy_run& run) {
  std::vector<cleave_chart::point> points;
  for (const asked& each : run.requests) points.push_back({each.at_seconds, static_cast<double>(each.cut)});
  return points;
}

std::size_t wrong_between(const policy_run& run, double from, double to) {
  return static_cast<std::size_t>(std::count_if(run.requests.begin(), run.requests.end(), [&](const asked& each) {
    return each.wrong && each.at_seconds >= from && each.at_seconds < to;
  }));
}

void changing_link(report& to) {
  const trace_options options;  // five minutes, an outage in the middle
  virtual_world world;
  world.trace = make_trace(options);
  const auto of = std::make_unique<bench>(world, scenario{});
  const policy_run oracle = of->oracle();
  const policy_run adaptive = of->adaptive();
  const std::size_t last = of->rows().size() - 1;

  std::vector<policy_run> fixed;
  std::size_t best = 0;
  for (std::size_t cut = 0; cut <= last; ++cut) {
    fixed.push_back(of->fixed(cut));
    if (fixed[cut].mean_milliseconds() < fixed[best].mean_milliseconds()) best = cut;
  }
  std::printf("\n(c) five minutes of a changing link, ten seconds without (virtual time, seed %llu)\n",
              static_cast<unsigned long long>(options.seed));
  std::printf("%-28s %9s %9s %9s %9s %9s\n", "", "mean, ms", "p95, ms", "requests", "fell back", "no answer");
  const auto print = [](const std::string& name, const policy_run& run) {
    std::printf("%-28s %9.1f %9.1f %9zu %9zu %9zu\n", name.c_str(), run.mean_milliseconds(), run.percentile(0.95),
                run.requests.size(), run.fallbacks(), run.wrong());
  };
  print("oracle", oracle);
  print("adaptive", adaptive);
  print("best fixed cut (" + std::to_string(best) + ")", fixed[best]);
  print("all on the server (0)", fixed[0]);
  print("all on the device (" + std::to_string(last) + ")", fixed[last]);
  std::printf("  %llu changes of the cut, %llu questions of which %llu were not answered\n",
              static_cast<unsigned long long>(adaptive.statistics.switches),
              static_cast<unsigned long long>(adaptive.statistics.probes),
              static_cast<unsigned long long>(adaptive.statistics.probes_lost));
  const double outage = static_cast<double>(options.outage_at_microseconds) * 1e-6;
  to.row("trace: adaptive mean over the oracle's", adaptive.mean_milliseconds() / oracle.mean_milliseconds(),
         at_most(1.08));
  to.row("trace: adaptive mean over the best fixed cut's",
         adaptive.mean_milliseconds() / fixed[best].mean_milliseconds(), at_most(0.9999));
  to.row("trace: requests that failed in the outage", static_cast<double>(wrong_between(adaptive, outage, outage + 10)),
         at_most(0));
  to.row("trace: requests that failed", static_cast<double>(adaptive.wrong()), at_most(0));

  cleave_chart::line_chart rate{.title = "The link",
                                .subtitle = "a Markov chain over five rates, and ten seconds without a link",
                                .x = {.label = "time, s"},
                                .y = {.label = "uplink, Mbit/s"},
                                .height = 240};
  cleave_chart::line_series steps{.name = "rate", .points = {}, .stepped = true};
  for (const trace_piece& each : world.trace.pieces) {
    steps.points.push_back(
        {static_cast<double>(each.begin_microseconds) * 1e-6, static_cast<double>(each.bits_per_second) * 1e-6});
  }
  steps.points.push_back({static_cast<double>(world.trace.end_microseconds) * 1e-6, steps.points.back().y});
  rate.series = {steps};
  to.picture("trace-link.svg", draw(rate));

  cleave_chart::line_chart time{
      .title = "Latency on that link",
      .subtitle = "MobileNet v1 0.25 on a device of 20 million multiply-adds a second, virtual time",
      .x = {.label = "time, s"},
      .y = {.label = "latency, ms (logarithmic)", .logarithmic = true}};
  time.series = {{.name = "adaptive", .points = latencies(adaptive)},
                 {.name = "all on the server", .points = latencies(fixed[0]), .dashed = true},
                 {.name = "oracle", .points = latencies(oracle), .dashed = true}};
  to.picture("trace-latency.svg", draw(time));
  cleave_chart::line_chart moved{.title = "The cut on that link",
                                 .subtitle = "0: all on the server; " + std::to_string(last) + ": all on the device",
                                 .x = {.label = "time, s"},
                                 .y = {.label = "cut behind layer"},
                                 .height = 260};
  moved.series = {{.name = "adaptive", .points = cuts(adaptive), .stepped = true}};
  to.picture("trace-cut.svg", draw(moved));

  cleave_chart::bar_chart means{
      .title = "Mean latency on that link",
      .subtitle = "adaptive, every fourth fixed cut and the best, an oracle that knows the trace",
      .value = {.label = "mean latency, ms"}};
  means.series = {{"mean", {}}};
  const auto bar = [&](const std::string& name, const policy_run& run) {
    means.categories.push_back(name);
    means.series[0].values.push_back(run.mean_milliseconds());
  };
  bar("oracle", oracle);
  bar("adaptive", adaptive);
  for (std::size_t cut = 0; cut <= last; ++cut) {
    if (cut % 4 == 0 || cut == best || cut == last) bar("cut " + std::to_string(cut), fixed[cut]);
  }
  means.marked_name = "adaptive";
  means.marked = {1};
  to.picture("trace-means.svg", draw(means));

  // The seed of the pictures is not a lucky one.
  std::vector<double> over;
  for (std::uint64_t seed = 1; seed <= 10; ++seed) {
    virtual_world other;
    other.trace = make_trace({.seed = seed});
    const auto with = std::make_unique<bench>(other, scenario{});
    over.push_back(with->adaptive().mean_milliseconds() / with->oracle().mean_milliseconds());
  }
  std::printf("  over the oracle's, seeds 1 to 10: %.3f to %.3f\n", *std::min_element(over.begin(), over.end()),
              *std::max_element(over.begin(), over.end()));
  to.row("trace: adaptive mean over the oracle's, worst of ten seeds", *std::max_element(over.begin(), over.end()),
         at_most(1.08));
}

void changing_load(report& to) {
  virtual_world world;
  world.trace = {.pieces = {{0, 12'000'000}}, .end_microseconds = 80'000'000};
  world.load = {{},
                {.begin_microseconds = 15'000'000, .slowdown = 100},
                {.begin_microseconds = 30'000'000, .wait_microseconds = 400'000, .queue_length = 8},
                {.begin_microseconds = 45'000'000},
                {.begin_microseconds = 55'000'000, .stalled = true},
                {.begin_microseconds = 65'000'000}};
  const auto of = std::make_unique<bench>(world, scenario{});
  const policy_run adaptive = of->adaptive();
  const policy_run oracle = of->oracle();
  const policy_run all = of->fixed(0);
  double recovered = 1e9;
  for (const asked& each : adaptive.requests) {
    const double answered = each.at_seconds + each.milliseconds / 1000;
    if (each.served && answered > 65) {
      recovered = answered - 65;
      break;
    }
  }
  std::printf("\n(c) a server's load: slower from 15 s, queue from 30 s, free from 45 s, frozen from 55 to 65 s\n");
  std::printf("  mean %.1f ms (oracle %.1f, all on the server %.1f); first answer %.2f s after the stall\n",
              adaptive.mean_milliseconds(), oracle.mean_milliseconds(), all.mean_milliseconds(), recovered);
  to.row("load: seconds from the end of a stall to the next answer of the server", recovered, at_most(2));
  to.row("load: requests that failed", static_cast<double>(adaptive.wrong()), at_most(0));
  to.row("load: adaptive mean over all-cloud's", adaptive.mean_milliseconds() / all.mean_milliseconds(), at_most(1));
  cleave_chart::line_chart chart{.title = "Latency while the server's load changes",
                                 .subtitle = "12 Mbit/s, virtual time",
                                 .x = {.label = "time, s"},
                                 .y = {.label = "latency, ms (logarithmic)", .logarithmic = true}};
  chart.series = {{.name = "adaptive", .points = latencies(adaptive)},
                  {.name = "all on the server", .points = latencies(all), .dashed = true},
                  {.name = "oracle", .points = latencies(oracle), .dashed = true}};
  chart.at_x = {{15, "slower"}, {30, "queue"}, {45, "free"}, {55, "frozen"}, {65, "back"}};
  to.picture("load-latency.svg", draw(chart));
}

/// The time of `rows`, on the machine's clock.
struct real_pace {
  std::span<const cleave::cut_row> rows;

  template <class Compute>
  auto operator()(std::size_t from, std::size_t to, Compute compute) const {
    std::this_thread::sleep_for(std::chrono::duration<double>(rows[to].device_seconds - rows[from].device_seconds));
    return compute();
  }
};
using slow_device = paced_cut<camera, real_pace>;

/// Half a minute over TCP, with the server of the library and the machine's clock.
void in_real_time(report& to) {
  static const auto weights = cleave::random_weights<camera>(7);
  cleave::server<camera> server{weights};
  cleave::tcp::listener listener{0};
  std::thread serving{[&] { server.run(listener); }};
  const auto of =
      std::make_unique<bench>(virtual_world{.trace = {.pieces = {{0, 1'000'000}}, .end_microseconds = 1}}, scenario{});
  slow_device device{weights, {of->rows()}};
  cleave::tcp::client client{"127.0.0.1", listener.port()};
  cleave::throttled link{client, {}};
  using session_type = cleave::adaptive_session<slow_device, decltype(link)>;
  const auto session = std::make_unique<session_type>(device, link, of->rows(), scenario{}.expected);
  const auto whole = cleave::make_network<camera>(weights);
  std::vector<float> pixels(camera.nodes[0].out.size());
  for (std::size_t i = 0; i < pixels.size(); ++i) pixels[i] = static_cast<float>(i % 251) / 251.0F;
  const std::span<const float, camera.nodes[0].out.size()> image{pixels.data(), camera.nodes[0].out.size()};
  const auto answer = (*whole)(image);
  const std::vector<float> expected(answer.begin(), answer.end());

  policy_run run;
  const auto begin = std::chrono::steady_clock::now();
  const auto passed = [&] { return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count(); };
  // 24, 5.5, 1 and 12 Mbit/s, each for six seconds; the server stops for the last six.
  constexpr std::array<std::uint64_t, 4> rates{24'000'000, 5'500'000, 1'000'000, 12'000'000};
  bool stopped = false;
  for (double next = 0; next < 30; next += 0.4) {
    const auto phase = static_cast<std::size_t>(next / 6);
    if (phase < rates.size()) {
      link.set_profile({.bytes_per_second = rates[phase] / 8, .latency_microseconds = 10'000});
    } else if (!stopped) {
      server.stop();
      serving.join();
      stopped = true;
    }
    const double at = passed();
    asked one{.at_seconds = at, .cut = session->cut()};
    const auto before = session->statistics().served;
    const auto found = (*session)(image);
    one.milliseconds = (passed() - at) * 1000;
    one.served = session->statistics().served > before;
    one.fell_back = session->fell_back();
    one.wrong = !found || !std::equal(expected.begin(), expected.end(), found->begin());
    run.requests.push_back(one);
    const double left = next + 0.4 - passed();
    if (left > 0) session->idle(static_cast<std::uint32_t>(left * 1e6));
    std::this_thread::sleep_for(std::chrono::duration<double>(std::max(0.0, next + 0.4 - passed())));
    next = std::max(next, passed() - 0.4);
  }
  std::printf("\n(c) half a minute in real time over TCP: 24, 5.5, 1, 12 Mbit/s, then no server\n");
  for (std::size_t phase = 0; phase < 5; ++phase) {
    policy_run part;
    for (const asked& each : run.requests) {
      if (each.at_seconds >= 6.0 * static_cast<double>(phase) && each.at_seconds < 6.0 * static_cast<double>(phase + 1))
        part.requests.push_back(each);
    }
    if (part.requests.empty()) continue;
    std::printf("  %-12s mean %6.1f ms, last cut %zu, served %lld of %zu\n",
                phase < rates.size() ? (std::to_string(rates[phase] / 1000) + " kbit/s").c_str() : "no server",
                part.mean_milliseconds(), part.requests.back().cut,
                static_cast<long long>(std::count_if(part.requests.begin(), part.requests.end(),
                                                     [](const asked& each) { return each.served; })),
                part.requests.size());
  }
  to.row("real time: requests that failed", static_cast<double>(run.wrong()), at_most(0));
  to.row("real time: changes of the cut", static_cast<double>(session->statistics().switches));
  to.row("real time: mean latency, ms", run.mean_milliseconds());
}

}  // namespace

void on_a_trace(report& to) {
  changing_link(to);
  changing_load(to);
  in_real_time(to);
}

}  // namespace neurosurgeon
