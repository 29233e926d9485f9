// SPDX-License-Identifier: BSL-1.0
/// @file
/// A transport of one's own, over a socket: two functions and a clock. (For a serial port, read and write take the
/// place of recv and send.) Then the library's conformance check runs on it.

#include <cleave/cleave.hpp>

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <span>
#include <utility>

class descriptor_link {
 public:
  explicit descriptor_link(int descriptor) noexcept : descriptor_(descriptor) {}
  descriptor_link(descriptor_link&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  descriptor_link& operator=(descriptor_link&&) = delete;
  ~descriptor_link() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }

  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline by) noexcept {
    return move(POLLIN, by, [&] { return ::recv(descriptor_, in.data(), in.size(), MSG_DONTWAIT); });
  }

  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline by) noexcept {
    return move(POLLOUT, by, [&] { return ::send(descriptor_, out.data(), out.size(), MSG_DONTWAIT | MSG_NOSIGNAL); });
  }

  std::uint64_t now() const noexcept {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
  }

 private:
  /// Until the descriptor is ready; false at the deadline.
  bool wait_for(short event, cleave::deadline by) const noexcept {
    for (;;) {
      constexpr std::uint64_t a_minute = 60'000'000;
      const std::uint64_t current = now();
      const std::uint64_t left = by.passed(current) ? 0 : std::min(by.microseconds - current, a_minute);
      pollfd watched{descriptor_, event, 0};
      const int ready = ::poll(&watched, 1, static_cast<int>((left + 999) / 1000));
      if (ready > 0) return true;
      if (by.passed(now())) return false;
    }
  }

  template <class Move>
  cleave::io_result move(short event, cleave::deadline by, Move try_to) const noexcept {
    while (wait_for(event, by)) {
      const ssize_t moved = try_to();
      if (moved > 0) return {static_cast<std::size_t>(moved), cleave::errc::ok};
      if (moved == 0 || errno == EPIPE || errno == ECONNRESET) return {0, cleave::errc::closed};
      if (errno != EAGAIN && errno != EINTR) return {0, cleave::errc::io_error};
    }
    return {0, cleave::errc::timed_out};
  }

  int descriptor_;
};

static_assert(cleave::transport<descriptor_link>);

struct ends {
  descriptor_link first, second;
};

ends make_ends() {
  std::array<int, 2> pair{-1, -1};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, pair.data()) != 0) std::perror("socketpair");
  return {descriptor_link(pair[0]), descriptor_link(pair[1])};
}

int main() {
  const auto report = cleave::testing::check_transport(make_ends);
  for (const auto& check : report.entries()) {
    using outcome = cleave::testing::transport_report::outcome;
    const char* came = check.came == outcome::passed ? "passed" : check.came == outcome::failed ? "FAILED" : "skipped";
    std::printf("%s  %s\n", came, check.what);
  }
  return report ? 0 : 1;
}
