// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/kernels/elementwise.hpp>
#include <cleave/kernels/normalize.hpp>
#include <cleave/kernels/recurrent.hpp>
#include <cleave/kernels/reduce.hpp>
#include <cleave/kernels/resize.hpp>
#include <cleave/simd/native.hpp>
#include <cstdint>
#include <vector>

#include "bits.hpp"
#include "check_rows.hpp"
#include "support/kernel_packs.hpp"

// As bits_test.cpp, for kernels of tensors that reduce, resize or run along tensors.

namespace {

using namespace cleave_test;
using cleave::range;
using cleave::reduction;
using cleave::shape;
namespace kernels = cleave::kernels;

constexpr shape tensor{7, 5, 37};
constexpr range all{0, 7};

template <reduction What, class Pack>
std::uint32_t of_reduction() {
  std::vector<float> in = numbers(tensor.size(), 89, false);
  for (float& each : in) each = What == reduction::log_sum && each < 0 ? -each : each;
  return fingerprint({7, 5, 1}, [&](float* out) {
    kernels::reduce<kernels::reduce_shape{tensor, What}, Pack>(in.data(), out, all);
  });
}

template <kernels::recurrent_kind Kind, class Pack>
std::uint32_t of_recurrence() {
  constexpr kernels::recurrent_shape shape{{2, 5, 9}, 21, Kind, true};
  const std::vector<float> in = numbers(shape.in.size(), 97, false);
  std::vector<float> weights = numbers(kernels::recurrent_weights(shape).floats(), 101, false);
  for (float& each : weights) each *= 0.125F;
  return fingerprint(shape.out(), [&](float* out) {
    kernels::recurrent<shape, Pack>(in.data(), weights.data(), out, {0, 2});
  });
}

template <class Pack>
void check_tensors() {
  CHECK(of_reduction<reduction::mean, Pack>() == 0x803c3b48U);
  CHECK(of_reduction<reduction::product, Pack>() == 0x52e80e88U);
  CHECK(of_reduction<reduction::l2, Pack>() == 0x35a4e92eU);
  CHECK(of_reduction<reduction::log_sum, Pack>() == 0xcd08fde1U);
  CHECK(of_reduction<reduction::log_sum_exp, Pack>() == 0xf21275f3U);
  CHECK(of_recurrence<kernels::recurrent_kind::lstm, Pack>() == 0x2a2f40b1U);
  CHECK(of_recurrence<kernels::recurrent_kind::gru, Pack>() == 0x2408a679U);
  CHECK(of_recurrence<kernels::recurrent_kind::gru_linear, Pack>() == 0x0768e61aU);
  CHECK(of_recurrence<kernels::recurrent_kind::rnn, Pack>() == 0x4bc0800eU);
  const std::vector<float> in = numbers(tensor.size(), 103, false);
  const std::vector<float> other = numbers(tensor.size(), 107, false);
  using normalize = kernels::normalize_shape;
  CHECK(fingerprint(tensor, [&](float* out) {
          kernels::normalize<normalize{tensor, 1e-5F, true}, Pack>(in.data(), out, all);
        }) == 0x22e19c90U);
  constexpr kernels::resize_shape larger{tensor,
                                         {11, 13, 37},
                                         cleave::resize_mode::linear,
                                         cleave::resize_coordinates::half_pixel,
                                         cleave::resize_rounding::floor};
  CHECK(fingerprint(larger.out, [&](float* out) {
          kernels::resize<larger, Pack>(in.data(), out, {0, 11});
        }) == 0xe5672db4U);
  using both = kernels::elementwise_shape;
  using kernels::arithmetic_kind;
  using kernels::operand_kind;
  CHECK(fingerprint(tensor, [&](float* out) {
          kernels::elementwise<both{tensor, arithmetic_kind::divide, operand_kind::per_pixel}, Pack>(
              in.data(), other.data(), out, all);
        }) == 0x9c33265cU);
  CHECK(fingerprint(tensor, [&](float* out) {
          kernels::elementwise<both{tensor, arithmetic_kind::maximum, operand_kind::full}, Pack>(
              in.data(), other.data(), out, all);
        }) == 0x85d8d415U);
}

}  // namespace

TEST_CASE_TEMPLATE("fused packs give the same bits on every machine: tensors and sequences", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  if constexpr (Pack::fused) check_tensors<Pack>();
}
