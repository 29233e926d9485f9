// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_GRAPH_FINGERPRINT_HPP
#define CLEAVE_GRAPH_FINGERPRINT_HPP

/// @file
/// A number that two ends compare to know that they speak of the same graph.

#include <bit>
#include <concepts>
#include <cstdint>
#include <string_view>
#include <tuple>

#include <cleave/graph/graph.hpp>

namespace cleave {

/// An order-sensitive 64-bit hash of integers: FNV-1a over words, with the final mix of SplitMix64.
class structural_hash {
 public:
  constexpr void add(std::uint64_t word) noexcept { state_ = (state_ ^ word) * 0x100000001B3U ^ (state_ >> 29); }
  constexpr void add(int value) noexcept { add(static_cast<std::uint64_t>(static_cast<std::int64_t>(value))); }
  constexpr void add(float value) noexcept { add(std::uint64_t{std::bit_cast<std::uint32_t>(value)}); }
  constexpr void add(shape value) noexcept {
    add(value.height);
    add(value.width);
    add(value.channels);
  }
  constexpr void add(extent value) noexcept {
    add(value.height);
    add(value.width);
  }
  constexpr void add(std::string_view text) noexcept {
    add(static_cast<int>(text.size()));
    // Whether char has a sign depends on the target.
    for (const char each : text) add(static_cast<int>(static_cast<unsigned char>(each)));
  }
  constexpr std::uint64_t value() const noexcept {
    std::uint64_t mixed = (state_ ^ (state_ >> 30)) * 0xBF58476D1CE4E5B9U;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBU;
    return mixed ^ (mixed >> 31);
  }

 private:
  std::uint64_t state_ = 0xCBF29CE484222325U;
};

/// The same for equal layers in equal order with equal sizes, whatever their labels. Layers of the user's own enter
/// with their `kind`, their shapes and, where they have one, their `fingerprint()`.
template <class Graph>
constexpr std::uint64_t fingerprint(const Graph& graph) noexcept {
  structural_hash hash;
  for (const node& each : graph.nodes) {
    const layer_record& what = each.what;
    hash.add(static_cast<int>(what.kind));
    hash.add(what.arity);
    for (int k = 0; k < what.arity; ++k) hash.add(static_cast<int>(each.inputs[static_cast<std::size_t>(k)]));
    hash.add(each.out);
    hash.add(static_cast<int>(each.type));
    hash.add(what.channels);
    hash.add(what.kernel);
    hash.add(what.stride);
    hash.add(what.dilation);
    hash.add(shape{each.pad.top, each.pad.left, each.pad.bottom});
    hash.add(each.pad.right);
    hash.add(each.groups);
    hash.add(what.count_include_pad ? 1 : 0);
    hash.add(static_cast<int>(what.function.kind));
    hash.add(what.function.alpha);
    hash.add(what.function.beta);
    hash.add(what.function.gamma);
    for (const float number : what.numbers) hash.add(number);
    // Behind the first kinds of layers came kinds with choices of their own; of the first, those that choose nothing
    // new keep the fingerprints that they had.
    if (what.kind > op::custom) {
      for (const int integer : what.integers) hash.add(integer);
    } else if (what.integers[0] != 0) {
      hash.add(what.integers[0]);
    }
  }
  std::apply(
      [&hash](const auto&... own) {
        [[maybe_unused]] const auto add_one = [&hash](const auto& each) {
          hash.add(std::string_view{each.kind});
          if constexpr (requires {
                          { each.fingerprint() } -> std::same_as<std::uint64_t>;
                        }) {
            hash.add(each.fingerprint());
          }
        };
        (add_one(own), ...);
      },
      graph.customs);
  return hash.value();
}

/// The fingerprint that a blob of this graph's weights bears: that of the order in which they are stored.
template <class Graph>
constexpr std::uint64_t weight_graph_fingerprint(const Graph& graph) noexcept {
  return graph.stored_fingerprint != 0 ? graph.stored_fingerprint : fingerprint(graph);
}

}  // namespace cleave
#endif
