// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_WEIGHTS_VIEW_HPP
#define CLEAVE_WEIGHTS_VIEW_HPP

/// @file
/// Weights where they lie: in flash, in a mapped file, in an array. A view checks them once and copies nothing.

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>

#include <cleave/graph/cut.hpp>
#include <cleave/graph/diagnosis.hpp>
#include <cleave/graph/fingerprint.hpp>
#include <cleave/weights/format.hpp>

namespace cleave {

/// A blob's data in memory.
struct weight_source {
  const std::byte* data = nullptr;  ///< the first byte held
  std::size_t first_offset = 0;     ///< the offset of that byte in a blob with all layers
  /// Weights in the form that a numeric policy wants, and the offset of their first byte among those of all layers.
  const std::byte* prepared = nullptr;
  std::size_t first_prepared = 0;

  const float* at(std::size_t offset) const noexcept {
    return reinterpret_cast<const float*>(data + (offset - first_offset));
  }
  const float* prepared_at(std::size_t offset) const noexcept {
    return prepared == nullptr ? nullptr : reinterpret_cast<const float*>(prepared + (offset - first_prepared));
  }
};

/// Some layers of a graph, as a template argument: `all_layers`, `up_to("pool2")`, `behind(6)`.
struct layer_part {
  enum class side : std::uint8_t { all, before, after };
  cut_point cut = 0;
  side which = side::all;

  template <class Graph>
  constexpr std::size_t first(const Graph& graph) const noexcept {
    return which == side::after ? cut.in(graph) + 1 : 1;
  }
  template <class Graph>
  constexpr std::size_t last(const Graph& graph) const noexcept {
    return which == side::before ? cut.in(graph) : graph.last;
  }
};

inline constexpr layer_part all_layers{};
/// The layers of the device half of a cut.
consteval layer_part up_to(cut_point cut) { return {cut, layer_part::side::before}; }
/// The layers of the remote half of a cut.
consteval layer_part behind(cut_point cut) { return {cut, layer_part::side::after}; }

/// Weights of the layers First..Last of a graph, checked. Does not own them.
template <const auto& Graph, std::size_t First = 1, std::size_t Last = Graph.last>
class weights_view {
 public:
  static constexpr const auto& graph = Graph;
  static constexpr std::size_t first_layer = First;
  static constexpr std::size_t last_layer = Last;

  /// For those who have checked: `view_weights`, `load_weights` and networks that hand on theirs.
  constexpr weights_view(weight_source source, std::uint64_t fingerprint) noexcept
      : source_(source), fingerprint_(fingerprint) {}

  constexpr weight_source source() const noexcept { return source_; }
  /// The hash of the table of all layers' weights: equal for all slices of one blob.
  constexpr std::uint64_t fingerprint() const noexcept { return fingerprint_; }

 private:
  weight_source source_;
  std::uint64_t fingerprint_;
};

/// True for types that give the weights of at least the layers First..Last of this graph.
template <class Weights, const auto& Graph, std::size_t First, std::size_t Last>
concept holds_layers = requires(const Weights& weights) {
  { weights.source() } -> std::same_as<weight_source>;
  { weights.fingerprint() } -> std::same_as<std::uint64_t>;
  requires& Weights::graph == &Graph;
  requires First > Last || (Weights::first_layer <= First && Last <= Weights::last_layer);
};

namespace detail {

/// The table that a blob of this graph must have, but for the checksums. By itself, so that the graph need not be in
/// the program.
template <const auto& Graph>
inline constexpr auto expected_lines = [] {
  std::array<blob_line, Graph.last> lines{};
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const weight_place& place = Graph.nodes[Graph.end_of(i + 1) - 1].weights;
    lines[place.line - 1] = {place.offset, place.floats * 4, 0, place.layout, dtype::float32};
  }
  return lines;
}();

/// Compares a blob with what the graph expects of the layers first..final, and finds their data.
template <const auto& Graph>
constexpr result<weight_source> find_weights(std::span<const std::byte> blob, std::size_t first,
                                             std::size_t final) noexcept {
  const result<blob_header> header = read_header(blob);
  if (!header) return header.error();
  constexpr std::uint64_t print = weight_graph_fingerprint(Graph);
  constexpr const auto& expected = expected_lines<Graph>;
  if (header->graph_fingerprint != print || header->layers != expected.size()) return errc::wrong_graph;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    blob_line line = line_of(blob, i + 1);
    line.crc = 0;
    if (line != expected[i]) return errc::wrong_graph;
  }
  if constexpr (Graph.stored_fingerprint == 0) {
    if (const status checked = check_data(blob, *header, first, final); !checked) return checked.error();
  } else {
    for (std::size_t layer = first; layer <= final; ++layer) {
      // Of layers without weights a slice need not know.
      const weight_place& place = Graph.nodes[Graph.end_of(layer) - 1].weights;
      if (place.floats == 0) continue;
      if (const status checked = check_data(blob, *header, place.line, place.line); !checked) return checked.error();
    }
  }
  const std::size_t held = header->first_layer > header->last_layer
                               ? 0
                               : static_cast<std::size_t>(line_of(blob, header->first_layer).offset);
  return weight_source{blob.data() + header->data_offset(), held};
}

}  // namespace detail

/// Views the weights in `blob`, a whole blob or a slice that holds the part asked for. Refuses, each with its own code:
/// bytes that are no blob, another version, a blob of another graph, a slice that lacks layers, one that is cut short,
/// a wrong checksum, and bytes that do not start at a multiple of 4 (64 is best: see docs/weights.md).
template <const auto& Graph, layer_part Part = all_layers>
auto view_weights(std::span<const std::byte> blob) noexcept
    -> result<weights_view<Graph, Part.first(Graph), Part.last(Graph)>> {
  [[maybe_unused]] const checked_graph<Graph> graph_is_sound;
  [[maybe_unused]] const checked_cut<Graph, Part.cut> cut_is_sound;
  if (reinterpret_cast<std::uintptr_t>(blob.data()) % 4 != 0) return errc::misaligned_blob;
  constexpr std::size_t first = Part.first(Graph);  // while compiling: the graph need not be in the program
  constexpr std::size_t final = Part.last(Graph);
  const result<weight_source> found = detail::find_weights<Graph>(blob, first, final);
  if (!found) return found.error();
  return weights_view<Graph, first, final>{*found, load_little<std::uint64_t>(blob.data() + 16)};
}

}  // namespace cleave
#endif
