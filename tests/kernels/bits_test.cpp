// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <bit>
#include <cleave/kernels/activation.hpp>
#include <cleave/kernels/elementwise.hpp>
#include <cleave/kernels/global_pool.hpp>
#include <cleave/kernels/normalization.hpp>
#include <cleave/kernels/pool.hpp>
#include <cleave/kernels/softmax.hpp>
#include <cleave/simd/native.hpp>
#include <cstdint>
#include <vector>

#include "bits.hpp"
#include "check_rows.hpp"
#include "support/kernel_packs.hpp"

// One constant a kernel, the same for every target with a fused multiply-add: any other value means that two machines
// would disagree.

namespace {

using namespace cleave_test;
using cleave::activation;
using cleave::activation_kind;
using cleave::range;
using cleave::shape;
namespace kernels = cleave::kernels;

constexpr shape tensor{7, 5, 37};
constexpr range all{0, 7};

template <activation Act, class Pack>
std::uint32_t of_activation() {
  const std::vector<float> in = numbers(tensor.size(), 51);
  return fingerprint(tensor, [&](float* out) {
    kernels::activate<kernels::activation_shape{tensor, Act}, Pack>(in.data(), out, all);
  });
}

/// Of a function over numbers of all sizes.
template <class Pack, class Function>
std::uint32_t of_function(float first, float factor, Function function) {
  std::vector<float> in(4096);
  for (float& each : in) {
    each = first;
    first *= factor;
  }
  return fingerprint({1, 1, 4096}, [&](float* out) { kernels::map_flat<Pack>(out, in.size(), function, in.data()); });
}

template <class Pack>
void check_functions() {
  CHECK(of_function<Pack>(-1e-6F, 1.0045F, [](Pack x) { return kernels::exp(x); }) == 0x55dfe38aU);
  CHECK(of_function<Pack>(1e-6F, 1.0045F, [](Pack x) { return kernels::exp(x); }) == 0xc16a92eeU);
  CHECK(of_function<Pack>(-1e-20F, 1.011F, [](Pack x) { return kernels::expm1_negative(x); }) == 0xb3765c63U);
  CHECK(of_function<Pack>(1e-36F, 1.04F, [](Pack x) { return kernels::log(x); }) == 0x684b33e4U);
  CHECK(of_function<Pack>(1.0F, 0.985F, [](Pack x) { return kernels::log1p_unit(x); }) == 0xe68e4d82U);
}

template <class Pack>
void check_activations() {
  using enum activation_kind;
  CHECK(of_activation<activation{relu, 0, 0, 0}, Pack>() == 0xa70b4483U);
  CHECK(of_activation<activation{clip, -1, 1, 0}, Pack>() == 0x09ca9570U);
  CHECK(of_activation<activation{leaky_relu, 0.01F, 0, 0}, Pack>() == 0x4865138eU);
  CHECK(of_activation<activation{elu, 0.7F, 0, 0}, Pack>() == 0xc7009ce0U);
  CHECK(of_activation<activation{selu, 1.6732632F, 0, 1.050701F}, Pack>() == 0xe6190fbbU);
  CHECK(of_activation<activation{sigmoid, 0, 0, 0}, Pack>() == 0xd93de7d6U);
  CHECK(of_activation<activation{activation_kind::tanh, 0, 0, 0}, Pack>() == 0xe83952b8U);
  CHECK(of_activation<activation{hard_sigmoid, 0.2F, 0.5F, 0}, Pack>() == 0x6a095b82U);
  CHECK(of_activation<activation{hard_swish, 0, 0, 0}, Pack>() == 0x0e96fa3cU);
  CHECK(of_activation<activation{softplus, 0, 0, 0}, Pack>() == 0x67e19f39U);
}

template <class Pack>
void check_sums() {
  const std::vector<float> in = numbers(tensor.size(), 53, false);
  const std::vector<float> weights = numbers(tensor.size(), 57, false);
  const auto of = [&](shape out, auto kernel) {
    return fingerprint(out, [&](float* to) { kernel(in.data(), to, range{0, out.height}); });
  };
  const auto with_weights = [&](auto kernel) {
    return fingerprint(tensor, [&](float* to) { kernel(in.data(), weights.data(), to, all); });
  };
  CHECK(of(tensor, kernels::softmax<kernels::softmax_shape{tensor}, Pack>) == 0x3ab1981aU);
  CHECK(of(tensor, kernels::log_softmax<kernels::softmax_shape{tensor}, Pack>) == 0x31156d8eU);
  CHECK(of({4, 3, 37}, kernels::max_pool<kernels::pool_shape{tensor, {4, 3, 37}, 3, 2, 1, 1}, Pack>) == 0xf50ed37cU);
  CHECK(of({4, 3, 37}, kernels::average_pool<kernels::pool_shape{tensor, {4, 3, 37}, 3, 2, 1, 1}, Pack>) ==
        0x722c684eU);
  CHECK(of({1, 1, 37}, kernels::global_average_pool<kernels::global_pool_shape{tensor}, Pack>) == 0x36465bbbU);
  using local = kernels::local_response_normalization_shape;
  CHECK(of(tensor, kernels::local_response_normalization<local{tensor, 5, 0.1F, 0.75F, 1}, Pack>) == 0x110b9d30U);
  CHECK(of(tensor, kernels::local_response_normalization<local{tensor, 5, 0.1F, 0.6F, 1}, Pack>) == 0x4a2d7f3aU);
  CHECK(with_weights(kernels::batch_normalization<kernels::batch_normalization_shape{tensor}, Pack>) == 0x7ee0def9U);
  CHECK(with_weights(kernels::prelu<kernels::prelu_shape{tensor}, Pack>) == 0x5d8abd50U);
  constexpr auto multiply = kernels::arithmetic_kind::multiply;
  constexpr activation leaky{activation_kind::leaky_relu, 0.01F, 0, 0};
  constexpr activation tanh{activation_kind::tanh, 0, 0, 0};
  using kernels::operand_kind;
  using both = kernels::elementwise_shape;
  CHECK(with_weights(kernels::elementwise<both{tensor, multiply, operand_kind::full, leaky}, Pack>) == 0x636de39fU);
  CHECK(with_weights(kernels::elementwise<both{tensor, multiply, operand_kind::per_channel, tanh}, Pack>) ==
        0xa5d145abU);
}

}  // namespace

TEST_CASE_TEMPLATE("fused packs give the same bits on every machine: functions", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  if constexpr (Pack::fused) check_functions<Pack>();
}

TEST_CASE_TEMPLATE("fused packs give the same bits on every machine: activations", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  if constexpr (Pack::fused) check_activations<Pack>();
}

TEST_CASE_TEMPLATE("fused packs give the same bits on every machine: sums and weights", Pack,
                   CLEAVE_TEST_KERNEL_PACKS) {
  if constexpr (Pack::fused) check_sums<Pack>();
}
