// SPDX-License-Identifier: BSL-1.0
#ifndef CLEAVE_TESTS_ARCHETYPES_FAILING_TRANSPORT_HPP
#define CLEAVE_TESTS_ARCHETYPES_FAILING_TRANSPORT_HPP

#include <algorithm>
#include <cleave/transport/transport.hpp>
#include <cstddef>
#include <cstdint>
#include <span>

namespace archetypes {

/// Passes `bytes` bytes, both directions together, and from then on gives `error`.
template <cleave::transport Link>
class failing_transport {
 public:
  failing_transport(Link& link, std::size_t bytes, cleave::errc error) noexcept
      : link_(link), left_(bytes), error_(error) {}

  cleave::io_result read_some(std::span<std::byte> in, cleave::deadline by) noexcept {
    if (left_ == 0) return {0, error_};
    return counted(link_.read_some(in.first(std::min(in.size(), left_)), by));
  }
  cleave::io_result write_some(std::span<const std::byte> out, cleave::deadline by) noexcept {
    if (left_ == 0) return {0, error_};
    return counted(link_.write_some(out.first(std::min(out.size(), left_)), by));
  }
  std::uint64_t now() noexcept { return link_.now(); }

 private:
  cleave::io_result counted(cleave::io_result moved) noexcept {
    left_ -= moved.bytes;
    return moved;
  }

  Link& link_;
  std::size_t left_;
  cleave::errc error_;
};

}  // namespace archetypes
#endif
