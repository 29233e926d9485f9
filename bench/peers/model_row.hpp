// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_PEERS_MODEL_ROW_HPP
#define CLEAVE_BENCH_PEERS_MODEL_ROW_HPP

/// @file
/// A row of the table for a whole model: the same random weights and picture for everybody, answers compared first.

#include <cleave/network/make_network.hpp>
#include <cleave/runtime/thread_pool.hpp>
#include <cleave/weights/random.hpp>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "../numbers.hpp"
#include "models.hpp"
#include "network_value.hpp"
#include "onednn_network.hpp"
#ifdef CLEAVE_BENCH_ONNX
#include "onnxruntime.hpp"
#endif
#ifdef CLEAVE_BENCH_XNNPACK
#include "xnnpack_network.hpp"
#endif

namespace cleave_bench {

/// Answers of all agree to this share of the largest number, transformed convolutions included.
inline constexpr double answers_agree = 4e-5;

/// A network of ours with what it views.
template <const auto& Graph, class Options>
class our_network {
  static constexpr bool transforms = cleave::prepared_weights<Graph, Options>::bytes > 0;
  static constexpr std::size_t input_size = Graph.nodes[0].out.size();

 public:
  static constexpr bool is_another_form = [] {
    for (std::size_t i = 0; i < Graph.node_count; ++i) {
      if (cleave::winograd_of(Graph.nodes[i], Options::numerics).edge > 0) return true;
    }
    return false;
  }();

  our_network(const cleave::owned_weights<Graph>& weights, const floats& input) : input_(input) {
    if constexpr (transforms) {
      prepared_ = std::make_unique<cleave::owned_prepared_weights<Graph, Options>>(weights);
      network_ = cleave::make_network<Graph, Options>(*prepared_);
    } else {
      network_ = cleave::make_network<Graph, Options>(weights);
    }
  }
  our_network(const cleave::owned_weights<Graph>& weights, const floats& input, typename Options::executor& executor)
      : input_(input) {
    if constexpr (transforms) {
      prepared_ = std::make_unique<cleave::owned_prepared_weights<Graph, Options>>(weights);
      network_ = cleave::make_network<Graph, Options>(*prepared_, executor);
    } else {
      network_ = cleave::make_network<Graph, Options>(weights, executor);
    }
  }

  void run() { answer_ = (*network_)(std::span<const float, input_size>{input_}); }
  std::span<const float> answer() const { return answer_; }

 private:
  const floats& input_;
  std::unique_ptr<cleave::owned_prepared_weights<Graph, Options>> prepared_;
  std::unique_ptr<cleave::network<Graph, Options>> network_;
  std::span<const float> answer_;
};

/// What the contestants of a row work on; goes with the row.
template <const auto& Graph>
struct entrants {
  cleave::owned_weights<Graph> weights = cleave::random_weights<Graph>(42);
  floats input = numbers(Graph.nodes[0].out.size(), 1);
  std::vector<std::shared_ptr<void>> others{};
};

/// Adds a contestant if there is one, after a look at its answer.
template <class Answer, class Network>
void enter(row& of, std::vector<std::shared_ptr<void>>& keeps, const std::string& name, const Answer& wanted,
           std::unique_ptr<Network> made) {
  if (made == nullptr) {
    of.remarks.push_back(name + " has not all of its layers");
    return;
  }
  const std::shared_ptr<Network> shared = std::move(made);
  shared->run();
  check_equal(of, name, wanted, shared->answer(), answers_agree);
  of.contestants.push_back(timed_here(name, [network = shared.get()] { network->run(); }));
  keeps.push_back(shared);
}

/// Ours, by the default order of sums and, where they differ, by fast options; gives the answer that others must have.
template <const auto& Graph>
std::vector<float> enter_ours(row& of, entrants<Graph>& with) {
  auto ours = std::make_unique<our_network<Graph, cleave::default_options>>(with.weights, with.input);
  ours->run();
  const std::vector<float> wanted(ours->answer().begin(), ours->answer().end());
  enter(of, with.others, "cleave", wanted, std::move(ours));
  using fast = our_network<Graph, cleave::fast_options>;
  if constexpr (fast::is_another_form) {
    enter(of, with.others, "cleave, fast", wanted, std::make_unique<fast>(with.weights, with.input));
  }
  return wanted;
}

/// ONNX Runtime with so many threads, where it is.
inline void enter_onnxruntime([[maybe_unused]] row& of, [[maybe_unused]] std::vector<std::shared_ptr<void>>& keeps,
                              [[maybe_unused]] const network_value& value, [[maybe_unused]] const floats& nchw,
                              [[maybe_unused]] const std::vector<float>& wanted, [[maybe_unused]] int threads) {
#ifdef CLEAVE_BENCH_ONNX
  if (onnxruntime().modules.empty()) return;
  const std::shared_ptr<onnxruntime_network> made = onnxruntime_network::make(value, nchw, threads);
  if (made == nullptr) {
    of.remarks.push_back("ONNX Runtime did not start");
    return;
  }
  check_equal(of, "ONNX Runtime", wanted, made->answer(), answers_agree);
  of.contestants.push_back({"ONNX Runtime", [each = made.get()](int times) { return each->batch(times); }});
  keeps.push_back(made);
#endif
}

template <const auto& Graph>
row one_core_row(const model& what) {
  row of{.name = what.name, .limit = what.limit, .goal = what.goal, .of_medians = what.of_medians};
  of.allowed = what.of_medians ? 0.03 : 0;
  of.multiply_adds = static_cast<double>(Graph.multiply_adds());
  const auto with = std::make_shared<entrants<Graph>>();
  of.keeps = with;
  auto& keeps = with->others;
  const std::vector<float> wanted = enter_ours<Graph>(of, *with);
  const network_value value(Graph, with->weights.source());
  const floats nchw = channels_first(with->input, value.input().out);
  enter(of, keeps, "oneDNN", wanted, onednn_network::make(value, nchw));
  if (auto winograd = onednn_network::make(value, nchw, true)) {
    enter(of, keeps, "oneDNN, Winograd", wanted, std::move(winograd));
  }
#ifdef CLEAVE_BENCH_XNNPACK
  enter(of, keeps, "XNNPACK", wanted, xnnpack_network::make(value, with->input));
#endif
  enter_onnxruntime(of, keeps, value, nchw, wanted, 1);
  return of;
}

template <class Options>
struct threaded : Options {
  using executor = cleave::thread_pool;
};

/// With all cores that the process may use, against ONNX Runtime with as many threads. One thread of ours beside them
/// shows what the others are good for.
template <const auto& Graph, class Options>
row all_cores_row(const model& what) {
  row of{.name = what.name, .limit = 0.90, .of_medians = what.of_medians, .yardstick = "ONNX Runtime"};
  of.multiply_adds = static_cast<double>(Graph.multiply_adds());
  const auto with = std::make_shared<entrants<Graph>>();
  of.keeps = with;
  const auto pool = std::make_shared<cleave::thread_pool>();
  with->others.push_back(pool);
  auto alone = std::make_unique<our_network<Graph, Options>>(with->weights, with->input);
  alone->run();
  const std::vector<float> wanted(alone->answer().begin(), alone->answer().end());
  auto many = std::make_unique<our_network<Graph, threaded<Options>>>(with->weights, with->input, *pool);
  many->run();
  if (!std::equal(wanted.begin(), wanted.end(), many->answer().begin())) {
    of.agree = false;
    of.remarks.push_back("several threads give other bits than one");
  }
  enter(of, with->others, "cleave", wanted, std::move(many));
  enter(of, with->others, "one thread", wanted, std::move(alone));
  const network_value value(Graph, with->weights.source());
  enter_onnxruntime(of, with->others, value, channels_first(with->input, value.input().out), wanted, pool->threads());
  return of;
}

}  // namespace cleave_bench
#endif
