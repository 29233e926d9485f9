// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/models/alexnet.hpp>

#include "network/check_network.hpp"

namespace {

constexpr const auto& alexnet = cleave::models::alexnet;

static_assert(alexnet.last == 23);
static_assert(alexnet.multiply_adds() == 724'406'816);
static_assert(cleave::network<cleave::models::alexnet>::workspace_bytes == 2'323'200);

}  // namespace

TEST_CASE("alexnet's halves give the bits of its layers one by one") {
  const auto weights = cleave::random_weights<cleave::models::alexnet>(42);
  const auto inputs = check_network::some_inputs<cleave::models::alexnet>();
  const auto expected = reference_network::run(alexnet, weights.source(), inputs);

  const auto whole = std::make_unique<cleave::network<cleave::models::alexnet>>(weights);
  const auto answer = check_network::with_inputs<cleave::models::alexnet>(inputs, [&](auto x) { return (*whole)(x); });
  CHECK(check_network::is_reference<cleave::models::alexnet>(answer, expected));

  const auto check_split = [&]<cleave::cut_point Cut>() {
    return check_network::split_is_reference<cleave::models::alexnet, Cut>(weights, inputs, expected);
  };
  CHECK(check_split.operator()<0>());
  CHECK(check_split.operator()<"conv2">());
  CHECK(check_split.operator()<"pool2">());
  CHECK(check_split.operator()<"fc6">());
  CHECK(check_split.operator()<cleave::last>());

  const auto runner = std::make_unique<cleave::cut_runner<cleave::models::alexnet>>(weights);
  for (std::size_t cut = 0; cut <= alexnet.last; ++cut) {
    CAPTURE(cut);
    CHECK(check_network::cut_is_reference(*runner, alexnet, cut, inputs, expected));
  }
}
