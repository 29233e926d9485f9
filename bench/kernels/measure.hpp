// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_BENCH_KERNELS_MEASURE_HPP
#define CLEAVE_BENCH_KERNELS_MEASURE_HPP

/// @file
/// Times a kernel with weights: least and median of many samples of 50 us or more, in GFLOP/s and beside the core's
/// measured peak. Nominal multiply-adds count two operations each, taps on padding too; `useful` is the share of taps
/// that are on the input.

#include <benchmark/benchmark.h>

#include <algorithm>
#include <cleave/kernels/conv2d_shape.hpp>
#include <cleave/kernels/taps.hpp>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "../numbers.hpp"
#include "peak.hpp"

namespace cleave_bench {

/// The share of a convolution's taps that are no padding.
inline double useful_share(const cleave::kernels::conv2d_shape& of) {
  const auto along = [](int out, int stride, int before, int kernel, int dilation, int size) {
    int taps = 0;
    for (int i = 0; i < out; ++i) {
      taps += cleave::kernels::taps_inside(i * stride - before, kernel, dilation, size).size();
    }
    return static_cast<double>(taps) / (out * kernel);
  };
  return along(of.out.height, of.stride.height, of.pad.top, of.kernel.height, of.dilation.height, of.in.height) *
         along(of.out.width, of.stride.width, of.pad.left, of.kernel.width, of.dilation.width, of.in.width);
}

/// Runs `kernel` in batches of at least 50 us and reports one run of it. An iteration of Google Benchmark is a batch.
template <class Pack, class Kernel>
void measure(benchmark::State& state, double multiply_adds, double useful, double weight_bytes, Kernel kernel) {
  int batch = 1;
  while (least_seconds(3, [&] {
           for (int i = 0; i < batch; ++i) kernel();
         }) < 50e-6) {
    batch *= 2;
  }
  std::vector<double> samples;
  double peak = measured_peak<Pack>();
  double all = 0;
  double since_peak = 0;
  const auto sample = [&] {
    const double begin = seconds();
    for (int i = 0; i < batch; ++i) {
      kernel();
      benchmark::ClobberMemory();
    }
    const double spent = seconds() - begin;
    samples.push_back(spent / batch);
    all += spent;
    since_peak += spent;
    // The clock follows the load of other cores: the peak is measured between the samples.
    if (since_peak > 50e-3) {
      peak = std::max(peak, measured_peak<Pack>());
      since_peak = 0;
    }
    return spent;
  };
  for (auto unused : state) {
    (void)unused;
    state.SetIterationTime(sample());
  }
  // Of what takes milliseconds Google Benchmark runs a few only.
  while (samples.size() < 50 && all < 2) sample();
  std::sort(samples.begin(), samples.end());
  const double least = samples.front();
  state.counters["us_min"] = least * 1e6;
  state.counters["us_median"] = samples[samples.size() / 2] * 1e6;
  state.counters["GFLOP/s"] = 2e-9 * multiply_adds / least;
  state.counters["peak_GFLOP/s"] = 1e-9 * peak;
  state.counters["%peak"] = 200.0 * multiply_adds / least / peak;
  state.counters["%useful"] = 100.0 * useful;
  state.counters["weights_GB/s"] = 1e-9 * weight_bytes / least;
}

/// Puts the core's speed above the table.
inline bool print_core() {
  const auto text = [](double number) { return std::to_string(number).substr(0, 6); };
  benchmark::AddCustomContext("clock_GHz", text(core().hertz * 1e-9));
  benchmark::AddCustomContext("lanes", std::to_string(cleave::native_pack::lanes));
  benchmark::AddCustomContext("peak_GFLOP/s", text(core().native_peak * 1e-9));
  benchmark::AddCustomContext("multiply_adds_per_cycle", text(core().per_cycle()));
  benchmark::AddCustomContext("peak_GFLOP/s_single_floats", text(core().scalar_peak * 1e-9));
  return true;
}

}  // namespace cleave_bench
#endif
