// expect-error: ill_formed_graph<cleave::at_layer<1>, cleave::layer_is<single>, cleave::receives<1, 1, 8>, cleave::needs<cleave::requirement::what_the_layer_itself_demands>>
// SPDX-License-Identifier: BSL-1.0
#include <cstddef>
#include <span>
#include <string_view>

#include <cleave/network/network.hpp>

/// Takes one channel and no more.
struct single {
  static constexpr std::string_view kind = "single";
  cleave::label name{};
  cleave::label from{};

  constexpr cleave::inference infer(std::span<const cleave::shape> in) const noexcept {
    if (in[0].channels != 1) return cleave::refused(cleave::need::what_the_layer_itself_demands);
    return cleave::infer_unchanged(in[0]);
  }
  constexpr std::size_t weight_count(std::span<const cleave::shape>) const noexcept { return 0; }
  template <cleave::pack Pack>
  void run(const cleave::layer_arguments&) const noexcept {}
};

inline constexpr auto net = cleave::graph {
#if CLEAVE_ILL_FORMED
  cleave::input{.channels = 8},
#else
  cleave::input{.channels = 1},
#endif
      single{},
};

static_assert(cleave::network<net>::workspace_bytes <= 32 * 1024);
