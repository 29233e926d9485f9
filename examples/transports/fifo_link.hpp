// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_TRANSPORTS_FIFO_LINK_HPP
#define EXAMPLES_TRANSPORTS_FIFO_LINK_HPP

/// @file
/// Two named pipes as a transport: between two processes of one machine, or a container and its host. POSIX.

#include "steady_clock.hpp"

#include <cleave/transport/transport.hpp>

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <cstddef>
#include <span>
#include <string>
#include <thread>
#include <utility>

namespace links {

/// Reads from the FIFO `in` and writes to the FIFO `out`, which exist (mkfifo); the other end has them the other way
/// round. Whoever comes first waits for the other. Requires: the program ignores SIGPIPE. One thread at a time.
class fifo_link {
 public:
  fifo_link(std::string in, std::string out) : in_path_(std::move(in)), out_path_(std::move(out)) { open_in(); }
  fifo_link(const fifo_link&) = delete;
  fifo_link& operator=(const fifo_link&) = delete;
  ~fifo_link() { close(); }

  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline by) noexcept {
    return move(in_, POLLIN, by, [&] { return ::read(in_, in.data(), in.size()); });
  }

  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline by) noexcept {
    if (out_ < 0) {
      if (const cleave::status there = connect(by); !there) return {0, there.error()};
    }
    return move(out_, POLLOUT, by, [&] { return ::write(out_, out.data(), out.size()); });
  }

  std::uint64_t now() const noexcept { return microseconds_now(); }

  /// Opens both pipes anew, and forgets what lay in the one that is read; waits for nobody.
  cleave::status reopen(cleave::deadline) noexcept {
    close();
    if (!open_in()) return cleave::errc::unreachable;
    std::array<std::byte, 512> old;
    while (::read(in_, old.data(), old.size()) > 0) {
    }
    return {};
  }

  /// Waits until the other end reads: a pipe can not be opened for writing before. Writing does this by itself.
  cleave::status connect(cleave::deadline by) noexcept {
    if (in_ < 0) return cleave::errc::closed;
    while (out_ < 0) {
      out_ = ::open(out_path_.c_str(), O_WRONLY | O_NONBLOCK | O_CLOEXEC);
      if (out_ >= 0) break;
      if (errno != ENXIO && errno != EINTR) return cleave::errc::unreachable;
      if (by.passed(now())) return cleave::errc::timed_out;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return {};
  }

  void close() noexcept {
    for (int* each : {&in_, &out_}) {
      if (*each >= 0) ::close(std::exchange(*each, -1));
    }
  }

 private:
  bool open_in() noexcept {
    in_ = ::open(in_path_.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    return in_ >= 0;
  }

  template <class Move>
  static cleave::io_result move(int pipe, short event, cleave::deadline by, Move try_to) noexcept {
    if (pipe < 0) return {0, cleave::errc::closed};
    for (;;) {
      pollfd watched{pipe, event, 0};
      const int ready = ::poll(&watched, 1, milliseconds_until(by));
      if (ready > 0) {
        // Before anybody has written there is no POLLHUP, and what was written is read before it counts.
        if ((watched.revents & event) == 0 || (watched.revents & POLLERR) != 0) return {0, cleave::errc::closed};
        const ::ssize_t moved = try_to();
        if (moved > 0) return {static_cast<std::size_t>(moved), cleave::errc::ok};
        if (moved == 0 || errno == EPIPE) return {0, cleave::errc::closed};
        if (errno != EAGAIN && errno != EINTR) return {0, cleave::errc::io_error};
      }
      if (by.passed(microseconds_now())) return {0, cleave::errc::timed_out};
    }
  }

  std::string in_path_;
  std::string out_path_;
  int in_ = -1;
  int out_ = -1;
};

static_assert(cleave::reopenable_transport<fifo_link>);

}  // namespace links
#endif
