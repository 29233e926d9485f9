// expect-error: a graph is made of layers, of runs of layers, and of types that model cleave::layer
// SPDX-License-Identifier: BSL-1.0
#include <cstddef>
#include <span>
#include <string_view>

#include <cleave/graph/graph.hpp>

struct doubled {
  static constexpr std::string_view kind = "doubled";
  cleave::label name{};
  cleave::label from{};

  constexpr cleave::inference infer(std::span<const cleave::shape> in) const noexcept {
    return cleave::infer_unchanged(in[0]);
  }
#if !CLEAVE_ILL_FORMED
  constexpr std::size_t weight_count(std::span<const cleave::shape>) const noexcept { return 0; }
#endif
  template <cleave::pack Pack>
  void run(const cleave::layer_arguments&) const noexcept {}
};

inline constexpr auto first = cleave::graph{cleave::input{.height = 4, .width = 4, .channels = 8}, doubled{}};
