// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <algorithm>
#include <cleave/kernels/conv2d.hpp>
#include <cleave/kernels/winograd.hpp>
#include <cleave/kernels/winograd_weights.hpp>
#include <cleave/simd/native.hpp>
#include <cmath>
#include <vector>

#include "check_rows.hpp"

namespace {

using namespace cleave_test;
namespace kernels = cleave::kernels;

constexpr kernels::conv2d_shape padded(cleave::shape in, int outputs) {
  return {in, {in.height, in.width, outputs}, 3, 1, 1, 1, 1, {}};
}

/// The largest difference from the direct form, of the largest output. All packs have the bits of the reference, so one
/// is enough.
template <kernels::conv2d_shape Of, int Edge>
float error() {
  constexpr kernels::winograd_tiling tiling = winograd_tiles(Of, Edge);
  const std::vector<float> in = numbers(Of.in.size(), 7, false);
  const std::vector<float> weights = numbers(blocked(Of).floats(), 11, false);
  std::vector<float> prepared(winograd_weight_floats(Of, tiling));
  winograd_prepare(Of, tiling, weights.data(), prepared.data());
  std::vector<float> scratch(winograd_scratch_floats(Of, tiling));
  std::vector<float> direct(Of.out.size());
  std::vector<float> out(Of.out.size());
  using pack = cleave::native_pack;
  kernels::conv2d<Of, pack>(in.data(), weights.data(), nullptr, direct.data(), {0, Of.out.height});
  kernels::winograd<Of, tiling, pack>(in.data(), prepared.data(), weights.data() + blocked(Of).biases(), nullptr,
                                      out.data(), scratch.data(), {0, Of.out.height});
  float most = 0;
  float difference = 0;
  for (std::size_t i = 0; i < out.size(); ++i) {
    most = std::max(most, std::fabs(direct[i]));
    difference = std::max(difference, std::fabs(direct[i] - out[i]));
  }
  return difference / most;
}

}  // namespace

TEST_CASE("Winograd's form is as near to the direct one as its header says") {
  CHECK(error<padded({12, 12, 16}, 16), 4>() < 2e-5F);
  CHECK(error<padded({4, 4, 512}, 16), 4>() < 2e-5F);
  CHECK(error<padded({4, 4, 512}, 16), 2>() < 3e-6F);
}
