// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <array>
#include <cleave/graph/infer.hpp>
#include <cleave/layers/layers.hpp>

namespace {

using namespace cleave;

template <class Layer>
constexpr inference found_for(const Layer& layer, shape first, shape second = {}) {
  const std::array<shape, 2> in{first, second};
  const layer_record record = layer;
  return infer(record, std::span{in}.first(static_cast<std::size_t>(record.arity)), dtype::float32);
}

template <class Layer>
constexpr bool gives(const Layer& layer, shape first, shape out, dtype type = dtype::float32) {
  const inference found = found_for(layer, first);
  return found.needs == need::nothing && found.out == out && found.type == type;
}

template <class Layer>
constexpr bool joins(const Layer& layer, shape first, shape second, shape out) {
  const inference found = found_for(layer, first, second);
  return found.needs == need::nothing && found.out == out;
}

template <class Layer>
constexpr bool refuses(const Layer& layer, need why, shape first, shape second = {}) {
  return found_for(layer, first, second).needs == why;
}

constexpr need operands = need::inputs_of_equal_shape_or_one_per_channel;

// Arithmetic: the second operand is full, a number a channel, a number a pixel, or one number.
static_assert(joins(divide{.with = "b"}, {4, 5, 6}, {4, 5, 6}, {4, 5, 6}));
static_assert(joins(maximum{.with = "b"}, {4, 5, 6}, {1, 1, 6}, {4, 5, 6}));
static_assert(joins(minimum{.with = "b"}, {4, 5, 6}, {4, 5, 1}, {4, 5, 6}));
static_assert(joins(power{.with = "b"}, {4, 5, 6}, {1, 1, 1}, {4, 5, 6}));
static_assert(refuses(divide{.with = "b"}, operands, {4, 5, 6}, {1, 5, 1}));
static_assert(refuses(divide{.with = "b"}, operands, {4, 5, 6}, {1, 5, 6}));
static_assert(refuses(divide{.with = "b"}, operands, {1, 1, 6}, {4, 5, 6}));

// Joins along each axis.
constexpr concat rows() { return {.with = {"b"}, .axis = axis::height}; }
constexpr concat columns() { return {.with = {"b"}, .axis = axis::width}; }
static_assert(joins(concat{.with = {"b"}}, {4, 5, 6}, {4, 5, 2}, {4, 5, 8}));
static_assert(joins(rows(), {4, 5, 6}, {3, 5, 6}, {7, 5, 6}));
static_assert(joins(columns(), {4, 5, 6}, {4, 1, 6}, {4, 6, 6}));
static_assert(refuses(concat{.with = {"b"}}, need::inputs_of_equal_height_and_width, {4, 5, 6}, {3, 5, 6}));
static_assert(refuses(rows(), need::inputs_that_differ_along_the_axis_only, {4, 5, 6}, {4, 5, 7}));
static_assert(refuses(rows(), need::inputs_that_differ_along_the_axis_only, {4, 5, 6}, {4, 6, 6}));
static_assert(refuses(columns(), need::inputs_that_differ_along_the_axis_only, {4, 5, 6}, {3, 5, 6}));

static_assert(gives(pad{.padding = {1, 2, 3, 4}, .interior = {1, 2}}, {4, 5, 6}, {11, 19, 6}));
static_assert(refuses(pad{.padding = 0, .interior = -1}, need::positive_sizes, {4, 5, 6}));

static_assert(gives(resize{.height = 7, .width = 2}, {4, 5, 6}, {7, 2, 6}));
static_assert(refuses(resize{.height = 0, .width = 2}, need::positive_sizes, {4, 5, 6}));
static_assert(refuses(resize{.height = 1, .width = 2, .vertical_scale = -1}, need::positive_sizes, {4, 5, 6}));

static_assert(gives(reduce{}, {4, 5, 6}, {4, 5, 1}));
static_assert(gives(argmin{}, {4, 5, 6}, {4, 5, 1}, dtype::int32));
static_assert(gives(argmax{.last_index = true}, {4, 5, 6}, {4, 5, 1}, dtype::int32));
static_assert(gives(normalize{}, {4, 5, 6}, {4, 5, 6}));
static_assert(gives(hardmax{}, {4, 5, 6}, {4, 5, 6}));
static_assert(gives(gelu{}, {4, 5, 6}, {4, 5, 6}));

// Recurrent layers: rows are sequences, columns moments.
static_assert(gives(lstm{.units = 8}, {2, 10, 3}, {2, 10, 8}));
static_assert(found_for(lstm{.units = 8}, {2, 10, 3}).multiply_adds == 2 * 10 * 8 * 4 * 11);
static_assert(found_for(gru{.units = 8}, {2, 10, 3}).multiply_adds == 2 * 10 * 8 * 3 * 11);
static_assert(found_for(rnn{.units = 8}, {2, 10, 3}).multiply_adds == 2 * 10 * 8 * 11);
static_assert(refuses(gru{.units = 0}, need::positive_sizes, {1, 10, 3}));

}  // namespace

TEST_CASE("a constant reads no layer and has the shape that it is given") {
  const layer_record record = constant{.height = 2, .width = 3, .channels = 4};
  CHECK(record.arity == 0);
  CHECK(infer(record, {}, dtype::float32).out == shape{2, 3, 4});
  CHECK(infer(constant{.height = 0}, {}, dtype::float32).needs == need::positive_sizes);
}

TEST_CASE("layers that compute refuse integers") {
  const std::array<shape, 1> in{shape{4, 5, 6}};
  CHECK(infer(reduce{}, in, dtype::int32).needs == need::float_elements);
  CHECK(infer(cleave::exp{}, in, dtype::int32).needs == need::float_elements);
  CHECK(infer(resize{.height = 1, .width = 1}, in, dtype::int32).needs == need::float_elements);
}
