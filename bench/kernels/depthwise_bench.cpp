// SPDX-License-Identifier: BSL-1.0
//
// Depthwise convolutions with bias and ReLU. Pin it to a core: taskset -c 3 bench_kernels --benchmark_filter=depthwise
#include <cleave/kernels/depthwise.hpp>

#include <cleave/kernels/reference_conv2d.hpp>
#include <cleave/simd/native.hpp>

#include "../shapes.hpp"
#include "measure.hpp"

namespace {

using namespace cleave_bench;
namespace kernels = cleave::kernels;

template <kernels::conv2d_shape Shape, class Pack>
void each_channel(benchmark::State& state) {
  constexpr kernels::depthwise_layout layout = kernels::depthwise_weights(Shape);
  const floats in = numbers(Shape.in.size(), 1);
  const floats weights = numbers(layout.floats(), 2);
  floats out(Shape.out.size());
  const auto run = [&] {
    kernels::depthwise<Shape, Pack>(in.data(), weights.data(), nullptr, out.data(), {0, Shape.out.height});
  };
  run();
  floats wanted(out.size());
  kernels::reference::depthwise(Shape, in.data(), weights.data(), nullptr, wanted.data(), {0, Shape.out.height});
  if (wanted != out) return state.SkipWithError("not what the reference computes");
  const double multiply_adds = static_cast<double>(layout.floats() - layout.biases()) *
                               static_cast<double>(Shape.kernel.height * Shape.kernel.width) *
                               static_cast<double>(Shape.out.height * Shape.out.width);
  measure<Pack>(state, multiply_adds, useful_share(Shape), static_cast<double>(layout.floats() * 4), run);
}

}  // namespace

#define CLEAVE_BENCH_DEPTHWISE(name)                 \
  BENCHMARK(each_channel<name, cleave::native_pack>) \
      ->Name("depthwise/" #name "/native")           \
      ->UseManualTime()                              \
      ->MinTime(0.2);                                \
  BENCHMARK(each_channel<name, cleave::scalar_pack>) \
      ->Name("depthwise/" #name "/single floats")    \
      ->UseManualTime()                              \
      ->MinTime(0.1)

CLEAVE_BENCH_DEPTHWISE(dscnn_depthwise);
CLEAVE_BENCH_DEPTHWISE(depthwise_32_48x48);
CLEAVE_BENCH_DEPTHWISE(mobilenet_depthwise_8);
CLEAVE_BENCH_DEPTHWISE(mobilenet_depthwise_16_s2);
CLEAVE_BENCH_DEPTHWISE(mobilenet_depthwise_32);
CLEAVE_BENCH_DEPTHWISE(mobilenet_depthwise_128);
