// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <cleave/network/make_network.hpp>

#include "check_network.hpp"

// Both compilers limit how much they compute while compiling; 320 layers with residual blocks have to fit with room.

namespace cleave::graphs {

constexpr auto residual() {
  return layers{
      conv2d{.channels = 4, .kernel = 3, .padding = same},
      relu{},
      conv2d{.channels = 4, .kernel = 3, .padding = same},
      add{.with = "x"},
      relu{.name = "x"},
  };
}
constexpr auto sixteen() {
  return layers{residual(), residual(), residual(), residual(), residual(), residual(), residual(), residual(),
                residual(), residual(), residual(), residual(), residual(), residual(), residual(), residual()};
}

inline constexpr auto long_chain = graph{
    input{.height = 4, .width = 5, .channels = 4, .name = "x"}, sixteen(), sixteen(), sixteen(), sixteen(), softmax{},
};
static_assert(long_chain.last == 321);

}  // namespace cleave::graphs

namespace graphs = cleave::graphs;

// Two values at a time live across a residual block, and a third while it is made.
static_assert(cleave::network<graphs::long_chain>::workspace_bytes <= 3 * 4 * 5 * 4 * 4);

TEST_CASE("a graph of 321 layers gives the bits of its layers one by one, whole and cut anywhere") {
  const auto weights = cleave::random_weights<graphs::long_chain>(42);
  const auto inputs = check_network::some_inputs<graphs::long_chain>();
  const auto expected = reference_network::run(graphs::long_chain, weights.source(), inputs);
  const auto whole = cleave::make_network<graphs::long_chain>(weights);
  const auto answer = check_network::with_inputs<graphs::long_chain>(inputs, [&](auto x) { return (*whole)(x); });
  CHECK(check_network::is_reference<graphs::long_chain>(answer, expected));
  CHECK(check_network::split_is_reference<graphs::long_chain, 158>(weights, inputs, expected));

  const auto runner = std::make_unique<cleave::cut_runner<graphs::long_chain>>(weights);
  for (std::size_t cut = 0; cut <= graphs::long_chain.last; cut += 7) {
    CAPTURE(cut);
    CHECK(check_network::cut_is_reference(*runner, graphs::long_chain, cut, inputs, expected));
  }
}
