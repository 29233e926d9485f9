// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_NEUROSURGEON_POLICIES_HPP
#define CLEAVE_BENCH_NEUROSURGEON_POLICIES_HPP

/// @file
/// A network on a virtual device, asked again and again while its link and its server change: by an adaptive session,
/// by sessions with a fixed cut, and by an oracle that knows what is to come.

#include <algorithm>
#include <cleave/network/make_network.hpp>
#include <cleave/plan/adaptive_session.hpp>
#include <cleave/plan/planner.hpp>
#include <cleave/runtime/describe.hpp>
#include <cleave/runtime/session.hpp>
#include <cleave/weights/random.hpp>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

#include "paced_cut.hpp"
#include "virtual_link.hpp"

namespace neurosurgeon {

/// One request of a run.
struct asked {
  double at_seconds = 0;
  double milliseconds = 0;
  std::size_t cut = 0;
  bool served = false;     ///< by the server
  bool fell_back = false;  ///< finished on the device after the server had been asked
  bool wrong = false;      ///< no answer, or other bits than the whole network's
};

struct policy_run {
  std::vector<asked> requests;
  cleave::adaptive_statistics statistics{};  ///< of the adaptive session

  double mean_milliseconds() const {
    double sum = 0;
    for (const asked& each : requests) sum += each.milliseconds;
    return requests.empty() ? 0 : sum / static_cast<double>(requests.size());
  }
  double percentile(double share) const {
    std::vector<double> sorted;
    for (const asked& each : requests) sorted.push_back(each.milliseconds);
    std::sort(sorted.begin(), sorted.end());
    return sorted.empty() ? 0 : sorted[static_cast<std::size_t>(share * static_cast<double>(sorted.size() - 1))];
  }
  std::size_t wrong() const {
    return static_cast<std::size_t>(
        std::count_if(requests.begin(), requests.end(), [](const asked& each) { return each.wrong; }));
  }
  std::size_t fallbacks() const {
    return static_cast<std::size_t>(
        std::count_if(requests.begin(), requests.end(), [](const asked& each) { return each.fell_back; }));
  }
};

/// A device, a link and a server, as they are planned for: seconds of every layer come from its multiply-adds.
struct scenario {
  double device_multiply_adds = 20e6;  ///< a second
  double server_multiply_adds = 5e9;
  std::uint64_t period_microseconds = 400'000;  ///< between the begins of two requests
  cleave::link_model expected{5.5e6, 22e6, 0.01};
  cleave::adaptive_options adaptive{};
};

/// The time of `rows`, on the clock of a world.
struct virtual_pace {
  virtual_world& world;
  std::span<const cleave::cut_row> rows;

  template <class Compute>
  auto operator()(std::size_t from, std::size_t to, Compute compute) const {
    world.now += static_cast<std::uint64_t>((rows[to].device_seconds - rows[from].device_seconds) * 1e6);
    return compute();
  }
};
template <const auto& Graph>
using virtual_device = paced_cut<Graph, virtual_pace>;

/// Runs one network through one world under any policy. All policies see the same inputs and the same world.
template <const auto& Graph>
class policy_bench {
 public:
  policy_bench(const virtual_world& world, const scenario& with)
      : scenario_(with),
        plan_(Graph, costs(with.device_multiply_adds), costs(with.server_multiply_adds)),
        world_(world) {
    world_.service_microseconds.clear();
    for (const cleave::cut_row& each : plan_.rows()) {
      world_.service_microseconds.push_back(static_cast<std::uint64_t>(each.server_seconds * 1e6));
    }
    for (std::size_t i = 0; i < input_.size(); ++i) input_[i] = static_cast<float>(i * 7919 % 255) / 255.0F;
    const auto whole = cleave::make_network<Graph>(weights_);
    const auto answer = (*whole)(input_);
    expected_.assign(answer.begin(), answer.end());
  }

  std::span<const cleave::cut_row> rows() const { return plan_.rows(); }

  policy_run adaptive() const {
    virtual_world world = world_;
    const auto link = make_link(world);
    virtual_device<Graph> device{weights_, {world, rows()}};
    const auto session = std::make_unique<adaptive_type>(device, *link, rows(), scenario_.expected,
                                                         cleave::codecs::identity{}, scenario_.adaptive);
    policy_run run;
    each_request(
        world, run,
        [&](asked& one) {
          one.cut = session->cut();
          const auto before = session->statistics();
          const auto answer = (*session)(input_);
          one.served = session->statistics().served > before.served;
          one.fell_back = session->fell_back();
          one.wrong = !answer || !same(*answer);
        },
        [&](std::uint64_t left) { session->idle(static_cast<std::uint32_t>(left)); });
    run.statistics = session->statistics();
    return run;
  }

  /// The ordinary session at one cut, which finishes on the device what fails.
  policy_run fixed(std::size_t cut) const {
    virtual_world world = world_;
    const auto link = make_link(world);
    virtual_device<Graph> device{weights_, {world, rows()}};
    static_cast<void>(device.set_cut(cut));
    const auto session = std::make_unique<fixed_type>(device, *link, cleave::codecs::identity{}, device);
    policy_run run;
    each_request(
        world, run,
        [&](asked& one) {
          one.cut = cut;
          const auto answer = (*session)(input_);
          one.served = rows()[cut].bytes.up > 0 && !session->local();
          one.fell_back = session->local();
          one.wrong = !answer || !same(*answer);
        },
        [](std::uint64_t) {});
    return run;
  }

  /// The best cut of every request, known beforehand: no session could do better request by request.
  policy_run oracle() const {
    virtual_world world = world_;
    policy_run run;
    each_request(
        world, run,
        [&](asked& one) {
          std::uint64_t best = ~std::uint64_t{0};
          for (std::size_t cut = 0; cut < rows().size(); ++cut) {
            const std::uint64_t end = finished(world, cut);
            if (end > best) continue;
            best = end;
            one.cut = cut;
            one.served = rows()[cut].bytes.up > 0;
          }
          world.now = best;
        },
        [](std::uint64_t) {});
    return run;
  }

 private:
  using adaptive_type = cleave::adaptive_session<virtual_device<Graph>, virtual_link>;
  using fixed_type =
      cleave::session<virtual_device<Graph>, virtual_link, cleave::codecs::identity, virtual_device<Graph>>;

  static std::vector<cleave::layer_cost> costs(double multiply_adds) {
    std::vector<cleave::layer_cost> result(Graph.last + 1);
    for (std::size_t i = 0; i < Graph.nodes.size(); ++i) {
      const cleave::node& each = Graph.nodes[i];
      if (each.what.kind == cleave::op::input) continue;
      // What does no products costs about one step a value.
      const auto steps = static_cast<double>(each.multiply_adds > 0 ? each.multiply_adds : each.out.size());
      result[Graph.layer_of(i)].seconds += steps / multiply_adds;
    }
    return result;
  }
  std::unique_ptr<virtual_link> make_link(virtual_world& world) const {
    return std::make_unique<virtual_link>(
        world, cleave::describe<Graph, cleave::default_options, cleave::common_codecs>(weights_));
  }

  template <class Answer>
  bool same(const Answer& answer) const {
    return std::memcmp(answer.data(), expected_.data(), expected_.size() * sizeof(float)) == 0;
  }

  /// When a request that begins now is answered, cut there.
  std::uint64_t finished(const virtual_world& world, std::size_t cut) const {
    const cleave::cut_row& row = rows()[cut];
    const std::uint64_t made = world.now + static_cast<std::uint64_t>(row.device_seconds * 1e6);
    if (row.bytes.up <= 0) return made;
    const std::uint64_t sent = world.sent_up(made, static_cast<std::uint64_t>(row.bytes.up));
    if (sent == ~std::uint64_t{0}) return sent;
    const std::uint64_t answered = world.answered(sent + world.latency_microseconds, cut);
    const std::uint64_t back = world.sent_down(answered, static_cast<std::uint64_t>(row.bytes.down));
    return back == ~std::uint64_t{0} ? back : back + world.latency_microseconds;
  }

  template <class Ask, class Idle>
  void each_request(virtual_world& world, policy_run& run, Ask ask, Idle idle) const {
    while (world.now < world.trace.end_microseconds) {
      const std::uint64_t began = world.now;
      asked one{.at_seconds = static_cast<double>(began) * 1e-6};
      ask(one);
      one.milliseconds = static_cast<double>(world.now - began) * 1e-3;
      run.requests.push_back(one);
      const std::uint64_t next = began + scenario_.period_microseconds;
      if (world.now < next) idle(next - world.now);
      world.now = std::max(world.now, next);
    }
  }

  scenario scenario_;
  cleave::cut_plan<std::remove_cvref_t<decltype(Graph)>> plan_;
  virtual_world world_;
  decltype(cleave::random_weights<Graph>(7)) weights_ = cleave::random_weights<Graph>(7);
  std::array<float, Graph.nodes[0].out.size()> input_{};
  std::vector<float> expected_;
};

}  // namespace neurosurgeon
#endif
