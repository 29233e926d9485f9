// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_COMMON_MEASURE_GRAPH_HPP
#define EXAMPLES_COMMON_MEASURE_GRAPH_HPP

/// @file
/// Samples through a network with one input and one answer, whole and cut behind every layer.

#include "measure.hpp"
#include "timed_link.hpp"

#include <cleave/codec/f16.hpp>
#include <cleave/codec/identity.hpp>
#include <cleave/runtime/session.hpp>
#include <cleave/tcp.hpp>
#include <cleave/weights/view.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstring>
#include <functional>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace demo {

inline bool same_bits(std::span<const float> one, std::span<const float> other) {
  return one.size() == other.size() && std::memcmp(one.data(), other.data(), one.size_bytes()) == 0;
}

/// What can be measured of a graph.
template <const auto& Graph>
class measured {
 public:
  using weights = cleave::weights_view<Graph>;

  /// Answers of the whole network, one a sample.
  static std::vector<numbers> answer_whole(const weights& of, std::span<const numbers> inputs) {
    cleave::network<Graph> network{of};
    std::vector<numbers> answers;
    for (const numbers& input : inputs) answers.push_back(copy_of(network(as_image(input))));
    return answers;
  }

  /// Microseconds that the whole network takes.
  static samples time_whole(const weights& of, std::span<const numbers> inputs, int rounds) {
    cleave::network<Graph> network{of};
    samples times;
    volatile float sink = 0;
    for (int round = 0; round < rounds; ++round) {
      for (const numbers& input : inputs) {
        const stopwatch watch;
        sink = network(as_image(input))[0];
        times.add(watch.microseconds());
      }
    }
    (void)sink;
    return times;
  }

  /// Cuts behind layer `cut`. Connects when first used.
  static std::unique_ptr<split_network> split_at(std::size_t cut, const weights& of, const connection& to) {
    return cuts.at(cut).split(of, to);
  }

  /// How many answers are the whole network's, bit for bit, when both halves run in this process.
  static std::size_t count_same_bits_here(std::size_t cut, const weights& of, std::span<const numbers> inputs,
                                          std::span<const numbers> whole) {
    return cuts.at(cut).count_same_bits(of, inputs, whole);
  }

 private:
  static constexpr std::size_t input_size = Graph.nodes[0].out.size();

  static std::span<const float, input_size> as_image(const numbers& input) {
    return std::span<const float, input_size>{input.data(), input_size};
  }
  static numbers copy_of(std::span<const float> answer) { return {answer.begin(), answer.end()}; }

  /// The layers up to a cut, and those behind it.
  template <std::size_t Cut>
  using device_half = cleave::network<Graph, cleave::default_options, 1, Cut>;
  template <std::size_t Cut>
  using remote_half = cleave::network<Graph, cleave::default_options, Cut + 1, Graph.last>;

  template <std::size_t Cut, class Codec>
  class split_network_at final : public split_network {
   public:
    split_network_at(const weights& of, const connection& to)
        : server_(to.host + " port " + std::to_string(to.port)),
          device_(of),
          client_(to.host, to.port),
          throttled_(client_, to.profile) {
      report.cut = Cut;
      report.tensor_bytes = cleave::crossing_bytes(Graph, Cut);
      session_.options().timeout_microseconds = 20'000'000;  // the link may be made a slow one
    }

    void run(std::span<const numbers> inputs, std::span<const numbers> whole,
             const std::function<void()>& progress) override {
      // The first requests connect, greet and fill caches: they are not what a device in service sees.
      const std::size_t unmeasured = report.total.size() == 0 ? std::min<std::size_t>(inputs.size(), 2) : 1;
      for (std::size_t at = 0; at < unmeasured; ++at) ask(inputs[at]);
      report.answers.resize(inputs.size());
      report.same_bits.resize(inputs.size(), true);
      report.same_best.resize(inputs.size(), true);
      for (std::size_t at = 0; at < inputs.size(); ++at) {
        const stopwatch watch;
        report.answers[at] = ask(inputs[at]);
        const double total = watch.microseconds();
        const double away = link_.sent() > 0 ? link_.microseconds() : 0;
        const double server = link_.sent() > 0 ? session_.load().service_microseconds : 0;
        report.total.add(total);
        report.device.add(total - away);
        report.wire.add(std::max(away - server, 0.0));
        report.server.add(server);
        report.sent_bytes = link_.sent();
        report.received_bytes = link_.received();
        compare(at, whole[at]);
        progress();
      }
    }

   private:
    void compare(std::size_t at, const numbers& expected) {
      const numbers& given = report.answers[at];
      report.same_bits[at] = report.same_bits[at] && same_bits(given, expected);
      report.same_best[at] = report.same_best[at] && best_of(given) == best_of(expected);
      for (std::size_t each = 0; each < expected.size(); ++each) {
        report.largest_difference = std::max(report.largest_difference, std::abs(given[each] - expected[each]));
      }
    }

    numbers ask(const numbers& input) {
      link_.restart();
      const auto answered = session_(as_image(input));
      if (!answered)
        throw std::runtime_error(server_ + ", cut " + std::to_string(Cut) + ": " + cleave::message(answered.error()));
      return copy_of(*answered);
    }

    using link_type = timed_link<cleave::throttled<cleave::tcp::client>>;

    std::string server_;
    device_half<Cut> device_;
    cleave::tcp::client client_;
    cleave::throttled<cleave::tcp::client> throttled_;
    link_type link_{throttled_};
    cleave::session<device_half<Cut>, link_type, Codec> session_{device_, link_};
  };

  /// What is done at a cut, for a cut known at run time.
  struct functions {
    std::unique_ptr<split_network> (*split)(const weights&, const connection&);
    std::size_t (*count_same_bits)(const weights&, std::span<const numbers>, std::span<const numbers>);
  };

  template <std::size_t Cut>
  static std::unique_ptr<split_network> split(const weights& of, const connection& to) {
    if (to.half_floats) return std::make_unique<split_network_at<Cut, cleave::codecs::f16>>(of, to);
    return std::make_unique<split_network_at<Cut, cleave::codecs::identity>>(of, to);
  }

  template <std::size_t Cut>
  static std::size_t count_same_bits(const weights& of, std::span<const numbers> inputs,
                                     std::span<const numbers> whole) {
    device_half<Cut> device{of};
    remote_half<Cut> remote{of};
    std::size_t same = 0;
    for (std::size_t at = 0; at < inputs.size(); ++at) {
      same += same_bits(remote(device(as_image(inputs[at]))), whole[at]);
    }
    return same;
  }

  template <std::size_t... Cut>
  static constexpr auto functions_of(std::index_sequence<Cut...>) {
    return std::array{functions{&split<Cut>, &count_same_bits<Cut>}...};
  }
  static inline const auto cuts = functions_of(std::make_index_sequence<Graph.last + 1>{});
};

}  // namespace demo
#endif
