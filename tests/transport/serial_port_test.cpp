// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <cleave/serial.hpp>
#include <cleave/testing/check_transport.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "archetypes/some_bytes.hpp"

namespace {

using cleave::after;
using cleave::deadline;
using cleave::errc;
using cleave::io_result;

/// The other end of a pseudo-terminal, as a transport that polls. Can not be closed on trial: the system throws away
/// then what was not read.
class terminal_end {
 public:
  terminal_end() : file_(posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK)) {
    REQUIRE(file_ >= 0);
    REQUIRE(grantpt(file_) == 0);
    REQUIRE(unlockpt(file_) == 0);
    name_ = ptsname(file_);
  }
  terminal_end(const terminal_end&) = delete;
  ~terminal_end() { ::close(file_); }

  const std::string& name() const { return name_; }

  io_result read_some(std::span<std::byte> in, deadline by) noexcept {
    return poll(by, [&] { return ::read(file_, in.data(), in.size()); });
  }
  io_result write_some(std::span<const std::byte> out, deadline by) noexcept {
    return poll(by, [&] { return ::write(file_, out.data(), out.size()); });
  }
  std::uint64_t now() noexcept {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
  }

 private:
  template <class Move>
  io_result poll(deadline by, Move move) noexcept {
    for (;;) {
      const auto count = move();
      if (count > 0) return {static_cast<std::size_t>(count), errc::ok};
      if (by.passed(now())) return {0, errc::timed_out};
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  }

  int file_;
  std::string name_;
};

struct ends {
  ends() {
    REQUIRE(first.reopen(deadline::never()));  // what comes before is echoed by the terminal
  }

  terminal_end second;
  cleave::serial::port first{second.name()};
};

}  // namespace

TEST_CASE("a serial port is a transport") {
  const auto report = cleave::testing::check_transport([] { return ends(); }, 5'000'000);
  CHECK(std::string(report ? "" : report.first_failure()) == "");
}

TEST_CASE("a port that is not there is unreachable") {
  cleave::serial::port port{"/dev/no-such-port"};
  std::array<std::byte, 4> block{};
  CHECK(port.read_some(block, deadline::never()).error == errc::unreachable);
  CHECK(port.reopen(deadline::never()).error() == errc::unreachable);
  CHECK(port.write_some(block, deadline::never()).error == errc::closed);
  CHECK_FALSE(port.is_open());
}

TEST_CASE("a reliable link over a serial port carries bytes both ways") {
  ends both;
  cleave::reliable_link near{both.first, {.timeout_microseconds = 20'000}};
  cleave::reliable_link far{both.second, {.timeout_microseconds = 20'000}};
  const auto sent = archetypes::some_bytes(3000);
  std::vector<std::byte> back(sent.size());
  std::thread echo([&] {
    std::array<std::byte, 64> block{};
    for (std::size_t passed = 0; passed < sent.size();) {
      const io_result moved = far.read_some(block, deadline::never());
      if (!cleave::write_all(far, std::span(block).first(moved.bytes), deadline::never())) return;
      passed += moved.bytes;
    }
    static_cast<void>(far.flush(after(far, 5'000'000)));
  });
  std::size_t written = 0;
  std::size_t read = 0;
  while (read < sent.size()) {
    if (written < sent.size()) written += near.write_some(std::span(sent).subspan(written), after(near, 100)).bytes;
    const io_result moved = near.read_some(std::span(back).subspan(read), after(near, 1000));
    CHECK((moved.error == errc::ok || moved.error == errc::timed_out));
    read += moved.bytes;
  }
  echo.join();
  CHECK(back == sent);
}

TEST_CASE("a port whose other end goes is closed") {
  auto other = std::make_unique<terminal_end>();
  cleave::serial::port port{other->name()};
  std::array<std::byte, 4> block{};
  CHECK(port.read_some(block, deadline{0}).error == errc::timed_out);
  other.reset();
  CHECK(port.read_some(block, deadline::never()).error == errc::closed);
  CHECK(port.read_some(block, deadline::never()).error == errc::closed);
  CHECK_FALSE(port.is_open());
}
