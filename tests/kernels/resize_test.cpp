// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/kernels/reference_arrange.hpp>
#include <cleave/kernels/resize.hpp>
#include <cleave/simd/native.hpp>
#include <vector>

#include "check_rows.hpp"
#include "support/kernel_packs.hpp"

namespace {

using namespace cleave_test;
using cleave::range;
using cleave::resize_coordinates;
using cleave::resize_mode;
using cleave::resize_rounding;
using cleave::shape;
namespace kernels = cleave::kernels;

template <kernels::resize_shape Shape, class Pack>
void check() {
  const std::vector<float> in = numbers(Shape.in.size(), 73);
  check_rows<float>(
      Shape.out, [&](float* to, range rows) { kernels::resize<Shape, Pack>(in.data(), to, rows); },
      [&](float* to, range rows) { kernels::reference::resize(Shape, in.data(), to, rows); });
}

constexpr auto floor_first = resize_rounding::round_prefer_floor;

constexpr kernels::resize_shape row(int in, int out, resize_mode mode, resize_coordinates coordinates,
                                    resize_rounding rounding = floor_first, float scale = 0) {
  return {{1, in, 1}, {1, out, 1}, mode, coordinates, rounding, 0, scale};
}

/// The columns that a row takes.
template <std::size_t Size>
constexpr std::array<int, Size> places(const kernels::resize_shape& of) {
  std::array<int, Size> found{};
  for (std::size_t i = 0; i < Size; ++i) found[i] = kernels::resize_column(of, static_cast<int>(i)).first;
  return found;
}

template <kernels::resize_shape Shape>
std::vector<float> resized(const std::vector<float>& in) {
  std::vector<float> out(Shape.out.size());
  kernels::resize<Shape, cleave::native_pack>(in.data(), out.data(), {0, Shape.out.height});
  return out;
}

}  // namespace

// The examples of the ONNX operator, along one axis.
static_assert(places<6>(row(2, 6, resize_mode::nearest, resize_coordinates::half_pixel)) ==
              std::array{0, 0, 0, 1, 1, 1});
static_assert(places<2>(row(4, 2, resize_mode::nearest, resize_coordinates::half_pixel, floor_first, 0.6F)) ==
              std::array{0, 2});
static_assert(places<8>(row(4, 8, resize_mode::nearest, resize_coordinates::asymmetric, resize_rounding::floor)) ==
              std::array{0, 0, 1, 1, 2, 2, 3, 3});
static_assert(places<8>(row(4, 8, resize_mode::nearest, resize_coordinates::half_pixel, resize_rounding::ceil)) ==
              std::array{0, 1, 1, 2, 2, 3, 3, 3});
static_assert(places<8>(row(4, 8, resize_mode::nearest, resize_coordinates::align_corners, floor_first)) ==
              std::array{0, 0, 1, 1, 2, 2, 3, 3});
static_assert(places<3>(row(4, 3, resize_mode::nearest, resize_coordinates::tf_half_pixel_for_nn,
                            resize_rounding::floor)) == std::array{0, 2, 3});
static_assert(places<3>(row(6, 3, resize_mode::nearest, resize_coordinates::half_pixel)) == std::array{0, 2, 4});
static_assert(places<3>(row(6, 3, resize_mode::nearest, resize_coordinates::half_pixel,
                            resize_rounding::round_prefer_ceil)) == std::array{1, 3, 5});
static_assert(kernels::resize_column(row(4, 1, resize_mode::linear, resize_coordinates::pytorch_half_pixel), 0).first ==
              0);

TEST_CASE("a row that is interpolated has the values of the ONNX examples") {
  using enum resize_coordinates;
  const std::vector<float> in{1, 2, 3, 4};
  CHECK(resized<row(4, 8, resize_mode::linear, half_pixel)>(in) ==
        std::vector<float>{1, 1.25F, 1.75F, 2.25F, 2.75F, 3.25F, 3.75F, 4});
  CHECK(resized<row(4, 8, resize_mode::linear, asymmetric)>(in) == std::vector<float>{1, 1.5F, 2, 2.5F, 3, 3.5F, 4, 4});
  const std::vector<float> corners = resized<row(4, 8, resize_mode::linear, align_corners)>(in);
  CHECK(corners[1] == doctest::Approx(1.42857142));
  CHECK(corners[7] == 4);
  const std::vector<float> fewer = resized<row(4, 2, resize_mode::linear, half_pixel, floor_first, 0.6F)>(in);
  CHECK(fewer[0] == doctest::Approx(1.3333333));
  CHECK(fewer[1] == doctest::Approx(3));
}

TEST_CASE_TEMPLATE("resize agrees with its reference", Pack, CLEAVE_TEST_KERNEL_PACKS) {
  using enum resize_coordinates;
  using of = kernels::resize_shape;
  check<of{{3, 4, 5}, {7, 6, 5}, resize_mode::linear, half_pixel, floor_first}, Pack>();
  check<of{{5, 4, 1}, {3, 9, 1}, resize_mode::linear, align_corners, floor_first}, Pack>();
  check<of{{2, 3, 17}, {4, 6, 17}, resize_mode::linear, asymmetric, floor_first}, Pack>();
  check<of{{3, 5, 70}, {1, 1, 70}, resize_mode::linear, pytorch_half_pixel, floor_first}, Pack>();
  check<of{{3, 4, 5}, {7, 6, 5}, resize_mode::nearest, half_pixel, floor_first}, Pack>();
  check<of{{6, 5, 33}, {4, 3, 33}, resize_mode::nearest, tf_half_pixel_for_nn, resize_rounding::floor}, Pack>();
  check<of{{6, 5, 3}, {4, 3, 3}, resize_mode::nearest, asymmetric, resize_rounding::ceil, 0.7F, 0.61F}, Pack>();
}
