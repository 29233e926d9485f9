// SPDX-License-Identifier: BSL-1.0
#define CLEAVE_SCALAR
#include "scalar_unit.hpp"

#include "unit_report.hpp"

unit_report scalar_unit() { return report_of_this_unit(); }
