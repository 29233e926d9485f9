// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_DIGITS_PACK_HPP
#define EXAMPLES_DIGITS_PACK_HPP

/// @file
/// From trained parameters to a weight blob.

#include "digits.hpp"

#include <cleave/weights/pack.hpp>

#include <span>
#include <stdexcept>
#include <utility>

namespace demo {

/// Takes the parameters of all layers, one after the other as PyTorch has them: weights, bias, weights, bias.
/// Throws std::runtime_error when there are too few or too many.
inline cleave::owned_weights<digits> pack(std::span<const float> parameters) {
  const auto take = [&](std::size_t count) {
    if (count > parameters.size()) throw std::runtime_error("fewer numbers than the network has");
    return std::exchange(parameters, parameters.subspan(count)).first(count);
  };
  cleave::weight_packer<digits> packer;
  for (std::size_t layer = 1; layer <= digits.last; ++layer) {
    const cleave::node& node = digits.nodes[digits.end_of(layer) - 1];
    const std::size_t all = cleave::parameter_count(node);
    if (all == 0) continue;
    const auto outputs = static_cast<std::size_t>(node.out.channels);
    const auto weights = take(all - outputs);
    const auto bias = take(outputs);
    // PyTorch flattens a picture channel by channel.
    if (const auto done = packer.set(layer, {weights, bias}, cleave::input_order::chw); !done) {
      throw std::runtime_error(cleave::message(done.error()));
    }
  }
  if (!parameters.empty()) throw std::runtime_error("more numbers than the network has");
  auto blob = std::move(packer).seal();
  if (!blob) throw std::runtime_error(cleave::message(blob.error()));
  return *std::move(blob);
}

}  // namespace demo
#endif
