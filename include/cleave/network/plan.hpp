// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_PLAN_HPP
#define CLEAVE_NETWORK_PLAN_HPP

/// @file
/// Where every value lies in the workspace, decided while compiling: values whose lifetimes do not meet share memory,
/// and an element by element layer writes over its input where that input is not needed again.

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <cleave/network/fusion.hpp>
#include <cleave/network/numeric_policy.hpp>

namespace cleave {

/// Which nodes a plan is for.
struct plan_request {
  std::size_t begin = 0;  ///< values of earlier nodes come from outside
  std::size_t end = 0;
  bool any_cut = false;  ///< room for every value, also those that fusion never makes, so that any cut can be run
  std::size_t alignment = 64;
  numeric_policy numerics = numeric_policy::in_order;
  int threads = 1;          ///< that each have memory beside their tensors
  bool small_code = false;  ///< as the options say
};

/// Offsets of all values that live in the workspace, by node; valid for roots that have one.
template <class Offsets>
struct basic_memory_plan {
  Offsets offset{};
  std::size_t bytes = 0;
  std::size_t scratch = 0;        ///< where kernels have memory beside their tensors; one after the other use the same
  std::size_t scratch_bytes = 0;  ///< of one thread
};
template <std::size_t Nodes>
using memory_plan = basic_memory_plan<std::array<std::uint32_t, Nodes>>;

namespace detail {

/// A piece of workspace and the nodes [from, to] during which it is needed.
struct slot {
  std::size_t bytes = 0;
  int from = 0;
  int to = 0;
  std::size_t offset = 0;
};

constexpr bool works_in_place(op kind) noexcept {
  switch (kind) {
    case op::relu:
    case op::clip:
    case op::leaky_relu:
    case op::prelu:
    case op::elu:
    case op::selu:
    case op::sigmoid:
    case op::tanh:
    case op::hard_tanh:
    case op::hard_sigmoid:
    case op::hard_swish:
    case op::softplus:
    case op::batch_normalization:
    case op::add:
    case op::subtract:
    case op::multiply:
    case op::exp:
    case op::log:
    case op::sqrt:
    case op::negate:
    case op::absolute:
    case op::reciprocal:
    case op::floor:
    case op::ceil:
    case op::round:
    case op::sign:
    case op::sine:
    case op::cosine:
    case op::erf:
    case op::gelu:
    case op::mish:
    case op::softsign:
    case op::thresholded_relu:
    case op::celu:
    case op::swish:
    case op::power_of:
    case op::divide:
    case op::maximum:
    case op::minimum:
    case op::power:
    case op::hardmax:
    case op::normalize: return true;
    default: return false;
  }
}

template <class Graph>
class planner {
 public:
  template <class T>
  using per_node = typename Graph::template per_node<T>;
  using plan_type = basic_memory_plan<per_node<std::uint32_t>>;

  constexpr planner(const Graph& graph, plan_request request) : graph_(graph), request_(request) {
    for (int& slot : slot_of_) slot = -1;
  }

  constexpr plan_type run() {
    for (std::size_t i = request_.begin; i < request_.end;) {
      const fused_group group = group_at(graph_, i, request_.end, true, request_.numerics);
      if (request_.any_cut) {
        for (std::size_t k = group.first; k < group.end; ++k) give_slot(k, group);
      } else {
        give_slot(group.end - 1, group);
      }
      i = group.end;
    }
    place_all();
    plan_type plan{graph_.template make_per_node<std::uint32_t>(), 0, 0, 0};
    for (std::size_t i = 0; i < graph_.nodes.size(); ++i) {
      if (slot_of_[i] < 0) continue;
      const slot& own = slots_[static_cast<std::size_t>(slot_of_[i])];
      plan.offset[i] = static_cast<std::uint32_t>(own.offset) + inside_[i];
      plan.bytes = std::max(plan.bytes, own.offset + own.bytes);
    }
    std::size_t scratch = 0;
    for (std::size_t i = request_.begin; i < request_.end; ++i) {
      scratch = std::max(scratch, scratch_bytes_of(graph_.nodes[i], request_.numerics));
    }
    plan.scratch = scratch > 0 ? round_up(plan.bytes, request_.alignment) : 0;
    plan.scratch_bytes = round_up(scratch, request_.alignment);
    plan.bytes = std::max(plan.bytes, plan.scratch + plan.scratch_bytes * static_cast<std::size_t>(request_.threads));
    return plan;
  }

 private:
  constexpr void give_slot(std::size_t index, const fused_group& group) {
    const node& made = graph_.nodes[index];
    if (renames(made.what.kind) || slot_of_[index] >= 0) return;
    if (!request_.any_cut) {
      const written_into into = destination_of(graph_, group, request_.end);
      if (into.node >= 0) {
        const auto join = static_cast<std::size_t>(into.node);
        if (slot_of_[join] < 0) new_slot(join, static_cast<int>(group.first));
        slot_of_[index] = slot_of_[join];
        inside_[index] = static_cast<std::uint32_t>(into.channel) * sizeof(float);
        return;
      }
    }
    // A fused kernel writes the group's last value while it reads the inputs of the group's first layer.
    const bool is_input = made.what.kind == op::input;
    const int from = is_input ? 0 : static_cast<int>(index + 1 == group.end ? group.first : index);
    const int to = needed_until(made, from);
    const int over = value_to_overwrite(index, group);
    if (over >= 0) {
      slot_of_[index] = slot_of_[static_cast<std::size_t>(over)];
      slot& shared = slots_[static_cast<std::size_t>(slot_of_[index])];
      shared.from = std::min(shared.from, from);
      shared.to = std::max(shared.to, to);
      return;
    }
    new_slot(index, from);
  }

  constexpr int needed_until(const node& made, int from) const {
    const bool kept = made.holds_output || made.last_use >= static_cast<int>(request_.end);
    return kept ? static_cast<int>(request_.end) : std::max(static_cast<int>(made.last_use), from);
  }

  constexpr void new_slot(std::size_t index, int from) {
    const node& made = graph_.nodes[index];
    slot_of_[index] = static_cast<int>(count_);
    slots_[count_++] = {round_up(made.out.bytes(), request_.alignment), from, needed_until(made, from), 0};
  }

  /// The root over whose memory node `index` may write, or -1.
  constexpr int value_to_overwrite(std::size_t index, const fused_group& group) const {
    const node& made = graph_.nodes[index];
    if (!works_in_place(made.what.kind)) return -1;
    if (request_.any_cut && index > group.first) {
      // The value that the layer before made in this group: certainly not read by the group's first layer.
      return graph_.nodes[index - 1].root;
    }
    const node& first = graph_.nodes[group.first];
    const bool all_in_place = works_in_place(first.what.kind);
    if (group.end - group.first > 1 && !all_in_place) {
      if (group.residual < 0) return -1;
      const int root = root_of(group.residual);
      for (int k = 0; k < first.what.arity; ++k) {
        if (root_of(first.inputs[static_cast<std::size_t>(k)]) == root) return -1;
      }
      return dies_within(root, group) ? root : -1;
    }
    for (int k = 0; k < first.what.arity; ++k) {
      const int source = first.inputs[static_cast<std::size_t>(k)];
      const bool same_size = graph_.nodes[static_cast<std::size_t>(source)].out.bytes() == made.out.bytes();
      if (same_size && dies_within(root_of(source), group)) return root_of(source);
    }
    return -1;
  }

  constexpr int root_of(int index) const { return graph_.nodes[static_cast<std::size_t>(index)].root; }

  constexpr bool dies_within(int root, const fused_group& group) const {
    const auto index = static_cast<std::size_t>(root);
    const node& value = graph_.nodes[index];
    // Values from outside have no slot: they belong to the caller.
    return index >= request_.begin && slot_of_[index] >= 0 && !value.holds_output &&
           value.last_use >= static_cast<int>(group.first) && value.last_use < static_cast<int>(group.end);
  }

  /// Largest first packs tighter, but costs the square of the number of values: long graphs take them as they come.
  constexpr void place_all() {
    constexpr std::size_t few = 96;
    auto order = graph_.template make_per_node<std::size_t>();
    for (std::size_t i = 0; i < count_; ++i) order[i] = i;
    if (count_ <= few) {
      for (std::size_t i = 1; i < count_; ++i) {
        for (std::size_t k = i; k > 0 && slots_[order[k]].bytes > slots_[order[k - 1]].bytes; --k) {
          std::swap(order[k], order[k - 1]);
        }
      }
    }
    auto placed = graph_.template make_per_node<std::size_t>();
    std::size_t placed_count = 0;
    for (std::size_t i = 0; i < count_; ++i) {
      slot& own = slots_[order[i]];
      if (count_ > few) {
        std::size_t kept = 0;
        for (std::size_t k = 0; k < placed_count; ++k) {
          if (slots_[placed[k]].to >= own.from) placed[kept++] = placed[k];
        }
        placed_count = kept;
      }
      place(own, placed, placed_count);
      // Placed pieces stay sorted by offset.
      std::size_t k = placed_count++;
      for (; k > 0 && slots_[placed[k - 1]].offset > own.offset; --k) placed[k] = placed[k - 1];
      placed[k] = order[i];
    }
  }

  /// The lowest gap between pieces needed at the same time.
  constexpr void place(slot& own, const per_node<std::size_t>& placed, std::size_t placed_count) const {
    for (std::size_t k = 0; k < placed_count; ++k) {
      const slot& other = slots_[placed[k]];
      if (other.to < own.from || own.to < other.from) continue;
      if (own.offset + own.bytes <= other.offset) return;
      own.offset = std::max(own.offset, other.offset + other.bytes);
    }
  }

  const Graph& graph_;
  plan_request request_;
  /// Bytes from the start of the slot, for values that a larger one is made of.
  per_node<std::uint32_t> inside_ = graph_.template make_per_node<std::uint32_t>();
  per_node<int> slot_of_ = graph_.template make_per_node<int>();
  per_node<slot> slots_ = graph_.template make_per_node<slot>();
  std::size_t count_ = 0;
};

}  // namespace detail

/// The plan for some nodes of a sound graph. Complexity: layers times values alive at once, for long graphs.
template <class Graph>
constexpr auto plan_memory(const Graph& graph, plan_request request) {
  return detail::planner<Graph>{graph, request}.run();
}

}  // namespace cleave
#endif
