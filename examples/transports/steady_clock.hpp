// SPDX-License-Identifier: BSL-1.0
#ifndef EXAMPLES_TRANSPORTS_STEADY_CLOCK_HPP
#define EXAMPLES_TRANSPORTS_STEADY_CLOCK_HPP

/// @file
/// The clock of transports on an operating system.

#include <cleave/transport/transport.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace links {

inline std::uint64_t microseconds_now() noexcept {
  const auto since = std::chrono::steady_clock::now().time_since_epoch();
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(since).count());
}

/// How long a wait may take that counts in milliseconds: up to the deadline, rounded up, a minute at most.
inline int milliseconds_until(cleave::deadline by) noexcept {
  const std::uint64_t current = microseconds_now();
  const std::uint64_t left = by.passed(current) ? 0 : by.microseconds - current;
  return static_cast<int>(std::min<std::uint64_t>(left / 1000 + (left % 1000 != 0 ? 1 : 0), 60'000));
}

}  // namespace links
#endif
