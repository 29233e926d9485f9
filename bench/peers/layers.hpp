// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_PEERS_LAYERS_HPP
#define CLEAVE_BENCH_PEERS_LAYERS_HPP

/// @file
/// The layers that are measured alone.

#include <functional>
#include <vector>

#include "race.hpp"

namespace cleave_bench {

/// Each makes its row when it is its turn, since weights are large.
std::vector<std::function<row()>> all_layers();

}  // namespace cleave_bench
#endif
