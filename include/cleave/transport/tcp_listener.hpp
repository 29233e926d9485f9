// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TRANSPORT_TCP_LISTENER_HPP
#define CLEAVE_TRANSPORT_TCP_LISTENER_HPP

/// @file
/// A port that waits for connections. Hosted; stands on Asio.

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/ip/v6_only.hpp>
#include <atomic>
#include <cleave/core/result.hpp>
#include <cleave/transport/tcp_error.hpp>
#include <cstdint>
#include <optional>
#include <string>
#include <system_error>

namespace cleave::tcp {

/// Listens from its construction on, over IPv6 and IPv4 at once where the system has both.
/// Guarantees: nothing throws; a port that can not be had is told by `error()`.
class listener {
 public:
  /// Port 0 takes any free port; an `address` limits the listener to one interface ("127.0.0.1").
  explicit listener(std::uint16_t port, const std::string& address = {}) noexcept {
    try {
      parts_.emplace();
      if (!address.empty()) {
        const auto number = asio::ip::make_address(address, cause_);
        if (!cause_) open({number, port}, false);
      } else {
        open({asio::ip::tcp::v6(), port}, true);
        if (cause_ == asio::error::address_family_not_supported || cause_ == asio::error::no_protocol_option) {
          open({asio::ip::tcp::v4(), port}, false);  // a kernel without IPv6
        }
      }
      if (!cause_) port_ = parts_->acceptor.local_endpoint(cause_).port();
    } catch (...) {
      cause_ = asio::error::no_memory;
    }
    open_ = !cause_;
  }
  listener(const listener&) = delete;
  listener& operator=(const listener&) = delete;

  explicit operator bool() const noexcept { return is_open(); }
  /// From any thread.
  bool is_open() const noexcept { return open_; }

  /// The port that is listened on, also where 0 was asked for.
  std::uint16_t port() const noexcept { return port_; }

  /// Why the port could not be had; `cause` is the operating system's own reason.
  errc error() const noexcept { return to_errc(cause_); }
  const std::error_code& cause() const noexcept { return cause_; }

  /// Stops listening; connections that were accepted live on.
  void close() noexcept {
    open_ = false;
    if (!parts_) return;
    std::error_code ignored;
    parts_->acceptor.close(ignored);
  }

  /// For whoever accepts, in practice `server::run`. Requires: `is_open()`.
  asio::io_context& context() noexcept { return parts_->context; }
  asio::ip::tcp::acceptor& acceptor() noexcept { return parts_->acceptor; }

 private:
  struct parts {
    parts() : context(1), acceptor(context) {}

    asio::io_context context;
    asio::ip::tcp::acceptor acceptor;
  };

  void open(const asio::ip::tcp::endpoint& endpoint, bool both) {
    asio::ip::tcp::acceptor& acceptor = parts_->acceptor;
    cause_.clear();
    acceptor.open(endpoint.protocol(), cause_);
    if (!cause_ && both) acceptor.set_option(asio::ip::v6_only(false), cause_);
    // Without it a restarted server waits for the old one's connections to time out.
    if (!cause_) acceptor.set_option(asio::ip::tcp::acceptor::reuse_address(true), cause_);
    if (!cause_) acceptor.bind(endpoint, cause_);
    if (!cause_) acceptor.listen(asio::socket_base::max_listen_connections, cause_);
    if (cause_) {
      std::error_code ignored;
      acceptor.close(ignored);
    }
  }

  std::optional<parts> parts_;
  std::error_code cause_;
  std::uint16_t port_ = 0;
  std::atomic<bool> open_{false};
};

}  // namespace cleave::tcp
#endif
