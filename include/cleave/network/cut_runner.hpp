// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_CUT_RUNNER_HPP
#define CLEAVE_NETWORK_CUT_RUNNER_HPP

/// @file
/// A graph that can start and stop at any layer at run time: what a server and an adaptive device use.

#include <array>
#include <cstddef>
#include <span>

#include <cleave/network/network.hpp>

namespace cleave {

/// One plan for the whole graph with room for every tensor, inputs and those between fused layers included. Decode the
/// tensors that cross a cut into their places, run the layers behind it, and read the answers. The workspace lies
/// inside the object. One object a thread. With a `Last` only the layers up to it: for cuts up to there, weights of
/// these layers will do, and the workspace has no room for the others.
template <const auto& Graph, class Options = default_options, std::size_t Last = Graph.last>
class cut_runner : private checked_graph<Graph> {
  static constexpr plan_request request{0, Graph.end_of(Last), true, Options::alignment, Options::numerics,
                                        1, Options::small_code};
  static constexpr std::array<std::size_t, 0> nothing{};
  using table = step_table<Graph, request, nothing, typename Options::pack>;

 public:
  static constexpr const auto& graph = Graph;
  static constexpr std::size_t workspace_bytes = table::memory.bytes;

  /// Views `weights`, which must outlive the runner.
  template <class Weights>
    requires holds_layers<Weights, Graph, 1, Last>
  explicit cut_runner(const Weights& weights) noexcept : weights_(weights.source()) {
    static_assert(detail::check_prepared<Weights, Graph, Options, 1, Last>());
  }
  template <class Weights>
    requires(!std::is_lvalue_reference_v<Weights> && holds_layers<Weights, Graph, 1, Last>)
  explicit cut_runner(const Weights&& weights) = delete;

  cut_runner(const cut_runner&) = delete;
  cut_runner& operator=(const cut_runner&) = delete;

  /// The tensors that cross behind layer `cut` (0..Last), in their order on the wire.
  static constexpr std::span<const tensor_info> crossing(std::size_t cut) noexcept {
    return std::span{infos}.subspan(crossing_begin[cut], crossing_begin[cut + 1] - crossing_begin[cut]);
  }
  /// The answers made behind layer `cut`, in the order of the graph's outputs.
  static constexpr std::span<const tensor_info> outputs_after(std::size_t cut) noexcept {
    return std::span{answers}.subspan(answers_begin[cut], answers_begin[cut + 1] - answers_begin[cut]);
  }

  /// The inputs and the answers of the graph, in their order. Answers that are made behind `Last` lie nowhere.
  static constexpr std::span<const tensor_info> inputs() noexcept { return input_infos; }
  static constexpr std::span<const tensor_info> outputs() noexcept { return output_infos; }

  /// Where a tensor lies.
  std::span<std::byte> tensor(const tensor_info& which) noexcept {
    return {workspace_.data() + which.offset, which.bytes()};
  }

  /// Runs the layers first..last_layer. Requires: all they need has been decoded or computed since the tensors of that
  /// cut were.
  void run(std::size_t first, std::size_t last_layer) noexcept {
    run_steps(table::steps, first <= 1 ? Graph.inputs : Graph.end_of(first - 1), Graph.end_of(last_layer),
              {workspace_.data(), nullptr, weights_});
  }

 private:
  static constexpr tensor_info info_of(std::size_t index) noexcept {
    const auto root = static_cast<std::size_t>(Graph.nodes[index].root);
    return {Graph.nodes[index].out, Graph.nodes[index].type, table::memory.offset[root]};
  }

  template <const auto& Nodes>
  static constexpr auto infos_of = [] {
    std::array<tensor_info, Nodes.size()> all{};
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = info_of(Nodes[i]);
    return all;
  }();
  static constexpr const auto& input_infos = infos_of<detail::input_nodes<Graph>>;
  static constexpr const auto& output_infos = infos_of<detail::all_outputs<Graph>>;

  using marks = std::array<std::size_t, Last + 2>;

  /// Turns counts of cut K at [K + 1] into where the tensors of cut K begin.
  static constexpr marks sum_up(marks counts) noexcept {
    for (std::size_t cut = 0; cut <= Last; ++cut) counts[cut + 1] += counts[cut];
    return counts;
  }
  /// Calls `visit(index, cut)` for every node and every cut that its value crosses: one run of cuts, so that the work
  /// is layers times values alive. Trying every value at every cut took clang over its limit of steps at 290 layers.
  template <class Visit>
  static constexpr void for_each_crossing(Visit visit) {
    for (std::size_t index = 0; index < Graph.node_count; ++index) {
      const node& each = Graph.nodes[index];
      if (each.root != static_cast<int>(index)) continue;
      for (std::size_t cut = Graph.layer_of(index); cut <= Last && static_cast<int>(Graph.end_of(cut)) <= each.last_use;
           ++cut) {
        visit(index, cut);
      }
    }
  }
  static constexpr marks crossing_begin = [] {
    marks counts{};
    for_each_crossing([&](std::size_t, std::size_t cut) { ++counts[cut + 1]; });
    return sum_up(counts);
  }();
  static constexpr auto infos = [] {
    std::array<tensor_info, crossing_begin[Last + 1]> all{};
    marks place = crossing_begin;
    for_each_crossing([&](std::size_t index, std::size_t cut) { all[place[cut]++] = info_of(index); });
    return all;
  }();

  /// The same for the answers that are made behind a cut.
  template <class Visit>
  static constexpr void for_each_answer(Visit visit) {
    for (const std::size_t index : detail::all_outputs<Graph>) {
      const auto root = static_cast<std::size_t>(Graph.nodes[index].root);
      for (std::size_t cut = 0; cut <= Last && Graph.end_of(cut) <= root; ++cut) visit(index, cut);
    }
  }
  static constexpr marks answers_begin = [] {
    marks counts{};
    for_each_answer([&](std::size_t, std::size_t cut) { ++counts[cut + 1]; });
    return sum_up(counts);
  }();
  static constexpr auto answers = [] {
    std::array<tensor_info, answers_begin[Last + 1]> all{};
    marks place = answers_begin;
    for_each_answer([&](std::size_t index, std::size_t cut) { all[place[cut]++] = info_of(index); });
    return all;
  }();

  weight_source weights_;
  detail::workspace<workspace_bytes, Options::alignment, true> workspace_;
};

}  // namespace cleave
#endif
