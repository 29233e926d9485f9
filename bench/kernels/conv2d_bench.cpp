// SPDX-License-Identifier: BSL-1.0
//
// Convolutions with bias and ReLU. Pin it to a core: taskset -c 3 bench_kernels --benchmark_filter=conv2d
#include <cleave/kernels/conv2d.hpp>

#include <cleave/kernels/conv2d_pairs.hpp>
#include <cleave/kernels/reference_conv2d.hpp>
#include <cleave/simd/native.hpp>

#include "../shapes.hpp"
#include "measure.hpp"

namespace {

using namespace cleave_bench;
namespace kernels = cleave::kernels;

[[maybe_unused]] const bool core_printed = print_core();

template <kernels::conv2d_shape Shape, class Pack>
void conv2d(benchmark::State& state) {
  constexpr kernels::blocked_layout layout = kernels::blocked(Shape);
  const floats in = numbers(Shape.in.size(), 1);
  const floats weights = numbers(layout.floats(), 2);
  floats out(Shape.out.size());
  const auto run = [&] {
    if constexpr (cleave::pair_pack<Pack> && kernels::takes_pairs(Shape)) {
      kernels::conv2d_pairs<Shape, Pack>(in.data(), weights.data(), out.data(), {0, Shape.out.height});
    } else {
      kernels::conv2d<Shape, Pack>(in.data(), weights.data(), nullptr, out.data(), {0, Shape.out.height});
    }
  };
  run();
  floats wanted = out;
  kernels::reference::conv2d(Shape, in.data(), weights.data(), nullptr, wanted.data(),
                             {Shape.out.height / 2, Shape.out.height / 2 + 1});
  if (wanted != out) return state.SkipWithError("not what the reference computes");
  const double multiply_adds = static_cast<double>(layout.steps()) * static_cast<double>(Shape.out.size());
  measure<Pack>(state, multiply_adds, useful_share(Shape), static_cast<double>(layout.floats() * 4), run);
}

}  // namespace

#define CLEAVE_BENCH_CONV2D(name)                                                                               \
  BENCHMARK(conv2d<name, cleave::native_pack>)->Name("conv2d/" #name "/native")->UseManualTime()->MinTime(0.2); \
  BENCHMARK(conv2d<name, cleave::scalar_pack>)->Name("conv2d/" #name "/single floats")->UseManualTime()->MinTime(0.1)

CLEAVE_BENCH_CONV2D(resnet8_16);
CLEAVE_BENCH_CONV2D(resnet8_64);
CLEAVE_BENCH_CONV2D(resnet8_first);
CLEAVE_BENCH_CONV2D(resnet8_16_to_32);
CLEAVE_BENCH_CONV2D(resnet8_32);
CLEAVE_BENCH_CONV2D(resnet8_shortcut);
CLEAVE_BENCH_CONV2D(dscnn_first);
CLEAVE_BENCH_CONV2D(dscnn_pointwise);
CLEAVE_BENCH_CONV2D(mobilenet_first);
CLEAVE_BENCH_CONV2D(mobilenet_pointwise);
CLEAVE_BENCH_CONV2D(lenet5_first);
CLEAVE_BENCH_CONV2D(lenet5_second);
CLEAVE_BENCH_CONV2D(alexnet_1);
CLEAVE_BENCH_CONV2D(alexnet_2);
CLEAVE_BENCH_CONV2D(alexnet_3);
CLEAVE_BENCH_CONV2D(alexnet_4);
CLEAVE_BENCH_CONV2D(alexnet_5);
CLEAVE_BENCH_CONV2D(vgg16_128_to_256);
CLEAVE_BENCH_CONV2D(vgg16_512);
CLEAVE_BENCH_CONV2D(resnet50_first);
