// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_EXAMPLES_TWO_PROCESSORS_NETWORK_CLASSIFIER_HPP
#define CLEAVE_EXAMPLES_TWO_PROCESSORS_NETWORK_CLASSIFIER_HPP

/// @file
/// What the units differ in: the pack that the flags of their compilation give.

#include <cleave/device.hpp>

#include "classifier.hpp"

// [network]
/// The pack is a part of the type, so that the linker keeps the units' networks apart.
template <cleave::pack Pack>
class network_classifier final : public classifier {
 public:
  explicit network_classifier(const weights_type& weights) : network_(weights) {}
  std::span<const float, 10> operator()(std::span<const float, 28 * 28> picture) override { return network_(picture); }
  std::uint32_t numeric_id() const override { return cleave::numeric_id<options>; }

 private:
  using options = cleave::options_with<Pack>;
  cleave::network<cleave::models::lenet5, options> network_;
};
// [/network]

#endif
