// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_RUNTIME_SERVER_HPP
#define CLEAVE_RUNTIME_SERVER_HPP

/// @file
/// Serves a graph to devices: every cut of it, many devices at once. Hosted; stands on Asio.

#include <type_traits>

#include <cleave/core/result.hpp>
#include <cleave/network/options.hpp>
#include <cleave/runtime/describe.hpp>
#include <cleave/runtime/server_core.hpp>
#include <cleave/runtime/server_options.hpp>
#include <cleave/transport/tcp_listener.hpp>
#include <cleave/weights/view.hpp>

namespace cleave {

/// Runs the layers behind any cut of the graph for the devices that ask.
///
///     cleave::server<lenet5> server{weights};
///     cleave::tcp::listener listener{7070};
///     server.run(listener);                      // until server.stop()
///
/// Guarantees: every limit in `server_options` is kept whatever clients send; no answer is made of anything but a whole
/// and sound request for this graph with these weights.
template <const auto& Graph, class Options = default_options, class Codecs = common_codecs>
class server {
 public:
  /// Views `weights`, which must hold the whole graph and outlive the server.
  template <class Weights>
    requires holds_layers<Weights, Graph, 1, Graph.last>
  explicit server(const Weights& weights, const server_options& options = {})
      : core_(describe<Graph, Options, Codecs>(weights), options) {}
  template <class Weights>
    requires(!std::is_lvalue_reference_v<Weights> && holds_layers<Weights, Graph, 1, Graph.last>)
  explicit server(const Weights&& weights, const server_options& options = {}) = delete;

  /// Serves until `stop`; then answers what was accepted, closes the listener and returns. `ok`, or what kept it from
  /// starting. A server runs once.
  errc run(tcp::listener& listener) noexcept { return core_.run(listener).error(); }

  /// Ends `run`, also one that has not begun. From any thread or signal handler.
  void stop() noexcept { core_.stop(); }

  /// From any thread.
  server_statistics statistics() const { return core_.statistics(); }

 private:
  server_core core_;
};

}  // namespace cleave
#endif
