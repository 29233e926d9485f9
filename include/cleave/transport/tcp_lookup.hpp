// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TRANSPORT_TCP_LOOKUP_HPP
#define CLEAVE_TRANSPORT_TCP_LOOKUP_HPP

/// @file
/// From a host's name to its addresses, within a deadline. Hosted; stands on Asio.

#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <chrono>
#include <cleave/core/result.hpp>
#include <cleave/transport/tcp_error.hpp>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace cleave::tcp {

/// One name being looked up in the background. The system's resolver can not be interrupted, so
/// the thread that waits for it shares this object with whoever asked, and either may go first.
class lookup {
 public:
  using time_point = std::chrono::steady_clock::time_point;

  /// The addresses of `host`, at once when it is a number. May throw what a new thread may.
  static std::shared_ptr<lookup> start(const std::string& host, std::uint16_t port) {
    auto result = std::make_shared<lookup>();
    std::error_code code;
    const auto number = asio::ip::make_address(host, code);
    if (!code) {
      result->addresses_.emplace_back(number, port);
      result->done_ = true;
    } else {
      std::thread([result, host, port] { result->run(host, port); }).detach();
    }
    return result;
  }

  /// Waits until the answer is there. `timed_out` leaves the search running: ask again.
  status wait(time_point until) {
    std::unique_lock hold(mutex_);
    const auto done = [this] { return done_; };
    if (until == time_point::max()) {
      changed_.wait(hold, done);
    } else if (!changed_.wait_until(hold, until, done)) {
      return errc::timed_out;
    }
    return outcome_;
  }

  /// Requires: `wait` returned no error.
  const std::vector<asio::ip::tcp::endpoint>& addresses() const noexcept { return addresses_; }

 private:
  void run(const std::string& host, std::uint16_t port) noexcept {
    std::vector<asio::ip::tcp::endpoint> found;
    errc outcome = errc::io_error;
    try {
      asio::io_context context;
      asio::ip::tcp::resolver resolver(context);
      std::error_code code;
      const auto entries = resolver.resolve(host, std::to_string(port), resolver.numeric_service, code);
      for (const auto& entry : entries) found.push_back(entry.endpoint());
      outcome = to_errc(code);
      if (outcome == errc::ok && found.empty()) outcome = errc::unreachable;
    } catch (...) {
      outcome = errc::io_error;
    }
    const std::lock_guard hold(mutex_);
    addresses_ = std::move(found);
    outcome_ = outcome;
    done_ = true;
    changed_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool done_ = false;
  errc outcome_ = errc::ok;
  std::vector<asio::ip::tcp::endpoint> addresses_;
};

}  // namespace cleave::tcp
#endif
