// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_GRAPH_BASIC_GRAPH_HPP
#define CLEAVE_GRAPH_BASIC_GRAPH_HPP

/// @file
/// What a graph is, whatever its nodes lie in: labels resolved, shapes inferred, lifetimes and weights placed. Layer
/// "graph": knows shapes, lifetimes and weights, but nothing of kernels and bytes.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <utility>

#include <cleave/graph/infer.hpp>
#include <cleave/graph/node.hpp>
#include <cleave/graph/weight_layout.hpp>
#include <cleave/layers/layers.hpp>

namespace cleave {

/// Layers in their order of execution. Inputs come first and together are layer 0; the layers after them count from 1.
/// Making a graph never fails: the first defect is kept. `Nodes` is an array of nodes, or a vector of them.
template <class Nodes, class Customs>
class basic_graph {
 public:
  Nodes nodes{};
  Customs customs{};      ///< the user's own layers, numbered by `layer_record::custom`
  defect first_defect{};  ///< `layer` is -1 for a sound graph

  std::size_t inputs = 0;        ///< how many inputs the graph has
  std::size_t last = 0;          ///< the number of the last layer
  std::size_t weight_bytes = 0;  ///< of the data of a blob with all layers

  /// Of a reordered graph: the fingerprint of the graph in the order in which its weights are stored.
  std::uint64_t stored_fingerprint = 0;

  constexpr bool ok() const noexcept { return first_defect.layer < 0; }

  /// The node after the last one of layer `layer`: nodes [0, end_of(K)) are layers 0..K.
  constexpr std::size_t end_of(std::size_t layer) const noexcept { return layer + inputs; }

  /// The layer number of a node; all inputs are layer 0.
  constexpr std::size_t layer_of(std::size_t index) const noexcept { return index < inputs ? 0 : index + 1 - inputs; }

  /// The nearest node before `before` that bears this label, or -1.
  constexpr int find(label name) const noexcept { return find(name, nodes.size()); }
  constexpr int find(label name, std::size_t before) const noexcept {
    for (std::size_t i = before; i-- > 0;) {
      if (nodes[i].what.name == name) return static_cast<int>(i);
    }
    return -1;
  }

  constexpr std::uint64_t multiply_adds() const noexcept {
    std::uint64_t sum = 0;
    for (const node& each : nodes) sum += each.multiply_adds;
    return sum;
  }

  /// Trained numbers as stored: floats with the layouts' padding.
  constexpr std::size_t weight_floats() const noexcept {
    std::size_t sum = 0;
    for (const node& each : nodes) sum += each.weights.floats;
    return sum;
  }

  /// True when the value of root `index` exists after layer `cut` and is needed by a later layer.
  constexpr bool crosses(std::size_t index, std::size_t cut) const noexcept {
    return index < end_of(cut) && nodes[index].root == static_cast<int>(index) &&
           nodes[index].last_use >= static_cast<int>(end_of(cut));
  }

 protected:
  constexpr basic_graph(Nodes empty, Customs own) : nodes(std::move(empty)), customs(std::move(own)) {}

  /// Makes the nodes, as many as there is room for.
  constexpr void build(const layer_record* records) {
    for (std::size_t i = 0; i < nodes.size() && ok(); ++i) resolve(i, records[i]);
    if (ok()) finish();
  }

 private:
  constexpr void note(std::size_t index, const layer_record& what, std::span<const shape> received, need needs) {
    first_defect = {static_cast<int>(layer_of(index)), what.kind, what.custom,
                    static_cast<int>(received.size()), {},        needs};
    for (std::size_t i = 0; i < received.size() && i < 2; ++i) first_defect.received[i] = received[i];
  }

  constexpr void resolve(std::size_t index, const layer_record& what) {
    node& here = nodes[index];
    here.what = what;
    here.root = static_cast<std::int16_t>(index);
    here.is_output = true;  // until a later layer reads it
    if (what.kind == op::input) {
      if (inputs != index) return note(index, what, {}, need::all_inputs_before_other_layers);
      inputs = index + 1;
    } else if (index == 0) {
      return note(index, what, {}, need::an_input_as_the_first_layer);
    }

    std::array<shape, max_inputs> received{};
    const auto arity = static_cast<std::size_t>(what.arity);
    for (std::size_t k = 0; k < arity; ++k) {
      // Only the first input may be left to "the layer before".
      const bool implied = k == 0 && what.from[k].empty();
      const int source = implied ? static_cast<int>(index) - 1 : what.from[k].empty() ? -1 : find(what.from[k], index);
      if (source < 0) return note(index, what, {received.data(), k}, need::an_earlier_layer_with_that_label);
      here.inputs[k] = static_cast<std::int16_t>(source);
      received[k] = nodes[static_cast<std::size_t>(source)].out;
    }
    const std::span<const shape> shapes{received.data(), arity};

    dtype type = dtype::float32;
    for (std::size_t k = 0; k < arity; ++k) {
      if (input_of(here, k).type != dtype::float32) type = input_of(here, k).type;
    }
    const inference found = what.kind == op::custom ? infer_custom(what, shapes, type) : infer(what, shapes, type);
    if (found.needs != need::nothing) return note(index, what, shapes, found.needs);
    here.in = received[0];
    here.out = found.out;
    here.type = found.type;
    here.pad = found.pad;
    here.groups = found.groups;
    here.multiply_adds = found.multiply_adds;
    here.weights = what.kind == op::custom ? weights_of_custom(what, shapes) : weights_of(here);
    here.weights.offset = weight_bytes;
    here.weights.line = layer_of(index);
    weight_bytes += round_up(here.weights.floats * 4, 64);
    if (renames(what.kind)) here.root = input_of(here, 0).root;
    for (std::size_t k = 0; k < arity; ++k) {
      node& read = nodes[static_cast<std::size_t>(here.inputs[k])];
      read.is_output = read.what.kind == op::output;
      if (!renames(what.kind)) root_of(here.inputs[k]).last_use = static_cast<std::int16_t>(index);
    }
  }

  constexpr void finish() {
    last = nodes.size() - inputs;
    if (last == 0) return note(0, nodes.empty() ? layer_record{} : nodes[0].what, {}, need::at_least_one_layer);
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      if (!nodes[i].is_output) continue;
      if (nodes[i].what.kind == op::input) return note(i, nodes[i].what, {}, need::a_use_for_every_input);
      root_of(static_cast<int>(i)).holds_output = true;
    }
  }

  constexpr const node& input_of(const node& of, std::size_t k) const {
    return nodes[static_cast<std::size_t>(of.inputs[k])];
  }
  constexpr node& root_of(int index) {
    return nodes[static_cast<std::size_t>(nodes[static_cast<std::size_t>(index)].root)];
  }

  /// Calls `use` with the user's own layer of that number.
  template <class Use>
  constexpr void with_custom(int number, Use&& use) const {
    [&]<std::size_t... I>(std::index_sequence<I...>) {
      ((static_cast<int>(I) == number ? use(std::get<I>(customs)) : void()), ...);
    }(std::make_index_sequence<std::tuple_size_v<Customs>>{});
  }

  constexpr inference infer_custom(const layer_record& what, std::span<const shape> in, dtype type) const {
    if (type != dtype::float32) return refused(need::float_elements);
    inference found;
    with_custom(what.custom, [&](const auto& own) { found = own.infer(in); });
    return found;
  }

  constexpr weight_place weights_of_custom(const layer_record& what, std::span<const shape> in) const {
    weight_place found;
    with_custom(what.custom, [&](const auto& own) { found.floats = own.weight_count(in); });
    if (found.floats > 0) found.layout = weight_layout_kind::custom;
    return found;
  }
};

}  // namespace cleave
#endif
