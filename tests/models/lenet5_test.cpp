// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/models/lenet5.hpp>

#include "network/check_network.hpp"

namespace {

constexpr const auto& lenet5 = cleave::models::lenet5;

static_assert(lenet5.last == 12);
static_assert(lenet5.multiply_adds() == 416'520);
static_assert(cleave::network<cleave::models::lenet5>::workspace_bytes == 23'552);

}  // namespace

TEST_CASE("every half of lenet5 gives the bits of the whole") { check_network::check_all<cleave::models::lenet5>(); }
