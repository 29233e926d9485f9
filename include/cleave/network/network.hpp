// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_NETWORK_NETWORK_HPP
#define CLEAVE_NETWORK_NETWORK_HPP

/// @file
/// A graph that runs: whole, or some of its layers. Layer "network": joins graph, weights and kernels, and knows
/// nothing of bytes on a wire.

#include <array>
#include <cstddef>
#include <span>
#include <type_traits>
#include <utility>

#include <cleave/graph/diagnosis.hpp>
#include <cleave/network/cut_tensors.hpp>
#include <cleave/network/options.hpp>
#include <cleave/network/prepared_weights.hpp>
#include <cleave/network/step_table.hpp>
#include <cleave/weights/view.hpp>

namespace cleave {

/// The layers First..Last of a graph, with a workspace of their own. One object a thread; weights are shared and
/// viewed.
///
/// Guarantees: no allocation; equal bits for every division of a graph into halves, for every pack that fuses
/// multiply-add, and for any number of rows computed at a time.
template <const auto& Graph, class Options = default_options, std::size_t First = 1, std::size_t Last = Graph.last>
class network;

/// What `split` gives: two networks that together are the whole.
template <class Device, class Remote>
struct halves {
  Device device;
  Remote remote;
};

namespace detail {

template <const auto& Graph, cut_point Cut, class Options, bool SoundGraph = Graph.ok(),
          bool SoundCut = Cut.is_in(Graph)>
struct halves_of {
  static constexpr std::size_t cut = Cut.in(Graph);
  using device = network<Graph, Options, 1, cut>;
  using remote = network<Graph, Options, cut + 1, Graph.last>;
};

/// A half of a cut that a graph does not have: the base says so, and everything else is accepted.
template <const auto& Graph, cut_point Cut>
class no_half : private checked_cut<Graph, Cut> {
 public:
  template <class... Any>
  explicit no_half(const Any&...) noexcept {}
  template <class... Any>
  std::span<const float, 1> operator()(const Any&...) noexcept;
};
template <const auto& Graph, cut_point Cut, class Options>
struct halves_of<Graph, Cut, Options, true, false> {
  using device = no_half<Graph, Cut>;
  using remote = no_half<Graph, Cut>;
};

/// Of an ill-formed graph: the whole network says what is wrong with it.
template <const auto& Graph, cut_point Cut, class Options, bool SoundCut>
struct halves_of<Graph, Cut, Options, false, SoundCut> {
  using device = network<Graph, Options>;
  using remote = network<Graph, Options>;
};

/// Where a network's tensors are kept.
template <std::size_t Bytes, std::size_t Alignment, bool Owned>
struct workspace {
  alignas(Alignment) std::array<std::byte, Bytes> bytes;
  std::byte* data() noexcept { return bytes.data(); }
};
template <std::size_t Bytes, std::size_t Alignment>
struct workspace<Bytes, Alignment, false> {
  std::byte* start = nullptr;
  std::byte* data() noexcept { return start; }
};

/// The inputs of a graph, as nodes.
template <const auto& Graph>
inline constexpr auto input_nodes = [] {
  std::array<std::size_t, Graph.inputs> all{};
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = i;
  return all;
}();

/// What comes from outside into the layers from First on.
template <const auto& Graph, std::size_t First>
consteval const auto& outside_of() {
  if constexpr (First <= 1) {
    return input_nodes<Graph>;
  } else {
    return crossing_at<Graph, First - 1>;
  }
}

}  // namespace detail

/// The layers up to and with a cut, and those behind it: types for programs that hold only one half.
template <const auto& Graph, cut_point Cut, class Options = default_options>
using device_half = typename detail::halves_of<Graph, Cut, Options>::device;
template <const auto& Graph, cut_point Cut, class Options = default_options>
using remote_half = typename detail::halves_of<Graph, Cut, Options>::remote;

template <const auto& Graph, class Options, std::size_t First, std::size_t Last>
class network : private checked_graph<Graph> {
  static constexpr std::size_t begin = First <= 1 ? Graph.inputs : Graph.end_of(First - 1);
  static constexpr std::size_t end = Graph.end_of(Last);
  static constexpr plan_request request{
      begin, end, false, Options::alignment, Options::numerics, Options::executor::most_threads, Options::small_code};
  static constexpr const auto& outside = detail::outside_of<Graph, First>();
  using table = step_table<Graph, request, outside, typename Options::pack>;
  static constexpr bool is_threaded = Options::executor::most_threads > 1;
  struct no_executor {};
  template <std::size_t Input>
  using input_span = tensor_span<Graph, Input>;

  /// One tensor for each input of the graph, of a size that the compiler sees to be right.
  template <class... Inputs>
  static consteval bool takes() {
    if constexpr (First != 1 || sizeof...(Inputs) != Graph.inputs) {
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
  using tensors = cut_tensors<Graph, Last>;
  static constexpr std::size_t first_layer = First;
  static constexpr std::size_t last_layer = Last;
  static constexpr const auto& graph = Graph;
  /// Bytes of RAM for all tensors between layers.
  static constexpr std::size_t workspace_bytes = table::memory.bytes;
  static constexpr std::size_t step_count = table::steps.size();

  /// Views `weights`, which must hold the layers First..Last and outlive the network.
  template <class Weights>
    requires(holds_layers<Weights, Graph, First, Last> && Options::owns_workspace && !is_threaded)
  explicit network(const Weights& weights) noexcept
      : weights_(weights.source()), weights_fingerprint_(weights.fingerprint()) {
    static_assert(detail::check_prepared<Weights, Graph, Options, First, Last>());
  }

  /// The same in memory of the caller's, which must outlive the network and be aligned to `Options::alignment`.
  template <class Weights>
    requires(holds_layers<Weights, Graph, First, Last> && !Options::owns_workspace && !is_threaded)
  network(const Weights& weights, std::span<std::byte, workspace_bytes> memory) noexcept
      : weights_(weights.source()), weights_fingerprint_(weights.fingerprint()) {
    static_assert(detail::check_prepared<Weights, Graph, Options, First, Last>());
    workspace_.start = memory.data();
  }

  /// The same with an executor, which is viewed too: several threads compute each step, the bits stay the same.
  template <class Weights>
    requires(holds_layers<Weights, Graph, First, Last> && Options::owns_workspace && is_threaded)
  network(const Weights& weights, typename Options::executor& executor) noexcept
      : weights_(weights.source()), weights_fingerprint_(weights.fingerprint()), executor_(&executor) {
    static_assert(detail::check_prepared<Weights, Graph, Options, First, Last>());
  }
  template <class Weights>
    requires(holds_layers<Weights, Graph, First, Last> && !Options::owns_workspace && is_threaded)
  network(const Weights& weights, std::span<std::byte, workspace_bytes> memory,
          typename Options::executor& executor) noexcept
      : weights_(weights.source()), weights_fingerprint_(weights.fingerprint()), executor_(&executor) {
    static_assert(detail::check_prepared<Weights, Graph, Options, First, Last>());
    workspace_.start = memory.data();
  }

  /// A temporary would leave the network with nothing to view.
  template <class Weights>
    requires(!std::is_lvalue_reference_v<Weights> && holds_layers<Weights, Graph, First, Last>)
  explicit network(const Weights&& weights) = delete;

  network(const network&) = delete;
  network& operator=(const network&) = delete;

  /// Runs the layers on the inputs of the graph, each an array or a span with its size in the type. The whole network
  /// gives its answer, a device half the tensors that cross its cut; both view this object's workspace and hold until
  /// the next call.
  template <class... Inputs>
    requires(takes<Inputs...>())
  auto operator()(const Inputs&... inputs) noexcept {
    return finish(forward(inputs...));
  }

  /// Runs the layers on what the half before gave.
  template <std::size_t Before>
    requires(First > 1 && Before + 1 == First)
  auto operator()(const cut_tensors<Graph, Before>& before) noexcept {
    return finish(forward(before));
  }

  auto operator()(const cut_tensors<Graph, 0>& inputs) noexcept
    requires(First == 1)
  {
    return finish(forward(inputs));
  }

  /// What a device half that holds every layer gives is the answer already.
  graph_answer operator()(const graph_answer& answer) noexcept
    requires(First > Graph.last)
  {
    return answer;
  }

  /// The tensors behind layer Last, also where Last is the last one and only answers are left.
  template <class... Inputs>
    requires(takes<Inputs...>())
  tensors forward(const Inputs&... inputs) noexcept {
    return forward_spans(std::make_index_sequence<Graph.inputs>{}, inputs...);
  }
  tensors forward(const cut_tensors<Graph, 0>& inputs) noexcept
    requires(First == 1)
  {
    std::array<const std::byte*, Graph.inputs> sources;
    for (std::size_t i = 0; i < inputs.crossing.size(); ++i) sources[inputs.crossing[i]] = inputs.sent_[i];
    for (std::size_t i = 0; i < inputs.made.size(); ++i) {
      sources[static_cast<std::size_t>(Graph.nodes[inputs.made[i]].root)] = inputs.made_[i];
    }
    run(sources.data());
    return gather(sources.data(), inputs.made_);
  }
  template <std::size_t Before>
    requires(First > 1 && Before + 1 == First)
  tensors forward(const cut_tensors<Graph, Before>& before) noexcept {
    run(before.sent_.data());
    return gather(before.sent_.data(), before.made_);
  }

  /// Cuts behind a layer given by number or label. Both halves have workspaces of their own and view the same weights.
  template <cut_point Cut>
    requires(First == 1 && Last == Graph.last)
  auto split() const noexcept {
    using parts = detail::halves_of<Graph, Cut, Options>;
    using device_type = typename parts::device;
    using remote_type = typename parts::remote;
    const prepared_weights<Graph, Options> all{weights_, weights_fingerprint_};
    if constexpr (is_threaded) {
      return halves<device_type, remote_type>{device_type{all, *executor_}, remote_type{all, *executor_}};
    } else {
      return halves<device_type, remote_type>{device_type{all}, remote_type{all}};
    }
  }

  std::uint64_t weights_fingerprint() const noexcept { return weights_fingerprint_; }

 private:
  template <std::size_t... Input, class... Inputs>
  tensors forward_spans(std::index_sequence<Input...>, const Inputs&... inputs) noexcept {
    const std::array<const std::byte*, Graph.inputs> sources{
        reinterpret_cast<const std::byte*>(static_cast<input_span<Input>>(inputs).data())...};
    run(sources.data());
    return gather(sources.data(), std::array<const std::byte*, 0>{});
  }

  void run(const std::byte* const* sources) noexcept {
    if constexpr (is_threaded) {
      run_steps(table::steps, begin, end, {workspace_.data(), sources, weights_}, executor_);
    } else {
      run_steps(table::steps, begin, end, {workspace_.data(), sources, weights_});
    }
  }

  /// Where the value of a node lies after a run.
  const std::byte* value_of(std::size_t index, const std::byte* const* sources) noexcept {
    const tensor_place place = table::place_of(static_cast<int>(index));
    return (place.source == 0 ? workspace_.data() : sources[place.source - 1]) + place.offset;
  }

  template <std::size_t Before>
  tensors gather(const std::byte* const* sources, const std::array<const std::byte*, Before>& made_before) noexcept {
    tensors result;
    for (std::size_t i = 0; i < tensors::crossing.size(); ++i)
      result.sent_[i] = value_of(tensors::crossing[i], sources);
    std::size_t before = 0;
    for (std::size_t i = 0; i < tensors::made.size(); ++i) {
      const auto root = static_cast<std::size_t>(Graph.nodes[tensors::made[i]].root);
      const bool here = First <= 1 || root >= begin;
      result.made_[i] = here ? value_of(tensors::made[i], sources) : made_before[before++];
    }
    return result;
  }

  static auto finish(const tensors& given) noexcept {
    if constexpr (Last == Graph.last) {
      return detail::make_answer<Graph>(given.made_);
    } else {
      return given;
    }
  }

  weight_source weights_;
  std::uint64_t weights_fingerprint_;
  [[no_unique_address]] std::conditional_t<is_threaded, typename Options::executor*, no_executor> executor_{};
  [[no_unique_address]] detail::workspace<workspace_bytes, Options::alignment, Options::owns_workspace> workspace_;
};

/// An ill-formed graph: the base says what is wrong with it, and everything else is accepted, so that nothing else is
/// said.
template <const auto& Graph, class Options, std::size_t First, std::size_t Last>
  requires(!Graph.ok())
class network<Graph, Options, First, Last> : private checked_graph<Graph> {
 public:
  static constexpr std::size_t workspace_bytes = 0;
  template <class... Any>
  explicit network(const Any&...) noexcept {}
  template <class... Any>
  std::span<const float, 1> operator()(const Any&...) noexcept;
  template <cut_point Cut>
  halves<network, network> split() const noexcept;
};

}  // namespace cleave
#endif
