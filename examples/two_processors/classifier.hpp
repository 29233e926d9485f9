// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_EXAMPLES_TWO_PROCESSORS_CLASSIFIER_HPP
#define CLEAVE_EXAMPLES_TWO_PROCESSORS_CLASSIFIER_HPP

/// @file
/// What the units share: an interface that says nothing of vectors.

#include <cleave/models/lenet5.hpp>
#include <cleave/weights/pack.hpp>
#include <cstdint>
#include <memory>
#include <span>

// [interface]
using weights_type = cleave::owned_weights<cleave::models::lenet5>;

struct classifier {
  virtual ~classifier() = default;
  virtual std::span<const float, 10> operator()(std::span<const float, 28 * 28> picture) = 0;
  virtual std::uint32_t numeric_id() const = 0;  ///< equal numbers compute equal bits
};

// Each in a unit of its own, compiled for its processor: see CMakeLists.txt.
std::unique_ptr<classifier> classifier_for_sse2(const weights_type& weights);
std::unique_ptr<classifier> classifier_for_avx2(const weights_type& weights);
std::unique_ptr<classifier> classifier_for_avx512(const weights_type& weights);
// [/interface]

#endif
