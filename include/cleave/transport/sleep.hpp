// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TRANSPORT_SLEEP_HPP
#define CLEAVE_TRANSPORT_SLEEP_HPP

/// @file
/// How `throttled` and `faulty` let time pass. Hosted.

#include <chrono>
#include <cstdint>
#include <thread>

namespace cleave {

/// Lets the calling thread sleep. With a link on a virtual clock, give a callable that moves that clock.
struct thread_sleep {
  void operator()(std::uint64_t microseconds) const noexcept {
    std::this_thread::sleep_for(std::chrono::microseconds(static_cast<std::int64_t>(microseconds)));
  }
};

}  // namespace cleave
#endif
