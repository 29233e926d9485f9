// SPDX-License-Identifier: BSL-1.0
#include "measure.hpp"

#include "../common/timed_link.hpp"

#include <cleave/codec/f16.hpp>
#include <cleave/codec/identity.hpp>
#include <cleave/runtime/session.hpp>
#include <cleave/tcp.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>
#include <string>
#include <utility>

namespace demo {
namespace {

/// The layers up to a cut, and those behind it.
template <std::size_t Cut>
using device_half = cleave::network<digits, cleave::default_options, 1, Cut>;
template <std::size_t Cut>
using remote_half = cleave::network<digits, cleave::default_options, Cut + 1, digits.last>;

answer copy_of(std::span<const float, 10> probabilities) {
  answer result;
  std::copy(probabilities.begin(), probabilities.end(), result.begin());
  return result;
}

bool same_bits(const answer& one, const answer& other) { return std::memcmp(&one, &other, sizeof one) == 0; }

template <std::size_t Cut>
std::size_t count_same_bits(const cleave::weights_view<digits>& weights, std::span<const digit_input> inputs,
                            std::span<const answer> whole) {
  device_half<Cut> device{weights};
  remote_half<Cut> remote{weights};
  std::size_t same = 0;
  for (std::size_t at = 0; at < inputs.size(); ++at) {
    same += same_bits(copy_of(remote(device(inputs[at]))), whole[at]);
  }
  return same;
}

template <std::size_t Cut, class Codec>
class split_network_at final : public split_network {
 public:
  split_network_at(const cleave::weights_view<digits>& weights, const connection& to)
      : server_(to.host + " port " + std::to_string(to.port)),
        device_(weights),
        client_(to.host, to.port),
        throttled_(client_, to.profile) {
    report.cut = Cut;
    report.tensor_bytes = cleave::crossing_bytes(digits, Cut);
    session_.options().timeout_microseconds = 20'000'000;  // the link may be made a slow one
  }

  void run(std::span<const digit_input> inputs, std::span<const answer> whole,
           const std::function<void()>& progress) override {
    // The first requests connect, greet and fill caches: they are not what a device in service sees.
    const std::size_t unmeasured = report.total.size() == 0 ? std::min<std::size_t>(inputs.size(), 2) : 1;
    for (std::size_t at = 0; at < unmeasured; ++at) ask(inputs[at]);
    report.answers.resize(inputs.size());
    report.same_bits.resize(inputs.size(), true);
    report.same_digit.resize(inputs.size(), true);
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
  void compare(std::size_t at, const answer& expected) {
    const answer& given = report.answers[at];
    report.same_bits[at] = report.same_bits[at] && same_bits(given, expected);
    report.same_digit[at] = report.same_digit[at] && digit_of(given) == digit_of(expected);
    for (std::size_t digit = 0; digit < expected.size(); ++digit) {
      report.largest_difference = std::max(report.largest_difference, std::abs(given[digit] - expected[digit]));
    }
  }

  answer ask(const digit_input& input) {
    link_.restart();
    const auto answered = session_(input);
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
  std::unique_ptr<split_network> (*split)(const cleave::weights_view<digits>&, const connection&);
  std::size_t (*count_same_bits)(const cleave::weights_view<digits>&, std::span<const digit_input>,
                                 std::span<const answer>);
};

template <std::size_t Cut>
std::unique_ptr<split_network> split(const cleave::weights_view<digits>& weights, const connection& to) {
  if (to.half_floats) return std::make_unique<split_network_at<Cut, cleave::codecs::f16>>(weights, to);
  return std::make_unique<split_network_at<Cut, cleave::codecs::identity>>(weights, to);
}

constexpr auto cuts = []<std::size_t... Cut>(std::index_sequence<Cut...>) {
  return std::array{functions{&split<Cut>, &count_same_bits<Cut>}...};
}(std::make_index_sequence<digits.last + 1>{});

}  // namespace

std::vector<answer> answer_whole(const cleave::weights_view<digits>& weights, std::span<const digit_input> inputs) {
  cleave::network<digits> network{weights};
  std::vector<answer> answers;
  for (const digit_input& input : inputs) answers.push_back(copy_of(network(input)));
  return answers;
}

samples time_whole(const cleave::weights_view<digits>& weights, std::span<const digit_input> inputs, int rounds) {
  cleave::network<digits> network{weights};
  samples times;
  volatile float sink = 0;
  for (int round = 0; round < rounds; ++round) {
    for (const digit_input& input : inputs) {
      const stopwatch watch;
      sink = network(input)[0];
      times.add(watch.microseconds());
    }
  }
  (void)sink;
  return times;
}

std::unique_ptr<split_network> split_at(std::size_t cut, const cleave::weights_view<digits>& weights,
                                        const connection& to) {
  return cuts.at(cut).split(weights, to);
}

std::size_t count_same_bits_here(std::size_t cut, const cleave::weights_view<digits>& weights,
                                 std::span<const digit_input> inputs, std::span<const answer> whole) {
  return cuts.at(cut).count_same_bits(weights, inputs, whole);
}

}  // namespace demo
