// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_DIGITS_MEASURE_HPP
#define EXAMPLES_DIGITS_MEASURE_HPP

/// @file
/// The held-out pictures through every cut of the network, in this process and over the wire.

#include "../common/statistics.hpp"
#include "digits.hpp"
#include "pictures.hpp"

#include <cleave/transport/throttled.hpp>
#include <cleave/weights/view.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace demo {

using answer = std::array<float, 10>;
using digit_input = std::array<float, 64>;

/// The digit with the highest probability.
inline int digit_of(const answer& probabilities) {
  return static_cast<int>(std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin());
}

/// Where the server is and what the way there is like.
struct connection {
  std::string host;
  std::uint16_t port = 0;
  cleave::link_profile profile{};
  bool half_floats = false;  ///< codec f16 instead of identity
};

/// What became of the pictures at one cut. Times are microseconds.
struct cut_report {
  std::size_t cut = 0;
  std::size_t tensor_bytes = 0;    ///< of the tensors that cross, as they lie in memory
  std::size_t sent_bytes = 0;      ///< a request's frame
  std::size_t received_bytes = 0;  ///< an answer's frame
  std::size_t same_bits_here = 0;  ///< both halves in this process: answers equal to the whole network's in every bit
  std::vector<bool> same_bits;     ///< over the wire, for each picture: the same, every time that it was sent
  std::vector<bool> same_digit;    ///< over the wire: the answer names the digit that the whole network names
  float largest_difference = 0;    ///< over the wire: of a probability from the whole network's
  std::vector<answer> answers;     ///< over the wire, the last time
  samples device, wire, server, total;
};

/// Answers of the whole network, one a picture.
std::vector<answer> answer_whole(const cleave::weights_view<digits>& weights, std::span<const digit_input> inputs);

/// Microseconds that the whole network takes.
samples time_whole(const cleave::weights_view<digits>& weights, std::span<const digit_input> inputs, int rounds);

/// The two halves of the network at one cut, connected to the server.
class split_network {
 public:
  virtual ~split_network() = default;

  /// Sends all inputs once through both halves, compares with the whole network's answers and adds what is measured to
  /// the report. Calls `progress` after each. Throws std::runtime_error when the server does not answer.
  virtual void run(std::span<const digit_input> inputs, std::span<const answer> whole,
                   const std::function<void()>& progress) = 0;

  cut_report report;
};

/// Cuts behind layer `cut`. Connects when first used.
std::unique_ptr<split_network> split_at(std::size_t cut, const cleave::weights_view<digits>& weights,
                                        const connection& to);

/// How many answers are the whole network's, bit for bit, when both halves run in this process.
std::size_t count_same_bits_here(std::size_t cut, const cleave::weights_view<digits>& weights,
                                 std::span<const digit_input> inputs, std::span<const answer> whole);

}  // namespace demo
#endif
