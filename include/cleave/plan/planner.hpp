// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_PLAN_PLANNER_HPP
#define CLEAVE_PLAN_PLANNER_HPP

/// @file
/// The plan of a graph on two machines: what every cut costs, while compiling or while running.

#include <cstddef>
#include <span>

#include <cleave/codec/codec.hpp>
#include <cleave/codec/identity.hpp>
#include <cleave/graph/cut.hpp>
#include <cleave/graph/graph.hpp>
#include <cleave/plan/profile.hpp>
#include <cleave/wire/frame.hpp>
#include <cleave/wire/tensor_payload.hpp>

namespace cleave {

/// How tensors are on the wire. The defaults are cleave's frames with the identity codec.
struct wire_cost {
  double bytes_per_element = 4;        ///< of a tensor that crosses
  double bytes_per_input_element = 4;  ///< of an input that crosses, which may be bytes of a picture
  double bytes_per_tensor = tensor_prefix_bytes;
  double bytes_per_frame = frame_header_bytes + frame_trailer_bytes;

  /// Bytes of a node's value where it crosses.
  constexpr double bytes_of(const node& value) const noexcept {
    const bool is_input = value.what.kind == op::input;
    return static_cast<double>(value.out.size()) * (is_input ? bytes_per_input_element : bytes_per_element) +
           bytes_per_tensor;
  }

  /// What sessions with this codec send, at most.
  template <codec Squeezer>
  static constexpr wire_cost of() noexcept {
    constexpr std::size_t many = 1 << 16;
    const double each = static_cast<double>(Squeezer::max_encoded_size(many, dtype::float32)) / many;
    return {.bytes_per_element = each, .bytes_per_input_element = each};
  }
};

/// What crosses behind every layer. Entry 0 are the inputs. Requires: an entry a layer and one for layer 0, all 0.
/// Complexity: one pass.
template <class Graph>
constexpr void fill_cut_bytes(const Graph& graph, const wire_cost& wire, std::span<cut_bytes> bytes) noexcept {
  // Every value crosses a run of cuts: added where it begins, taken off where it ends, summed up at last. Numbers are
  // whole and below 2^53 unless a codec has a ratio that is not.
  for (std::size_t i = 0; i < graph.nodes.size(); ++i) {
    const node& each = graph.nodes[i];
    if (each.root == static_cast<int>(i) && each.last_use >= 0) {
      const std::size_t begin = graph.layer_of(i);
      const std::size_t end = graph.layer_of(static_cast<std::size_t>(each.last_use));
      const double size = wire.bytes_of(each);
      if (begin < end) {
        bytes[begin].up += size;
        bytes[end].up -= size;
      }
    }
    if (each.is_output) {
      // Answers made behind a cut come back: those of cut 0 up to the one before the layer that makes the value.
      const std::size_t made = graph.layer_of(static_cast<std::size_t>(each.root));
      if (made > 0) {
        const double size = static_cast<double>(each.out.size()) * wire.bytes_per_element + wire.bytes_per_tensor;
        bytes[0].down += size;
        bytes[made].down -= size;
      }
    }
  }
  cut_bytes sum{};
  for (cut_bytes& each : bytes) {
    sum.up += each.up;
    sum.down += each.down;
    // Rounding must not leave a crumb where nothing crosses.
    each.up = sum.up < 0.5 ? 0 : sum.up + wire.bytes_per_frame;
    each.down = sum.down < 0.5 ? 0 : sum.down + wire.bytes_per_frame;
  }
}

/// What every cut of a graph costs on two machines. Made once; questions may change link, load and goal.
///
/// `cut_plan plan{graph, tk1, server}; plan.best({.over = links::wifi}).cut`
template <class Graph>
class cut_plan {
 public:
  constexpr cut_plan(const Graph& graph, const profile& device, const profile& server, const wire_cost& wire = {})
      : count_(graph.last + 1),
        device_(graph.template make_per_node<layer_cost>()),
        server_(graph.template make_per_node<layer_cost>()),
        rows_(graph.template make_per_node<cut_row>()) {
    auto scratch = graph.template make_per_node<double>();
    const std::span<double> numbers{scratch.data(), scratch.size()};
    fill_layer_costs(graph, device, std::span{device_.data(), count_}, numbers);
    fill_layer_costs(graph, server, std::span{server_.data(), count_}, numbers);
    fill(graph, wire);
  }

  /// The same with layers whose costs are known, as measured ones; entry 0 are the inputs.
  constexpr cut_plan(const Graph& graph, std::span<const layer_cost> device, std::span<const layer_cost> server,
                     const wire_cost& wire = {})
      : count_(graph.last + 1),
        device_(graph.template make_per_node<layer_cost>()),
        server_(graph.template make_per_node<layer_cost>()),
        rows_(graph.template make_per_node<cut_row>()) {
    for (std::size_t i = 0; i < count_; ++i) {
      device_[i] = device[i];
      server_[i] = server[i];
    }
    fill(graph, wire);
  }

  /// Cuts, from 0 to the last layer.
  constexpr std::size_t size() const noexcept { return count_; }
  constexpr std::span<const cut_row> rows() const noexcept { return {rows_.data(), count_}; }
  constexpr std::span<const layer_cost> device_layers() const noexcept { return {device_.data(), count_}; }
  constexpr std::span<const layer_cost> server_layers() const noexcept { return {server_.data(), count_}; }

  constexpr cut_cost cost(std::size_t cut, const conditions& now) const noexcept { return cost_of(rows_[cut], now); }
  constexpr cut_choice best(const conditions& now, const objective& goal = {}) const noexcept {
    return best_of(rows(), now, goal);
  }

 private:
  constexpr void fill(const Graph& graph, const wire_cost& wire) {
    auto bytes = graph.template make_per_node<cut_bytes>();
    const std::span<cut_bytes> crossing{bytes.data(), count_};
    fill_cut_bytes(graph, wire, crossing);
    fill_cut_rows({device_.data(), count_}, {server_.data(), count_}, crossing, {rows_.data(), count_});
  }

  std::size_t count_;
  typename Graph::template per_node<layer_cost> device_;
  typename Graph::template per_node<layer_cost> server_;
  typename Graph::template per_node<cut_row> rows_;
};

/// The best cut as a constant: `net.split<cleave::best_cut<lenet5>(tk1, server, cleave::links::wifi)>()`.
template <const auto& Graph>
consteval std::size_t best_cut(const profile& device, const profile& server, const link_model& over,
                               const objective& goal = {}, const wire_cost& wire = {}) {
  const cut_plan plan{Graph, device, server, wire};
  return plan.best({.over = over, .idle_watts = device.idle_watts}, goal).cut;
}
template <const auto& Graph>
consteval std::size_t best_cut(const profile& device, const profile& server, const conditions& now,
                               const objective& goal = {}, const wire_cost& wire = {}) {
  const cut_plan plan{Graph, device, server, wire};
  return plan.best(now, goal).cut;
}

}  // namespace cleave
#endif
