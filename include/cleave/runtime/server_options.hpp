// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_RUNTIME_SERVER_OPTIONS_HPP
#define CLEAVE_RUNTIME_SERVER_OPTIONS_HPP

/// @file
/// The limits of a server, and what it tells about itself. Hosted.

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>

#include <cleave/wire/frame.hpp>

namespace cleave {

/// What a server grants to its clients. Everything has a bound: no client can make it hold more.
struct server_options {
  /// Threads for the arithmetic, each with a workspace of its own; 0: one for each of the machine's.
  std::size_t workers = 0;
  /// Requests whose arithmetic takes no longer than this are answered by the network's thread itself, while it has
  /// nothing else to do: handing them to a worker and back would take longer. What counts is how long those with the
  /// same cut take as a rule. 0: workers answer all.
  std::uint32_t inline_microseconds = 50;
  /// Requests that may wait for a worker; those beyond are answered with `errc::overloaded`.
  std::size_t max_queue = 1024;
  /// Connections at a time; those beyond are told `errc::overloaded` and closed.
  std::size_t max_connections = 1024;
  /// Requests of one connection under way, their answers taken by the client included. At the limit the
  /// server stops reading from it, so a client that does not read can not make answers pile up.
  std::size_t max_in_flight = 16;
  /// Bytes of payload in a request. What a cut can need is always checked; this makes it less.
  std::uint32_t max_payload_bytes = std::numeric_limits<std::uint32_t>::max();
  /// Bytes of requests and answers held at a time, all connections together; a request for which there is no
  /// room is answered with `errc::overloaded`.
  std::size_t max_buffered_bytes = std::size_t{256} << 20;
  /// How long a connection may be silent between requests, or leave an answer unread.
  std::chrono::milliseconds idle_time{60'000};
  /// How long a client may take for one frame, from its first byte to its last, and for its hello.
  std::chrono::milliseconds frame_time{30'000};
  /// How long `stop` waits for requests under way and for clients to take their answers.
  std::chrono::milliseconds drain_time{5'000};
};

/// What a server has done and how it is doing.
struct server_statistics {
  std::uint64_t connections = 0;           ///< open now
  std::uint64_t connections_accepted = 0;  ///< so far
  std::uint64_t connections_refused = 0;   ///< so far, for want of room
  std::uint64_t connections_dropped = 0;   ///< so far: too slow, silent, or not speaking this protocol
  std::uint64_t requests = 0;              ///< accepted so far
  std::uint64_t answers = 0;               ///< made so far
  std::uint64_t errors = 0;                ///< error frames so far
  std::uint64_t bytes_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint32_t queue_length = 0;          ///< requests waiting now
  std::uint32_t service_microseconds = 0;  ///< arithmetic for one request, moving average
};

/// Counters that the network's thread and the workers share.
class server_meters {
 public:
  using counter = std::atomic<std::uint64_t>;

  counter connections{0};
  counter connections_accepted{0};
  counter connections_refused{0};
  counter connections_dropped{0};
  counter requests{0};
  counter answers{0};
  counter errors{0};
  counter bytes_received{0};
  counter bytes_sent{0};

  static void count(counter& what, std::uint64_t by = 1) noexcept { what.fetch_add(by, std::memory_order_relaxed); }

  /// Each sample weighs an eighth: the average follows a change within some twenty requests.
  void served(std::uint32_t microseconds) noexcept {
    std::uint64_t before = service_.load(std::memory_order_relaxed);
    std::uint64_t next = 0;
    do {
      const std::uint64_t sample = std::uint64_t{microseconds} * 256 + 1;  // in 1/256 us; 0 stands for "none yet"
      next = before == 0 ? sample : before - before / 8 + sample / 8;
    } while (!service_.compare_exchange_weak(before, next, std::memory_order_relaxed));
  }

  std::uint32_t service_microseconds() const noexcept {
    return static_cast<std::uint32_t>(service_.load(std::memory_order_relaxed) / 256);
  }

  server_statistics read(std::size_t queue_length) const noexcept {
    const auto now = [](const counter& what) { return what.load(std::memory_order_relaxed); };
    return {.connections = now(connections),
            .connections_accepted = now(connections_accepted),
            .connections_refused = now(connections_refused),
            .connections_dropped = now(connections_dropped),
            .requests = now(requests),
            .answers = now(answers),
            .errors = now(errors),
            .bytes_received = now(bytes_received),
            .bytes_sent = now(bytes_sent),
            .queue_length = static_cast<std::uint32_t>(queue_length),
            .service_microseconds = service_microseconds()};
  }

 private:
  std::atomic<std::uint64_t> service_{0};
};

}  // namespace cleave
#endif
