// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TRANSPORT_TCP_CLIENT_HPP
#define CLEAVE_TRANSPORT_TCP_CLIENT_HPP

/// @file
/// A TCP connection to a server as a transport. Hosted; stands on Asio.

#include <algorithm>
#include <array>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cleave/core/result.hpp>
#include <cleave/transport/spin_policy.hpp>
#include <cleave/transport/tcp_error.hpp>
#include <cleave/transport/tcp_lookup.hpp>
#include <cleave/transport/transport.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>

#if defined(__unix__) || defined(__APPLE__)
#include <cerrno>
#include <poll.h>
#endif

namespace cleave::tcp {

struct client_options {
  /// How long the first read behind a write, which waits for an answer, asks again and again before it sleeps: waking
  /// up takes 10 us and more. Only while answers come within this time, see `spin_policy`; those of another machine
  /// hardly ever do, and cost nothing then. 0: never.
  std::uint32_t spin_microseconds = 150;
};

/// Connects to `host` (a name, an IPv4 or an IPv6 address) when first used; once that connection is
/// lost, every call gives `closed` until `reopen`. Tries all addresses of the name, in the resolver's order.
/// Guarantees: nothing throws; every call returns at its deadline. One thread at a time.
class client {
 public:
  client(std::string host, std::uint16_t port, client_options options = {})
      : host_(std::move(host)), port_(port), spins_(options.spin_microseconds) {}
  client(const client&) = delete;
  client& operator=(const client&) = delete;

  /// At least one byte of what arrived, as soon as there is one. Requires: `out` is not empty.
  io_result read_some(std::span<std::byte> out, deadline until) noexcept {
    if (!ahead_.empty()) {
      const std::size_t count = std::min(out.size(), ahead_.size());
      std::copy_n(ahead_.begin(), count, out.begin());
      ahead_ = ahead_.subspan(count);
      return {count, errc::ok};
    }
    // What follows a frame's header is there with it, as a rule: one system call fetches both.
    io_result moved = move_some(until, asio::ip::tcp::socket::wait_read, [&](std::error_code& code) {
      const std::array<asio::mutable_buffer, 2> into{asio::buffer(out.data(), out.size()), asio::buffer(memory_)};
      return link_->socket.read_some(into, code);
    });
    if (moved.bytes > out.size()) {
      ahead_ = std::span(memory_).first(moved.bytes - out.size());
      moved.bytes = out.size();
    }
    return moved;
  }

  /// Hands over at least one byte. Requires: `in` is not empty.
  io_result write_some(std::span<const std::byte> in, deadline until) noexcept {
    asked_ = true;
    return move_some(until, asio::ip::tcp::socket::wait_write, [&](std::error_code& code) {
      return link_->socket.write_some(asio::buffer(in.data(), in.size()), code);
    });
  }

  /// The same from several pieces of memory, in one system call. Requires: they are not all empty.
  io_result write_parts(std::span<const std::span<const std::byte>> parts, deadline until) noexcept {
    std::array<asio::const_buffer, 16> pieces;  // what is beyond goes with the next call
    const std::size_t count = std::min(parts.size(), pieces.size());
    for (std::size_t i = 0; i < count; ++i) pieces[i] = {parts[i].data(), parts[i].size()};
    asked_ = true;
    return move_some(until, asio::ip::tcp::socket::wait_write,
                     [&](std::error_code& code) { return link_->socket.write_some(pieces, code); });
  }

  /// Microseconds of the steady clock, on which deadlines are given.
  std::uint64_t now() const noexcept {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
  }

  /// Drops the connection, if any, and makes a new one.
  status reopen(deadline until) noexcept {
    close();
    try {
      const status connected = connect(to_time(until));
      if (connected) used_ = true;
      return connected;
    } catch (...) {  // no memory, no thread, no file descriptor
      close();
      return errc::io_error;
    }
  }

  /// Ends the connection; the next `reopen` makes another.
  void close() noexcept {
    link_.reset();
    ahead_ = {};
  }

  bool is_open() const noexcept { return link_.has_value(); }

  /// How many answers were waited for awake, each for `spin_microseconds` at most.
  std::uint64_t waits_awake() const noexcept { return waits_awake_; }

 private:
  using time_point = std::chrono::steady_clock::time_point;

  struct connection {
    connection() : context(1), socket(context) {}

    asio::io_context context;
    asio::ip::tcp::socket socket;
  };

  /// A host that drops packets must not take the time of the addresses behind it.
  static constexpr std::chrono::seconds longest_try{3};

  static time_point to_time(deadline until) noexcept {
    constexpr auto end =
        std::chrono::duration_cast<std::chrono::microseconds>(time_point::max().time_since_epoch()).count();
    if (until.microseconds >= static_cast<std::uint64_t>(end)) return time_point::max();
    return time_point(std::chrono::microseconds(static_cast<std::int64_t>(until.microseconds)));
  }

  /// Runs one asynchronous operation to its end or to the deadline, whichever is first.
  template <class Start>
  std::error_code await(time_point until, Start start) {
    std::error_code outcome;
    bool done = false;
    start([&](const std::error_code& code) {
      outcome = code;
      done = true;
    });
    asio::io_context& context = link_->context;
    context.restart();
    if (until == time_point::max()) {
      context.run();
    } else {
      context.run_until(until);
    }
    if (done) return outcome;
    std::error_code ignored;
    link_->socket.cancel(ignored);  // the handler refers to this frame: it has to run before we leave
    context.restart();
    context.run();
    return outcome == asio::error::operation_aborted ? std::error_code(asio::error::timed_out) : outcome;
  }

  /// Waits until the socket can move bytes, or `timed_out`. An event loop for the one socket would be asked three times
  /// where poll is asked once, and the process that wakes us would do part of its work.
  std::error_code wait(std::uint64_t until, asio::ip::tcp::socket::wait_type what) {
#if defined(__unix__) || defined(__APPLE__)
    pollfd socket{link_->socket.native_handle(),
                  static_cast<short>(what == asio::ip::tcp::socket::wait_read ? POLLIN : POLLOUT), 0};
    for (;;) {
      int milliseconds = -1;
      if (until != deadline::never().microseconds) {
        const std::uint64_t moment = now();
        if (moment >= until) return asio::error::timed_out;
        constexpr std::uint64_t most = 1'000'000;  // the longest wait that is certain to fit
        milliseconds = static_cast<int>(std::min(most, (until - moment - 1) / 1000 + 1));
      }
      const int ready = ::poll(&socket, 1, milliseconds);
      if (ready > 0) return {};
      if (ready < 0 && errno != EINTR) return {errno, std::system_category()};
    }
#else
    return await(to_time(deadline{until}), [&](auto handler) { link_->socket.async_wait(what, std::move(handler)); });
#endif
  }

  /// As `wait`, but may return at once to have the socket asked again. Sets `since` where an answer is waited for.
  std::error_code stay_or_wait(std::uint64_t until, asio::ip::tcp::socket::wait_type what,
                               std::optional<std::uint64_t>& since) {
    const std::uint64_t moment = now();
    if (moment >= until) return asio::error::timed_out;
    if (what == asio::ip::tcp::socket::wait_read && asked_) {
      if (!since) {
        since = moment;
        if (spins_.microseconds() > 0) ++waits_awake_;
      }
      if (moment - *since < spins_.microseconds()) return {};
    }
    return wait(until, what);
  }

  void answered(std::uint64_t waited_microseconds) noexcept {
    asked_ = false;
    spins_.ended(waited_microseconds);
  }

  template <class Move>
  io_result move_some(deadline until, asio::ip::tcp::socket::wait_type what, Move move) noexcept {
    if (!used_) {
      if (const status opened = reopen(until); !opened) return {0, opened.error()};
    }
    std::optional<std::uint64_t> since;  // when the wait for an answer began
    try {
      while (link_) {
        std::error_code code;
        const std::size_t bytes = move(code);
        if (!code && bytes > 0) {
          if (what == asio::ip::tcp::socket::wait_read && asked_) answered(since ? now() - *since : 0);
          return {bytes, errc::ok};
        }
        if (code == asio::error::would_block || code == asio::error::try_again) {
          code = stay_or_wait(until.microseconds, what, since);
          if (!code) continue;
          if (code == asio::error::timed_out) {
            if (since) answered(spin_policy::in_vain);
            return {0, errc::timed_out};
          }
        }
        if (code == asio::error::interrupted) continue;
        close();
        const errc reason = code == asio::error::timed_out ? errc::closed : to_errc(code);
        return {0, reason == errc::ok ? errc::closed : reason};
      }
    } catch (...) {
      close();
      return {0, errc::io_error};
    }
    return {0, errc::closed};
  }

  status connect(time_point until) {
    if (!search_) search_ = lookup::start(host_, port_);
    const status found = search_->wait(until);
    if (found.error() == errc::timed_out) return found;  // the search goes on and serves the next call
    const auto search = std::exchange(search_, nullptr);
    if (!found) return found;

    errc reason = errc::unreachable;
    const auto& addresses = search->addresses();
    for (std::size_t i = 0; i < addresses.size(); ++i) {
      const auto start = std::chrono::steady_clock::now();
      if (start >= until) return errc::timed_out;
      const auto left = static_cast<std::int64_t>(addresses.size() - i);
      const auto share =
          left == 1 ? until : start + std::min<time_point::duration>((until - start) / left, longest_try);
      const std::error_code code = try_address(addresses[i], share);
      if (!code) return {};
      close();
      reason = to_errc(code);
    }
    return reason;
  }

  std::error_code try_address(const asio::ip::tcp::endpoint& address, time_point until) {
    link_.emplace();
    std::error_code code;
    link_->socket.open(address.protocol(), code);
    if (!code) link_->socket.non_blocking(true, code);
    if (!code) {
      code = await(until, [&](auto handler) { link_->socket.async_connect(address, std::move(handler)); });
    }
    // A request is one write and waits for its answer: holding back its tail gains nothing.
    if (!code) link_->socket.set_option(asio::ip::tcp::no_delay(true), code);
    return code;
  }

  std::string host_;
  std::uint16_t port_;
  spin_policy spins_;
  bool asked_ = false;  // nothing was read since the last write
  bool used_ = false;   // was connected at least once
  std::uint64_t waits_awake_ = 0;
  std::shared_ptr<lookup> search_;
  std::optional<connection> link_;
  std::array<std::byte, 4096> memory_;
  std::span<const std::byte> ahead_;  // of memory_: has come, but was not asked for yet
};

static_assert(reopenable_transport<client> && gathering_transport<client>);

}  // namespace cleave::tcp
#endif
