// SPDX-License-Identifier: BSL-1.0
#include <cleave/layers/rearrange.hpp>

#include <doctest/doctest.h>

namespace {

using namespace cleave;

template <class Layer>
constexpr bool gives(const Layer& layer, shape in, shape out, element_order order) {
  const inference found = Layer::infer(layer, in, dtype::float32);
  if (found.needs != need::nothing || found.out != out) return false;
  if constexpr (requires { Layer::order(layer); }) {
    return Layer::order(layer) == order;
  } else {
    return Layer::order(layer, in) == order;
  }
}

template <class Layer>
constexpr bool refuses(const Layer& layer, shape in, need why) {
  return Layer::infer(layer, in, dtype::float32).needs == why;
}

// Slices: rows, columns and channels, the size of 0 being all that is left.
static_assert(gives(slice{}, {4, 5, 6}, {4, 5, 6}, {{4, 5, 6}, {30, 6, 1}, 0}));
static_assert(gives(slice{.begin = {1, 0, 2}, .size = {2, 5, 3}}, {4, 5, 6}, {2, 5, 3}, {{2, 5, 3}, {30, 6, 1}, 32}));
static_assert(gives(slice{.begin = {1, 2, 0}, .step = {2, 2, 4}}, {4, 5, 6}, {2, 2, 2}, {{2, 2, 2}, {60, 12, 4}, 42}));
static_assert(gives(slice{.begin = {3, 4, 5}, .step = {-1, -3, -2}}, {4, 5, 6}, {4, 2, 3},
                    {{4, 2, 3}, {-30, -18, -2}, 119}),
              "backwards from the last element");
static_assert(refuses(slice{.begin = {4, 0, 0}}, {4, 5, 6}, need::elements_within_its_input));
static_assert(refuses(slice{.begin = {0, -1, 0}}, {4, 5, 6}, need::elements_within_its_input));
static_assert(refuses(slice{.begin = {0, 3, 0}, .size = {4, 3, 6}}, {4, 5, 6}, need::elements_within_its_input));
static_assert(refuses(slice{.size = {2, 5, 6}, .step = {-1, 1, 1}}, {4, 5, 6}, need::elements_within_its_input));
static_assert(refuses(slice{.step = {0, 1, 1}}, {4, 5, 6}, need::positive_sizes));
static_assert(refuses(slice{.size = {-1, 5, 6}}, {4, 5, 6}, need::positive_sizes));

// Transpositions: of height, width and channels, or of directions that are given.
static_assert(gives(transpose{.permutation = {2, 0, 1}}, {4, 5, 6}, {6, 4, 5}, {{6, 4, 5}, {1, 30, 6}, 0}));
static_assert(gives(transpose{.dims = {20, 6}, .permutation = {1, 0}}, {4, 5, 6}, {1, 6, 20}, {{6, 20}, {1, 6}, 0}));
static_assert(gives(transpose{.dims = {2, 3, 4, 5}, .permutation = {0, 2, 1, 3}}, {1, 1, 120}, {8, 3, 5},
                    {{2, 4, 3, 5}, {60, 5, 20, 1}, 0}),
              "the first two are the height");
static_assert(gives(transpose{.dims = {7}, .permutation = {0}}, {1, 1, 7}, {1, 1, 7}, {{7}, {1}, 0}));
static_assert(refuses(transpose{.permutation = {2, 0, 2}}, {4, 5, 6}, need::a_permutation_of_its_dimensions));
static_assert(refuses(transpose{.permutation = {1, 2, 3}}, {4, 5, 6}, need::a_permutation_of_its_dimensions));
static_assert(refuses(transpose{.permutation = {0, -1, 2}}, {4, 5, 6}, need::a_permutation_of_its_dimensions));
static_assert(refuses(transpose{.dims = {5, 5, 5}, .permutation = {0, 1, 2}}, {4, 5, 6},
                      need::as_many_elements_as_it_receives));
static_assert(refuses(transpose{.dims = {4, 0, 30}, .permutation = {0, 1, 2}}, {4, 5, 6},
                      need::as_many_elements_as_it_receives));

// Any order.
constexpr rearrange repeated{.height = 2, .width = 1, .channels = 6, .dims = {2, 6}, .strides = {0, 1}, .offset = 6};
static_assert(gives(repeated, {1, 2, 6}, {2, 1, 6}, {{2, 6}, {0, 1}, 6}));
static_assert(refuses(repeated, {1, 1, 11}, need::elements_within_its_input));
static_assert(refuses(rearrange{.channels = 3, .dims = {3}, .strides = {-1}, .offset = 1}, {1, 1, 9},
                      need::elements_within_its_input));
static_assert(refuses(rearrange{.channels = 5, .dims = {3}, .strides = {1}}, {1, 1, 9}, need::positive_sizes),
              "as many elements as the output has");
static_assert(refuses(rearrange{.height = 0, .channels = 3, .dims = {3}, .strides = {1}}, {1, 1, 9},
                      need::positive_sizes));
static_assert(refuses(rearrange{.channels = 3, .dims = {1 << 30, 1 << 30, 3}, .strides = {1, 1, 1}}, {1, 1, 9},
                      need::positive_sizes));

}  // namespace

TEST_CASE("rearranged integers stay integers") {
  CHECK(slice::infer(slice{}, {4, 5, 6}, dtype::int32).type == dtype::int32);
  CHECK(transpose::infer(transpose{.permutation = {1, 0, 2}}, {4, 5, 6}, dtype::int32).type == dtype::int32);
  CHECK(rearrange::infer(repeated, {1, 2, 6}, dtype::int32).type == dtype::int32);
}
