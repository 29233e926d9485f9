// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_NETWORK_UNIT_REPORT_HPP
#define CLEAVE_TESTS_NETWORK_UNIT_REPORT_HPP

#include <cleave/models/lenet5.hpp>
#include <cleave/network/network.hpp>
#include <cleave/weights/random.hpp>
#include <memory>
#include <typeinfo>

#include "scalar_unit.hpp"

namespace {

/// What `network<lenet5>` is and answers where this is compiled.
unit_report report_of_this_unit() {
  using net = cleave::network<cleave::models::lenet5>;
  const auto weights = cleave::random_weights<cleave::models::lenet5>(42);
  const auto whole = std::make_unique<net>(weights);
  const std::vector<float> image(784, 0.25F);
  const auto answer = (*whole)(std::span<const float, 784>{image});
  return {typeid(net).name(), sizeof(net), net::options::pack::lanes, {answer.begin(), answer.end()}};
}

}  // namespace

#endif
