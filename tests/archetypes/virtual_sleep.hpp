// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_ARCHETYPES_VIRTUAL_SLEEP_HPP
#define CLEAVE_TESTS_ARCHETYPES_VIRTUAL_SLEEP_HPP

#include <cleave/transport/loopback.hpp>
#include <cstddef>
#include <cstdint>

namespace archetypes {

/// Lets time pass on a loopback's virtual clock: tests of slow links that take no time.
template <std::size_t Capacity>
struct virtual_sleep {
  cleave::loopback<Capacity>* pipe;
  void operator()(std::uint64_t microseconds) const noexcept { pipe->advance(microseconds); }
};

}  // namespace archetypes
#endif
