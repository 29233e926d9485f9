// SPDX-License-Identifier: BSL-1.0
/// @file
/// How long planning takes at run time: the table of all cuts from graph and profiles, and a choice from the table.

#include <benchmark/benchmark.h>

#include <cleave/models/alexnet.hpp>
#include <cleave/models/inception_v3.hpp>
#include <cleave/plan/planner.hpp>
#include <cleave/plan/table_profiles.hpp>

namespace {

template <const auto& Graph>
void whole_plan(benchmark::State& state) {
  cleave::profile device = cleave::profiles::tk1_cpu;
  device.fuses = true;
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize(device);
    const cleave::cut_plan plan{Graph, device, cleave::profiles::k40};
    benchmark::DoNotOptimize(plan.best({.over = cleave::links::wifi}));
  }
}

template <const auto& Graph>
void choice(benchmark::State& state) {
  const cleave::cut_plan plan{Graph, cleave::profiles::tk1_cpu, cleave::profiles::k40};
  cleave::conditions now{.over = cleave::links::wifi};
  for (auto unused : state) {
    (void)unused;
    benchmark::DoNotOptimize(now);
    benchmark::DoNotOptimize(plan.best(now));
  }
}

BENCHMARK(whole_plan<cleave::models::alexnet>)->Name("plan/alexnet");
BENCHMARK(whole_plan<cleave::models::inception_v3>)->Name("plan/inception_v3");
BENCHMARK(choice<cleave::models::alexnet>)->Name("choice/alexnet");
BENCHMARK(choice<cleave::models::inception_v3>)->Name("choice/inception_v3");

}  // namespace
