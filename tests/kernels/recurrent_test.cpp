// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/kernels/recurrent.hpp>
#include <cleave/kernels/reference_recurrent.hpp>
#include <cleave/simd/native.hpp>
#include <limits>
#include <utility>
#include <vector>

#include "check_rows.hpp"
#include "support/kernel_packs.hpp"

namespace {

using namespace cleave_test;
using cleave::range;
namespace kernels = cleave::kernels;
using kernels::recurrent_kind;

struct recurrent_case {
  kernels::recurrent_shape of;
  void (*run)(const float*, const float*, float*, range) noexcept;
};

template <class Pack, recurrent_kind Kind, int Units, bool InitialState = false>
recurrent_case case_of() {
  constexpr kernels::recurrent_shape shape{{2, 3, 5}, Units, Kind, InitialState};
  return {shape, kernels::recurrent<shape, Pack>};
}

template <class Pack, recurrent_kind Kind>
std::vector<recurrent_case> each_case() {
  return {case_of<Pack, Kind, 1>(), case_of<Pack, Kind, 6, true>(), case_of<Pack, Kind, 16>(),
          case_of<Pack, Kind, 35, true>()};
}

/// Marks the places that a layout uses.
std::vector<bool> used_places(const kernels::recurrent_layout& layout) {
  std::vector<bool> used(layout.floats());
  for (int unit = 0; unit < layout.units; ++unit) {
    for (int gate = 0; gate < layout.gates; ++gate) {
      for (int step = 0; step < layout.steps(); ++step) used[layout.weight(unit, gate, step)] = true;
    }
    for (int which = 0; which < layout.biases; ++which) used[layout.bias(unit, which)] = true;
    for (int which = 0; which < layout.states; ++which) used[layout.state(unit, which)] = true;
  }
  return used;
}

std::size_t count_of(const std::vector<bool>& used) {
  std::size_t count = 0;
  for (const bool each : used) count += each ? 1 : 0;
  return count;
}

template <class Pack, recurrent_kind Kind>
void check() {
  for (const recurrent_case& each : each_case<Pack, Kind>()) {
    CAPTURE(each.of.units);
    const kernels::recurrent_layout layout = kernels::recurrent_weights(each.of);
    const std::vector<float> in = numbers(each.of.in.size(), 79, false);
    std::vector<float> weights = numbers(layout.floats(), 83, false);
    const std::vector<bool> used = used_places(layout);
    // What fills up blocks must not reach any output.
    for (std::size_t i = 0; i < weights.size(); ++i) {
      weights[i] = used[i] ? 0.125F * weights[i] : std::numeric_limits<float>::quiet_NaN();
    }
    check_rows<float>(
        each.of.out(), [&](float* out, range rows) { each.run(in.data(), weights.data(), out, rows); },
        [&](float* out, range rows) { kernels::reference::recurrent(each.of, in.data(), weights.data(), out, rows); });
  }
}

}  // namespace

TEST_CASE("every number of a recurrent layer has a place of its own") {
  for (const recurrent_kind kind :
       {recurrent_kind::lstm, recurrent_kind::gru, recurrent_kind::gru_linear, recurrent_kind::rnn}) {
    for (const int units : {1, 4, 6, 16, 19, 40}) {
      for (const bool initial : {false, true}) {
        const kernels::recurrent_layout layout = kernels::recurrent_weights({{1, 3, 7}, units, kind, initial});
        const int numbers = layout.gates * layout.steps() + layout.biases + layout.states;
        CHECK(count_of(used_places(layout)) == static_cast<std::size_t>(units * numbers));
      }
    }
  }
}

TEST_CASE_TEMPLATE("an LSTM agrees with its reference", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check<Pack, recurrent_kind::lstm>();
}

TEST_CASE_TEMPLATE("a GRU agrees with its reference", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check<Pack, recurrent_kind::gru>();
}

TEST_CASE_TEMPLATE("a GRU that resets after the product agrees with its reference", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check<Pack, recurrent_kind::gru_linear>();
}

TEST_CASE_TEMPLATE("plain recurrence agrees with its reference", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check<Pack, recurrent_kind::rnn>();
}
