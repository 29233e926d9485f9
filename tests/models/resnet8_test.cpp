// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/models/resnet8.hpp>

#include "network/check_network.hpp"

namespace {

constexpr const auto& resnet8 = cleave::models::resnet8;

static_assert(resnet8.last == 22);
static_assert(resnet8.multiply_adds() == 12'501'632);
static_assert(cleave::network<cleave::models::resnet8>::workspace_bytes == 131'072);

}  // namespace

TEST_CASE("every half of resnet8 gives the bits of the whole") { check_network::check_all<cleave::models::resnet8>(); }
