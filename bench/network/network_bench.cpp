// SPDX-License-Identifier: BSL-1.0
#include <cleave/models/lenet5.hpp>
#include <cleave/models/resnet8.hpp>
#include <cleave/simd/native.hpp>

#include "measure_network.hpp"

namespace {

using cleave::native_pack;
using cleave::scalar_pack;
using cleave_bench::layers;
constexpr const auto& lenet5 = cleave::models::lenet5;
constexpr const auto& resnet8 = cleave::models::resnet8;

BENCHMARK(layers<lenet5, scalar_pack>)->Name("lenet5/whole/single floats")->Unit(benchmark::kMicrosecond);
BENCHMARK(layers<lenet5, native_pack>)->Name("lenet5/whole")->Unit(benchmark::kMicrosecond);
BENCHMARK(layers<lenet5, native_pack, 6>)->Name("lenet5/device half behind pool2")->Unit(benchmark::kMicrosecond);
BENCHMARK(layers<resnet8, scalar_pack>)->Name("resnet8/whole/single floats")->Unit(benchmark::kMicrosecond);
BENCHMARK(layers<resnet8, native_pack>)->Name("resnet8/whole")->Unit(benchmark::kMicrosecond);

}  // namespace
