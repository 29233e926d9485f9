// SPDX-License-Identifier: BSL-1.0
#include <cleave/graph/graph.hpp>

#include <doctest/doctest.h>

#include "archetypes/minimal_layer.hpp"

namespace cleave::cases {

inline constexpr auto chain = graph{
    input{.height = 8, .width = 8, .channels = 3},
    conv2d{.channels = 6, .kernel = 3},
    relu{},
    max_pool{.kernel = 2},
    dense{.units = 10},
    softmax{},
};
static_assert(chain.ok() && chain.inputs == 1 && chain.last == 5);
static_assert(chain.multiply_adds() == 36 * 6 * 27 + 54 * 10);
static_assert(chain.nodes[1].in == shape{8, 8, 3} && chain.nodes[1].out == shape{6, 6, 6});
static_assert(chain.nodes[5].is_output && !chain.nodes[4].is_output);
static_assert(chain.layer_of(0) == 0 && chain.layer_of(1) == 1 && chain.end_of(0) == 1 && chain.end_of(5) == 6);
// 6 channels take a block of 8, 10 one of 12.
static_assert(chain.nodes[1].weights.floats == 8 * 27 + 8 && chain.nodes[4].weights.floats == 12 * 54 + 12);
static_assert(chain.weight_floats() == 8 * 28 + 12 * 55);
static_assert(chain.nodes[1].weights.offset == 0 && chain.nodes[4].weights.offset == 8 * 28 * 4);
static_assert(chain.weight_bytes == round_up(8 * 28 * 4, 64) + round_up(12 * 55 * 4, 64));

/// A label means the nearest layer before that bears it.
constexpr auto block() { return layers{relu{.name = "x"}, sigmoid{}, add{.with = "x", .name = "sum"}}; }
inline constexpr auto blocks =
    graph{input{.channels = 4, .name = "x"}, add{.with = "x"}, block(), block(), relu{.from = "sum"}};
static_assert(blocks.ok() && blocks.last == 8);
static_assert(blocks.nodes[1].inputs[0] == 0 && blocks.nodes[1].inputs[1] == 0);
static_assert(blocks.nodes[4].inputs[0] == 3 && blocks.nodes[4].inputs[1] == 2);
static_assert(blocks.nodes[7].inputs[0] == 6 && blocks.nodes[7].inputs[1] == 5);
static_assert(blocks.nodes[8].inputs[0] == 7);
static_assert(blocks.find("x") == 5 && blocks.find("x", 5) == 2 && blocks.find("nobody") == -1);

/// Several inputs are layer 0 together.
inline constexpr auto three = graph{
    input{.channels = 2, .name = "a"},
    input{.channels = 3, .name = "b"},
    input{.channels = 4, .name = "c"},
    concat{.with = {"b", "a"}},
    dense{.units = 9},
    subtract{.with = "abc", .from = "abc2"},
};
static_assert(three.first_defect.layer == 3 && three.first_defect.kind == op::subtract);
static_assert(three.inputs == 3 && three.layer_of(2) == 0 && three.layer_of(3) == 1 && three.end_of(0) == 3);
static_assert(three.nodes[3].out == shape{1, 1, 9});
static_assert(three.nodes[3].inputs[0] == 2 && three.nodes[3].inputs[1] == 1 && three.nodes[3].inputs[2] == 0);

/// Lifetimes are those of the memory, whatever names it goes by.
inline constexpr auto renamed = graph{
    input{.height = 2, .width = 2, .channels = 4},
    sigmoid{.name = "v"},
    flatten{},
    dropout{.name = "w"},
    dense{.units = 16},
    add{.with = "w"},
    relu{.from = "v"},
    output{.from = "w"},
};
static_assert(renamed.ok());
static_assert(renamed.nodes[2].root == 1 && renamed.nodes[3].root == 1 && renamed.nodes[7].root == 1);
static_assert(renamed.nodes[1].last_use == 6, "the relu, by its first name");
static_assert(renamed.nodes[4].last_use == 5 && renamed.nodes[5].last_use == -1);
static_assert(!renamed.nodes[1].is_output && renamed.nodes[1].holds_output && renamed.nodes[7].is_output);
static_assert(renamed.nodes[5].is_output && renamed.nodes[6].is_output && !renamed.nodes[4].holds_output);

}  // namespace cleave::cases

namespace {

using namespace cleave;

/// The first defect of a graph of these layers, behind an input of 4 x 4 x 8 named "x".
template <class... Layers>
defect first_defect(const Layers&... layers) {
  return graph{input{.height = 4, .width = 4, .channels = 8, .name = "x"}, layers...}.first_defect;
}

}  // namespace

TEST_CASE("a graph keeps its first defect and makes no other of it") {
  const defect found = first_defect(relu{}, conv2d{.channels = 3, .kernel = 9}, reshape{1, 1, 3}, add{.with = "y"});
  CHECK(found.layer == 2);
  CHECK(found.kind == op::conv2d);
  CHECK(found.arity == 1);
  CHECK(found.received[0] == shape{4, 4, 8});
  CHECK(found.needs == need::a_window_within_the_padded_input);
}

TEST_CASE("a label that no earlier layer bears is a defect") {
  CHECK(first_defect(relu{.from = "y"}).needs == need::an_earlier_layer_with_that_label);
  CHECK(first_defect(relu{.name = "y", .from = "y"}).needs == need::an_earlier_layer_with_that_label);
  CHECK(first_defect(add{.with = "y"}, relu{.name = "y"}).needs == need::an_earlier_layer_with_that_label);
  CHECK(first_defect(concat{.with = {"x", "y"}}).needs == need::an_earlier_layer_with_that_label);
  CHECK(first_defect(add{.with = ""}).needs == need::an_earlier_layer_with_that_label);
  CHECK(first_defect(add{.with = "x"}).layer == -1);
}

TEST_CASE("inputs come first, and each is read") {
  CHECK(graph{relu{}}.first_defect.needs == need::an_input_as_the_first_layer);
  CHECK(first_defect(relu{}, input{}).needs == need::all_inputs_before_other_layers);
  CHECK(first_defect(input{.channels = 8}, relu{}).needs == need::a_use_for_every_input);
  CHECK(first_defect(input{.channels = 8}, relu{}, dropout{.from = "x"}).layer == -1);
  CHECK(first_defect().needs == need::at_least_one_layer);
  CHECK(first_defect(input{.channels = 0}).needs == need::positive_sizes);
}

TEST_CASE("what is read as floats must be floats") {
  const defect found = first_defect(argmax{}, flatten{}, relu{});
  CHECK(found.layer == 3);
  CHECK(found.needs == need::float_elements);
  CHECK(first_defect(argmax{.name = "i"}, sigmoid{.from = "x"}, add{.with = "i"}).needs == need::float_elements);
  CHECK(first_defect(argmax{}, archetypes::minimal_layer{""}).needs == need::float_elements);
  CHECK(first_defect(argmax{}, output{}, dropout{}, reshape{16, 1, 1}).layer == -1);
}

TEST_CASE("a layer of the user's own says what it makes and needs") {
  const auto mixed = graph{input{.height = 4, .width = 5, .channels = 6, .name = "x"}, relu{},
                           archetypes::mixing_layer{.step = 2, .with = "x"}, archetypes::minimal_layer{""}};
  REQUIRE(mixed.ok());
  CHECK(mixed.nodes[2].out == shape{4, 3, 6});
  CHECK(mixed.nodes[2].weights.floats == 12);
  CHECK(mixed.nodes[2].weights.layout == weight_layout_kind::custom);
  CHECK(mixed.nodes[2].multiply_adds == 72);
  CHECK(mixed.nodes[3].weights.floats == 0);
  CHECK(mixed.nodes[3].weights.layout == weight_layout_kind::none);

  const defect step = first_defect(relu{}, archetypes::mixing_layer{.step = 0, .with = "x"});
  CHECK(step.layer == 2);
  CHECK(step.kind == op::custom);
  CHECK(step.custom == 0);
  CHECK(step.needs == need::positive_sizes);
  const defect shapes =
      first_defect(archetypes::minimal_layer{""}, max_pool{.kernel = 2}, archetypes::mixing_layer{.with = "x"});
  CHECK(shapes.custom == 1);
  CHECK(shapes.arity == 2);
  CHECK(shapes.received[1] == shape{4, 4, 8});
  CHECK(shapes.needs == need::inputs_of_equal_shape);
}

TEST_CASE("weights are as many as their layouts take, each layer's at a multiple of 64 bytes") {
  const auto all = graph{
      input{.height = 6, .width = 6, .channels = 8},
      conv2d{.channels = 20, .kernel = 3, .groups = 2},   // two groups of 10: a block of 12 each
      conv2d{.channels = 20, .kernel = 1, .groups = 20},  // depthwise, by another name
      depthwise_conv2d{.kernel = {2, 1}, .multiplier = 2},
      locally_connected2d{.channels = 5, .kernel = 2},
      batch_normalization{},
      prelu{},
      dense{.units = 17},
  };
  REQUIRE(all.ok());
  CHECK(all.nodes[1].weights.floats == 2 * 12 * 9 * 4 + 2 * 12);
  CHECK(all.nodes[2].weights.layout == weight_layout_kind::depthwise);
  CHECK(all.nodes[2].weights.floats == 20 + 20);
  CHECK(all.nodes[3].out == shape{3, 4, 40});
  CHECK(all.nodes[3].weights.floats == 2 * 40 + 40);
  CHECK(all.nodes[4].out == shape{2, 3, 5});
  CHECK(all.nodes[4].weights.floats == 6 * (8 * 4 * 40 + 8));
  CHECK(all.nodes[5].weights.floats == 10);
  CHECK(all.nodes[6].weights.floats == 5);
  CHECK(all.nodes[7].weights.floats == 20 * 30 + 20);
  std::size_t end = 0;
  for (const node& each : all.nodes) {
    CHECK(each.weights.offset == end);
    end += round_up(each.weights.floats * 4, 64);
  }
  CHECK(all.weight_bytes == end);
}
