// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_CUT_TENSORS_HPP
#define CLEAVE_NETWORK_CUT_TENSORS_HPP

/// @file
/// What goes from one half of a network to the other, and what comes out at the end.

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <tuple>
#include <type_traits>
#include <utility>

#include <cleave/graph/cut.hpp>
#include <cleave/graph/graph.hpp>

namespace cleave {

/// A tensor of a graph as data: its shape, its elements and, where it lies in a workspace, its offset there in bytes.
struct tensor_info {
  shape dims{};
  dtype type = dtype::float32;
  std::uint32_t offset = 0;

  constexpr std::size_t bytes() const noexcept { return dims.bytes(); }
};

template <const auto& Graph, std::size_t Node>
using element_of = std::conditional_t<Graph.nodes[Node].type == dtype::int32, std::int32_t, float>;

/// A view of the value of one node, with its size in the type.
template <const auto& Graph, std::size_t Node>
using tensor_span = std::span<const element_of<Graph, Node>, Graph.nodes[Node].out.size()>;

namespace detail {

template <const auto& Graph, std::size_t Node>
tensor_span<Graph, Node> span_at(const std::byte* data) noexcept {
  return tensor_span<Graph, Node>{reinterpret_cast<const element_of<Graph, Node>*>(data), Graph.nodes[Node].out.size()};
}

template <const auto& Graph, const auto& Nodes>
consteval auto infos_of() {
  std::array<tensor_info, Nodes.size()> infos{};
  for (std::size_t i = 0; i < infos.size(); ++i) {
    infos[i] = {Graph.nodes[Nodes[i]].out, Graph.nodes[Nodes[i]].type, 0};
  }
  return infos;
}

template <const auto& Graph, std::size_t Cut>
inline constexpr auto crossing_at = crossing_nodes<Graph, Cut>();
template <const auto& Graph, std::size_t Cut>
inline constexpr auto outputs_by = output_nodes<Graph, 0, Graph.end_of(Cut)>();
template <const auto& Graph, std::size_t Cut>
inline constexpr auto outputs_behind = output_nodes<Graph, Graph.end_of(Cut)>();
template <const auto& Graph>
inline constexpr auto all_outputs = output_nodes<Graph>();

}  // namespace detail

/// The answers of a network with several outputs, in the order of their layers: `get<I>()`, or a structured binding.
template <const auto& Graph>
class outputs {
 public:
  static constexpr const auto& nodes = detail::all_outputs<Graph>;

  explicit outputs(const std::array<const std::byte*, nodes.size()>& data) noexcept : data_(data) {}

  template <std::size_t Index>
  tensor_span<Graph, nodes[Index]> get() const noexcept {
    return detail::span_at<Graph, nodes[Index]>(data_[Index]);
  }

 private:
  std::array<const std::byte*, nodes.size()> data_;
};

namespace detail {

template <const auto& Graph>
auto make_answer(const std::array<const std::byte*, all_outputs<Graph>.size()>& data) noexcept {
  if constexpr (all_outputs<Graph>.size() == 1) {
    return span_at<Graph, all_outputs<Graph>[0]>(data[0]);
  } else {
    return outputs<Graph>{data};
  }
}

}  // namespace detail

/// What a whole network answers: a span with the size in its type, or `outputs` where there are several.
template <const auto& Graph>
using answer_of = decltype(detail::make_answer<Graph>({}));

/// What a device half gives: views of the tensors that cross the cut, and of the answers that are made already and are
/// not sent. Valid until that half runs again; an input that crosses is viewed where the caller has it.
template <const auto& Graph, std::size_t Cut>
class cut_tensors {
 public:
  static constexpr std::size_t cut = Cut;
  static constexpr const auto& crossing = detail::crossing_at<Graph, Cut>;  ///< nodes
  static constexpr const auto& made = detail::outputs_by<Graph, Cut>;       ///< nodes
  static constexpr auto sent_info = detail::infos_of<Graph, crossing>();
  /// Answers that are made behind the cut.
  static constexpr auto behind_info = detail::infos_of<Graph, detail::outputs_behind<Graph, Cut>>();

  /// The cuts that an object of this type may stand for, and what crosses and is answered at one of them: as
  /// `any_cut_tensors` has them for more than one.
  static constexpr std::size_t first_cut = Cut;
  static constexpr std::size_t last_cut = Cut;
  static constexpr std::span<const tensor_info> sent_at(std::size_t) noexcept { return sent_info; }
  static constexpr std::span<const tensor_info> behind_at(std::size_t) noexcept { return behind_info; }

  /// How many tensors cross.
  static constexpr std::size_t size() noexcept { return crossing.size(); }

  template <std::size_t Index>
  tensor_span<Graph, crossing[Index]> get() const noexcept {
    return detail::span_at<Graph, crossing[Index]>(sent_[Index]);
  }
  std::span<const std::byte> sent(std::size_t index) const noexcept { return {sent_[index], sent_info[index].bytes()}; }

  /// For those that make or merge one: where each tensor lies, in the order of `crossing` and of `made`.
  std::array<const std::byte*, crossing.size()> sent_{};
  std::array<const std::byte*, made.size()> made_{};
};

/// Joins answers made before the cut with those made behind it, which `behind[i]` points to in order.
template <const auto& Graph, std::size_t Cut>
answer_of<Graph> merge_answers(const cut_tensors<Graph, Cut>& before, const std::byte* const* behind) noexcept {
  std::array<const std::byte*, detail::all_outputs<Graph>.size()> data{};
  std::size_t made = 0;
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto root = static_cast<std::size_t>(Graph.nodes[detail::all_outputs<Graph>[i]].root);
    data[i] = root < Graph.end_of(Cut) ? before.made_[made++] : *behind++;
  }
  return detail::make_answer<Graph>(data);
}

}  // namespace cleave

template <const auto& Graph>
struct std::tuple_size<cleave::outputs<Graph>>
    : std::integral_constant<std::size_t, cleave::detail::all_outputs<Graph>.size()> {};
template <std::size_t Index, const auto& Graph>
struct std::tuple_element<Index, cleave::outputs<Graph>> {
  using type = cleave::tensor_span<Graph, cleave::detail::all_outputs<Graph>[Index]>;
};

#endif
