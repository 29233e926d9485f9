// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/vgg16.hpp>

#include "measure_network.hpp"

CLEAVE_BENCH_NETWORK(vgg16);
