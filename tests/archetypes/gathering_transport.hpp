// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_ARCHETYPES_GATHERING_TRANSPORT_HPP
#define CLEAVE_TESTS_ARCHETYPES_GATHERING_TRANSPORT_HPP

#include <algorithm>
#include <cleave/transport/transport.hpp>
#include <cstddef>
#include <cstdint>
#include <span>

namespace archetypes {

/// Takes several pieces of memory at once, and at most so many bytes of them in a call; counts those calls.
template <cleave::transport Link>
class gathering_transport {
 public:
  gathering_transport(Link& link, std::size_t most) noexcept : link_(link), most_(most) {}

  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline by) noexcept { return link_.read_some(in, by); }

  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline by) noexcept {
    return link_.write_some(out.first(std::min(out.size(), most_)), by);
  }

  cleave::io_result write_parts(std::span<const std::span<const std::byte>> parts, cleave::deadline by) noexcept {
    ++gathered;
    std::size_t moved = 0;
    for (std::span<const std::byte> part : parts) {
      part = part.first(std::min(part.size(), most_ - moved));
      if (part.empty()) continue;
      const cleave::io_result one = link_.write_some(part, by);
      if (one.error != cleave::errc::ok && moved == 0) return one;
      moved += one.bytes;
      if (one.bytes != part.size()) break;
    }
    return {moved, cleave::errc::ok};
  }

  std::uint64_t now() noexcept { return link_.now(); }

  std::size_t gathered = 0;

 private:
  Link& link_;
  std::size_t most_;
};

}  // namespace archetypes
#endif
