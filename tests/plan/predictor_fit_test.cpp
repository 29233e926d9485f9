// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/core/random_bits.hpp>
#include <cleave/plan/predictor_fit.hpp>
#include <cmath>
#include <vector>

namespace {

using namespace cleave;

/// Layers of many sizes whose time a machine of our own makes.
template <class Time>
std::vector<layer_sample> layers_on(Time time) {
  std::vector<layer_sample> samples;
  random_bits random{3};
  for (int i = 0; i < 60; ++i) {
    layer_work work;
    work.kind = work_kind::convolution;
    work.input_values = static_cast<double>(1000 + random.below(200000));
    work.output_values = static_cast<double>(1000 + random.below(100000));
    work.filters = work.output_values;
    work.operations = work.output_values * static_cast<double>(9 + random.below(500));
    work.issued = work.operations;
    work.wide_issued = work.operations * (1 + static_cast<double>(random.below(3)));
    work.tiles = work.output_values / 16;
    work.rows = 10 + static_cast<double>(random.below(60));
    work.weight_bytes = static_cast<double>(400 + random.below(2000000));
    samples.push_back({work, time(work), work.weight_bytes, -1});
  }
  return samples;
}

TEST_CASE("a machine of calls, products and bytes is found to be one") {
  const auto time = [](const layer_work& work) { return 5e-6 + 2e-11 * work.issued + 1e-10 * work.weight_bytes; };
  const predictor made = fit_predictor(layers_on(time));
  CHECK(made.form == predictor_form::additive);
  CHECK(made.median_error < 1e-6);
  CHECK(made.worst_error < 1e-5);
  CHECK(made.coefficients[0] == doctest::Approx(5e-6).epsilon(1e-3));
  CHECK(made.coefficients[1] == doctest::Approx(2e-11).epsilon(1e-3));
  CHECK(made.coefficients[5] == doctest::Approx(1e-10).epsilon(1e-3));
}

TEST_CASE("a machine that follows Neurosurgeon's logarithms is predicted by them") {
  const auto time = [](const layer_work& work) {
    return 2e-9 * work.operations / (0.7 * std::log(work.input_values) + 1.3 * std::log(work.filters) - 9);
  };
  const predictor made = fit_predictor(layers_on(time));
  CHECK(made.form == predictor_form::logarithmic);
  CHECK(made.coefficients[0] == doctest::Approx(0.7).epsilon(1e-6));
  CHECK(made.coefficients[1] == doctest::Approx(1.3).epsilon(1e-6));
  CHECK(made.coefficients[2] == doctest::Approx(-9).epsilon(1e-6));
}

TEST_CASE("memory that is slower for what is large is told by its curve") {
  const memory_curve memory{{1e4, 1e5, 1e6}, {1e-11, 5e-11, 4e-10}, 3};
  static_assert(memory_curve{{1e4, 1e6}, {1e-11, 3e-11}, 2}.at(1e5) > 1.99e-11);
  CHECK(memory.at(1) == 1e-11);
  CHECK(memory.at(1e5) == doctest::Approx(5e-11));
  CHECK(memory.at(1e9) == 4e-10);
  const auto time = [&](const layer_work& work) {
    return 1e-6 + 3e-11 * work.issued + work.weight_bytes * memory.at(work.weight_bytes);
  };
  const predictor made = fit_predictor(layers_on(time), memory);
  CHECK(made.worst_error < 1e-4);
  CHECK(made.coefficients[6] == doctest::Approx(1).epsilon(1e-2));
}

TEST_CASE("layers that were measured together are left out together") {
  // Two groups whose machines have nothing in common: what predicts the one can not predict the other.
  auto samples = layers_on([](const layer_work& work) { return 1e-10 * work.issued; });
  for (std::size_t i = 0; i < samples.size(); ++i) {
    samples[i].group = i < 30 ? 0 : 1;
    if (i >= 30) samples[i].seconds *= 10;
  }
  CHECK(fit_predictor(samples).median_error > 0.8);
}

TEST_CASE("few samples and none") {
  CHECK(fit_predictor({}).form == predictor_form::none);
  const auto all = layers_on([](const layer_work& work) { return 1e-10 * work.issued; });
  const predictor one = fit_predictor(std::span{all}.first(1));
  CHECK(one.seconds(all[0].work, terms_of(all[0].work, {}, 0)) == doctest::Approx(all[0].seconds));
}

TEST_CASE("watts by the logarithms of input and output") {
  std::vector<power_sample> samples;
  for (const layer_sample& each : layers_on([](const layer_work&) { return 1.0; })) {
    samples.push_back(
        {each.work, 1.0 * std::log(each.work.input_values) + 0.5 * std::log(each.work.output_values) - 4});
  }
  const power_model made = fit_power(samples);
  CHECK(made.watts(samples[5].work) == doctest::Approx(samples[5].watts));
  CHECK(made.input == doctest::Approx(1.0));
  CHECK(fit_power(std::span{samples}.first(2)).watts({}) == doctest::Approx((samples[0].watts + samples[1].watts) / 2));
}

}  // namespace
