// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_TRANSPORT_TCP_ECHO_HPP
#define CLEAVE_TESTS_TRANSPORT_TCP_ECHO_HPP

/// @file
/// The other end for tests of the TCP client: takes one connection after the other and sends back
/// what comes, at once or after a pause; hangs up when it receives the byte 0xff.

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <atomic>
#include <chrono>
#include <cleave/transport/tcp_listener.hpp>
#include <cstddef>
#include <thread>

namespace archetypes {

class tcp_echo {
 public:
  explicit tcp_echo(cleave::tcp::listener& listener) : listener_(listener), thread_([this] { run(); }) {}

  ~tcp_echo() {
    stopping_ = true;
    std::error_code ignored;  // a connection of our own ends the blocking accept
    asio::ip::tcp::socket knock(knocker_);
    const auto end = listener_.acceptor().local_endpoint(ignored);
    const bool v6 = end.address().is_v6();
    const auto here = end.address().is_unspecified() ? (v6 ? asio::ip::address(asio::ip::address_v6::loopback())
                                                           : asio::ip::address(asio::ip::address_v4::loopback()))
                                                     : end.address();
    knock.connect({here, end.port()}, ignored);
    thread_.join();
  }

  /// How long each answer waits from now on.
  void answer_after(std::chrono::milliseconds pause) { pause_ = pause; }

 private:
  void run() {
    while (!stopping_) {
      std::error_code code;
      asio::ip::tcp::socket socket(listener_.context());
      listener_.acceptor().accept(socket, code);
      std::array<std::byte, 512> bytes{};
      while (!code && !stopping_) {
        const std::size_t count = socket.read_some(asio::buffer(bytes), code);
        if (std::find(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(count), std::byte{0xff}) !=
            bytes.begin() + static_cast<std::ptrdiff_t>(count)) {
          break;
        }
        if (pause_.load().count() > 0) std::this_thread::sleep_for(pause_.load());
        if (!code) asio::write(socket, asio::buffer(bytes.data(), count), code);
      }
    }
  }

  cleave::tcp::listener& listener_;
  asio::io_context knocker_;
  std::atomic<bool> stopping_{false};
  std::atomic<std::chrono::milliseconds> pause_{std::chrono::milliseconds(0)};
  std::thread thread_;
};

}  // namespace archetypes
#endif
