// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TRANSPORT_SERIAL_PORT_HPP
#define CLEAVE_TRANSPORT_SERIAL_PORT_HPP

/// @file
/// A serial port of this machine as a transport: the host's end of a UART. Hosted; stands on Asio.

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/serial_port.hpp>
#include <chrono>
#include <cleave/core/result.hpp>
#include <cleave/transport/transport.hpp>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <system_error>
#include <utility>

namespace cleave::serial {

/// The port `name` ("/dev/ttyUSB0", "COM3", or one end of a pseudo-terminal), with eight bits, no parity, one stop bit
/// and no flow control. Is opened when first used; once that is lost, every call gives `closed` until `reopen`. A
/// serial line loses bytes: put a `reliable_link` above it.
/// Guarantees: nothing throws; every call returns at its deadline. One thread at a time.
class port {
 public:
  explicit port(std::string name, std::uint32_t baud = 115'200) : name_(std::move(name)), baud_(baud) {}
  port(const port&) = delete;
  port& operator=(const port&) = delete;

  /// At least one byte of what arrived, as soon as there is one. Requires: `in` is not empty.
  io_result read_some(std::span<std::byte> in, deadline by) noexcept {
    return move_some(by, [&](asio::serial_port& line, auto handler) {
      line.async_read_some(asio::buffer(in.data(), in.size()), std::move(handler));
    });
  }

  /// Hands over at least one byte. Requires: `out` is not empty.
  io_result write_some(std::span<const std::byte> out, deadline by) noexcept {
    return move_some(by, [&](asio::serial_port& line, auto handler) {
      line.async_write_some(asio::buffer(out.data(), out.size()), std::move(handler));
    });
  }

  /// Microseconds of the steady clock, on which deadlines are given.
  std::uint64_t now() const noexcept {
    const auto since = clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
  }

  /// Opens the port, anew if it was open. `unreachable` where there is none of that name, or it is not ours to open.
  status reopen(deadline) noexcept {
    close();
    used_ = true;
    try {
      parts_.emplace();
      std::error_code code;
      asio::serial_port& line = parts_->line;
      line.open(name_, code);
      if (code) {
        close();
        return errc::unreachable;
      }
      line.set_option(asio::serial_port::baud_rate(baud_), code);
      if (!code) return {};
    } catch (...) {  // no memory, no file descriptor
    }
    close();
    return errc::io_error;
  }

  void close() noexcept { parts_.reset(); }

  bool is_open() const noexcept { return parts_.has_value(); }

 private:
  using clock = std::chrono::steady_clock;

  struct parts {
    parts() : context(1), line(context) {}

    asio::io_context context;
    asio::serial_port line;
  };

  /// Runs one operation until bytes have moved or the deadline has passed; those that moved at its end count.
  template <class Start>
  io_result move_some(deadline by, Start start) noexcept {
    if (!used_) {
      if (const status opened = reopen(by); !opened) return {0, opened.error()};
    }
    if (!parts_) return {0, errc::closed};
    try {
      std::size_t bytes = 0;
      std::error_code outcome;
      bool done = false;
      start(parts_->line, [&](const std::error_code& code, std::size_t count) {
        outcome = code;
        bytes = count;
        done = true;
      });
      wait(by, done);
      if (bytes > 0) return {bytes, errc::ok};
      if (outcome == asio::error::operation_aborted) return {0, errc::timed_out};
    } catch (...) {
    }
    close();  // unplugged, or the other end of a pseudo-terminal is gone
    return {0, errc::closed};
  }

  void wait(deadline by, const bool& done) {
    asio::io_context& context = parts_->context;
    constexpr auto end =
        std::chrono::duration_cast<std::chrono::microseconds>(clock::time_point::max().time_since_epoch()).count();
    context.restart();
    if (by.microseconds >= static_cast<std::uint64_t>(end)) {
      context.run();
    } else {
      context.run_until(clock::time_point(std::chrono::microseconds(static_cast<std::int64_t>(by.microseconds))));
    }
    if (done) return;
    context.restart();
    context.poll();  // after a deadline that had passed: what can be done at once
    if (done) return;
    std::error_code ignored;
    parts_->line.cancel(ignored);  // the handler refers to the caller's frame: it has to run before we leave
    context.restart();
    context.run();
  }

  std::string name_;
  std::uint32_t baud_;
  bool used_ = false;
  std::optional<parts> parts_;
};

static_assert(reopenable_transport<port>);

}  // namespace cleave::serial
#endif
