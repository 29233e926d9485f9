// SPDX-License-Identifier: BSL-1.0
#include <cleave/kernels/dense.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cleave/kernels/reference_conv2d.hpp>
#include <cleave/simd/native.hpp>
#include <cstddef>
#include <utility>
#include <vector>

#include "support/kernel_packs.hpp"
#include "weighted_case.hpp"

namespace {

using namespace cleave_test;
using cleave::activation_kind;
using cleave::epilogue;
using cleave::range;
using cleave::kernels::dense_shape;

/// Checks all outputs, and all parts that begin and end at a multiple of `step`; nothing else may be written.
void check_dense(const dense_shape& of, weighted_kernel kernel, bool in_place = false, int step = 16) {
  const auto layout = cleave::kernels::blocked(of);
  const std::vector<bool> used = used_places(layout);
  const std::vector<float> weights = weights_of(layout.floats(), [&](std::size_t i) { return used[i]; });
  const std::vector<float> in = numbers(static_cast<std::size_t>(of.inputs), 1, false);
  const std::vector<float> added = numbers(static_cast<std::size_t>(of.outputs) + 2 * guard, 3, false);
  std::vector<float> expected = added;
  cleave::kernels::reference::dense(of, in.data(), weights.data(), added.data() + guard, expected.data() + guard,
                                    {0, of.outputs});
  for (int begin = 0; begin < of.outputs; begin += step) {
    for (int end = begin + step;; end += step) {
      const range part{begin, std::min(end, of.outputs)};
      std::vector<float> actual = added;
      std::vector<float> wanted = added;
      for (int o = part.begin; o < part.end; ++o) {
        wanted[guard + static_cast<std::size_t>(o)] = expected[guard + static_cast<std::size_t>(o)];
      }
      float* const out = actual.data() + guard;
      kernel(in.data(), weights.data(), in_place ? out : added.data() + guard, out, part);
      CAPTURE(of.inputs);
      CAPTURE(of.outputs);
      CAPTURE(part.begin);
      CAPTURE(part.end);
      CHECK(differences(actual, wanted) == 0);
      if (part.end == of.outputs) break;
    }
  }
}

template <const auto& Shapes, class Pack>
void check_shapes() {
  [&]<std::size_t... Index>(std::index_sequence<Index...>) {
    (check_dense(Shapes[Index], cleave::kernels::dense<Shapes[Index], Pack>), ...);
  }(std::make_index_sequence<Shapes.size()>{});
}

template <std::size_t Count>
constexpr std::array<dense_shape, Count> up_to_outputs() {
  std::array<dense_shape, Count> result{};
  for (std::size_t i = 0; i < Count; ++i) result[i] = {3, static_cast<int>(i) + 1};
  return result;
}
constexpr std::array around_packs = up_to_outputs<2 * cleave::native_pack::lanes + 1>();

constexpr std::array around_chunks{
    dense_shape{1, 1},   dense_shape{5, 4},   dense_shape{2, 15},  dense_shape{7, 17},
    dense_shape{3, 63},  dense_shape{3, 64},  dense_shape{3, 65},  dense_shape{3, 127},
    dense_shape{3, 128}, dense_shape{3, 130}, dense_shape{4, 200}, dense_shape{2, 300},
};

/// More than a MiB of weights, and outputs that fill neither their last block nor their last chunk.
constexpr std::array from_memory{
    dense_shape{1000, 270, relu},
    dense_shape{20, 13200},
};

constexpr std::array epilogues{
    dense_shape{10, 20, relu},
    dense_shape{10, 20, epilogue{true, {activation_kind::relu}}},
    dense_shape{10, 70, epilogue{true, {activation_kind::clip, 0, 6}}},
};

}  // namespace

TEST_CASE("a dense layer writes exactly its outputs, for each number around the pack") {
  check_shapes<around_packs, cleave::native_pack>();
}

TEST_CASE_TEMPLATE("a dense layer and all its parts agree with the reference", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check_shapes<around_chunks, Pack>();
}

TEST_CASE_TEMPLATE("weights that no cache holds give the same bits", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  for (int at : {0, 1}) {
    const dense_shape of = from_memory[static_cast<std::size_t>(at)];
    const auto kernel =
        at == 0 ? cleave::kernels::dense<from_memory[0], Pack> : cleave::kernels::dense<from_memory[1], Pack>;
    check_dense(of, kernel, false, of.outputs > 1000 ? 4400 : 16);
  }
}

TEST_CASE_TEMPLATE("a dense layer adds its residual and applies its activation", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check_shapes<epilogues, Pack>();
}

TEST_CASE_TEMPLATE("the residual of a dense layer may be its output", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  check_dense(epilogues[1], cleave::kernels::dense<epilogues[1], Pack>, true);
}
