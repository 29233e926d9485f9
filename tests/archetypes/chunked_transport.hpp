// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_ARCHETYPES_CHUNKED_TRANSPORT_HPP
#define CLEAVE_TESTS_ARCHETYPES_CHUNKED_TRANSPORT_HPP

#include <algorithm>
#include <cleave/transport/transport.hpp>
#include <cstddef>
#include <cstdint>
#include <span>

namespace archetypes {

/// Moves at most `most` bytes a call through `link`, which has to outlive it.
template <cleave::transport Link>
class chunked_transport {
 public:
  chunked_transport(Link& link, std::size_t most) noexcept : link_(link), most_(most) {}

  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline by) noexcept {
    return link_.read_some(in.first(std::min(in.size(), most_)), by);
  }
  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline by) noexcept {
    return link_.write_some(out.first(std::min(out.size(), most_)), by);
  }
  std::uint64_t now() noexcept { return link_.now(); }
  cleave::status reopen(cleave::deadline by) noexcept
    requires cleave::reopenable_transport<Link>
  {
    return link_.reopen(by);
  }
  void close() noexcept
    requires requires(Link& link) { link.close(); }
  {
    link_.close();
  }

 private:
  Link& link_;
  std::size_t most_;
};

}  // namespace archetypes
#endif
