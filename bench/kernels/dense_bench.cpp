// SPDX-License-Identifier: BSL-1.0
//
// Dense layers with bias and ReLU. Pin it to a core: taskset -c 3 bench_kernels --benchmark_filter=dense
#include <cleave/kernels/dense.hpp>

#include <cleave/kernels/reference_conv2d.hpp>
#include <cleave/simd/native.hpp>

#include "../shapes.hpp"
#include "measure.hpp"

namespace {

using namespace cleave_bench;
namespace kernels = cleave::kernels;

template <int Inputs, int Outputs, class Pack>
void fully_connected(benchmark::State& state) {
  constexpr kernels::dense_shape shape = dense(Inputs, Outputs);
  constexpr kernels::blocked_layout layout = kernels::blocked(shape);
  const floats in = numbers(Inputs, 1);
  const floats weights = numbers(layout.floats(), 2);
  floats out(Outputs);
  const auto run = [&] { kernels::dense<shape, Pack>(in.data(), weights.data(), nullptr, out.data(), {0, Outputs}); };
  run();
  floats wanted(out.size());
  kernels::reference::dense(shape, in.data(), weights.data(), nullptr, wanted.data(), {0, Outputs});
  if (wanted != out) return state.SkipWithError("not what the reference computes");
  measure<Pack>(state, static_cast<double>(Inputs) * Outputs, 1, static_cast<double>(layout.floats() * 4), run);
}

}  // namespace

#define CLEAVE_BENCH_DENSE(inputs, outputs)                        \
  BENCHMARK(fully_connected<inputs, outputs, cleave::native_pack>) \
      ->Name("dense/" #inputs "_to_" #outputs "/native")           \
      ->UseManualTime()                                            \
      ->MinTime(0.2);                                              \
  BENCHMARK(fully_connected<inputs, outputs, cleave::scalar_pack>) \
      ->Name("dense/" #inputs "_to_" #outputs "/single floats")    \
      ->UseManualTime()                                            \
      ->MinTime(0.1)

CLEAVE_BENCH_DENSE(640, 128);
CLEAVE_BENCH_DENSE(128, 640);
CLEAVE_BENCH_DENSE(128, 128);
CLEAVE_BENCH_DENSE(400, 120);
CLEAVE_BENCH_DENSE(120, 84);
CLEAVE_BENCH_DENSE(84, 10);
CLEAVE_BENCH_DENSE(1024, 1000);
CLEAVE_BENCH_DENSE(9216, 4096);
