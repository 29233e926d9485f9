// SPDX-License-Identifier: BSL-1.0
#include "measure.hpp"

#include <algorithm>
#include <chrono>
#include <cleave/plan/sweep.hpp>
#include <cleave/weights/owned.hpp>
#include <cstdint>
#include <ctime>
#include <numeric>
#include <span>

#include "shapes.hpp"

namespace profiling {

namespace {

double seconds_now() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

/// Seconds for which this thread has had a processor, where the system counts them: beside other programs a layer that
/// takes milliseconds is hardly ever computed in one piece.
double seconds_computing() {
#ifdef CLOCK_THREAD_CPUTIME_ID
  std::timespec now{};
  if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) == 0) {
    return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
  }
#endif
  return seconds_now();
}

std::vector<cleave::sweep_layer> all_layers() {
  std::vector<cleave::sweep_layer> all;
  for (const auto part : {convolutions(), large_convolutions(), pointwise(), depthwise(), dense(), others()}) {
    all.insert(all.end(), part.begin(), part.end());
  }
  return all;
}

/// Values as they are in a network: half of a layer's inputs are 0, as behind a rectifier, and its weights are not what
/// the layer before has left there. To emulators, which compute with zeros and with infinities at other speeds, that
/// is a difference.
void place_values(const cleave::sweep_layer& layer, std::span<float> memory) {
  cleave::fill_for_sweep(memory.first(layer.floats()));
  std::uint32_t state = 1;
  std::size_t place = 0;
  for (const std::size_t size : layer.inputs) {
    for (std::size_t i = 0; i < size; ++i) {
      state = state * 1664525U + 1013904223U;
      if ((state >> 31) != 0) memory[place + i] = 0;
    }
    place += cleave::round_up(size, 16);
  }
}

}  // namespace

measured_machine measure_machine(const measure_options& options,
                                 const std::function<void(double, std::string_view)>& progress) {
  measured_machine found;
  cleave::aligned_bytes memory{options.memory_bytes};
  const std::span<float> floats{reinterpret_cast<float*>(memory.all().data()), options.memory_bytes / sizeof(float)};
  cleave::fill_for_sweep(floats);
  cleave::stopwatch_options how;
  if (options.quick)
    how = {.least_batch_seconds = 20e-6, .least_seconds = 1e-3, .most_seconds = 0.1, .least_batches = 5};

  // Where weights may lie: in the layer's own bytes, and in more, from where they are read for every answer of a
  // network that is as large.
  const std::vector<std::size_t> spreads{0, std::size_t{1} << 20, std::size_t{6} << 20, options.memory_bytes / 10 * 9};
  const std::vector<cleave::sweep_layer> layers = all_layers();
  // Machines have slow minutes: every layer is measured in several rounds, and its best one counts.
  const int rounds = options.quick ? 2 : 6;
  // Small ones first: where time is short the large ones, each of which takes as long as many others, are left out.
  std::vector<std::size_t> order(layers.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(), [&](std::size_t left, std::size_t right) {
    return layers[left].work.operations < layers[right].work.operations;
  });
  const double begin = seconds_now();
  std::vector<std::vector<cleave::swept_layer>> best(layers.size(), std::vector<cleave::swept_layer>(spreads.size()));
  for (int round = 0; round < rounds; ++round) {
    const auto part = [&](std::size_t done) {
      return (round + static_cast<double>(done) / static_cast<double>(layers.size() + 1)) / rounds;
    };
    progress(part(0), "memory");
    const cleave::memory_curve curve = cleave::measure_memory(floats, seconds_computing, how);
    for (std::size_t i = 0; i < curve.points; ++i) {
      double& least = found.memory.seconds_per_byte[i];
      least = round == 0 ? curve.seconds_per_byte[i] : std::min(least, curve.seconds_per_byte[i]);
    }
    found.memory.bytes = curve.bytes;
    found.memory.points = curve.points;
    const double round_ends = begin + options.most_seconds * (round + 1) / rounds;
    for (std::size_t place = 0; place < layers.size(); ++place) {
      const std::size_t i = order[place];
      const cleave::sweep_layer& layer = layers[i];
      if (options.most_seconds > 0 && seconds_now() > round_ends) break;
      progress(part(place + 1), name_of(layer.work.kind));
      for (std::size_t k = 0; k < spreads.size(); ++k) {
        const std::size_t spread = spreads[k];
        const std::size_t own = std::size_t{layer.weights} * 4;
        if (spread > 0 && (own < 2048 || own > spread || layer.without_sum > 0)) continue;
        cleave::swept_layer one;
        if (layer.floats() <= floats.size()) place_values(layer, floats);
        if (!cleave::measure_layer(layer, floats, seconds_computing, one, spread, how)) continue;
        found.batches += one.time.batches;
        found.interrupted += one.time.interrupted;
        // Two short rounds give a busy machine too little time for a median: other programs also slow down what they do
        // not interrupt, through caches and the other half of a core.
        if (options.quick) one.time.seconds = one.time.least;
        if (best[i][k].time.runs == 0 || one.time.seconds < best[i][k].time.seconds) best[i][k] = one;
      }
    }
  }
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const cleave::sweep_layer& layer = layers[i];
    (best[i][0].time.runs > 0 ? found.layers : found.left_out) += 1;
    for (const cleave::swept_layer& one : best[i]) {
      if (one.time.runs == 0) continue;
      double seconds = one.time.seconds;
      if (layer.without_sum > 0) {
        if (best[i - layer.without_sum][0].time.runs == 0) continue;
        // A difference of two measurements may come out below 0 where both are the same.
        seconds = std::max(seconds - best[i - layer.without_sum][0].time.seconds, 0.02 * seconds);
      }
      found.samples.push_back({layer.work, seconds, one.resident, static_cast<int>(i)});
    }
  }
  progress(1, "done");
  return found;
}

cleave::profile fit_machine(const measured_machine& measured) {
  using cleave::work_kind;
  cleave::profile made;
  made.memory = measured.memory;
  for (std::size_t i = 1; i < cleave::work_kinds; ++i) {
    std::vector<cleave::layer_sample> samples;
    for (const cleave::layer_sample& each : measured.samples) {
      if (static_cast<std::size_t>(each.work.kind) == i) samples.push_back(each);
    }
    made.times[i] = cleave::fit_predictor(samples, made.memory);
  }
  return made;
}

}  // namespace profiling
