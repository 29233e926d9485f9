// SPDX-License-Identifier: BSL-1.0
#include <cleave/graph/cut.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <cleave/graph/graph.hpp>
#include <initializer_list>
#include <vector>

#include "network/check_network.hpp"
#include "random_graph.hpp"

namespace cleave::cut_cases {

inline constexpr auto chain = graph{
    input{.channels = 4, .name = "in"}, relu{.name = "a"}, sigmoid{.name = "b"}, relu{.name = "b"}, dense{.units = 3},
};

// By number, by label, behind everything.
static_assert(cut_point{2}.in(chain) == 2 && cut_point{std::size_t{2}}.in(chain) == 2);
static_assert(cut_point{last}.in(chain) == 4);
static_assert(cut_point{"a"}.in(chain) == 1 && cut_point{"in"}.in(chain) == 0);
static_assert(cut_point{4}.is_in(chain) && !cut_point{5}.is_in(chain) && !cut_point{-1}.is_in(chain));
static_assert(!cut_point{"b"}.is_in(chain) && cut_point{"b"}.count_in(chain) == 2);
static_assert(!cut_point{"c"}.is_in(chain) && !cut_point{"aa"}.is_in(chain));

inline constexpr auto residual = graph{
    input{.height = 2, .width = 2, .channels = 4},  // 0
    relu{.name = "x"},                              // 1
    conv2d{.channels = 4, .kernel = 1},             // 2
    add{.with = "x"},                               // 3
    relu{},                                         // 4
};
inline constexpr auto joined = graph{
    input{.height = 2, .width = 2, .channels = 4, .name = "x"},    // 0
    conv2d{.channels = 2, .kernel = 1, .name = "p"},               // 1
    conv2d{.channels = 3, .kernel = 1, .name = "q", .from = "x"},  // 2
    concat{.with = {"p", "x"}},                                    // 3
    dropout{},                                                     // 4
    flatten{},                                                     // 5
    dense{.units = 2},                                             // 6
};
inline constexpr auto two = graph{
    input{.channels = 4, .name = "a"},  // 0
    input{.channels = 4, .name = "b"},  // 1
    relu{.from = "a"},                  // 2: layer 1
    output{},                           // 3
    add{.with = "b"},                   // 4
    argmax{.name = "i"},                // 5
    sigmoid{.from = "b"},               // 6
    flatten{.from = "i"},               // 7
    output{.from = "a"},                // 8
};

}  // namespace cleave::cut_cases

namespace {

namespace cases = cleave::cut_cases;

template <const auto& Graph, std::size_t Cut>
constexpr bool cross(std::initializer_list<std::size_t> expected) {
  return std::ranges::equal(cleave::crossing_nodes<Graph, Cut>(), expected);
}

static_assert(cross<cases::chain, 0>({0}) && cross<cases::chain, 1>({1}) && cross<cases::chain, 3>({3}));
static_assert(cross<cases::chain, 4>({}), "behind the last layer nothing crosses");
static_assert(cross<cases::residual, 1>({1}) && cross<cases::residual, 2>({1, 2}) && cross<cases::residual, 3>({3}));
static_assert(cross<cases::joined, 1>({0, 1}) && cross<cases::joined, 2>({0, 1, 2}) && cross<cases::joined, 3>({3}));
static_assert(cross<cases::joined, 4>({3}) && cross<cases::joined, 5>({3}),
              "renamed values cross where they were made");
static_assert(cleave::crossing_bytes(cases::joined, 2) == (16 + 8 + 12) * 4);
static_assert(cross<cases::two, 0>({0, 1}) && cross<cases::two, 1>({1, 2}) && cross<cases::two, 2>({1, 2}));
static_assert(cross<cases::two, 3>({1, 4}) && cross<cases::two, 4>({1}) && cross<cases::two, 5>({}));

template <const auto& Graph, std::size_t Begin, std::size_t End>
constexpr bool answers(std::initializer_list<std::size_t> expected) {
  return std::ranges::equal(cleave::output_nodes<Graph, Begin, End>(), expected);
}

static_assert(answers<cases::two, 0, 9>({3, 6, 7, 8}));
static_assert(answers<cases::two, 0, 2>({8}), "an answer that is an input is made before every cut");
static_assert(answers<cases::two, 2, 3>({3}), "made by the relu, named by the output behind it");
static_assert(answers<cases::two, 3, 5>({}));
static_assert(answers<cases::two, 5, 6>({7}), "made by argmax");

}  // namespace

TEST_CASE("what crosses a cut of a random graph is what the definition says") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    const auto graph = random_graph::make<26>(seed);
    REQUIRE(graph.ok());
    for (std::size_t cut = 0; cut <= graph.last; ++cut) {
      std::vector<std::size_t> found;
      std::size_t bytes = 0;
      for (std::size_t i = 0; i < graph.node_count; ++i) {
        if (!graph.crosses(i, cut)) continue;
        found.push_back(i);
        bytes += graph.nodes[i].out.bytes();
      }
      CAPTURE(seed);
      CAPTURE(cut);
      REQUIRE(found == check_network::nodes_that_cross(graph, cut));
      REQUIRE(cleave::count_crossing(graph, cut) == found.size());
      REQUIRE(cleave::crossing_bytes(graph, cut) == bytes);
    }
  }
}
