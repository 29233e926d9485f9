// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_JETSON_TK1_RECOGNISER_OF_HPP
#define EXAMPLES_JETSON_TK1_RECOGNISER_OF_HPP

/// @file
/// From a graph to what the main program uses.

#include "../common/cuts.hpp"
#include "radio_link.hpp"
#include "recogniser.hpp"

#include <cleave/cleave.hpp>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace board {

/// Weights from a file, or drawn.
template <const auto& Graph>
class chosen_weights {
 public:
  explicit chosen_weights(const choices& chosen) {
    if (chosen.weights.empty()) {
      drawn_.emplace(cleave::random_weights<Graph>(chosen.seed));
    } else {
      auto loaded = cleave::load_weights<Graph>(chosen.weights.c_str());
      if (!loaded) throw std::runtime_error(chosen.weights + ": " + cleave::message(loaded.error()));
      file_.emplace(std::move(*loaded));
    }
  }

  cleave::weights_view<Graph> view() const {
    if (file_) return *file_;
    return *drawn_;
  }

 private:
  std::optional<cleave::mapped_weights<Graph>> file_;
  std::optional<cleave::owned_weights<Graph>> drawn_;
};

/// The board's side. The cut is a number of the command line, so the device is an `any_cut`; it is its own fallback.
template <const auto& Graph, cleave::codec Codec>
class recogniser_of final : public recogniser {
  static constexpr cleave::shape picture = Graph.nodes[0].out;

 public:
  explicit recogniser_of(const choices& chosen)
      : weights_(chosen),
        view_(weights_.view()),
        device_(view_),
        link_(chosen.host, chosen.port,
              {.bytes_per_second = chosen.bytes_per_second, .latency_microseconds = chosen.latency_microseconds}),
        session_(device_, link_, Codec{}, device_, {.timeout_microseconds = chosen.timeout_microseconds}) {
    const bool all_here = chosen.cut.empty() || chosen.host.empty();
    if (!device_.set_cut(all_here ? Graph.last : demo::find_cut(Graph, chosen.cut))) {
      throw std::runtime_error("no such cut");
    }
  }

  int width() const override { return picture.width; }
  int height() const override { return picture.height; }
  std::span<float> input() override { return device_.input(); }

  outcome run() override {
    const std::uint64_t waited = link_.microseconds();
    const std::uint64_t sent = link_.sent();
    const std::uint64_t received = link_.received();
    const std::uint64_t start = link_.now();
    const auto answer = session_(device_.input());
    const std::uint64_t all = link_.now() - start;
    if (!answer) throw std::runtime_error(cleave::message(answer.error()));  // not with a fallback

    const auto best = std::max_element(answer->begin(), answer->end());
    checksum_ = cleave::crc32c(std::as_bytes(*answer), checksum_);
    const bool asked = device_.cut() < Graph.last && !session_.local();
    return {.best = static_cast<std::size_t>(best - answer->begin()),
            .share = *best,
            .local = session_.local(),
            .why = session_.link_error(),
            .device_microseconds = all - (link_.microseconds() - waited),
            .link_microseconds = link_.microseconds() - waited,
            .server_microseconds = asked ? session_.load().service_microseconds : 0,
            .sent = link_.sent() - sent,
            .received = link_.received() - received};
  }

  std::size_t cut() const override { return device_.cut(); }
  std::size_t last() const override { return Graph.last; }
  std::uint32_t checksum() const override { return checksum_; }

 private:
  chosen_weights<Graph> weights_;
  cleave::weights_view<Graph> view_;
  // [device]
  cleave::any_cut<Graph> device_;  // any cut at run time, and its own fallback
  radio_link link_;                // counts bytes around a cleave::tcp::client
  cleave::session<cleave::any_cut<Graph>, radio_link, Codec, cleave::any_cut<Graph>> session_;
  // [/device]
  std::uint32_t checksum_ = 0;
};

template <const auto& Graph>
std::unique_ptr<recogniser> make_recogniser(const choices& chosen) {
  if (chosen.codec == "f16") return std::make_unique<recogniser_of<Graph, cleave::codecs::f16>>(chosen);
  return std::make_unique<recogniser_of<Graph, cleave::codecs::identity>>(chosen);
}

template <const auto& Graph>
void serve_with(const choices& chosen, const demo::server_choices& server, const char* what) {
  const chosen_weights<Graph> weights(chosen);
  const auto view = weights.view();
  demo::serve<Graph>(view, server, what);
}

}  // namespace board
#endif
