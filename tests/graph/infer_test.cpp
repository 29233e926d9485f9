// SPDX-License-Identifier: BSL-1.0
#include <cleave/graph/infer.hpp>

#include <doctest/doctest.h>

#include <array>
#include <initializer_list>

namespace {

using cleave::dtype;
using cleave::inference;
using cleave::need;
using cleave::same;
using cleave::shape;

/// What a layer makes of tensors of these shapes.
constexpr inference of(const cleave::layer_record& layer, std::initializer_list<shape> in,
                       dtype type = dtype::float32) {
  return cleave::infer(layer, {in.begin(), in.size()}, type);
}

constexpr bool is(const inference& found, shape out, dtype type = dtype::float32) {
  return found.needs == need::nothing && found.out == out && found.type == type && found.multiply_adds == 0;
}

constexpr bool refuses(const inference& found, need why) { return found.needs == why; }

static_assert(is(of(cleave::concat{.with = {"", ""}}, {{2, 3, 4}, {2, 3, 1}, {2, 3, 7}}), {2, 3, 12}));
static_assert(is(of(cleave::concat{.with = {}}, {{2, 3, 4}}), {2, 3, 4}));
static_assert(refuses(of(cleave::concat{.with = {""}}, {{2, 3, 4}, {3, 3, 4}}),
                      need::inputs_of_equal_height_and_width));
static_assert(refuses(of(cleave::concat{.with = {""}}, {{2, 3, 4}, {2, 2, 4}}),
                      need::inputs_of_equal_height_and_width));

// Layers that only rename take integers too.
static_assert(is(of(cleave::flatten{}, {{2, 3, 4}}), {1, 1, 24}));
static_assert(is(of(cleave::flatten{}, {{2, 3, 4}}, dtype::int32), {1, 1, 24}, dtype::int32));
static_assert(is(of(cleave::dropout{}, {{2, 3, 4}}, dtype::int32), {2, 3, 4}, dtype::int32));
static_assert(is(of(cleave::output{}, {{2, 3, 4}}, dtype::int32), {2, 3, 4}, dtype::int32));
static_assert(is(of(cleave::reshape{4, 6, 1}, {{2, 3, 4}}), {4, 6, 1}));
static_assert(is(of(cleave::reshape{4, 6, 1}, {{2, 3, 4}}, dtype::int32), {4, 6, 1}, dtype::int32));
static_assert(refuses(of(cleave::reshape{4, 6, 2}, {{2, 3, 4}}), need::as_many_elements_as_it_receives));
static_assert(refuses(of(cleave::reshape{0, 6, 4}, {{2, 3, 4}}), need::positive_sizes));
static_assert(refuses(of(cleave::reshape{-4, -6, 1}, {{2, 3, 4}}), need::positive_sizes),
              "two signs make the right product");

static_assert(is(of(cleave::pad{.padding = {1, 2, 3, 4}}, {{5, 6, 7}}), {9, 12, 7}));
static_assert(refuses(of(cleave::pad{.padding = same}, {{5, 6, 7}}), need::positive_sizes));
static_assert(refuses(of(cleave::pad{.padding = -1}, {{5, 6, 7}}), need::positive_sizes));
static_assert(is(of(cleave::upsample{.factor = {2, 3}}, {{5, 6, 7}}), {10, 18, 7}));
static_assert(refuses(of(cleave::upsample{.factor = 0}, {{5, 6, 7}}), need::positive_sizes));
static_assert(is(of(cleave::argmax{}, {{5, 6, 7}}), {5, 6, 1}, dtype::int32));

// Arithmetic: the second operand is as large as the first, or one number a channel, or one number.
constexpr need uneven = need::inputs_of_equal_shape_or_one_per_channel;
static_assert(is(of(cleave::add{.with = ""}, {{5, 6, 7}, {5, 6, 7}}), {5, 6, 7}));
static_assert(is(of(cleave::subtract{.with = ""}, {{5, 6, 7}, {1, 1, 7}}), {5, 6, 7}));
static_assert(is(of(cleave::multiply{.with = ""}, {{5, 6, 7}, {1, 1, 1}}), {5, 6, 7}));
static_assert(refuses(of(cleave::add{.with = ""}, {{5, 6, 7}, {1, 1, 6}}), uneven));
static_assert(refuses(of(cleave::add{.with = ""}, {{5, 6, 7}, {5, 1, 7}}), uneven));
static_assert(refuses(of(cleave::add{.with = ""}, {{1, 1, 7}, {5, 6, 7}}), uneven), "the larger one comes first");

static_assert(is(of(cleave::input{.height = 2, .width = 3, .channels = 4}, {}), {2, 3, 4}));
static_assert(is(of(cleave::input{.channels = 4}, {}), {1, 1, 4}));
static_assert(refuses(of(cleave::input{.height = 0}, {}), need::positive_sizes));

// Everything else keeps the shape.
template <class... Layers>
constexpr bool keep(const Layers&... layers) {
  return (is(of(layers, {{5, 6, 7}}), {5, 6, 7}) && ...);
}
template <class... Layers>
constexpr bool refuse_integers(const Layers&... layers) {
  return (refuses(of(layers, {{5, 6, 7}}, dtype::int32), need::float_elements) && ...);
}
static_assert(keep(cleave::relu{}, cleave::relu6{}, cleave::clip{0, 1}, cleave::leaky_relu{}, cleave::elu{},
                   cleave::selu{}, cleave::sigmoid{}, cleave::tanh{}, cleave::hard_tanh{}, cleave::hard_sigmoid{},
                   cleave::hard_swish{}, cleave::softplus{}, cleave::prelu{}, cleave::softmax{}, cleave::log_softmax{},
                   cleave::batch_normalization{}, cleave::local_response_normalization{.size = 5}));
static_assert(refuses(of(cleave::local_response_normalization{.size = 0}, {{5, 6, 7}}), need::positive_sizes));
static_assert(refuse_integers(cleave::relu{}, cleave::prelu{}, cleave::softmax{}, cleave::batch_normalization{},
                              cleave::conv2d{.channels = 1, .kernel = 1}, cleave::dense{.units = 1},
                              cleave::max_pool{.kernel = 1}, cleave::global_average_pool{}, cleave::pad{.padding = 1},
                              cleave::argmax{}, cleave::upsample{.factor = 2}));

}  // namespace

TEST_CASE("a concatenation reads the layers that it names, after the one before") {
  const cleave::layer_record two = cleave::concat{.with = {"a", "b"}, .name = "ab", .from = "c"};
  CHECK(two.arity == 3);
  CHECK(two.from[0] == "c");
  CHECK(two.from[1] == "a");
  CHECK(two.from[2] == "b");
  const cleave::layer_record none = cleave::concat{.with = {}};
  CHECK(none.arity == 1);
}

TEST_CASE("arithmetic reads the layer before and the one that it names") {
  const cleave::layer_record sum = cleave::add{.with = "b", .name = "c", .from = "a"};
  CHECK(sum.arity == 2);
  CHECK(sum.from[0] == "a");
  CHECK(sum.from[1] == "b");
  const cleave::layer_record difference = cleave::subtract{.with = "b"};
  CHECK(difference.kind == cleave::op::subtract);
  const cleave::layer_record product = cleave::multiply{.with = "b"};
  CHECK(product.kind == cleave::op::multiply);
}
