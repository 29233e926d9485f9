// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_ANY_CUT_HPP
#define CLEAVE_NETWORK_ANY_CUT_HPP

/// @file
/// A device half whose cut is chosen at run time: one object and one table of steps for all cuts of a graph.

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <type_traits>
#include <utility>

#include <cleave/core/result.hpp>
#include <cleave/network/cut_runner.hpp>
#include <cleave/network/cut_tensors.hpp>

namespace cleave {

/// What `any_cut` gives: views of the tensors that cross its cut and of the answers made already, as `cut_tensors` but
/// for a cut that is a number. Valid until that object runs again.
template <const auto& Graph, class Options, std::size_t Last>
class any_cut_tensors {
  using runner = cut_runner<Graph, Options, Last>;

 public:
  static constexpr std::size_t first_cut = 0;
  static constexpr std::size_t last_cut = Last;
  static constexpr std::span<const tensor_info> sent_at(std::size_t at) noexcept { return runner::crossing(at); }
  static constexpr std::span<const tensor_info> behind_at(std::size_t at) noexcept { return runner::outputs_after(at); }

  any_cut_tensors(runner& from, std::size_t behind_layer) noexcept : cut(behind_layer), runner_(&from) {}

  /// How many tensors cross.
  std::size_t size() const noexcept { return sent_at(cut).size(); }
  std::span<const std::byte> sent(std::size_t index) const noexcept { return runner_->tensor(sent_at(cut)[index]); }

  const std::size_t cut;

  /// For `merge_answers`: where an answer of the graph lies that is made by the cut.
  const std::byte* made(std::size_t answer) const noexcept { return runner_->tensor(runner::outputs()[answer]).data(); }

 private:
  runner* runner_;
};

/// Joins answers made before the cut with those made behind it, which `behind[i]` points to in order.
template <const auto& Graph, class Options, std::size_t Last>
answer_of<Graph> merge_answers(const any_cut_tensors<Graph, Options, Last>& before,
                               const std::byte* const* behind) noexcept {
  std::array<const std::byte*, detail::all_outputs<Graph>.size()> data{};
  for (std::size_t i = 0; i < data.size(); ++i) {
    const auto root = static_cast<std::size_t>(Graph.nodes[detail::all_outputs<Graph>[i]].root);
    data[i] = root < Graph.end_of(before.cut) ? before.made(i) : *behind++;
  }
  return detail::make_answer<Graph>(data);
}

/// The device's side of a session for programs that decide while they run where to cut. With all weights it is its own
/// fallback too:
///
///     const auto device = std::make_unique<cleave::any_cut<alexnet>>(weights);  // or static
///     cleave::session session{*device, link, cleave::codecs::f16{}, *device};
///     device->set_cut(8);
///     const auto answer = session(image);
///
/// Guarantees: as `cut_runner`; each cut gives the bits of `device_half` and `remote_half`. The workspace lies inside
/// the object and has room for every tensor, so that it is larger than that of a half. One thread at a time.
///
/// `Most`, a layer by number or label, bounds the cut: the layers behind it never run here, so that weights up to it (a
/// slice) and a workspace for them will do. Such a device can not finish what the server does not.
template <const auto& Graph, class Options = default_options, cut_point Most = last>
class any_cut : private checked_graph<Graph> {
  static_assert(Most.is_in(Graph), "the graph has no such layer, or its label is not unique");

 public:
  /// The largest cut that can be set.
  static constexpr std::size_t highest_cut = Most.in(Graph);

 private:
  using runner_type = cut_runner<Graph, Options, highest_cut>;
  template <std::size_t Input>
  using input_span = tensor_span<Graph, Input>;

  template <class... Inputs>
  static consteval bool takes() {
    if constexpr (sizeof...(Inputs) != Graph.inputs) {
      return false;
    } else {
      return []<std::size_t... Input>(std::index_sequence<Input...>) {
        return (std::is_convertible_v<const Inputs&, input_span<Input>> && ...);
      }(std::index_sequence_for<Inputs...>{});
    }
  }

 public:
  using options = Options;
  using graph_answer = answer_of<Graph>;
  using tensors = any_cut_tensors<Graph, Options, highest_cut>;
  static constexpr const auto& graph = Graph;
  static constexpr std::size_t workspace_bytes = runner_type::workspace_bytes;

  /// Views `weights`, which must outlive this object. The cut is 0: all layers behind it.
  template <class Weights>
    requires holds_layers<Weights, Graph, 1, highest_cut>
  explicit any_cut(const Weights& weights) noexcept : runner_(weights), weights_fingerprint_(weights.fingerprint()) {}
  template <class Weights>
    requires(!std::is_lvalue_reference_v<Weights> && holds_layers<Weights, Graph, 1, highest_cut>)
  explicit any_cut(const Weights&& weights) = delete;

  /// From the next run on, the layers 1..cut run here. `errc::bad_cut`, and the cut as it was, behind the highest one.
  status set_cut(std::size_t cut) noexcept {
    if (cut > highest_cut) return errc::bad_cut;
    cut_ = cut;
    return {};
  }
  std::size_t cut() const noexcept { return cut_; }

  /// Where an input lies in the workspace: written there, it need not be copied. Holds one run.
  template <std::size_t Input = 0>
  std::span<element_of<Graph, Input>, Graph.nodes[Input].out.size()> input() noexcept {
    static_assert(Input < Graph.inputs);
    return std::span<element_of<Graph, Input>, Graph.nodes[Input].out.size()>{
        reinterpret_cast<element_of<Graph, Input>*>(input_bytes(Input).data()), Graph.nodes[Input].out.size()};
  }

  /// Runs the layers before the cut on the inputs of the graph, each an array or a span with its size in the type.
  template <class... Inputs>
    requires(takes<Inputs...>())
  tensors forward(const Inputs&... inputs) noexcept {
    copy_in(std::make_index_sequence<Graph.inputs>{}, inputs...);
    if (cut_ > 0) runner_.run(1, cut_);
    return {runner_, cut_};
  }

  /// What lies where the tensors of the cut do, without running anything: whatever was computed there last.
  tensors at_cut() noexcept { return {runner_, cut_}; }

  /// Runs the layers behind the cut on what `forward` just gave: what a session does when the server does not.
  graph_answer operator()(const tensors& before) noexcept
    requires(highest_cut == Graph.last)
  {
    if (before.cut < Graph.last) runner_.run(before.cut + 1, Graph.last);
    std::array<const std::byte*, detail::all_outputs<Graph>.size()> data{};
    for (std::size_t i = 0; i < data.size(); ++i) data[i] = before.made(i);
    return detail::make_answer<Graph>(data);
  }

  std::uint64_t weights_fingerprint() const noexcept { return weights_fingerprint_; }

 private:
  std::span<std::byte> input_bytes(std::size_t input) noexcept { return runner_.tensor(runner_type::inputs()[input]); }

  template <std::size_t... Input, class... Inputs>
  void copy_in(std::index_sequence<Input...>, const Inputs&... inputs) noexcept {
    const auto copy = [&](std::size_t input, std::span<const std::byte> from) {
      const std::span<std::byte> to = input_bytes(input);
      if (to.data() != from.data()) std::memcpy(to.data(), from.data(), to.size());
    };
    (copy(Input, std::as_bytes(static_cast<input_span<Input>>(inputs))), ...);
  }

  runner_type runner_;
  std::uint64_t weights_fingerprint_;
  std::size_t cut_ = 0;
};

/// `any_cut` for cuts up to a layer, on a device that holds no more weights: `any_cut_up_to<alexnet, "pool5">`.
template <const auto& Graph, cut_point Most, class Options = default_options>
using any_cut_up_to = any_cut<Graph, Options, Most>;

}  // namespace cleave
#endif
