// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/autoencoder.hpp>
#include <cleave/models/dscnn.hpp>
#include <cleave/models/lenet5.hpp>
#include <cleave/models/mobilenet_v1_025.hpp>
#include <cleave/models/resnet8.hpp>

#include "measure_network.hpp"

[[maybe_unused]] static const bool core_printed = cleave_bench::print_core();

CLEAVE_BENCH_NETWORK(autoencoder);
CLEAVE_BENCH_NETWORK(dscnn);
CLEAVE_BENCH_NETWORK(lenet5);
CLEAVE_BENCH_NETWORK(mobilenet_v1_025);
CLEAVE_BENCH_NETWORK(resnet8);
BENCHMARK(cleave_bench::layers<cleave::models::lenet5, cleave::native_pack, 6>)
    ->Name("lenet5/device half behind pool2")
    ->UseManualTime()
    ->MinTime(0.2)
    ->Unit(benchmark::kMicrosecond);
