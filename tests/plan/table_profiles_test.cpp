// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/models/alexnet.hpp>
#include <cleave/models/vgg19.hpp>
#include <cleave/plan/planner.hpp>
#include <cleave/plan/table_profiles.hpp>

namespace {

using namespace cleave;

// The machines of the paper are constants: so is a cut between them.
static_assert(best_cut<models::djinn_alexnet>(profiles::tk1_gpu, profiles::k40, links::threeg) ==
              models::djinn_alexnet.last);

template <class Graph>
double total(const Graph& graph, const profile& on) {
  return cut_plan{graph, on, on}.rows().back().device_seconds * 1000;
}

TEST_CASE("predicted totals of the paper's networks are near the measured ones") {
  CHECK(total(models::djinn_alexnet, profiles::tk1_cpu) == doctest::Approx(380.4).epsilon(0.1));
  CHECK(total(models::djinn_alexnet, profiles::tk1_gpu) == doctest::Approx(81.8).epsilon(0.2));
  CHECK(total(models::djinn_alexnet, profiles::k40) == doctest::Approx(5.39).epsilon(0.25));
  CHECK(total(models::djinn_alexnet, profiles::server_cpu) == doctest::Approx(169.4).epsilon(0.2));
  CHECK(total(models::vgg19, profiles::tk1_cpu) == doctest::Approx(3228).epsilon(0.1));
  CHECK(total(models::vgg19, profiles::tk1_gpu) == doctest::Approx(733).epsilon(0.1));
}

TEST_CASE("VGG-19 of a phone's CPU is for the server, whatever the link") {
  const cut_plan plan{models::vgg19, profiles::tk1_cpu, profiles::k40, {.bytes_per_input_element = 1}};
  CHECK(plan.best({.over = links::wifi}).cut == 0);
  CHECK(plan.best({.over = links::lte}).cut == 0);
  CHECK(plan.best({.over = links::threeg}).cut == 0);
}

TEST_CASE("watts of the phone lie where its whole networks were measured") {
  for (std::size_t index = 1; index < models::djinn_alexnet.nodes.size(); ++index) {
    const layer_work work = work_of(models::djinn_alexnet, index);
    if (work.kind == work_kind::nothing) continue;
    CHECK(profiles::tk1_cpu.watts(work) > 3.4);
    CHECK(profiles::tk1_cpu.watts(work) < 9.3);
    CHECK(profiles::tk1_gpu.watts(work) < 10.9);
  }
}

}  // namespace
