// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_RUNTIME_SERVER_CORE_HPP
#define CLEAVE_RUNTIME_SERVER_CORE_HPP

/// @file
/// A server for any graph: accepts, keeps the limits, stops gracefully. Hosted; stands on Asio.

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <system_error>
#include <utility>
#include <vector>

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/steady_timer.hpp>

#include <cleave/core/result.hpp>
#include <cleave/runtime/served_graph.hpp>
#include <cleave/runtime/server_buffer.hpp>
#include <cleave/runtime/server_connection.hpp>
#include <cleave/runtime/server_options.hpp>
#include <cleave/runtime/server_workers.hpp>
#include <cleave/transport/tcp_listener.hpp>

namespace cleave {

/// What `server<Graph>` is made of.
class server_core {
 public:
  server_core(const served_graph& graph, const server_options& options)
      : graph_(graph), options_(options), requests_(options.max_buffered_bytes), workers_(graph_, meters_, options_) {}
  server_core(const server_core&) = delete;
  server_core& operator=(const server_core&) = delete;

  /// Serves until `stop`; then answers what was accepted, closes the listener and returns. What the operating system
  /// refuses (a listener without its port, no threads) is returned as an error. One call in a server's life.
  status run(tcp::listener& listener) noexcept {
    if (!listener.is_open()) return listener.error() == errc::ok ? errc::closed : listener.error();
    if (ran_.exchange(true)) return errc::stopping;
    try {
      workers_.start();
      network loop(*this, listener);
      return loop.run() ? errc::ok : errc::io_error;
    } catch (...) {  // no threads
      listener.close();
      return errc::io_error;
    }
  }

  /// Ends `run`, also one that has not begun. From any thread or signal handler.
  void stop() noexcept { stop_.store(true); }

  server_statistics statistics() const { return meters_.read(workers_.queue_length()); }

 private:
  static_assert(std::atomic<bool>::is_always_lock_free, "stop() may be called by a signal handler");

  /// The network's side while `run` runs.
  class network {
   public:
    network(server_core& core, tcp::listener& listener)
        : core_(core),
          shared_{core.graph_,
                  core.options_,
                  core.meters_,
                  core.workers_,
                  introduction_of(core),
                  core.requests_,
                  core.notices_,
                  std::max(static_cast<std::uint32_t>(hello_bytes), introduction_of(core).max_payload_bytes)},
          listener_(listener),
          timer_(listener.context()) {}

    /// False when it could not begin.
    bool run() noexcept {
      bool begun = false;
      try {
        accept();
        tick();
        begun = true;
      } catch (...) {
        begin_stop();
        abandon();
      }
      until_done();
      core_.workers_.finish();
      until_done();  // answers for clients that were given up lie in the context still
      return begun;
    }

   private:
    using clock = server_connection::clock;

    /// `stop` is looked for so often: a signal handler can do no more than set a flag.
    static constexpr std::chrono::milliseconds pace{20};
    /// Connections that are being told why they are refused.
    static constexpr std::size_t refusals = 64;

    static hello introduction_of(const server_core& core) noexcept {
      hello ours = core.graph_.introduction();
      ours.max_payload_bytes = std::min(ours.max_payload_bytes, core.options_.max_payload_bytes);
      return ours;
    }

    void until_done() noexcept {
      asio::io_context& context = listener_.context();
      context.restart();
      for (;;) {
        try {
          if (!ticking_ && !over()) tick();
          context.run();
          return;
        } catch (...) {
          // Out of memory in one connection's turn: its limits of time end it, the others go on.
        }
      }
    }

    bool over() const noexcept { return stopping_ && connections_.empty(); }

    void accept() {
      listener_.acceptor().async_accept([this](const std::error_code& code, asio::ip::tcp::socket socket) {
        accepting_ = false;
        if (code || !listener_.is_open()) return;  // out of file descriptors, as a rule: the next tick tries again
        accept();
        take(std::move(socket));
      });
      accepting_ = true;
    }

    void take(asio::ip::tcp::socket&& socket) {
      if (connections_.size() >= core_.options_.max_connections) sweep();
      const std::size_t count = connections_.size();
      if (count >= core_.options_.max_connections) server_meters::count(core_.meters_.connections_refused);
      if (count >= core_.options_.max_connections + refusals) return;
      std::error_code ignored;
      socket.set_option(asio::ip::tcp::no_delay(true), ignored);
      const auto connection = std::make_shared<server_connection>(shared_, std::move(socket));
      connections_.push_back(connection);
      if (count >= core_.options_.max_connections) return connection->refuse(errc::overloaded);
      server_meters::count(core_.meters_.connections_accepted);
      core_.meters_.connections.store(connections_.size(), std::memory_order_relaxed);
      connection->start();
    }

    /// Keeps the limits of time, forgets what is closed.
    void sweep() {
      const auto now = clock::now();
      for (const auto& each : connections_) each->check_time(now);
      std::erase_if(connections_, [](const auto& each) { return !each->is_open(); });
      core_.meters_.connections.store(connections_.size(), std::memory_order_relaxed);
    }

    void tick() {
      ticking_ = false;
      if (core_.stop_.load() && !stopping_) begin_stop();
      if (++ticks_ % 5 == 0 || stopping_) sweep();
      if (stopping_ && clock::now() >= give_up_) abandon();
      if (over()) return;
      if (!stopping_ && !accepting_) accept();
      timer_.expires_after(pace);
      timer_.async_wait([this](const std::error_code&) { tick(); });
      ticking_ = true;
    }

    void begin_stop() {
      stopping_ = true;
      give_up_ = clock::now() + core_.options_.drain_time;
      listener_.close();
      for (const auto& each : connections_) each->begin_stop();
    }

    void abandon() {
      core_.workers_.abandon();
      for (const auto& each : connections_) each->close();
      sweep();
    }

    server_core& core_;
    server_shared shared_;
    tcp::listener& listener_;
    asio::steady_timer timer_;
    std::vector<std::shared_ptr<server_connection>> connections_;
    clock::time_point give_up_{};
    unsigned ticks_ = 0;
    bool accepting_ = false;
    bool ticking_ = false;
    bool stopping_ = false;
  };

  const served_graph graph_;
  const server_options options_;
  server_meters meters_;
  memory_budget requests_;
  memory_budget notices_{std::numeric_limits<std::size_t>::max()};
  server_workers workers_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> ran_{false};
};

}  // namespace cleave
#endif
