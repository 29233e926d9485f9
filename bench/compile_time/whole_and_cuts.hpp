// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_COMPILE_TIME_WHOLE_AND_CUTS_HPP
#define CLEAVE_BENCH_COMPILE_TIME_WHOLE_AND_CUTS_HPP

/// @file
/// A program around a graph of one input and one answer: whole, cut behind every layer while it runs, and split while
/// compiling.

#include <algorithm>
#include <cleave/core/random_bits.hpp>
#include <cleave/core/static_for.hpp>
#include <cleave/network/cut_runner.hpp>
#include <cleave/network/make_network.hpp>
#include <cleave/weights/random.hpp>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <memory>
#include <span>
#include <vector>

namespace compile_time {

inline bool same(std::span<const std::byte> one, std::span<const std::byte> other) {
  return one.size() == other.size() && std::memcmp(one.data(), other.data(), one.size()) == 0;
}

/// The bits of every tensor that crosses and of the answer, of a network cut while it runs.
template <const auto& Graph, class Weights>
class cuts {
 public:
  static constexpr std::size_t last = Graph.last;

  cuts(const Weights& weights, std::span<const float> pixels)
      : device_(std::make_unique<runner>(weights)), remote_(std::make_unique<runner>(weights)) {
    std::memcpy(device_->tensor(runner::crossing(0)[0]).data(), pixels.data(), pixels.size_bytes());
  }

  /// Runs one layer more on the device's side: call it with 0, 1 and so on.
  std::vector<std::span<const std::byte>> crossing(std::size_t cut) {
    if (cut > 0) device_->run(cut, cut);
    std::vector<std::span<const std::byte>> tensors;
    for (const auto& each : runner::crossing(cut)) tensors.push_back(device_->tensor(each));
    return tensors;
  }

  /// The answer of a remote half that has nothing but what crossed.
  std::span<const std::byte> answer(std::size_t cut) {
    if (cut == last) return device_->tensor(runner::outputs_after(0)[0]);
    for (const auto& each : runner::crossing(cut)) {
      std::ranges::copy(device_->tensor(each), remote_->tensor(each).begin());
    }
    remote_->run(cut + 1, last);
    return remote_->tensor(runner::outputs_after(cut)[0]);
  }

 private:
  using runner = cleave::cut_runner<Graph>;
  std::unique_ptr<runner> device_;
  std::unique_ptr<runner> remote_;
};

/// Whether the halves split at `Cut` send these tensors and give this answer.
template <const auto& Graph, std::size_t Cut, class Network, class Image>
bool split_agrees(const Network& whole, Image image, const std::vector<std::span<const std::byte>>& tensors,
                  std::span<const std::byte> expected) {
  using halves = decltype(whole.template split<Cut>());
  const std::unique_ptr<halves> made{new halves(whole.template split<Cut>())};  // too large for a stack
  const auto sent = made->device(image);
  if constexpr (Cut < Graph.last) {
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      if (!same(sent.sent(i), tensors[i])) return false;
    }
  }
  return same(std::as_bytes(made->remote(sent)), expected);
}

/// A picture of numbers in steps of 2^-10 from -1 to 1.
template <const auto& Graph>
std::vector<float> some_picture() {
  cleave::random_bits random{7};
  std::vector<float> pixels(Graph.nodes[0].out.size());
  for (float& each : pixels) each = (static_cast<float>(random.below(2049)) - 1024) / 1024;
  return pixels;
}

/// How many cuts give the bits of the whole network's answer.
struct agreement {
  std::size_t cuts = 0;    ///< of last + 1 cuts made while it runs
  std::size_t splits = 0;  ///< of those made while compiling; they send the same tensors too
};

/// Cut behind every layer while it runs, and split at `Splits` cuts, evenly from the first to the last.
template <const auto& Graph, std::size_t Splits, class Network, class Weights>
agreement compare(Network& whole, const Weights& weights, const std::vector<float>& pixels) {
  const std::span<const float, Graph.nodes[0].out.size()> image{pixels};
  const auto answer = whole(image);
  const auto expected = std::as_bytes(answer);
  cuts<Graph, Weights> cut_while_it_runs(weights, pixels);
  agreement found;
  for (std::size_t cut = 0; cut <= Graph.last; ++cut) {
    const auto crossing = cut_while_it_runs.crossing(cut);
    found.cuts += same(cut_while_it_runs.answer(cut), expected);
    cleave::static_for<Splits>([&]<std::size_t I>() {
      constexpr std::size_t split = Graph.last * I / (Splits - 1);
      if (split == cut) found.splits += split_agrees<Graph, split>(whole, image, crossing, expected);
    });
  }
  return found;
}

/// A program: 0 when all cuts and ten splits give the bits of the whole.
template <const auto& Graph>
int whole_and_cuts() {
  constexpr std::size_t splits = 10;
  const auto weights = cleave::random_weights<Graph>(42);
  const auto whole = cleave::make_network<Graph>(weights);
  const agreement found = compare<Graph, splits>(*whole, weights, some_picture<Graph>());
  std::printf("%zu of %zu cuts give the bits of the whole\n", found.cuts, Graph.last + 1);
  std::printf("%zu of %zu splits do, and send the same tensors\n", found.splits, splits);
  return found.cuts == Graph.last + 1 && found.splits == splits ? 0 : 1;
}

}  // namespace compile_time
#endif
