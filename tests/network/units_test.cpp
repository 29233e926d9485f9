// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include "scalar_unit.hpp"
#include "unit_report.hpp"

TEST_CASE("units with different packs have networks of different types, so that none runs the other's code") {
  const unit_report here = report_of_this_unit();
  const unit_report there = scalar_unit();
  CHECK(there.lanes == 1);
  CHECK(here.lanes == cleave::native_pack::lanes);
  CHECK((here.network_type == there.network_type) == (here.lanes == 1));
  CHECK(here.answer == there.answer);
}
