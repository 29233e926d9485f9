// SPDX-License-Identifier: BSL-1.0
#include <doctest/doctest.h>

#include <asio/buffer.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cleave/testing/check_transport.hpp>
#include <cleave/transport/tcp_client.hpp>
#include <cleave/transport/tcp_listener.hpp>
#include <cstddef>
#include <cstdint>
#include <span>
#include <system_error>
#include <thread>

namespace {

using cleave::deadline;
using cleave::errc;
using cleave::io_result;
using cleave::status;

/// The end that a listener accepts, as a transport that polls.
class accepted_end {
 public:
  explicit accepted_end(cleave::tcp::listener& listener) : listener_(listener), socket_(listener.context()) {}

  status accept() noexcept {
    std::error_code code;
    socket_ = listener_.acceptor().accept(code);
    if (!code) socket_.non_blocking(true, code);
    return cleave::tcp::to_errc(code);
  }
  io_result read_some(std::span<std::byte> in, deadline by) noexcept {
    return poll(by, [&](std::error_code& code) { return socket_.read_some(asio::buffer(in.data(), in.size()), code); });
  }
  io_result write_some(std::span<const std::byte> out, deadline by) noexcept {
    return poll(by,
                [&](std::error_code& code) { return socket_.write_some(asio::buffer(out.data(), out.size()), code); });
  }
  std::uint64_t now() noexcept {
    const auto since = std::chrono::steady_clock::now().time_since_epoch();
    return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
  }
  void close() noexcept {
    std::error_code ignored;
    socket_.close(ignored);
  }

 private:
  template <class Move>
  io_result poll(deadline by, Move move) noexcept {
    for (;;) {
      std::error_code code;
      const std::size_t count = move(code);
      if (!code) return {count, errc::ok};
      if (code != asio::error::would_block && code != asio::error::try_again) return {0, cleave::tcp::to_errc(code)};
      if (by.passed(now())) return {0, errc::timed_out};
      std::this_thread::sleep_for(std::chrono::microseconds(20));
    }
  }

  cleave::tcp::listener& listener_;
  asio::ip::tcp::socket socket_;
};

/// A connection through the loopback device. The client is the first or the second end.
struct tcp_ends {
  explicit tcp_ends(cleave::tcp::listener& listener) : first("127.0.0.1", listener.port()), second(listener) {
    REQUIRE(reconnect(cleave::after(first, 5'000'000)));
  }

  status reconnect(deadline by) noexcept {
    if (const status opened = first.reopen(by); !opened) return opened;
    return second.accept();
  }

  cleave::tcp::client first;
  accepted_end second;
};

struct mirrored_ends {
  explicit mirrored_ends(cleave::tcp::listener& listener) : both(listener) {}

  status reconnect(deadline by) noexcept { return both.reconnect(by); }

  tcp_ends both;
  accepted_end& first = both.second;
  cleave::tcp::client& second = both.first;
};

}  // namespace

TEST_CASE("TCP keeps the promises of a transport, seen from both ends") {
  cleave::tcp::listener listener(0, "127.0.0.1");
  REQUIRE(listener.error() == errc::ok);
  const auto client = cleave::testing::check_transport([&] { return tcp_ends(listener); }, 5'000'000);
  CHECK(client.first_failure() == nullptr);
  const auto server = cleave::testing::check_transport([&] { return mirrored_ends(listener); }, 5'000'000);
  CHECK(server.first_failure() == nullptr);
  for (const auto& entry : client.entries()) {
    CHECK(entry.came == cleave::testing::transport_report::outcome::passed);
  }
}
