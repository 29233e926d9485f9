// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/models/lenet5.hpp>
#include <cleave/network/options.hpp>

#include "check_network.hpp"
#include "graphs.hpp"

namespace {

using cleave::small_options;

static_assert(cleave::numeric_id<small_options> == cleave::numeric_id<cleave::default_options>);
static_assert(cleave::network<graphs::residuals, small_options>::workspace_bytes ==
              cleave::network<graphs::residuals>::workspace_bytes);

}  // namespace

TEST_CASE("small code changes no bit, whole or cut") {
  CHECK(check_network::whole_is_reference<graphs::residuals, small_options>());
  CHECK(check_network::first_wrong_cut<graphs::residuals, small_options>() == graphs::residuals.last + 1);
  CHECK(check_network::whole_is_reference<graphs::concats, small_options>());
  CHECK(check_network::whole_is_reference<cleave::models::lenet5, small_options>());
}

TEST_CASE("networks with small code and with fast code differ in their kernels alone") {
  const auto weights = cleave::random_weights<graphs::residuals>(3);
  const auto inputs = check_network::some_inputs<graphs::residuals>();
  static cleave::network<graphs::residuals> fast{weights};
  static cleave::network<graphs::residuals, small_options> small{weights};
  check_network::with_inputs<graphs::residuals>(inputs, [&](auto x) {
    const auto a = fast(x);
    const auto b = small(x);
    CHECK(std::memcmp(a.data(), b.data(), a.size_bytes()) == 0);
    return 0;
  });
}
