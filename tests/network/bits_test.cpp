// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/models/lenet5.hpp>
#include <cleave/models/resnet8.hpp>
#include <cmath>
#include <cstdint>

#include "check_network.hpp"

// The answers of two networks, to the last bit, for every target that fuses multiply-add: scalars, AVX2, AVX-512 and
// both NEONs. Other tests compare targets with themselves only.

namespace {

constexpr std::array<float, 10> lenet5_answer{0x1.5194b4p-9F, 0x1.f83fb4p-3F, 0x1.67325p-7F,  0x1.5595cap-3F,
                                              0x1.199ac6p-2F, 0x1.68131ap-3F, 0x1.56dc76p-4F, 0x1.a9d8eep-8F,
                                              0x1.b09af8p-6F, 0x1.8aff9ap-8F};

constexpr std::array<float, 10> resnet8_answer{0x1.c13b34p-4F, 0x1.25812ap-6F, 0x1.70027cp-4F, 0x1.26ab92p-2F,
                                               0x1.37b356p-5F, 0x1.059b08p-4F, 0x1.43b422p-8F, 0x1.6d7df8p-3F,
                                               0x1.f0678p-8F,  0x1.9d80aap-3F};

template <const auto& Graph, class Options>
void check_answer(const std::array<float, 10>& expected) {
  const auto weights = cleave::random_weights<Graph>(42);
  const auto inputs = check_network::some_inputs<Graph>(7);
  const auto whole = std::make_unique<cleave::network<Graph, Options>>(weights);
  const auto answer = check_network::with_inputs<Graph>(inputs, [&](auto... each) { return (*whole)(each...); });
  for (std::size_t i = 0; i < expected.size(); ++i) {
    CAPTURE(i);
    if constexpr (Options::pack::fused) {
      CHECK(answer[i] == expected[i]);
    } else {
      // Products and sums rounded apart: 2^-14 of the answer.
      CHECK(std::abs(answer[i] - expected[i]) <= 0x1p-14F * expected[i]);
    }
  }
}

}  // namespace

TEST_CASE("random weights are the same on every target") {
  CHECK(cleave::random_weights<cleave::models::lenet5>(42).fingerprint() == 0xa6cce32736d0efa4U);
  CHECK(cleave::random_weights<cleave::models::resnet8>(42).fingerprint() == 0xf7f815242760f3c8U);
}

TEST_CASE("lenet5 answers with the same bits on every target") {
  check_answer<cleave::models::lenet5, cleave::default_options>(lenet5_answer);
  check_answer<cleave::models::lenet5, check_network::on_scalars>(lenet5_answer);
}

TEST_CASE("resnet8 answers with the same bits on every target") {
  check_answer<cleave::models::resnet8, cleave::default_options>(resnet8_answer);
  check_answer<cleave::models::resnet8, check_network::on_scalars>(resnet8_answer);
}
