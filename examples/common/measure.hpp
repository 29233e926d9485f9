// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_COMMON_MEASURE_HPP
#define EXAMPLES_COMMON_MEASURE_HPP

/// @file
/// What is measured when samples go through every cut of a network, in this process and over the wire.

#include "statistics.hpp"

#include <cleave/transport/throttled.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace demo {

/// A network's input, or its answer: probabilities of what the input may be.
using numbers = std::vector<float>;

/// What has the highest probability.
inline int best_of(const numbers& probabilities) {
  return static_cast<int>(std::max_element(probabilities.begin(), probabilities.end()) - probabilities.begin());
}

/// Where the server is and what the way there is like.
struct connection {
  std::string host;
  std::uint16_t port = 0;
  cleave::link_profile profile{};
  bool half_floats = false;  ///< codec f16 instead of identity
};

/// What became of the samples at one cut. Times are microseconds.
struct cut_report {
  std::size_t cut = 0;
  std::size_t tensor_bytes = 0;    ///< of the tensors that cross, as they lie in memory
  std::size_t sent_bytes = 0;      ///< a request's frame
  std::size_t received_bytes = 0;  ///< an answer's frame
  std::size_t same_bits_here = 0;  ///< both halves in this process: answers equal to the whole network's in every bit
  std::vector<bool> same_bits;     ///< over the wire, for each sample: the same, every time that it was sent
  std::vector<bool> same_best;     ///< over the wire: the answer's best is that of the whole network
  float largest_difference = 0;    ///< over the wire: of a probability from the whole network's
  std::vector<numbers> answers;    ///< over the wire, the last time
  samples device, wire, server, total;
};

/// The two halves of a network at one cut, connected to the server.
class split_network {
 public:
  virtual ~split_network() = default;

  /// Sends all inputs once through both halves, compares with the whole network's answers and adds what is measured to
  /// the report. Calls `progress` after each. Throws std::runtime_error when the server does not answer.
  virtual void run(std::span<const numbers> inputs, std::span<const numbers> whole,
                   const std::function<void()>& progress) = 0;

  cut_report report;
};

}  // namespace demo
#endif
