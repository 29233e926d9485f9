// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_RUNTIME_DESCRIBE_HPP
#define CLEAVE_RUNTIME_DESCRIBE_HPP

/// @file
/// From a graph's type to the table that a server works with: all of a server that is compiled once
/// a graph. Hosted.

#include <cstddef>
#include <cstdint>
#include <new>

#include <cleave/codec/codec.hpp>
#include <cleave/codec/f16.hpp>
#include <cleave/codec/identity.hpp>
#include <cleave/graph/fingerprint.hpp>
#include <cleave/network/cut_runner.hpp>
#include <cleave/network/options.hpp>
#include <cleave/runtime/served_graph.hpp>

namespace cleave {

/// The codecs that a server speaks unless told otherwise.
using common_codecs = codec_set<codecs::identity, codecs::f16>;

/// Graph, weights and codecs as a server wants to know them. `weights` must outlive what is made of it.
template <const auto& Graph, class Options, class Codecs, class Weights>
served_graph describe(const Weights& weights) noexcept {
  using runner = cut_runner<Graph, Options>;
  constexpr std::uint64_t print = fingerprint(Graph);
  return {
      .graph = print,
      .weights = weights.fingerprint(),
      .numerics = numeric_id<Options>,
      .last = Graph.last,
      .codecs = &table_of<Codecs>,
      .data = &weights,
      .crossing = [](std::size_t cut) noexcept { return runner::crossing(cut); },
      .outputs_after = [](std::size_t cut) noexcept { return runner::outputs_after(cut); },
      .make = [](const void* data) noexcept -> void* {
        return new (std::nothrow) runner(*static_cast<const Weights*>(data));
      },
      .destroy = [](void* what) noexcept { delete static_cast<runner*>(what); },
      .tensor = [](void* what, const tensor_info& info) noexcept { return static_cast<runner*>(what)->tensor(info); },
      .run = [](void* what, std::size_t first,
                std::size_t final) noexcept { static_cast<runner*>(what)->run(first, final); }};
}

}  // namespace cleave
#endif
