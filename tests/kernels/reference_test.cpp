// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/kernels/reference.hpp>
#include <cmath>

// The oracle of the other tests, against results that were worked out by hand.

namespace {

using cleave::activation;
using cleave::activation_kind;
using cleave::extent;
using cleave::padding;
using cleave::range;
using cleave::shape;
namespace kernels = cleave::kernels;
namespace reference = cleave::kernels::reference;

template <class Of, class Function, std::size_t Size>
constexpr bool gives(Function function, const Of& of, int height, std::array<float, Size> wanted, const float* in) {
  std::array<float, Size> out{};
  function(of, in, out.data(), range{0, height});
  return out == wanted;
}

// 1 2 3
// 4 5 6
// 7 8 9
constexpr float square[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
constexpr shape three{3, 3, 1};

static_assert(gives(reference::max_pool, kernels::pool_shape{three, {2, 2, 1}, 2, 1}, 2, std::array{5.F, 6.F, 8.F, 9.F},
                    square));
static_assert(gives(reference::average_pool, kernels::pool_shape{three, {2, 2, 1}, 2, 1}, 2,
                    std::array{3.F, 4.F, 6.F, 7.F}, square));
static_assert(gives(reference::max_pool, kernels::pool_shape{three, {2, 2, 1}, 2, 2, 1, {1, 1, 0, 0}}, 2,
                    std::array{1.F, 3.F, 7.F, 9.F}, square));
static_assert(gives(reference::average_pool, kernels::pool_shape{three, {2, 2, 1}, 2, 2, 1, {1, 1, 0, 0}}, 2,
                    std::array{1.F, 2.5F, 5.5F, 7.F}, square));
static_assert(gives(reference::average_pool, kernels::pool_shape{three, {2, 2, 1}, 2, 2, 1, {1, 1, 0, 0}, true}, 2,
                    std::array{0.25F, 1.25F, 2.75F, 7.F}, square));
static_assert(gives(reference::max_pool, kernels::pool_shape{three, {1, 1, 1}, 2, 1, 2}, 1, std::array{9.F}, square));

// Two channels at two pixels: (1, 10) and (3, 30).
constexpr float pixels[] = {1, 10, 3, 30};

constexpr bool global_means() {
  std::array<float, 2> mean{};
  std::array<float, 2> greatest{};
  reference::global_average_pool({{1, 2, 2}}, pixels, mean.data());
  reference::global_max_pool({{1, 2, 2}}, pixels, greatest.data());
  return mean == std::array{2.F, 20.F} && greatest == std::array{3.F, 30.F};
}
static_assert(global_means());

static_assert(gives(reference::concat, kernels::concat_shape{{1, 2, 2}, 3, 1}, 1,
                    std::array{0.F, 1.F, 10.F, 0.F, 3.F, 30.F}, pixels));
static_assert(gives(reference::pad, kernels::pad_shape{{1, 2, 2}, {1, 0, 0, 1}, 7}, 2,
                    std::array{7.F, 7.F, 7.F, 7.F, 7.F, 7.F, 1.F, 10.F, 3.F, 30.F, 7.F, 7.F}, pixels));
static_assert(gives(reference::upsample, kernels::upsample_shape{{1, 2, 2}, {1, 2}}, 1,
                    std::array{1.F, 10.F, 1.F, 10.F, 3.F, 30.F, 3.F, 30.F}, pixels));

constexpr bool first_of_equals() {
  constexpr float in[] = {1, 5, 5, 9, 2, 9};
  std::array<std::int32_t, 2> out{};
  reference::argmax({{2, 1, 3}}, in, out.data(), {0, 2});
  return out == std::array<std::int32_t, 2>{1, 0};
}
static_assert(first_of_equals());

constexpr bool halves_onto_halves() {
  // 2^24 + 1 is no float: which ones go together decides. Terms 0 and 16 share a partial sum.
  std::array<float, 17> terms{};
  terms[0] = 0x1p24F;
  terms[16] = 1;
  const bool lost = reference::ordered_sum(terms.data(), 17) == 0x1p24F;
  terms[16] = 0;
  terms[1] = 1;
  terms[9] = 1;
  return lost && reference::ordered_sum(terms.data(), 17) == 0x1p24F + 2;
}
static_assert(halves_onto_halves());

}  // namespace

TEST_CASE("the reference of every activation follows its formula") {
  const auto apply = [](activation_kind kind, float x, float alpha = 0, float beta = 0, float gamma = 0) {
    return reference::apply(activation{kind, alpha, beta, gamma}, x);
  };
  using enum activation_kind;
  CHECK(apply(none, -3) == -3);
  CHECK(apply(relu, -3) == 0);
  CHECK(apply(relu, 3) == 3);
  CHECK(apply(clip, 7, 0, 6) == 6);
  CHECK(apply(clip, -7, 0, 6) == 0);
  CHECK(apply(clip, 2, 0, 6) == 2);
  CHECK(apply(leaky_relu, -4, 0.25F) == -1);
  CHECK(apply(leaky_relu, 4, 0.25F) == 4);
  CHECK(apply(elu, -1, 2) == doctest::Approx(2 * (std::exp(-1.0) - 1)));
  CHECK(apply(elu, 5, 2) == 5);
  CHECK(apply(selu, -1, 2, 0, 3) == doctest::Approx(6 * (std::exp(-1.0) - 1)));
  CHECK(apply(selu, 5, 2, 0, 3) == 15);
  CHECK(apply(sigmoid, 1) == doctest::Approx(1 / (1 + std::exp(-1.0))));
  CHECK(apply(activation_kind::tanh, 0.5F) == doctest::Approx(std::tanh(0.5)));
  CHECK(apply(hard_sigmoid, 1, 0.25F, 0.5F) == 0.75F);
  CHECK(apply(hard_sigmoid, 9, 0.25F, 0.5F) == 1);
  CHECK(apply(hard_sigmoid, -9, 0.25F, 0.5F) == 0);
  CHECK(apply(hard_swish, 1) == doctest::Approx(2.0 / 3));
  CHECK(apply(hard_swish, 4) == 4);
  CHECK(apply(hard_swish, -4) == 0);
  CHECK(apply(softplus, 1) == doctest::Approx(std::log(1 + std::exp(1.0))));
}

TEST_CASE("the references of softmax and prelu give what was worked out by hand") {
  const float in[] = {0, 1, -2, 2};
  float out[4];
  reference::softmax({{1, 2, 2}}, false, in, out, {0, 1});
  CHECK(out[0] == doctest::Approx(1 / (1 + std::exp(1.0))));
  CHECK(out[3] == doctest::Approx(1 / (1 + std::exp(-4.0))));
  reference::softmax({{1, 2, 2}}, true, in, out, {0, 1});
  CHECK(out[0] == doctest::Approx(-std::log(1 + std::exp(1.0))));
  const float slope[] = {0.5F, 0.25F};
  reference::prelu({{1, 2, 2}, false}, in, slope, out, {0, 1});
  CHECK(out[1] == 1);
  CHECK(out[2] == -1);
  const float minus[] = {-4, -4};
  reference::prelu({{1, 1, 2}, false}, minus, slope, out, {0, 1});
  CHECK(out[1] == -1);
  reference::prelu({{1, 1, 2}, true}, minus, slope, out, {0, 1});
  CHECK(out[1] == -2);
}

TEST_CASE("the references of normalisations give what was worked out by hand") {
  float out[4];
  const float weights[] = {2, 3, 0.5F, -1};
  reference::batch_normalization({{1, 2, 2}}, pixels, weights, out, {0, 1});
  CHECK(std::array{out[0], out[1], out[2], out[3]} == std::array{2.5F, 29.F, 6.5F, 89.F});

  // Of three channels around: squares 1 + 4, 1 + 4 + 4, 4 + 4 + 16, 4 + 16; The base, 4 + s, is 9, 13, 28, 24.
  const float in[] = {1, 2, 2, 4};
  reference::local_response_normalization({{1, 1, 4}, 3, 3, 1, 4}, in, out, {0, 1});
  CHECK(out[0] == 1.0F / 9);
  CHECK(out[1] == 2.0F / 13);
  CHECK(out[2] == 2.0F / 28);
  CHECK(out[3] == 4.0F / 24);
  // Two channels: this one and the next.
  reference::local_response_normalization({{1, 1, 4}, 2, 2, 1, 4}, in, out, {0, 1});
  CHECK(out[0] == 1.0F / 9);
  CHECK(out[3] == 4.0F / 20);
  reference::local_response_normalization({{1, 1, 4}, 2, 2, 0.75F, 11}, in, out, {0, 1});
  CHECK(out[0] == doctest::Approx(1.0 / 8));
}

TEST_CASE("the reference of arithmetic gives what was worked out by hand") {
  const float second[] = {1, 2, 4, 5};
  float out[4];
  using kernels::arithmetic_kind;
  using kernels::operand_kind;
  reference::elementwise({{1, 2, 2}, arithmetic_kind::add}, pixels, second, out, {0, 1});
  CHECK(std::array{out[0], out[1], out[2], out[3]} == std::array{2.F, 12.F, 7.F, 35.F});
  reference::elementwise({{1, 2, 2}, arithmetic_kind::subtract, operand_kind::per_channel}, pixels, second, out,
                         {0, 1});
  CHECK(std::array{out[0], out[1], out[2], out[3]} == std::array{0.F, 8.F, 2.F, 28.F});
  reference::elementwise(
      {{1, 2, 2}, arithmetic_kind::multiply, operand_kind::single, {activation_kind::clip, 2, 20, 0}}, pixels, second,
      out, {0, 1});
  CHECK(std::array{out[0], out[1], out[2], out[3]} == std::array{2.F, 10.F, 3.F, 20.F});
}
