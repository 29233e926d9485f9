// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/kernels/normalization.hpp>
#include <cleave/kernels/reference_normalization.hpp>
#include <cleave/simd/native.hpp>
#include <cmath>
#include <utility>
#include <vector>

#include "check_rows.hpp"
#include "support/kernel_packs.hpp"

namespace {

using namespace cleave_test;
using cleave::activation_kind;
using cleave::range;
using cleave::shape;
namespace kernels = cleave::kernels;

struct batch_case {
  kernels::batch_normalization_shape of;
  void (*run)(const float*, const float*, float*, range) noexcept;
};

template <kernels::batch_normalization_shape Shape, class Pack>
batch_case case_of() {
  return {Shape, kernels::batch_normalization<Shape, Pack>};
}

template <class Pack, std::size_t... Less>
std::vector<batch_case> each_channels(std::index_sequence<Less...>) {
  return {case_of<kernels::batch_normalization_shape{{3, 4, 5}, {activation_kind::relu, 0, 0, 0}}, Pack>(),
          case_of<kernels::batch_normalization_shape{{3, 4, static_cast<int>(Less) + 1}}, Pack>()...};
}

struct response_case {
  kernels::local_response_normalization_shape of;
  void (*run)(const float*, float*, range) noexcept;
};

template <kernels::local_response_normalization_shape Shape, class Pack>
response_case case_of() {
  return {Shape, kernels::local_response_normalization<Shape, Pack>};
}

template <class Pack, std::size_t... Less>
std::vector<response_case> each_response(std::index_sequence<Less...>) {
  using local = kernels::local_response_normalization_shape;
  return {case_of<local{{2, 3, 40}, 1, 1e-4F, 0.75F, 1}, Pack>(),
          case_of<local{{2, 3, 40}, 4, 0.5F, 0.75F, 2}, Pack>(),
          case_of<local{{2, 3, 40}, 7, 0.1F, 0.5F, 1}, Pack>(),
          case_of<local{{2, 3, 40}, 3, 0.1F, 1.0F, 0.5F}, Pack>(),
          case_of<local{{2, 3, 40}, 5, 0.1F, 0.6F, 1}, Pack>(),
          case_of<local{{2, 3, 3}, 9, 0.1F, 0.75F, 1}, Pack>(),
          case_of<local{{2, 3, static_cast<int>(Less) + 1}, 5, 1.0F, 0.75F, 1}, Pack>()...};
}

}  // namespace

TEST_CASE_TEMPLATE("batch normalisation agrees with its reference, also in place", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  for (const batch_case& each : each_channels<Pack>(std::make_index_sequence<2 * Pack::lanes + 1>{})) {
    const std::vector<float> in = numbers(each.of.out.size(), 19);
    const std::vector<float> weights = numbers(2 * static_cast<std::size_t>(each.of.out.channels), 23, false);
    const auto reference = [&](float* out, range rows) {
      kernels::reference::batch_normalization(each.of, in.data(), weights.data(), out, rows);
    };
    check_rows<float>(
        each.of.out, [&](float* out, range rows) { each.run(in.data(), weights.data(), out, rows); }, reference);
    check_rows<float>(
        each.of.out, [&](float* out, range rows) { each.run(out, weights.data(), out, rows); }, reference, in.data());
  }
}

TEST_CASE_TEMPLATE("local response normalisation agrees with its reference", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  for (const response_case& each : each_response<Pack>(std::make_index_sequence<2 * Pack::lanes + 1>{})) {
    CAPTURE(each.of.size);
    CAPTURE(each.of.beta);
    const std::vector<float> in = numbers(each.of.out.size(), 29, false);
    check_rows<float>(
        each.of.out, [&](float* out, range rows) { each.run(in.data(), out, rows); },
        [&](float* out, range rows) {
          kernels::reference::local_response_normalization(each.of, in.data(), out, rows);
        });
  }
}

TEST_CASE_TEMPLATE("local response normalisation is within 1e-6 of the formula", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  const auto check = [](float beta, auto run) {
    const std::vector<float> in = numbers(40, 31, false);
    std::vector<float> out(40);
    run(in.data(), out.data(), range{0, 1});
    for (int c = 0; c < 40; ++c) {
      double sum = 0;
      for (int k = c - 2; k <= c + 2; ++k) {
        if (k >= 0 && k < 40) sum += std::pow(static_cast<double>(in[static_cast<std::size_t>(k)]), 2);
      }
      const double exact = static_cast<double>(in[static_cast<std::size_t>(c)]) /
                           std::pow(2 + static_cast<double>(0.3F) / 5 * sum, static_cast<double>(beta));
      CAPTURE(beta);
      CHECK(std::fabs(static_cast<double>(out[static_cast<std::size_t>(c)]) / exact - 1) < 1e-6);
    }
  };
  using local = kernels::local_response_normalization_shape;
  check(0.75F, kernels::local_response_normalization<local{{1, 1, 40}, 5, 0.3F, 0.75F, 2}, Pack>);
  check(0.5F, kernels::local_response_normalization<local{{1, 1, 40}, 5, 0.3F, 0.5F, 2}, Pack>);
  check(1.0F, kernels::local_response_normalization<local{{1, 1, 40}, 5, 0.3F, 1.0F, 2}, Pack>);
  check(1.3F, kernels::local_response_normalization<local{{1, 1, 40}, 5, 0.3F, 1.3F, 2}, Pack>);
}
