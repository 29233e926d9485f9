// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TRANSPORT_TCP_GATEWAY_HPP
#define CLEAVE_TRANSPORT_TCP_GATEWAY_HPP

/// @file
/// Lets a device behind any transport, a serial line as a rule, talk to a server behind TCP. Hosted; stands on Asio.

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cleave/core/result.hpp>
#include <cleave/transport/tcp_client.hpp>
#include <cleave/transport/transport.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <thread>
#include <utility>

namespace cleave::tcp {

/// Carries the bytes of one line to a server and back, in the thread that calls `run`. A line is one connection at a
/// time: when either end of it starts anew, so does the other.
///
///     cleave::serial::port port{"/dev/ttyUSB0"};
///     cleave::reliable_link line{port};
///     cleave::tcp::gateway gateway{line, "localhost", listener.port()};
///     gateway.run();                             // until gateway.stop()
///
/// Requires: `line` outlives this. Guarantees: no more than 1 KiB is held for each direction.
template <reopenable_transport Line>
class gateway {
 public:
  gateway(Line& line, std::string host, std::uint16_t port) : line_(line), server_(std::move(host), port) {}
  gateway(const gateway&) = delete;
  gateway& operator=(const gateway&) = delete;

  void run() noexcept {
    while (!stopping_) {
      // A connection to the server is made when a device speaks.
      const io_result first = line_.read_some(up_.memory, after(line_, pause));
      if (first.error == errc::timed_out) continue;
      up_.size = first.bytes;
      up_.sent = 0;
      down_.size = down_.sent = 0;
      if (first.error == errc::ok && server_.reopen(after(server_, patience))) {
        ++connections_;
        while (!stopping_ && turn()) {
        }
      }
      server_.close();
      if (stopping_) return;
      if (!line_.reopen(after(line_, patience))) std::this_thread::sleep_for(std::chrono::microseconds(pause));
    }
  }

  /// Ends `run`. From any thread or signal handler.
  void stop() noexcept { stopping_ = true; }

  /// Connections to the server so far. From any thread.
  std::uint32_t connections() const noexcept { return connections_; }

 private:
  static constexpr std::uint64_t pause = 20'000;        // microseconds
  static constexpr std::uint64_t patience = 5'000'000;  // of whoever connects
  static constexpr std::uint64_t shortest = 100;        // of a wait on the line, while the server may have something
  static constexpr std::uint64_t longest = 2'000;

  struct buffer {
    std::array<std::byte, 1024> memory;
    std::size_t size = 0;
    std::size_t sent = 0;

    std::span<const std::byte> rest() const noexcept { return std::span(memory).first(size).subspan(sent); }
  };

  /// False when one end has closed.
  bool turn() noexcept {
    bool moved = false;
    if (!pass(line_, server_, up_, wait_, moved) || !pass(server_, line_, down_, 0, moved)) return false;
    wait_ = moved ? shortest : std::min(wait_ * 2, longest);
    return true;
  }

  template <class From, class To>
  static bool pass(From& from, To& to, buffer& bytes, std::uint64_t wait, bool& moved) noexcept {
    if (bytes.rest().empty()) {
      const io_result got = from.read_some(bytes.memory, after(from, wait));
      if (got.error != errc::ok) return got.error == errc::timed_out;
      bytes.size = got.bytes;
      bytes.sent = 0;
    }
    const io_result gone = to.write_some(bytes.rest(), after(to, shortest));
    bytes.sent += gone.bytes;
    moved = moved || gone.bytes != 0;
    return gone.error == errc::ok || gone.error == errc::timed_out;
  }

  Line& line_;
  client server_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::uint32_t> connections_{0};
  std::uint64_t wait_ = shortest;
  buffer up_{};
  buffer down_{};
};

}  // namespace cleave::tcp
#endif
