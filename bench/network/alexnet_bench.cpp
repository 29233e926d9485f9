// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/alexnet.hpp>
#include <cleave/simd/native.hpp>

#include "measure_network.hpp"

namespace {

constexpr const auto& alexnet = cleave::models::alexnet;

BENCHMARK(cleave_bench::layers<alexnet, cleave::native_pack>)->Name("alexnet/whole")->Unit(benchmark::kMillisecond);

}  // namespace
