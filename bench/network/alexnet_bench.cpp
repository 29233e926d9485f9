// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/alexnet.hpp>

#include "measure_network.hpp"

CLEAVE_BENCH_NETWORK(alexnet);
