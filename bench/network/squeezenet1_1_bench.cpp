// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/squeezenet1_1.hpp>

#include "measure_network.hpp"

CLEAVE_BENCH_NETWORK(squeezenet1_1);
