// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_NEUROSURGEON_PACED_CUT_HPP
#define CLEAVE_BENCH_NEUROSURGEON_PACED_CUT_HPP

/// @file
/// A device that is slower than the machine it is tried on.

#include <cleave/network/any_cut.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <utility>

namespace neurosurgeon {

/// `any_cut` at another pace. `Pace` is called as `pace(from, to, compute)`: the layers behind `from` up to `to` are
/// due, `compute()` runs them, and what it gives is to be returned.
template <const auto& Graph, class Pace>
class paced_cut {
  using real = cleave::any_cut<Graph>;

 public:
  using options = typename real::options;
  using graph_answer = typename real::graph_answer;
  using tensors = typename real::tensors;
  static constexpr const auto& graph = Graph;

  template <class Weights>
  paced_cut(const Weights& weights, Pace pace) : real_(std::make_unique<real>(weights)), pace_(std::move(pace)) {}

  cleave::status set_cut(std::size_t cut) noexcept { return real_->set_cut(cut); }
  std::size_t cut() const noexcept { return real_->cut(); }
  tensors at_cut() noexcept { return real_->at_cut(); }
  std::uint64_t weights_fingerprint() const noexcept { return real_->weights_fingerprint(); }

  template <class... Inputs>
  tensors forward(const Inputs&... inputs) noexcept {
    return pace_(std::size_t{0}, cut(), [&] { return real_->forward(inputs...); });
  }
  graph_answer operator()(const tensors& before) noexcept {
    return pace_(before.cut, Graph.last, [&] { return (*real_)(before); });
  }

 private:
  std::unique_ptr<real> real_;
  Pace pace_;
};

}  // namespace neurosurgeon
#endif
